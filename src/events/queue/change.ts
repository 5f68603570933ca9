// A row of the queue in, the changes and messages that it stands for out.
import type {Change, Message, Row} from '../model.ts'
import {readRecord} from '../text/record.ts'
import type {Recorded} from './shape.ts'

/** A row of the queue, as pgext.events_of tells it. */
export interface Queued {
  readonly xid: string
  readonly id: string
  readonly written: string
  readonly shape: string | null
  readonly relid: number
  readonly depth: number
  readonly op: 'I' | 'U' | 'D' | 'T' | 'M'
  readonly described: string | null
  readonly old: string | null
  readonly new: string | null
}

/** An UPDATE that changed the key is two: what had the old key is gone, and what has the new one is new. */
export function changesOf(queued: Queued, recorded: Recorded | undefined): (Change | Message)[] {
  if (queued.op === 'M') return [{kind: 'message', channel: queued.old!, payload: queued.new!}]
  const {shape, order} = recorded!
  if (queued.op === 'T') {
    const partition = queued.old === null ? undefined : readName(queued.old)
    return [{kind: 'change', operation: 'TRUNCATE', shape, ...(partition && {partition})}]
  }
  const old = queued.old === null ? undefined : ordered(readRecord(queued.old), order)
  const row = queued.new === null ? undefined : ordered(readRecord(queued.new), order)
  if (queued.op === 'I') return [{kind: 'change', operation: 'INSERT', shape, row: row!}]
  if (queued.op === 'D') return [{kind: 'change', operation: 'DELETE', shape, old: old!}]
  if (shape.columns.every(({key}, at) => !key || old![at] === row![at]))
    return [{kind: 'change', operation: 'UPDATE', shape, row: row!, old: old!}]
  return [
    {kind: 'change', operation: 'DELETE', shape, old: old!},
    {kind: 'change', operation: 'INSERT', shape, row: row!},
  ]
}

const ordered = (row: Row, order: readonly number[] | undefined): Row => (order ? order.map((at) => row[at]) : row)

/** `schema."a table"`, as PostgreSQL prints a regclass under a search_path that has neither. */
export function readName(text: string): {schema: string; table: string} {
  const [schema, table] = [...text.matchAll(/"((?:[^"]|"")*)"|[^".]+/g)].map(
    ([whole, quoted]) => quoted?.replaceAll('""', '"') ?? whole,
  )
  return {schema: schema!, table: table!}
}
