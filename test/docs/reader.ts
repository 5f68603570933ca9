// A page and a server in; its shell blocks done one after the other, as somebody who reads it would, and what fails out.
import {type ChildProcess, spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {chmod, cp, mkdir, writeFile} from 'node:fs/promises'
import {delimiter, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import type {Site} from '../commands/site.ts'
import type {Block, Page} from './block.ts'

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const PSQL = fileURLToPath(new URL('psql.js', import.meta.url))
/** somebody's server, in all pages */
const THEIRS = 'postgres://me@db.example.com/'
const LIMIT = 120_000

/** What goes on until somebody ends it, and what it says when it is there. */
const ON: readonly (readonly [RegExp, string])[] = [
  // the last of what it says when it is there
  [/^pgext dev\b/, 'ctrl-C ends it'],
  [/^(npx )?pgext serve\b/, 'serving on'],
  [/^pgext deploy-functions --watch/, 'watching'],
  [/^(npx )?pgext logs -f/, ''],
  [/^pgext events:tail *(#|$)/, ''],
]

/** A project that is migrated, for pages that begin in one. */
export interface Start {
  readonly folder: string
  readonly database: string
}

export interface Read {
  readonly run: number
  readonly left: readonly string[]
}

interface Place {
  readonly site: Site
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly words: Map<string, string>
  readonly running: ChildProcess[]
}

/** Programs as a reader has them in PATH. */
export async function writePrograms(folder: string): Promise<string> {
  const bin = join(folder, 'bin')
  await mkdir(bin, {recursive: true})
  const node = (file: string) => `exec '${process.execPath}' '${file}' "$@"`
  const hasPsql = (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'psql')))
  const programs = {pgext: node(RUN), npx: 'exec "$@"', ...(!hasPsql && {psql: node(PSQL)})}
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`, {mode: 0o755})
  }
  return bin
}

export async function readThrough(page: Page, site: Site, bin: string, start: Start): Promise<Read> {
  const name = page.path.toLowerCase().replace(/[^a-z0-9]+/g, '_')
  const home = join(site.folder, name)
  const {DATABASE_URL, SHADOW_DATABASE_URL, FORCE_COLOR, ...rest} = process.env
  const env: NodeJS.ProcessEnv = {...rest, PATH: `${bin}:${rest.PATH}`, NO_COLOR: '1'}
  if (page.isEmpty) {
    await mkdir(home)
    await chmod(home, 0o755)
  } else {
    await site.admin.script(`create database "${name}" template "${start.database}"`)
    await cp(start.folder, home, {recursive: true})
    env.DATABASE_URL = site.url(name)
  }
  const place: Place = {
    site,
    home,
    env,
    words: new Map([
      [`${THEIRS}production`, `'${site.url('production')}'`],
      [`${THEIRS}shop`, `'${site.url('theirs')}'`],
      [`${THEIRS}empty`, `'${site.url('empty')}'`],
    ]),
    running: [],
  }
  let run = 0
  const left: string[] = []
  try {
    if (page.template) await sh(`pgext init app --template ${page.template} --yes; cd app`, [0], page.path, place)
    for (const block of page.blocks) {
      if (block.language !== 'sh') continue
      if (block.left !== undefined) {
        left.push(`${block.place}: ${block.left}`)
        continue
      }
      await follow(block, place)
      run++
    }
  } finally {
    await Promise.all(place.running.map(end))
  }
  return {run, left}
}

async function follow({place: where, text, before, codes}: Block, place: Place): Promise<void> {
  const last = text.trimEnd().split('\n').at(-1)!
  const until = ON.find(([command]) => command.test(last))?.[1]
  if (before !== undefined) await sh(before, [0], `${where}, before it`, place)
  if (until === undefined) return sh(text, codes, where, place)
  const lines = text.trimEnd().split('\n')
  await sh(lines.slice(0, -1).join('\n'), codes, where, place)
  await goOn(lines.at(-1)!, until, where, place)
}

/** Where it is, and what it exports, is there for the next one. */
async function sh(text: string, codes: readonly number[], where: string, place: Place): Promise<void> {
  const state = `${place.home}.state`
  const fine = codes.map((code) => `[ $code -eq ${code} ]`).join(' || ')
  const script = `${begin(state)}
trap 'code=$?; ${fine} || exit $code' ERR
trap 'code=$?; { export -p; printf "cd %q\\n" "$PWD"; } > ${state}; exit $code' EXIT
${filled(text, place)}
true`
  const child = spawn('bash', ['-c', script], {
    cwd: place.home,
    env: place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk
    })
  }
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`${where} ended with ${code}:\n${text}\n\n${said.slice(-3000)}`)
}

async function goOn(command: string, until: string, where: string, place: Place): Promise<void> {
  const script = `${begin(`${place.home}.state`)}\nexec ${filled(command, place)}`
  const child = spawn('bash', ['-c', script], {cwd: place.home, env: place.env, stdio: ['ignore', 'pipe', 'pipe']})
  child.once('error', () => {})
  place.running.push(child)
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const fail = () => reject(new Error(`${where}: ${command} did not say "${until}":\n${said.slice(-3000)}`))
    // it has nothing to say yet
    if (until === '') child.once('spawn', resolve)
    const limit = setTimeout(fail, LIMIT)
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said += chunk
        if (!said.includes(until)) return
        clearTimeout(limit)
        resolve()
      })
    }
    child.once('close', fail)
  })
  const [, page] = /page +(http:\S+)/.exec(said) ?? []
  if (!page) return
  place.env.PAGE = page
  for (const shown of ['http://127.0.0.1:8080', 'http://localhost:8080']) place.words.set(shown, page)
}

const begin = (state: string): string => `set -o pipefail -E\nif [ -f ${state} ]; then . ${state}; fi`

function filled(text: string, {words}: Place): string {
  return [...words].reduce((all, [shown, real]) => all.replaceAll(shown, real), text)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGINT')
  await ended
}
