// Pieces of SQL that several looks share, and what their rows become.
import {quoteNames} from '../postgres/quote.ts'
import type {Fix, Subject} from './model.ts'

/** What an extension made is its own affair. */
export const notMember = (table: string, oid: string): string =>
  `not exists (select from pg_depend x where x.classid = '${table}'::regclass and x.objid = ${oid} and x.deptype = 'e')`

/** Tables of ours, as `c` in schema `n`. */
export const tables = (schemas: string, kinds = "'r', 'p'"): string => `pg_class c
  join pg_namespace n on n.oid = c.relnamespace and n.oid in (${schemas})
    and c.relkind in (${kinds}) and c.relpersistence <> 't' and ${notMember('pg_class', 'c.oid')}`

/** Of ten thousand tables most have none of what is asked for: the name is last in cost, too. */
export const SEEN = 'n.nspname::text as schema, c.relname::text as "table"'

export interface InTable {
  readonly schema: string
  readonly table: string
}

export const tableOf = ({schema, table}: InTable): string => quoteNames(schema, table)

/** A table, and what it stands in. */
export const tableSubject = ({schema, table}: InTable, kind = 'table'): Subject[] => [
  {kind: 'schema', name: [schema]},
  {kind, name: [schema, table]},
]

export const NO_ROWS = 'the catalogs alone: at once'
/** Of what the role lacks itself. */
export const BY_OTHERS = 'the catalogs alone: at once; its owner or a superuser has to run it'
export const briefly = (what: string): string => `ACCESS EXCLUSIVE on ${what}, for a moment`
export const beside = (what: string): string => `SHARE UPDATE EXCLUSIVE on ${what}: reads and writes go on`

export const long = (sql: string, locks: string, more: Partial<Fix> = {}): Fix => ({sql, locks, isLong: true, ...more})

/** An index that could be a key as it stands: unique, of plain columns that are never null, of all rows. */
export const KEY = `i.indisunique and i.indimmediate and i.indisvalid and i.indpred is null and i.indexprs is null
  and not exists (select from unnest(i.indkey[0:i.indnkeyatts - 1]) k (number)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number where not a.attnotnull)`
