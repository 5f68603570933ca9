// A catalog's keys in; which relation refers to which, through views too, out.
import type {ConstraintBody} from '../diff/kinds/constraint.ts'
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'
import {strings, type Tree} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import type {Relationship} from './model.ts'
import {keyOf, type Origins, treesOf} from './view.ts'

interface Foreign {
  readonly name: string
  readonly from: Place
  readonly to: Place
  readonly isOneToOne: boolean
}

/** Columns of a relation. */
interface Place {
  /** as 'public\0orders' */
  readonly relation: string
  readonly columns: readonly string[]
}

/** So many are parsed at once. */
const BATCH = 500

/**
 * By the relation that refers.
 * @param isShown what can be asked for; whoever is not refers to nothing, and nothing to it
 */
export async function relationshipsOf(
  catalog: Catalog,
  origins: Origins,
  isShown: (relation: string) => boolean,
): Promise<ReadonlyMap<string, readonly Relationship[]>> {
  const views = viewsOver(catalog, origins)
  const found = new Map<string, Relationship[]>()
  for (const {name, from, to, isOneToOne} of await foreignKeys(catalog)) {
    for (const source of [from, ...seen(from, views)].filter(({relation}) => isShown(relation))) {
      for (const target of [to, ...seen(to, views)].filter(({relation}) => isShown(relation))) {
        const [schema] = source.relation.split('\0')
        const [other, referencedRelation = ''] = target.relation.split('\0')
        // PostgREST speaks of one schema at a time
        if (schema !== other) continue
        const one = {
          foreignKeyName: name,
          columns: source.columns,
          isOneToOne,
          referencedRelation,
          referencedColumns: target.columns,
        }
        const list = found.get(source.relation)
        if (list) list.push(one)
        else found.set(source.relation, [one])
      }
    }
  }
  for (const list of found.values()) list.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
  return found
}

const orderOf = (one: Relationship): string => JSON.stringify([one.foreignKeyName, one.referencedRelation, one.columns])

async function foreignKeys(catalog: Catalog): Promise<Foreign[]> {
  const keys = [...catalog.objects.values()].filter(
    (o): o is CatalogObject<ConstraintBody> => o.kind === 'constraint' && 'puf'.includes(o.body.type),
  )
  const foreign: {name: string; from: Place; to: Place}[] = []
  const unique = new Set<string>()
  for (let at = 0; at < keys.length; at += BATCH) {
    const some = keys.slice(at, at + BATCH)
    const trees = await treesOf(
      some.map(({name, body}) => `ALTER TABLE ${quoteNames(name[0]!, name[1]!)} ADD ${body.definition}`),
    )
    for (const [n, {name, body}] of some.entries()) {
      const tree = trees[n]?.AlterTableStmt?.cmds?.[0]?.AlterTableCmd?.def?.Constraint as Tree | undefined
      if (!tree) continue
      const from = {relation: keyOf(name), columns: strings(body.type === 'f' ? tree.fk_attrs : tree.keys)}
      if (body.type !== 'f') {
        unique.add(setOf(from))
        continue
      }
      const relation = keyOf([tree.pktable.schemaname, tree.pktable.relname])
      foreign.push({name: name[2]!, from, to: {relation, columns: strings(tree.pk_attrs)}})
    }
  }
  return foreign.map((one) => ({...one, isOneToOne: unique.has(setOf(one.from))}))
}

const setOf = ({relation, columns}: Place): string => JSON.stringify([relation, ...[...columns].sort()])

/** A table's column, as 'public\0orders\0id', by the views that show it: under which name each does. */
type Views = ReadonlyMap<string, ReadonlyMap<string, string>>

function viewsOver(catalog: Catalog, origins: Origins): Views {
  const ids = new Map([...origins.keys()].map((id): [string, ObjectId] => [keyOf(catalog.objects.get(id)!.name), id]))
  const views = new Map<string, Map<string, string>>()
  for (const [id, columns] of origins) {
    const view = keyOf(catalog.objects.get(id)!.name)
    for (const name of [...columns.keys()].sort()) {
      let origin = columns.get(name)
      // down to the table
      for (let under = origin && ids.get(origin.relation); under; under = origin && ids.get(origin.relation))
        origin = origins.get(under)?.get(origin!.column)
      if (!origin) continue
      const column = `${origin.relation}\0${origin.column}`
      const shown = views.get(column) ?? new Map<string, string>()
      if (!shown.has(view)) shown.set(view, name)
      views.set(column, shown)
    }
  }
  return views
}

/** The views that show all of these columns, each with its own names of them. */
function seen({relation, columns}: Place, views: Views): Place[] {
  const shown = columns.map((column) => views.get(`${relation}\0${column}`))
  const [first] = shown
  if (!first) return []
  return [...first.keys()].flatMap((view) => {
    const names = shown.flatMap((one) => one?.get(view) ?? [])
    return names.length === columns.length ? [{relation: view, columns: names}] : []
  })
}
