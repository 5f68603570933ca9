// A view in; the rows that its viewer sees of its table now out, in parts, and the snapshot that they were read under.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../errors.ts'
import {rowJson, Writers} from '../events/json.ts'
import type {Shape} from '../events/model.ts'
import {readRecord} from '../events/text/record.ts'
import {Types} from '../events/types.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {Seats} from './seats.ts'
import {Skip} from './skip.ts'
import type {View} from './view.ts'

export interface SnapshotOptions {
  readonly seats: Seats
  /** the filter of pg_events, in SQL */
  readonly declared?: string
  /** transactions that were told of before it was asked for: it has to see them */
  readonly told: readonly string[]
  /** takes the rows of a part as JSON texts, and is waited for; false: no more are wanted */
  readonly take: (rows: readonly string[], last: boolean, skip: Skip) => Promise<boolean>
}

/** Milliseconds between two looks whether what the log told of is to be seen by now, and for how long. */
const AGAIN = 5
const PATIENCE = 10_000
/** Characters of a part, about; rows that are asked for at first, and at most. */
const PART = 65_536
const [FEW, MANY] = [50, 1000]

/** @throws PgextError what PostgreSQL says, as when a policy raises an error */
export async function readSnapshot(view: View, options: SnapshotOptions): Promise<Skip> {
  for (const until = performance.now() + PATIENCE; ; await sleep(AGAIN)) {
    const skip = await options.seats.as(view.wish.viewer, (db) => readUnder(db, view, options), 'repeatable read')
    if (skip) return skip
    if (performance.now() > until) throw new PgextError('stopped', 'a transaction that was committed is not to be seen yet')
  }
}

/** undefined: something is not to be seen yet that was told of. */
async function readUnder(db: Db, view: View, {declared, told, take}: SnapshotOptions): Promise<Skip | undefined> {
  const [row] = await db.query('select pg_catalog.pg_current_snapshot()::text as text')
  const skip = new Skip(row!.text)
  if (told.some((xid) => !skip.sees(xid))) return undefined
  const {schema, table, relid} = view.access
  const found = await db.query(
    `select a.attname as name, a.atttypid as type, c.relkind as kind from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
     where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [relid],
  )
  const keys = new Set(view.access.key)
  const columns = found.flatMap(({name, type}) => (view.columns.has(name) ? [{name, type, key: keys.has(name)}] : []))
  const shape: Shape = {relid, schema, table, columns}
  const types = new Types()
  await types.know(db, new Set(columns.map(({type}) => type)))
  const writers = new Writers(types).of(shape)
  const conditions = [declared, view.wish.filter?.sql].flatMap((sql) => (sql ? [`(${sql}) is true`] : []))
  const list = columns.map(({name}) => quoteName(name)).join(', ')
  // seats print values as capture does
  await db.script(`declare pgext_snapshot no scroll cursor for
    select row(${list})::text as "row" from ${found[0]?.kind === 'p' ? '' : 'only '}${quoteNames(schema, table)}${conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''}`)
  let [rows, length] = [[] as string[], 0]
  for (let count = FEW, isLast = false; !isLast; ) {
    const fetched = await db.query<{row: string}>(`fetch ${count} from pgext_snapshot`)
    isLast = fetched.length < count
    let all = 0
    for (const {row} of fetched) {
      if (length >= PART) {
        if (!(await take(rows, false, skip))) return skip
        ;[rows, length] = [[], 0]
      }
      const text = rowJson(writers, readRecord(row) as string[])
      rows.push(text)
      length += text.length
      all += text.length
    }
    // large ones are not all held at once
    count = Math.max(1, Math.min(MANY, Math.floor((4 * PART * fetched.length) / (all + 1))))
  }
  await take(rows, true, skip)
  return skip
}
