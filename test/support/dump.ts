// The URL of a database in, what pg_dump says of its schema out: a set of entries, each with its lines in an order of their own.
import {execFile, spawnSync} from 'node:child_process'
import {existsSync, readdirSync} from 'node:fs'
import {delimiter, join} from 'node:path'
import {promisify} from 'node:util'
import {readUrl} from '../../src/postgres/url.ts'

interface Program {
  readonly path: string
  readonly major: number
  readonly canRestrict: boolean
}

const run = promisify(execFile)
let programs: Program[] | undefined

/** A pg_dump that can read a server of that major; a sentence where the machine has none. */
export function findDump(major: number): Program | string {
  programs ??= folders().flatMap((folder) => programIn(folder) ?? [])
  const able = programs.filter((program) => program.major >= major).sort((a, b) => a.major - b.major)
  return able[0] ?? `no pg_dump ${major} or newer on this machine (PATH, /usr/lib/postgresql): what is dumped is not compared`
}

export async function dump({path, canRestrict}: Program, url: string): Promise<string[]> {
  const {host, port, user, password, database} = readUrl(url)
  const env = {
    PATH: process.env.PATH,
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
  }
  const args = ['--schema-only', '--no-sync', ...(canRestrict ? ['--restrict-key=pgext'] : [])]
  const {stdout} = await run(path, args, {env, maxBuffer: 1e9})
  return entriesOf(stdout)
}

const HEAD = /^-- Name: (.*); Type: (.*); Schema: (.*); Owner: ?(.*)$/

/** A table's lines are its columns: their order is no difference; nor is that of grants, and of clauses that stand for themselves. */
const ORDERED = /^(FUNCTION|PROCEDURE|AGGREGATE|VIEW|MATERIALIZED VIEW|RULE|COMMENT|TYPE|TRIGGER|POLICY)$/

export function entriesOf(text: string): string[] {
  const entries: {head: string; type: string; lines: string[]}[] = []
  const settings = new Map<string, string>()
  for (const line of text.split('\n')) {
    const head = HEAD.exec(line)
    const moved = /^SET (default_tablespace|default_table_access_method) = (.*);$/.exec(line)
    if (head) entries.push({head: line, type: head[2]!, lines: [...settings.values()]})
    else if (moved) {
      // in force for what follows, be it in this entry or in a later one
      settings.set(moved[1]!, line)
      entries.at(-1)?.lines.push(line)
    } else if (!/^(--.*|\\(un)?restrict .*|SET .*|)$/.test(line)) entries.at(-1)?.lines.push(line)
  }
  return entries.map(({head, type, lines}) => [head, ...(ORDERED.test(type) ? lines : plain(lines))].join('\n')).sort()
}

function plain(lines: readonly string[]): string[] {
  const last = (name: string) => lines.filter((line) => line.startsWith(`SET ${name} `)).at(-1) ?? ''
  const rest = lines.filter((line) => !line.startsWith('SET default_')).map((line) => line.replace(/,$/, ''))
  return [last('default_tablespace'), last('default_table_access_method'), ...rest].filter(Boolean).sort()
}

function programIn(folder: string): Program | undefined {
  const path = join(folder, process.platform === 'win32' ? 'pg_dump.exe' : 'pg_dump')
  if (!existsSync(path)) return undefined
  const major = /(\d+)/.exec(spawnSync(path, ['--version'], {encoding: 'utf8'}).stdout ?? '')?.[1]
  if (!major) return undefined
  const canRestrict = spawnSync(path, ['--help'], {encoding: 'utf8'}).stdout.includes('--restrict-key')
  return {path, major: Number(major), canRestrict}
}

function folders(): string[] {
  const debian = '/usr/lib/postgresql'
  const installed = existsSync(debian) ? readdirSync(debian).map((name) => join(debian, name, 'bin')) : []
  // the one on Debian's PATH is a script that looks for these
  return [...installed, ...(process.env.PATH ?? '').split(delimiter).filter(Boolean)]
}
