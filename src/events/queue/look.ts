// A session and a position in, the transactions that were committed since out, with the rows of the first of them; and the rows of others.
import {PgextError} from '../../errors.ts'
import type {Link} from '../link.ts'
import {asInstalled} from '../rights.ts'
import type {Queued} from './change.ts'
import type {Horizon, Seen} from './horizon.ts'
import type {Position} from './token.ts'

/** Rows read at once, and handed over as one batch at most. */
export const MOST = 1000
/** Transactions looked at together: after a long time away there may be very many. */
const MOST_TRANSACTIONS = 20_000

export interface Transaction {
  readonly xid: string
  /** Its newest event's id: transactions are handed over in this order, which is every row's own. */
  readonly last: bigint
  readonly events: number
  /** How deep in triggers the deepest of them was captured; 1: none was fired by what another trigger did. */
  readonly depth: number
  readonly time: string
}

export interface Look {
  /** What is seen when all these transactions are handed over, if they are all there are. */
  readonly until: string
  readonly isWhole: boolean
  readonly transactions: readonly Transaction[]
  /** of the first transactions: those that are read at once, if they are read as they were captured */
  readonly rows: readonly Queued[]
}

const COLUMNS = 'xid::text as xid, id::text as id, written::text as written, shape::text as shape, depth, op, described, old, new'

// Rows come with the look: most looks find a few small transactions, and each question takes its time. What tells of the look itself is its last
// row: whether something is gone is asked when all was read, and of that moment. A table that was waited for may be empty to an older snapshot too
const LOOK = `
  with found as materialized (
    select * from pgext.transactions_since($1::text::pg_catalog.pg_snapshot) a
    where $2::text is null or (pg_catalog.pg_visible_in_snapshot(a.xid, $2::text::pg_catalog.pg_snapshot) and a.last >= $3::text::bigint)),
  first as materialized (
    select pg_catalog.array_agg(f.xid) as xids from (select xid, pg_catalog.sum(events) over own as events, pg_catalog.max(depth) over own as depth
      from found window own as (order by last)) f
    where f.events <= $5::int and f.depth = 1)
  select null as snapshot, null as incarnation, null as newest, null as logged, null as flushed, null as transactions, null::boolean as gone, r.*
  from first, lateral (select ${COLUMNS} from pgext.events_of(first.xids, 0, $5::int)) r where first.xids is not null
  union all
  select l.*, pgext.is_gone($1::text::pg_catalog.pg_snapshot), null, null, null, null, null, null, null, null, null from (
    select pg_catalog.pg_current_snapshot()::text as snapshot, e.incarnation::text as incarnation,
    (select f.xid::text from found f order by f.xid desc limit 1) as newest,
    w.written::text as logged, w.flushed::text as flushed,
    (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('xid', t.xid::text, 'last', t.last::text, 'events', t.events, 'depth', t.depth,
        'time', t.committed::text) order by t.last), '[]')::text
      from (select * from found order by last limit $4::int) t) as transactions
    from pgext.events e, pgext.log_written() w offset 0) l`

const ROWS = `
  select ${COLUMNS}
  from pgext.events_of($1::text::pg_catalog.xid8[], $2::text::bigint, $3::text::bigint)`

interface Told extends Seen {
  readonly incarnation: string
  readonly gone: boolean
  readonly transactions: string
}

export async function look(link: Link, position: Position, horizon: Horizon): Promise<Look> {
  const {incarnation, seen, within} = position
  const place = [seen, within?.until ?? null, within?.last.toString() ?? null]
  const rows = await asInstalled(link.query<Told & Record<string, unknown>>(LOOK, [...place, MOST_TRANSACTIONS + 1, MOST], true))
  const row = rows.pop()
  if (row?.incarnation !== incarnation) throw gone('the queue began anew since')
  if (row.gone) throw gone('what came since was thrown away')
  const told = JSON.parse(row.transactions) as (Omit<Transaction, 'last'> & {last: string})[]
  const transactions = told.slice(0, MOST_TRANSACTIONS).map((one) => ({...one, last: BigInt(one.last)}))
  if (!(await horizon.stands()))
    throw gone('the server crashed, and transactions that did not wait for the disk were told and are lost')
  const until = horizon.of(seen, row, transactions)
  // begun before: on to where it was begun for
  const isWhole = told.length <= MOST_TRANSACTIONS
  return {until: within?.until ?? until, transactions, isWhole, rows: rows as unknown as Queued[]}
}

/** In the order of transactions' ids, and of their own; those after an id. */
export async function rowsOf(link: Link, transactions: readonly Transaction[], after: bigint): Promise<Queued[]> {
  const xids = `{${transactions.map(({xid}) => xid).join(',')}}`
  return (await link.query(ROWS, [xids, after.toString(), MOST.toString()], true)) as unknown as Queued[]
}

export const gone = (why: string): PgextError =>
  new PgextError('events-gone', `changes since then can't be told any more: ${why}`, {
    hint: 'read the tables anew, and go on from there',
  })
