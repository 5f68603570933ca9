// A statement that ran outside a transaction and was cut off, and the database, in; what the catalogs say of how it ended, out. Changes nothing.
import type {Db} from '../postgres/db.ts'
import {rangeName, strings, type Tree} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'

export interface Found {
  readonly isDone: boolean
  /** what it left behind goes with these, each outside a transaction, before it is run again */
  readonly cleanup: readonly string[]
  /** brings to its end what was begun, inside a transaction */
  readonly finish?: string
}

type Probe = (db: Db, node: Tree) => Promise<Found>
type Probed = Pick<Statement, 'kind' | 'node'>

const NOT_BEGUN: Found = {isDone: false, cleanup: []}
const DONE: Found = {isDone: true, cleanup: []}
/** run twice they do no harm */
const again: Probe = async () => NOT_BEGUN

/** undefined: nothing in the catalogs would tell, and somebody has to be asked. */
export function probeOf({kind, node}: Probed): Probe | undefined {
  if (kind === 'IndexStmt' && node.concurrent && node.idxname) return index
  if (kind === 'DropStmt' && node.concurrent) return goneIndex
  if (kind === 'AlterTableStmt' && node.cmds.length === 1 && detached(node)?.concurrent) return detachment
  if (kind === 'ReindexStmt') return copies
  if (kind === 'VacuumStmt' || (kind === 'DoStmt' && isRepeatable(node))) return again
  // all tables, each in a transaction of its own
  if (kind === 'ClusterStmt' && !node.relation) return again
  return undefined
}

/**
 * PostgreSQL refuses these inside a transaction. Of all others it is asked; of these not, as it would write each time to its log that it did.
 * A block that may be repeated commits on its way: tried in a transaction it would do its first part for nothing, and twice.
 */
export function standsAlone({kind, node}: Probed): boolean {
  if (kind === 'DoStmt') return isRepeatable(node)
  if (kind === 'IndexStmt' || kind === 'DropStmt') return Boolean(node.concurrent)
  if (kind === 'AlterTableStmt') return node.cmds.length === 1 && Boolean(detached(node)?.concurrent)
  if (kind === 'ReindexStmt')
    return ((node.params ?? []) as Tree[]).some(({DefElem}) => DefElem.defname === 'concurrently' && !DefElem.arg)
  return kind === 'VacuumStmt' && Boolean(node.is_vacuumcmd)
}

/** An index bears the schema of its table. One that is not valid is what a build left behind that did not end. */
async function index(db: Db, {relation, idxname}: Tree): Promise<Found> {
  const [row] = await db.query(
    `select n.nspname as schema, x.indisvalid as valid
     from pg_catalog.pg_class t
     join pg_catalog.pg_class i on i.relnamespace = t.relnamespace and i.relname = $2::text
     join pg_catalog.pg_namespace n on n.oid = i.relnamespace
     join pg_catalog.pg_index x on x.indexrelid = i.oid and x.indrelid = t.oid
     where t.oid = pg_catalog.to_regclass($1::text)`,
    [nameOf(relation), idxname],
  )
  if (!row) return NOT_BEGUN
  return row.valid ? DONE : {isDone: false, cleanup: [dropIndex(row.schema, idxname)]}
}

async function goneIndex(db: Db, {objects}: Tree): Promise<Found> {
  const names = (objects as Tree[]).map(({List}) => quoteNames(...strings(List.items)))
  const [row] = await db.query('select count(pg_catalog.to_regclass(n)) as left from pg_catalog.unnest($1::text[]) u (n)', [
    names,
  ])
  return Number(row!.left) === 0 ? DONE : NOT_BEGUN
}

async function detachment(db: Db, node: Tree): Promise<Found> {
  const part = detached(node)!.name as Tree
  const [row] = await db.query(
    `select coalesce(pg_catalog.bool_or(h.inhdetachpending), false) as pending, pg_catalog.count(h.inhrelid) as places
     from pg_catalog.pg_inherits h
     where h.inhrelid = pg_catalog.to_regclass($1::text) and h.inhparent = pg_catalog.to_regclass($2::text)`,
    [nameOf(part), nameOf(node.relation)],
  )
  if (Number(row!.places) === 0) return DONE
  if (!row!.pending) return NOT_BEGUN
  return {isDone: false, cleanup: [], finish: `ALTER TABLE ${nameOf(node.relation)} DETACH PARTITION ${nameOf(part)} FINALIZE`}
}

/**
 * REINDEX CONCURRENTLY builds each index anew beside the old one, as `…_ccnew`, and drops what was the old one as `…_ccold`; that of a TOAST
 * table, too. Those that it left are not valid, and the index itself always is.
 */
async function copies(db: Db, {kind, relation, name}: Tree): Promise<Found> {
  const rows = await db.query(
    `with recursive named as (
       select t.oid from pg_catalog.pg_class t
       where case $1::text
         when 'REINDEX_OBJECT_INDEX' then t.oid = (select x.indrelid from pg_catalog.pg_index x where x.indexrelid = pg_catalog.to_regclass($2::text))
         when 'REINDEX_OBJECT_TABLE' then t.oid = pg_catalog.to_regclass($2::text)
         when 'REINDEX_OBJECT_SCHEMA' then t.relnamespace = pg_catalog.to_regnamespace($3::text)
         else true end
       union select h.inhrelid from named n join pg_catalog.pg_inherits h on h.inhparent = n.oid
     )
     select s.nspname::text as schema, i.relname::text as name
     from named n
     join pg_catalog.pg_class t on t.oid = n.oid
     join pg_catalog.pg_index x on x.indrelid in (t.oid, t.reltoastrelid) and not x.indisvalid
     join pg_catalog.pg_class i on i.oid = x.indexrelid and i.relname ~ '_cc(new|old)[0-9]*$'
     join pg_catalog.pg_namespace s on s.oid = i.relnamespace
     order by 1, 2`,
    [kind, relation ? nameOf(relation) : null, name ? quoteNames(name) : null],
  )
  return {isDone: false, cleanup: rows.map((row) => dropIndex(row.schema, row.name))}
}

/** Its body begins with a line that says so. */
function isRepeatable({args}: Tree): boolean {
  const body = (args as Tree[]).find(({DefElem}) => DefElem.defname === 'as')?.DefElem.arg?.String?.sval as string | undefined
  return body?.trimStart().startsWith('-- pgext:repeatable\n') === true
}

function detached({cmds}: Tree): Tree | undefined {
  const {subtype, def} = cmds[0].AlterTableCmd
  return subtype === 'AT_DetachPartition' ? def.PartitionCmd : undefined
}

const nameOf = (range: Tree): string => quoteNames(...rangeName(range))
const dropIndex = (schema: string, name: string): string => `DROP INDEX CONCURRENTLY IF EXISTS ${quoteNames(schema, name)}`
