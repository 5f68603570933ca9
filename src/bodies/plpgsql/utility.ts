// A statement that PostgreSQL does not look at before it runs it (ALTER, DROP, LOCK, SET …) in; what it names that is not there out.

import {strings, type Tree, walk} from '../../postgres/parse.ts'
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {type Fault, quotedIn} from './fault.ts'
import type {Piece} from './piece.ts'
import type {Place} from './result.ts'

export async function utilityFaults(piece: Piece, place: Place): Promise<Fault[]> {
  const {kind, tree, source, shift} = piece
  const {from} = source.span
  if (kind === 'TransactionStmt') return [{message: 'unsupported transaction command in PL/pgSQL', sqlstate: '0A000', at: from}]
  if (kind === 'VariableSetStmt') return settingFaults(tree, from, place)
  const relations = relationsOf(kind, tree).filter((names) => !isMade(names, place))
  const columns = kind === 'IndexStmt' ? columnsOf(tree) : []
  const faults = await Promise.all(
    relations.map(async (names): Promise<Fault[]> => {
      const list = columns.map(quoteName).join(', ')
      const answer = await place.means.session.ask(place.means.path, {sql: `select ${list} from ${quoteNames(...names)}`})
      if (
        !(answer instanceof Error) ||
        (answer.sqlstate !== '42P01' && answer.sqlstate !== '42703' && answer.sqlstate !== '3F000')
      )
        return []
      const at = quotedIn(answer.message, place.understood.tokens, from, source.span.to) ?? from
      return [{message: answer.message, sqlstate: answer.sqlstate, at: Math.max(at, shift)}]
    }),
  )
  return faults.flat()
}

const isMade = (names: readonly string[], {understood}: Place): boolean =>
  names[0] === 'pg_temp' || understood.touched.made.has(names.at(-1)!)

/** Of tables and views, which a query can name. */
function relationsOf(kind: string, tree: Tree): string[][] {
  if (tree.missing_ok || tree.if_not_exists) return kind === 'IndexStmt' ? rangesIn(tree.relation) : []
  if (kind === 'DropStmt')
    return TABLES.has(tree.removeType) ? (tree.objects ?? []).map((one: Tree) => strings(one.List?.items)) : []
  if (kind === 'AlterTableStmt') return TABLES.has(tree.objtype) ? rangesIn(tree.relation) : []
  return ASKED.has(kind) ? rangesIn(tree.relation ?? tree.relations) : []
}

const TABLES = new Set(['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW'])
const ASKED = new Set(['LockStmt', 'TruncateStmt', 'RefreshMatViewStmt', 'IndexStmt', 'CopyStmt'])

function rangesIn(tree: unknown): string[][] {
  const names: string[][] = []
  walk(tree, (_, {relname, schemaname}) => {
    if (typeof relname === 'string') names.push(schemaname ? [schemaname, relname] : [relname])
  })
  return names
}

const columnsOf = (tree: Tree): string[] =>
  (tree.indexParams ?? []).flatMap(({IndexElem}: Tree) => (IndexElem?.name ? [IndexElem.name] : []))

async function settingFaults({name, kind}: Tree, from: number, {means}: Place): Promise<Fault[]> {
  if (typeof name !== 'string' || name.includes('.') || (kind !== 'VAR_SET_VALUE' && kind !== 'VAR_SET_DEFAULT')) return []
  const [row] = await means.session.db.query(
    `select exists (select from pg_catalog.pg_settings where lower(name) = lower($1)) as known`,
    [name],
  )
  if (row!.known || HIDDEN.has(name.toLowerCase())) return []
  return [{message: `unrecognized configuration parameter "${name}"`, sqlstate: '42704', at: from}]
}

/** Not in pg_settings, for some or for all. */
const HIDDEN = new Set(['role', 'session_authorization', 'timezone', 'seed', 'is_superuser', 'session characteristics'])
