// The name of an engine in; a PostgreSQL to connect to by its URL out: a native one, and PGlite behind the wire.
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import postgres from 'postgres'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {startCluster} from '../../src/shadow/cluster.ts'

export interface Address {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

export interface Served {
  readonly url: string
  readonly address: Address
  readonly lines: string[]
  /** of the wire alone */
  readonly child?: ChildProcess
  stop(): Promise<void>
}

export interface Line {
  readonly args?: readonly string[]
  readonly password?: string
}

const MAIN = join(import.meta.dirname, '../../dist/wire/main.js')

export async function startWire({args = [], password}: Line = {}): Promise<Served> {
  const env = {...process.env, ...(password && {PGEXT_WIRE_PASSWORD: password})}
  const child = spawn(process.execPath, [MAIN, '--attached', ...args], {env, stdio: ['pipe', 'pipe', 'pipe']})
  const lines: string[] = []
  createInterface({input: child.stderr}).on('line', (line) => lines.push(line))
  const ended = once(child, 'exit')
  const ready = once(createInterface({input: child.stdout}), 'line')
  const first = await Promise.race([ready, ended.then(() => undefined)])
  if (!first) throw new Error(lines.join('\n').slice(0, 2000))
  const {url} = JSON.parse(first[0] as string) as {url: string}
  return {
    url,
    address: {
      host: '127.0.0.1',
      port: Number(new URL(url).port),
      user: 'postgres',
      password: password ?? '',
      database: 'postgres',
    },
    lines,
    child,
    stop: async () => {
      child.stdin.end()
      await ended
    },
  }
}

export async function startNative(): Promise<Served> {
  const cluster = await startCluster(findBinaries(18)!)
  const url = cluster.url('postgres')
  const [, user, password, folder, port] = /^postgresql:\/\/([^:]+):([^@]+)@.*host=([^&]+)&port=(\d+)/.exec(url)!
  const address = {host: decodeURIComponent(folder!), port: Number(port), user: user!, password: password!, database: 'postgres'}
  return {url, address, lines: [], stop: () => cluster.close()}
}

/** One session. */
export const open = (address: Address, options: object = {}): postgres.Sql =>
  postgres({...address, max: 1, onnotice: () => {}, ...options} as postgres.Options<
    Record<string, never>
  >) as unknown as postgres.Sql

export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    return (error as {code?: string}).code ?? String(error)
  }
}
