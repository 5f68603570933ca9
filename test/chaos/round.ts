// A project and faults in; a fresh shop, on which pgext is run into each of them, and then once more in peace; what is there then, out.
import {type ChildProcess, spawn} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import type {Fault} from './fault.ts'
import {copyShop, type Found, look, type Project} from './project.ts'
import {send} from './server.ts'
import type {Wire} from './wire.ts'

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const DATABASE = 'round'

export interface Ran {
  /** null: killed */
  readonly code: number | null
  readonly said: string
  /** it came as far as the fault */
  readonly hit: boolean
  readonly seconds: number
}

export interface Round {
  readonly runs: readonly Ran[]
  readonly found: Found
}

export async function playRound(project: Project, wire: Wire, port: number, faults: readonly Fault[]): Promise<Round> {
  await copyShop(project.server, DATABASE)
  const runs: Ran[] = []
  for (const fault of [...faults, undefined]) runs.push(await migrate(project, wire, port, fault))
  return {runs, found: await look(project.server, DATABASE)}
}

async function migrate({folder, server}: Project, wire: Wire, port: number, fault?: Fault): Promise<Ran> {
  const url = `postgresql://postgres@127.0.0.1:${port}/${DATABASE}?sslmode=disable`
  const {DATABASE_URL, SHADOW_DATABASE_URL, FORCE_COLOR, ...env} = process.env
  let child: ChildProcess | undefined
  let holder: Db | undefined
  const release = async () => {
    await holder?.close()
    holder = undefined
  }
  const happens = async (backend: number) => {
    if (fault!.kill === 'pgext') child!.kill('SIGKILL')
    if (fault!.kill === 'session')
      await connected(server.url('postgres'), (db) => db.query('select pg_terminate_backend($1::int)', [backend]))
    if (fault!.kill === 'backend') send(backend, 'SIGKILL')
    if (fault!.kill === 'server') await server.kill()
  }
  const prepare = async () => {
    if (!fault!.isHeldUp) return
    holder = await connect(server.url(DATABASE), {application: 'report'})
    await holder.script('begin isolation level repeatable read; select from shop.customer, shop.purchase, shop.log limit 1')
  }
  const start = performance.now()
  wire.watch(fault && {...fault, happens, prepare})
  child = spawn(process.execPath, [RUN, 'migrate', '--yes', '-C', folder, '--url', url], {env, stdio: ['ignore', 'pipe', 'pipe']})
  const said: Buffer[] = []
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (bytes) => said.push(bytes))
  const code = new Promise<number | null>((resolve) => child!.once('close', resolve))
  // what a session waits for is gone a moment after the fault, so that a server that goes on can come to an end
  while (!wire.happened && child.exitCode === null && child.signalCode === null) await sleep(5)
  await wire.happened
  const ending = await Promise.race([code.then(() => true), sleep(100)])
  await release()
  if (!ending && fault?.at !== 'during' && fault?.kill === 'pgext') child.kill('SIGKILL')
  const result = {
    code: await code,
    said: Buffer.concat(said).toString(),
    hit: wire.happened !== undefined,
    seconds: Math.round(performance.now() - start) / 1000,
  }
  if (fault?.kill === 'server' && result.hit) await server.start()
  if (result.hit) await untilBack(server.url('postgres'))
  return result
}

async function connected<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const db = await connect(url)
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** PostgreSQL recovers. */
async function untilBack(url: string): Promise<void> {
  for (const end = Date.now() + 60_000; ; await sleep(50)) {
    const isBack = await connected(url, async () => true).catch(() => false)
    if (isBack) return
    if (Date.now() > end) throw new Error('the server does not come back')
  }
}
