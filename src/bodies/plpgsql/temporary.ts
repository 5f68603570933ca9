// A body's pieces in; the temporary tables that it makes once, and nobody changes, as queries with their columns out.
import {strings, type Tree, typeText} from '../../postgres/parse.ts'
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import type {Routine} from '../routine.ts'
import type {Means} from './check.ts'
import {bind, type Piece, pieceOf, type Standin, withStandins} from './piece.ts'
import type {Token} from './token.ts'
import {childrenOf, type Statement} from './tree.ts'
import type {Work} from './work.ts'

/** One of a body, and from where to where it is surely there. */
export interface Temporary extends Standin {
  readonly from: number
  readonly to: number
}

interface Looked {
  readonly routine: Routine
  readonly tokens: readonly Token[]
  readonly block: Statement
  readonly pieces: ReadonlyMap<Work, Piece>
  readonly means: Means
}

/** Its columns are known where nothing else of that name is, or could be made, altered or meant. */
export async function temporariesIn(looked: Looked): Promise<Temporary[]> {
  const {routine, tokens, pieces, means} = looked
  const makers = [...pieces.values()].filter((piece) => relationOf(piece)?.relpersistence === 't')
  // a path with pg_temp behind others, or a name that is put together, may mean another
  if (makers.length === 0 || tokens.some(({text}) => text === 'search_path')) return []
  const texts = tokens.filter(({kind}) => kind === 'text').map(({from, to}) => routine.body.slice(from, to).toLowerCase())
  const found: Temporary[] = []
  for (const piece of makers) {
    const {relname: name, schemaname} = relationOf(piece)!
    const touching = [...pieces.values()].filter((one) => one !== piece && relationOf(one)?.relname === name)
    if (touching.length > 0 || schemaname || texts.some((text) => text.includes(name.toLowerCase()))) continue
    if ((await means.catalogs.relations(name)).length > 0) continue
    if ((await means.catalogs.mentioning(name)).some((oid) => oid !== routine.oid)) continue
    const query = await queryOf(piece, found, looked)
    const reach = reachOf(piece.source.span.from, looked.block)
    if (query && reach) found.push({name, query, ...reach})
  }
  return found
}

/** What is made or changed. */
function relationOf({kind, tree}: Piece): Tree | undefined {
  if (kind === 'CreateTableAsStmt') return tree.into?.rel
  return kind === 'CreateStmt' || kind === 'AlterTableStmt' || kind === 'RenameStmt' ? tree.relation : undefined
}

/** What stands behind a statement in its own list, and inside of that, is run when it has been. */
function reachOf(at: number, block: Statement): {from: number; to: number} | undefined {
  let reach: {from: number; to: number} | undefined
  const visit = (statement: Statement) => {
    for (const list of childrenOf(statement)) {
      const own = list.find(({from, to}) => from <= at && at < to)
      if (own) reach = {from: own.to, to: list.at(-1)!.to}
      list.forEach(visit)
    }
  }
  visit(block)
  return reach
}

async function queryOf(piece: Piece, before: readonly Temporary[], looked: Looked): Promise<string | undefined> {
  const columns = piece.kind === 'CreateStmt' ? await declared(piece.tree, looked) : await selected(piece, before, looked)
  if (!columns || columns.length === 0) return undefined
  const list = columns.map(({name, type}) => `null::${type} as ${quoteName(name)}`).join(', ')
  const answer = await looked.means.session.ask(looked.means.path, {sql: `select ${list}`})
  return answer instanceof Error ? undefined : `select ${list}`
}

interface Column {
  readonly name: string
  readonly type: string
}

/** no types, but short for a type with a sequence */
const SERIAL: Readonly<Record<string, string>> = {
  ...{
    serial: 'integer',
    serial4: 'integer',
    bigserial: 'bigint',
    serial8: 'bigint',
    smallserial: 'smallint',
    serial2: 'smallint',
  },
}

/** CREATE TABLE (…). */
async function declared(tree: Tree, looked: Looked): Promise<Column[] | undefined> {
  if (tree.if_not_exists || tree.inhRelations || tree.ofTypename || tree.partbound) return undefined
  const columns: Column[] = []
  for (const {ColumnDef, TableLikeClause} of (tree.tableElts ?? []) as Tree[]) {
    if (TableLikeClause) {
      const {relname, schemaname} = TableLikeClause.relation
      const names = schemaname ? [schemaname, relname] : [relname]
      const like = await described(`select * from ${quoteNames(...names)}`, [], looked)
      if (!like) return undefined
      columns.push(...like)
    }
    if (!ColumnDef) continue
    const names = strings(ColumnDef.typeName?.names)
    const type = (names.length === 1 && SERIAL[names[0]!]) || typeText(ColumnDef.typeName, quoteNames)
    if (!type) return undefined
    columns.push({name: ColumnDef.colname, type})
  }
  return columns
}

/** CREATE TABLE … AS. */
async function selected({tree, source}: Piece, before: readonly Temporary[], looked: Looked): Promise<Column[] | undefined> {
  const {routine, tokens} = looked
  if (tree.if_not_exists || tree.objtype !== 'OBJECT_TABLE') return undefined
  const own = tokens.filter(({from, to}) => source.span.from <= from && to <= source.span.to)
  const as = own.findIndex(({text}, at) => text === 'as' && depthOf(own.slice(0, at)) === 0)
  if (as === -1 || !own[as + 1]) return undefined
  const isBare = own.at(-1)!.text === 'data' && ['with', 'no'].includes(own.at(-2)?.text ?? '')
  const last = own[own.length - 1 - (isBare ? (own.at(-2)!.text === 'no' ? 3 : 2) : 0)]!
  const span = {from: own[as + 1]!.from, to: last.to}
  const alone = await pieceOf(routine.body, tokens, {span, prefix: '', scope: source.scope})
  if (alone?.kind !== 'SelectStmt') return undefined
  const piece = await withStandins(routine.body, tokens, alone, thereAt(before, span.from))
  const bound = bind(piece, ({variable}) => (variable.isRecord ? 0 : variable.type))
  // a name that stands for a variable and a column, or a record's field
  if (bound.isVague || piece.mentions.some(({reference}) => piece.references.names.has(reference.names[0]!))) return undefined
  const columns = await described(bound.sql, bound.types, looked)
  const names = strings(tree.into.colNames)
  return columns?.map((column, at) => ({...column, name: names[at] ?? column.name}))
}

const depthOf = (tokens: readonly Token[]): number =>
  tokens.reduce((depth, {text}) => depth + Number(text === '(') - Number(text === ')'), 0)

async function described(sql: string, types: readonly number[], {means}: Looked): Promise<Column[] | undefined> {
  const answer = await means.session.ask(means.path, {sql, types})
  if (answer instanceof Error) return undefined
  const found = await Promise.all(answer.columns.map(({type}) => means.types.of(type)))
  if (found.some((type) => !type || type.sort === 'p')) return undefined
  return answer.columns.map(({name}, at) => ({name, type: found[at]!.sqlName}))
}

export const thereAt = (all: readonly Temporary[], at: number): Temporary[] => all.filter(({from, to}) => from <= at && at < to)
