// A statement that ran outside a transaction and was cut off, and the database, in; what the catalogs say of how it ended, out.

import type {Db} from '../postgres/db.ts'
import {rangeName, strings, type Tree} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'

export interface Found {
  readonly isDone: boolean
  /** what it left behind goes with this, before it is run again */
  readonly cleanup?: string
}

type Probe = (db: Db, node: Tree) => Promise<Found>
type Probed = Pick<Statement, 'kind' | 'node'>

const NOT_BEGUN: Found = {isDone: false}
const DONE: Found = {isDone: true}

/** undefined: nothing in the catalogs would tell, and somebody has to be asked. */
export function probeOf({kind, node}: Probed): Probe | undefined {
  if (kind === 'IndexStmt' && node.concurrent && node.idxname) return index
  if (kind === 'DropStmt' && node.concurrent) return goneIndex
  if (kind === 'AlterTableStmt' && node.cmds.length === 1 && detached(node)?.concurrent) return detachment
  // run twice they do no harm
  if (kind === 'VacuumStmt' || (kind === 'DoStmt' && isRepeatable(node))) return async () => NOT_BEGUN
  return undefined
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
  return row.valid ? DONE : {isDone: false, cleanup: `DROP INDEX CONCURRENTLY ${quoteNames(row.schema, idxname)}`}
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
  await db.script(`ALTER TABLE ${nameOf(node.relation)} DETACH PARTITION ${nameOf(part)} FINALIZE`)
  return DONE
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
