// By which columns replication knows a table's rows, where it isn't the primary key.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import type {CatalogObject, Hazard, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'

export interface ReplicaIdentity {
  /** its columns are those of this index; without one all columns are, or none */
  readonly index?: string
  readonly full?: true
}

export const replicaIdentity: Kind<ReplicaIdentity> = {
  name: 'replica identity',
  follow: (o, from, to) => (o.body.index === from.name.at(-1) ? {...o.body, index: to.name.at(-1)!} : o.body),
  // an index that was dropped leaves a table marked as known by an index, which means by nothing
  some: beyond('pg_class', `relkind in ('r', 'p') and relreplident <> 'd'`),
  query: () => rowsOf('null::jsonb', ''),
  heeding: {
    table: 'realtime',
    query: () =>
      rowsOf(
        `case when c.relreplident = 'f' and e.identity is not null then jsonb_build_object('before', e.identity) end`,
        'left join pgext.realtime e on e.relid = c.oid',
      ),
  },
  create: (o, {isMade}) => [creates(o, sqlOf(o, wordsOf(o.body)), {hazards: isMade(o.parent!) ? [] : replicates(o)})],
  alter: (from, to) => [alters(from, to, sqlOf(to, wordsOf(to.body)), {hazards: replicates(to)})],
  drop: (o) => [drops(o, sqlOf(o, 'DEFAULT'), {hazards: replicates(o)})],
}

/** @param beside what it was before pgext made it FULL */
const rowsOf = (beside: string, join: string): string => `
    select ${address('pg_class', 'c.oid')} as about, case when i.oid is not null then array[${address('pg_class', 'i.oid')}] end as needs,
      jsonb_strip_nulls(jsonb_build_object('index', i.relname, 'full', case when c.relreplident = 'f' then true end)) as body, ${beside} as beside
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and ${isUserSchema('n.nspname')}
    left join pg_index x on x.indrelid = c.oid and x.indisreplident and c.relreplident = 'i'
    left join pg_class i on i.oid = x.indexrelid
    ${join}
    where c.relkind in ('r', 'p') and c.relpersistence <> 't' and c.relreplident <> 'd'`

const replicates = (o: CatalogObject): Hazard[] => [
  {name: 'replication-affected', why: `subscribers are told of other old values of rows of ${quoteNames(...o.name)}`},
]

function sqlOf(o: CatalogObject, words: string): string {
  return `ALTER TABLE ONLY ${quoteNames(...o.name)} REPLICA IDENTITY ${words}`
}

function wordsOf({index, full}: ReplicaIdentity): string {
  if (index !== undefined) return `USING INDEX ${quoteName(index)}`
  return full ? 'FULL' : 'NOTHING'
}
