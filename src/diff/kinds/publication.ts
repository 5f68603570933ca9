// A publication of logical replication, but pgext's own, and what it publishes: one fact for each table and each schema in it.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema, OWN_PUBLICATION} from '../address.ts'
import type {CatalogObject, Hazard, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {renamed} from './naming.ts'

export interface PublicationBody {
  readonly allTables: boolean
  readonly operations: readonly string[]
  readonly viaRoot: boolean
  /** from 18 on: generated columns are published where no column list says otherwise */
  readonly generated?: 'stored'
}

export interface PublicationTableBody {
  readonly columns?: readonly string[]
  readonly where?: string
}

/** The one that says which tables are realtime: whatever it publishes, nobody subscribes to it. */
const EVENTS = 'pg_events'

const stops = ({name: [publication]}: CatalogObject, what: string): Hazard[] => [
  {
    name: 'replication-affected',
    why:
      publication === EVENTS
        ? `${what} will have no events any more`
        : `subscribers no longer receive ${what} from publication ${publication}`,
  },
]

export const publication: Kind<PublicationBody> = {
  name: 'publication',
  rename: (from, to, {current}) => renamed(from, to, current),

  some: beyond('pg_publication'),
  query: ({major}) => `
    select ${address('pg_publication', 'p.oid')} as address, array[p.pubname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'allTables', p.puballtables,
        'operations', to_jsonb(array_remove(array[
          case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
          case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end], null)),
        'viaRoot', p.pubviaroot,
        'generated', ${major >= 18 ? `case p.pubgencols when 's' then 'stored' end` : 'null'})) as body
    from pg_publication p
    where p.pubname <> '${OWN_PUBLICATION}'`,

  create(o) {
    const tables = o.body.allTables ? ' FOR ALL TABLES' : ''
    const options = optionsOf(o.body, {operations: ['insert', 'update', 'delete', 'truncate'], viaRoot: false})
    return [creates(o, `CREATE PUBLICATION ${nameOf(o)}${tables}${options ? ` WITH (${options})` : ''}`)]
  },

  alter(from, to) {
    if (from.body.allTables !== to.body.allTables) return 'replace'
    const lost = from.body.operations.filter((operation) => !to.body.operations.includes(operation))
    const hazards = lost.length > 0 && to.name[0] !== EVENTS ? stops(to, lost.join(', ')) : []
    return [alters(from, to, `ALTER PUBLICATION ${nameOf(to)} SET (${optionsOf(to.body, from.body)})`, {hazards})]
  },

  drop: (o) => [
    drops(o, `DROP PUBLICATION ${nameOf(o)}`, {hazards: stops(o, o.name[0] === EVENTS ? 'realtime tables' : 'changes')}),
  ],
}

/** What differs from `base`. */
function optionsOf(body: PublicationBody, base: Omit<PublicationBody, 'allTables'>): string {
  return [
    ...(body.operations.join() === base.operations.join() ? [] : [`publish = '${body.operations.join(', ')}'`]),
    ...(body.viaRoot === base.viaRoot ? [] : [`publish_via_partition_root = ${body.viaRoot}`]),
    ...(body.generated === base.generated ? [] : [`publish_generated_columns = ${body.generated ?? 'none'}`]),
  ].join(', ')
}

export const publicationTable: Kind<PublicationTableBody> = {
  name: 'publication table',

  some: beyond('pg_publication'),
  query: ({major}) => `
    select ${address('pg_publication_rel', 'm.oid')} as address, array[p.pubname, n.nspname, c.relname]::text[] as name,
      ${address('pg_publication', 'p.oid')} as parent,
      ${
        major < 15
          ? `'{}'::jsonb`
          : `jsonb_strip_nulls(jsonb_build_object(
        'columns', (select jsonb_agg(a.attname order by a.attname) from pg_attribute a where a.attrelid = m.prrelid and a.attnum = any (m.prattrs::int2[])),
        'where', pg_get_expr(m.prqual, m.prrelid)))`
      } as body
    from pg_publication_rel m
    join pg_publication p on p.oid = m.prpubid and p.pubname <> '${OWN_PUBLICATION}'
    join pg_class c on c.oid = m.prrelid
    join pg_namespace n on n.oid = c.relnamespace
    where ${isUserSchema('n.nspname')}`,

  create(o) {
    const columns = o.body.columns ? ` (${o.body.columns.map(quoteName).join(', ')})` : ''
    const where = o.body.where ? ` WHERE (${o.body.where})` : ''
    return [creates(o, `ALTER PUBLICATION ${nameOf(o)} ADD TABLE ONLY ${tableOf(o)}${columns}${where}`)]
  },
  // SET TABLE would have to name all the others too
  alter: () => 'replace',
  drop: (o) => [
    drops(o, `ALTER PUBLICATION ${nameOf(o)} DROP TABLE ONLY ${tableOf(o)}`, {
      hazards: stops(o, `table ${tableOf(o)}`),
    }),
  ],
}

export const publicationSchema: Kind<Record<string, never>> = {
  name: 'publication schema',

  some: beyond('pg_publication'),
  query: ({major}) =>
    major < 15
      ? `select null::text as address, null::text[] as name, null::text as parent, null::jsonb as body where false`
      : `
    select ${address('pg_publication_namespace', 'm.oid')} as address, array[p.pubname, n.nspname]::text[] as name,
      ${address('pg_publication', 'p.oid')} as parent, '{}'::jsonb as body
    from pg_publication_namespace m
    join pg_publication p on p.oid = m.pnpubid and p.pubname <> '${OWN_PUBLICATION}'
    join pg_namespace n on n.oid = m.pnnspid`,

  create: (o) => [creates(o, `ALTER PUBLICATION ${nameOf(o)} ADD TABLES IN SCHEMA ${quoteName(o.name[1]!)}`)],
  alter: () => 'replace',
  drop: (o) => [
    drops(o, `ALTER PUBLICATION ${nameOf(o)} DROP TABLES IN SCHEMA ${quoteName(o.name[1]!)}`, {
      hazards: stops(o, `schema ${o.name[1]}`),
    }),
  ],
}

/** The publication's. */
function nameOf(o: CatalogObject): string {
  return quoteName(o.name[0]!)
}

function tableOf(o: CatalogObject): string {
  return quoteNames(o.name[1]!, o.name[2]!)
}
