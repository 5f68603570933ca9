// A running PostgreSQL in, databases on it out whose realtime tables are captured; and what a source hands over, as short lines.

import {afterAll, beforeAll} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import {type Capture, install} from '../../src/events/install.ts'
import type {Batch, Change, Message, Source} from '../../src/events/model.ts'
import {openQueue, type QueueOptions} from '../../src/events/queue/queue.ts'
import {createDatabase} from '../../src/postgres/admin.ts'
import type {Db, Row} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'

/** Another one with PGEXT_MAJOR. */
export const MAJOR = Number(process.env.PGEXT_MAJOR ?? 18)

/** A session that sees what a plain one does. */
export async function plain(url: string): Promise<Db> {
  const db = await connect(url)
  await db.script('set search_path = public')
  return db
}

export interface Place {
  readonly url: string
  readonly db: Db
  ask(sql: string): Promise<Row[]>
}

let made = 0

/** A database with this schema; captured where a way is given. */
export async function openPlace(urlOf: (database: string) => string, schema: string, capture?: Capture): Promise<Place> {
  const name = `events_${process.pid}_${++made}`
  const admin = await connect(urlOf('postgres'))
  await createDatabase(admin, name)
  await admin.close()
  const url = urlOf(name)
  const db = await plain(url)
  await db.script(schema)
  if (capture) {
    const own = await connect(url)
    await install(own, {capture})
    await own.close()
  }
  return {url, db, ask: async (sql) => (await db.script(sql)).at(-1)!}
}

export interface Places {
  url(database: string): string
  /** Captured by the queue. */
  open(schema: string): Promise<Place>
  reader(place: Place, options?: QueueOptions): Promise<Source>
  /** What came of this. */
  told(place: Place, work: string | (() => Promise<unknown>)): Promise<string[]>
}

export const END = `select pgext.emit('end', 'null')`

/** A PostgreSQL for the tests of a file; it, what stands on it and who reads there end with them. */
export function openPlaces(): Places {
  let cluster: Cluster
  const places: Place[] = []
  const sources: Source[] = []
  beforeAll(async () => {
    cluster = await startCluster(findBinaries(MAJOR)!)
  })
  afterAll(async () => {
    for (const source of sources) await source.close()
    for (const {db} of places) await db.close()
    await cluster?.close()
  })
  const url = (database: string) => cluster.url(database)
  const reader = async (place: Place, options: QueueOptions = {}) => {
    const source = await openQueue(() => connect(place.url), options)
    sources.push(source)
    return source
  }
  return {
    url,
    async open(schema) {
      const place = await openPlace(url, schema, 'queue')
      places.push(place)
      return place
    },
    reader,
    async told(place, work) {
      const source = await reader(place)
      if (typeof work === 'string') await place.ask(work)
      else await work()
      await place.ask(END)
      const lines = linesOf(await collect(source))
      await source.close()
      return lines
    },
  }
}

export const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: PgextError) => error.code,
  )

/** All that a source hands over, until a message on channel 'end' comes. */
export async function collect(source: Source, each: (batch: Batch) => unknown = () => {}): Promise<Batch[]> {
  const batches: Batch[] = []
  for await (const batch of source.read()) {
    const entries = batch.entries.filter((entry) => entry.kind !== 'message' || entry.channel !== 'end')
    if (entries.length > 0) batches.push({...batch, entries})
    await each(batch)
    if (entries.length < batch.entries.length) break
  }
  return batches
}

export const linesOf = (batches: readonly Batch[]): string[] => batches.flatMap(({entries}) => entries.map(lineOf))

/** `UPDATE t 1|a → 1|b` */
export function lineOf(entry: Change | Message): string {
  if (entry.kind === 'message') return `${entry.channel}: ${entry.payload}`
  const row = (values: Change['row']) => values?.map((value) => (value === undefined ? '?' : (value ?? 'ø'))).join('|')
  const rows = [row(entry.old), row(entry.row)].filter((text) => text !== undefined).join(' → ')
  return [entry.operation, entry.shape.table, entry.partition ? `(${entry.partition.table})` : '', rows].filter(Boolean).join(' ')
}
