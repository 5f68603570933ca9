// A type that can't be changed in place, and the statement that makes the new one in; the steps that put it in its place under the rows out.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Context, Hazard, ObjectId, Step} from '../model.ts'
import {alters} from '../step.ts'
import {chain} from './chain.ts'
import {comment} from './comment.ts'
import {owner} from './owner.ts'
import {parentTables} from './partition.ts'
import {privilege} from './privilege.ts'

export interface Swap {
  readonly from: CatalogObject
  readonly to: CatalogObject
  /** CREATE TYPE, CREATE DOMAIN */
  readonly create: string
  /** what that takes along, and needs beyond the type's own */
  readonly parts?: readonly CatalogObject[]
  readonly word: 'TYPE' | 'DOMAIN' | 'COLLATION'
  /** what values go through on their way from the old type to the new */
  readonly through?: string
  readonly hazards: readonly Hazard[]
}

const FACTS = new Set(['comment', 'owner', 'privilege'])

/** Whatever prints the column's type, or was compiled against it, must be down while it changes. */
const SEES_TYPE = new Set([
  'view',
  'materialized view',
  'rule',
  'policy',
  'trigger',
  'function',
  'procedure',
  'default',
  'publication table',
  'statistics',
])

/** Renames the old type aside, makes the new one, brings every column over, drops the old one. 'replace' where no column's rows hang on it. */
export function swap(
  {from, to, create, parts = [], word, through, hazards}: Swap,
  context: Context,
): readonly Step[] | 'replace' {
  const users = context.dependents(from.id).filter((o) => o.kind === 'column' && !o.body.generated && !context.isBroken(o.id))
  if (users.length === 0) return 'replace'
  const stays = (o: CatalogObject) => context.desired.objects.get(o.id)?.needs.includes(to.id)
  const columns = users.filter((o) => stays(o))
  const leaving = users.filter((o) => !stays(o)).map((o) => o.id)
  const carried = new Set<ObjectId>(users.map((o) => o.id))
  const aside = asideOf(from)
  const step = (sql: string, extra: Partial<Step> = {}): Step => alters(from, to, sql, extra)
  return chain(to.id, [
    step(`ALTER ${word} ${nameOf(from)} RENAME TO ${quoteName(aside)}`, {
      needs: leaving,
      disturbs: [{id: from.id, takesDown: (o) => !carried.has(o.id) && !FACTS.has(o.kind)}],
    }),
    step(create, {needs: [...to.needs, ...parts.flatMap((part) => part.needs)].filter((id) => id !== to.id)}),
    ...columns.filter((o) => !comesFromAbove(o, context)).map((o) => columnStep(o, to, through, hazards, context)),
    ...restored(from, to, context).map((fact) => ({...fact, makes: [], verb: 'alter' as const, object: to.id})),
    step(`DROP ${word} ${quoteNames(from.name[0]!, aside)}`),
  ])
}

function asideOf(o: CatalogObject): string {
  return `${o.name[1]!.slice(0, 50)}__old`
}

function columnStep(
  o: CatalogObject,
  to: CatalogObject,
  through: string | undefined,
  hazards: readonly Hazard[],
  context: Context,
): Step {
  const [schema = '', table = '', name = ''] = o.name
  const array = String(o.body.type).endsWith('[]') ? '[]' : ''
  const column = quoteName(name)
  const type = `${nameOf(to)}${array}`
  const how =
    through === undefined ? `${o.body.type} COLLATE ${nameOf(to)}` : `${type} USING ${column}::${through}${array}::${type}`
  const sql = `ALTER TABLE ${quoteNames(schema, table)} ALTER COLUMN ${column} TYPE ${how}`
  const why =
    through === undefined
      ? `indexes of ${quoteNames(schema, table)} are built again`
      : `every row of ${quoteNames(schema, table)} is written again`
  return {
    ...alters(o, o, sql, {
      needs: [],
      disturbs: [{id: o.id, takesDown: (part) => seesType(part, o)}],
      hazards: [{name: 'rewrite', why}, ...hazards],
    }),
    // tables below take part in it
    makes: [
      o.id,
      ...context
        .dependents(to.id)
        .flatMap((below) => (below.name[2] === name && comesFromAbove(below, context) ? [below.id] : [])),
    ],
    object: to.id,
  }
}

function seesType(part: CatalogObject, column: CatalogObject): boolean {
  return (
    SEES_TYPE.has(part.kind) ||
    (part.kind === 'column' && part.id !== column.id && part.body.generated !== undefined) ||
    (part.kind === 'constraint' && part.body.type === 'f')
  )
}

/** ALTER COLUMN on the parent table reaches it. */
function comesFromAbove(o: CatalogObject, context: Context): boolean {
  if (o.kind !== 'column') return false
  if (o.body.inherited) return true
  return parentTables(o.parent!, context.current).some(([schema, table]) =>
    context.children('current', `table ${quoteNames(schema, table)}` as ObjectId).some((c) => c.name[2] === o.name[2]),
  )
}

/** What was said about the old type and is still so, said again about the new one. */
function restored(from: CatalogObject, to: CatalogObject, context: Context): Step[] {
  const kinds = [owner, comment, privilege]
  return context.children('current', from.id).flatMap((fact) => {
    const kind = kinds.find(({name}) => name === fact.kind)
    if (!kind || !context.desired.objects.has(fact.id)) return []
    if (fact.kind === 'owner' && fact.body.role === context.server.user) return []
    // the new type is its maker's, whoever owned the old one
    const steps = fact.kind === 'owner' ? owner.alter(fact, fact, context) : kind.create(fact, context)
    if (!Array.isArray(steps)) return []
    return (steps as Step[]).map((step) => ({
      ...step,
      needs: step.needs.filter((id) => id !== to.id && !FACTS.has(id.slice(0, id.indexOf(' ')))),
    }))
  })
}
