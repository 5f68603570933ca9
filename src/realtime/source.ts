// A database, and how a server is to read it, in; the source of its changes out.
import {PgextError} from '../errors.ts'
import {openSource} from '../events/events.ts'
import {readInstalled} from '../events/install.ts'
import type {Source} from '../events/model.ts'
import {asAllowed} from '../events/rights.ts'
import {AWAY, nodeName} from '../events/wal/nodes.ts'
import {connect} from '../postgres/native.ts'
import type {Figures} from './bus/figures.ts'

type Log = (what: string, details?: Readonly<Record<string, unknown>>) => void

interface Asked {
  readonly since: string | undefined
  readonly log: Log
}

/** Bytes of the log that are kept for clients of a server that is started anew. */
const KEPT = 2 ** 30
/** Milliseconds in which a server that ends gives its name free. */
const PATIENCE = 5000

/** From the WAL by a slot that goes with the session: what came while there was none nobody knows. */
export async function sourceOf(url: string, since?: string): Promise<Source> {
  if (since !== undefined && (await engineOf(url)) === 'wal')
    throw new PgextError('events-gone', 'the connection was lost, and with it what has changed since')
  const {source, side} = await openSource({url, ...(since !== undefined && {since})})
  await side.close()
  return source
}

/** From the WAL by a slot that stays: what came while there was no server is read when it is back. The queue needs nothing of that kind. */
export async function nodeOf(url: string, node: string, {since, log}: Asked): Promise<Source> {
  if ((await engineOf(url)) !== 'wal') return sourceOf(url, since)
  const forgot = (name: string) => log(`consumer ${name} was away for more than an hour, and is forgotten: its slot kept the log`)
  const keeping = {bytes: KEPT, patience: PATIENCE, away: AWAY, forgot}
  const {openWal} = await import('../events/wal/source.ts')
  const open = () => openWal(url, {name: nodeName(node), ...(since !== undefined && {since})}, {keeping})
  try {
    return await open()
  } catch (error) {
    const {code, message} = error as PgextError
    if (code === 'events-taken')
      throw new PgextError('events-taken', `another server is node ${node} already`, {
        hint: 'each server takes a name of its own: --node, PGEXT_NODE or "node" in pgext.json; or none',
        cause: error,
      })
    if (code !== 'events-gone' || since !== undefined) throw error
    // it begins anew, and says so once: clients are told by their tokens, which are older
    log(message, {code})
    return open()
  }
}

/** What a name is worth here, for who gave one. */
export async function noteOfNode(
  url: string,
  {node, bus}: {readonly node?: string; readonly bus?: string},
): Promise<string | undefined> {
  if (node === undefined) return undefined
  if (bus !== undefined) return `the name ${node} means nothing with a bus: whoever leads it reads for all`
  const engine = await engineOf(url)
  if (engine !== 'wal') return engine && `the name ${node} means nothing here: the queue keeps what changes, whoever reads it`
  const db = await connect(url)
  const [row] = await db.query(`select pg_catalog.current_setting('max_slot_wal_keep_size') as size`).finally(() => db.close())
  return row!.size === '-1'
    ? 'max_slot_wal_keep_size is not set: while this server is away its replication slot keeps WAL, until the disk is full'
    : undefined
}

interface OfBus extends Asked {
  /** seconds */
  readonly history: number
  readonly figures: Figures
}

/** What is wrong with its leader is said, and mended where that is possible. */
export async function busOf(url: string, bus: string, {history, log, since, figures}: OfBus): Promise<Source> {
  const {openBus} = await import('./bus/bus.ts')
  const complain = (error: unknown) => {
    const {code, message} = error as PgextError
    log(`leading the bus: ${message}`, {code})
  }
  return openBus({url, bus, history, complain, figures, ...(since !== undefined && {since})})
}

async function engineOf(url: string): Promise<'wal' | 'queue' | undefined> {
  const db = await connect(url)
  return asAllowed(db, async () => (await readInstalled(db))?.engine).finally(() => db.close())
}
