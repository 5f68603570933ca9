// Programs of a PostgreSQL in, an empty cluster out: one of somebody's own, or the one that every shadow is a copy of.
import {spawn} from 'node:child_process'
import {randomBytes} from 'node:crypto'
import {chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import type {Binaries} from './binaries.ts'
import {cacheFolder, serverAccount} from './home.ts'

export interface Template {
  readonly data: string
  readonly password: string
}

export const USER = 'pgext'
export const ENVIRONMENT = process.platform === 'win32' ? process.env : {PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC'}

const making = new Map<string, Promise<void>>()

/**
 * An empty cluster that is only ever copied: initdb takes ten times as long.
 *
 * @param signal when aborted, nothing of one that is being made is left
 */
export async function templateOf(binaries: Binaries, signal?: AbortSignal): Promise<Template> {
  const home = join(cacheFolder(), `cluster-${binaries.version}${binaries.embedded ? '' : '-installed'}`)
  if (!existsSync(home)) {
    const made = making.get(home) ?? makeTemplate(binaries, home, signal).finally(() => making.delete(home))
    making.set(home, made)
    await made
  }
  return {data: join(home, 'data'), password: readFileSync(join(home, 'password'), 'utf8')}
}

async function makeTemplate(binaries: Binaries, home: string, signal?: AbortSignal): Promise<void> {
  const fresh = mkdtempSync(`${home}-`)
  try {
    if (serverAccount()) chmodSync(fresh, 0o711)
    const password = randomBytes(24).toString('hex')
    writeFileSync(join(fresh, 'password'), password, {mode: 0o600})
    const said = await initdb(binaries, {data: join(fresh, 'data'), user: USER, password, ...(signal && {signal})})
    if (said !== undefined) {
      throw new PgextError('engine-missing', `initdb failed: ${said}`, {
        hint: 'set SHADOW_DATABASE_URL to a server of your own, or "shadow": "pglite" in pgext.json',
      })
    }
    // another pgext may be faster
    if (!existsSync(home)) renameSync(fresh, home)
  } catch (error) {
    if (!existsSync(home)) throw error
  } finally {
    rmSync(fresh, {recursive: true, force: true})
  }
}

export interface Wanted {
  /** is made; its folder is there */
  readonly data: string
  readonly user: string
  readonly password: string
  readonly signal?: AbortSignal
}

/** undefined: it is there. Else why it is not, and nothing is. */
export async function initdb(binaries: Binaries, {data, user, password, signal}: Wanted): Promise<string | undefined> {
  const account = serverAccount()
  const secret = `${data}.secret`
  mkdirSync(data, {mode: 0o700})
  let said = ''
  try {
    writeFileSync(secret, password, {mode: 0o600})
    if (account) for (const path of [data, secret]) chownSync(path, account.uid, account.gid)
    const args = [
      '-D',
      data,
      '-U',
      user,
      `--pwfile=${secret}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--no-sync',
      '--no-instructions',
    ]
    const options = {...account, cwd: join(data, '..'), env: ENVIRONMENT, ...(signal && {signal})}
    // not every system has C.UTF-8
    for (const locale of ['C.UTF-8', 'C']) {
      if (existsSync(join(data, 'PG_VERSION')) || signal?.aborted) break
      said ||= await runToEnd(join(binaries.bin, 'initdb'), [...args, `--locale=${locale}`], options)
    }
    if (existsSync(join(data, 'PG_VERSION')) && !signal?.aborted) return undefined
  } finally {
    rmSync(secret, {force: true})
  }
  rmSync(data, {recursive: true, force: true})
  return said || 'it was ended'
}

/** What it complained of; nothing where it went well. Meanwhile pgext does other things. */
export function runToEnd(command: string, args: readonly string[], options: object, words = ''): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const child = spawn(command, args, {...options, stdio: ['pipe', 'ignore', 'pipe']})
    child.stdin?.on('error', () => {}).end(words)
    child.stderr?.on('data', (text) => {
      said += text
    })
    child.once('error', (error) => {
      said ||= error.message
      if (child.pid === undefined) resolve(said)
    })
    child.once('close', (code) => resolve(code === 0 ? '' : said.trim() || `it ended with code ${code}`))
  })
}
