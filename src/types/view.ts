// Views' definitions, as PostgreSQL prints them, in; which of their columns are a table's own, and whether a join may leave them empty, out.
import type {ViewBody} from '../diff/kinds/view.ts'
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'
import {parse, SyntaxProblem, strings, type Tree} from '../postgres/parse.ts'

/** Where a view's column comes from as it is. */
export interface Origin {
  /** as 'public\0orders': a table, or a view */
  readonly relation: string
  readonly column: string
  /** it is null in rows that have no such relation's row */
  readonly outer: boolean
}

export type Origins = ReadonlyMap<ObjectId, ReadonlyMap<string, Origin>>

/** So many are parsed at once. */
const BATCH = 200

export const keyOf = (name: readonly string[]): string => `${name[0]}\0${name[1]}`

export async function originsOf(catalog: Catalog): Promise<Origins> {
  const views = [...catalog.objects.values()].filter(({kind}) => kind === 'view' || kind === 'materialized view')
  const origins = new Map<ObjectId, ReadonlyMap<string, Origin>>()
  for (let at = 0; at < views.length; at += BATCH) {
    const some = views.slice(at, at + BATCH)
    const trees = await treesOf(some.map(({body}) => (body as ViewBody).definition))
    for (const [n, view] of some.entries()) origins.set(view.id, columnsOf(view, trees[n]))
  }
  return origins
}

/** Each statement's tree; undefined where this parser does not know what the server does. */
export async function treesOf(statements: readonly string[]): Promise<(Tree | undefined)[]> {
  if (statements.length === 0) return []
  try {
    const parsed = await parse(statements.join(';\n'))
    if (parsed.length === statements.length) return parsed.map(({stmt}) => stmt)
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error
  }
  if (statements.length === 1) return [undefined]
  const each = []
  for (const statement of statements) each.push(...(await treesOf([statement])))
  return each
}

function columnsOf({body}: CatalogObject<ViewBody>, tree: Tree | undefined): Map<string, Origin> {
  const found = new Map<string, Origin>()
  const select = tree?.SelectStmt as Tree | undefined
  if (!select || (select.op && select.op !== 'SETOP_NONE')) return found
  const items = (select.fromClause ?? []).flatMap((item: Tree) => itemsOf(item, false)) as Item[]
  const sets = (select.groupClause ?? []).some((item: Tree) => item.GroupingSet)
  const targets = (select.targetList ?? []) as Tree[]
  for (const [at, {name}] of body.columns.entries()) {
    const [table, column] = columnRef(targets[at]?.ResTarget?.val, items)
    if (table && column !== undefined) found.set(name, {relation: table.relation!, column, outer: table.outer || sets})
  }
  return found
}

/** What stands in FROM under a name; without a relation where it is none of a schema's, or its columns have other names there. */
interface Item {
  readonly alias?: string
  readonly relation?: string
  readonly outer: boolean
}

function itemsOf(item: Tree, outer: boolean): Item[] {
  const join = item.JoinExpr as Tree | undefined
  if (join) {
    const {jointype, larg, rarg} = join
    return [
      ...itemsOf(larg, outer || jointype === 'JOIN_RIGHT' || jointype === 'JOIN_FULL'),
      ...itemsOf(rarg, outer || jointype === 'JOIN_LEFT' || jointype === 'JOIN_FULL'),
      ...(join.alias ? [{alias: join.alias.aliasname, outer}] : []),
    ]
  }
  const range = item.RangeVar as Tree | undefined
  // without a schema it is a common table expression, or a catalog
  if (!range?.schemaname || range.alias?.colnames) return [{alias: range?.alias?.aliasname ?? range?.relname, outer}]
  return [{alias: range.alias?.aliasname ?? range.relname, relation: keyOf([range.schemaname, range.relname]), outer}]
}

function columnRef(value: Tree | undefined, items: readonly Item[]): [Item | undefined, string?] {
  const fields = value?.ColumnRef?.fields as Tree[] | undefined
  const names = strings(fields)
  if (!fields || names.length !== fields.length) return [undefined]
  const [first, second] = names
  // PostgreSQL leaves the table's name away where there is but one
  if (second === undefined) return items.length === 1 && items[0]!.relation ? [items[0], first] : [undefined]
  const named = items.filter(({alias}) => alias === first)
  return names.length === 2 && named.length === 1 && named[0]!.relation ? [named[0], second] : [undefined]
}
