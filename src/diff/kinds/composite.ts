// A composite type and its attributes, in order.
import {quoteName} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {Catalog, CatalogObject, Context, Disturbance, Kind, ObjectId, Step} from '../model.ts'
import {relations} from '../relations.ts'
import {alters, creates, drops, losesData} from '../step.ts'
import {baseType, losesDigits} from './cast.ts'
import {boundTo, type Remake} from './exchange.ts'
import {renamed} from './naming.ts'
import {exchanged} from './swap.ts'
import {reordered, tablesOf, untied} from './typed.ts'
import {goesByZone, zoneHazard} from './zone.ts'

export interface Attribute {
  readonly name: string
  readonly type: string
  readonly collation?: string
}

export interface Composite {
  readonly attributes: readonly Attribute[]
}

export const composite: Kind<Composite> = {
  name: 'composite type',
  rename: (from, to, {current}) => renamed(from, to, current),
  list: {
    name: 'attribute',
    items: (o) => o.body.attributes.map(({name, type, collation = null}) => ({name, like: [type, collation]})),
    // tables of the type follow by CASCADE alone
    rename: (o, from, to, current) =>
      `ALTER TYPE ${nameOf(o)} RENAME ATTRIBUTE ${quoteName(from)} TO ${quoteName(to)}${isOfTables(o, current) ? ' CASCADE' : ''}`,
  },
  // pg_depend knows the attributes' types by column numbers of the type's row in pg_class
  some: beyond('pg_class', `relkind = 'c'`),
  query: () => `
    select ${address('pg_type', 't.oid')} as address, array[n.nspname, t.typname]::text[] as name,
      array['relation ' || n.nspname || '.' || t.typname, 'type ' || n.nspname || '.' || t.typname] as claims,
      jsonb_build_object('attributes', coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'collation', case when a.attcollation <> b.typcollation then quote_ident(cn.nspname) || '.' || quote_ident(co.collname) end
      )) order by a.attnum) filter (where a.attnum is not null), '[]')) as body,
      array_agg(${address('pg_type', 'a.atttypid')}) || array_agg(${address('pg_collation', 'co.oid')}) as needs
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    join pg_class c on c.oid = t.typrelid and c.relkind = 'c'
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_type b on b.oid = a.atttypid
    left join pg_collation co on co.oid = a.attcollation and a.attcollation <> b.typcollation
    left join pg_namespace cn on cn.oid = co.collnamespace
    where ${isUserSchema('n.nspname')}
    group by t.oid, n.nspname, t.typname`,
  create: (o) => [creates(o, sqlOf(o))],
  alter(from, to, context) {
    const [typed] = isReordered(from, to) ? tablesOf(from.id, context) : []
    if (typed) return reordered(typed, nameOf(to))
    return exchanged(from, to, context, isReordered(from, to)) ?? inPlace(from, to, context)
  },
  stirs: (o, context) => boundTo(o.id, context),
  drop: (o) => [drops(o, `DROP TYPE ${nameOf(o)}`)],
}

const SEES_ATTRIBUTES = new Set(['view', 'materialized view', 'rule', 'policy', 'trigger', 'default', 'constraint', 'index'])

/** Whatever was compiled against the attributes: a body in standard SQL too. */
const seesAttributes = ({kind, body}: CatalogObject): boolean =>
  SEES_ATTRIBUTES.has(kind) || body.atomic === true || (kind === 'column' && body.generated !== undefined)

/** One ALTER TYPE, where the order allows it: what stays keeps its order, what is new comes last. */
function inPlace(from: CatalogObject<Composite>, to: CatalogObject<Composite>, context: Context): readonly Step[] {
  const {gone, added, changed} = differences(from, to)
  const users = context.dependents(from.id).filter((o) => o.kind === 'column' && !context.isBroken(o.id))
  const clauses = [
    ...gone.map((a) => `DROP ATTRIBUTE ${quoteName(a.name)}`),
    ...changed.map((a) => `ALTER ATTRIBUTE ${quoteName(a.name)} TYPE ${a.type}${collateOf(a)}`),
    ...added.map((a) => `ADD ATTRIBUTE ${clauseOf(a)}`),
  ]
  const lost = gone.length > 0 && users.length > 0
  return [
    alters(from, to, `ALTER TYPE ${nameOf(to)} ${clauses.join(', ')}`, {
      needs: [...to.needs, ...tablesOf(from.id, context).flatMap((t) => untied(t.id, context))],
      disturbs: [
        ...(gone.length + changed.length > 0 ? [{id: from.id, takesDown: seesAttributes}] : []),
        ...(changed.length > 0 ? heldIn(from.id, context) : []),
      ],
      hazards: lost ? [losesData(`columns of type ${nameOf(to)} lose ${gone.map((a) => quoteName(a.name)).join(', ')}`)] : [],
      // rows are printed with every attribute, so any change of their number shows
      loses: users.filter((o) => context.desired.objects.has(o.id)).map((o) => o.id),
    }),
  ]
}

/** PostgreSQL changes no attribute's type while rows hold it, in whatever other type: columns that go must be gone. */
function heldIn(type: ObjectId, context: Context): Disturbance[] {
  const takesDown = ({id, kind}: CatalogObject) => kind === 'materialized view' || (kind === 'column' && context.isBroken(id))
  const around = context.dependents(type).filter(({kind}) => HOLDS.has(kind))
  return [{id: type, takesDown}, ...around.flatMap(({id}) => heldIn(id, context))]
}

const HOLDS = new Set(['composite type', 'domain', 'range type'])

function differences(from: CatalogObject<Composite>, to: CatalogObject<Composite>) {
  const had = new Map(from.body.attributes.map((a) => [a.name, a]))
  const has = new Map(to.body.attributes.map((a) => [a.name, a]))
  const kept = from.body.attributes.flatMap((a) => has.get(a.name) ?? [])
  return {
    gone: from.body.attributes.filter((a) => !has.has(a.name)),
    added: to.body.attributes.filter((a) => !had.has(a.name)),
    kept,
    changed: kept.filter((a) => clauseOf(a) !== clauseOf(had.get(a.name)!)),
  }
}

/** ALTER TYPE adds at the end only. */
function isReordered(from: CatalogObject<Composite>, to: CatalogObject<Composite>): boolean {
  const {kept, added} = differences(from, to)
  return ![...kept, ...added].every((a, at) => to.body.attributes[at]!.name === a.name)
}

export const compositeRemake: Remake<Composite> = {
  word: 'TYPE',
  // PostgreSQL does not change an attribute's type under the rows of a table
  isAnew: (from, to) => isReordered(from, to) || differences(from, to).changed.length > 0,
  create: sqlOf,
  parts: () => [],
  hazards(from, to) {
    const {changed} = differences(from, to)
    if (changed.length === 0) return []
    const lost = changed.flatMap(({name, type}) => {
      const was = from.body.attributes.find((a) => a.name === name)!.type
      const values = `values of ${nameOf(to)}.${quoteName(name)}`
      return [
        ...(goesByZone(baseType(was), baseType(type)) ? [zoneHazard(values, was, type)] : []),
        ...(losesDigits(was, type) ? [losesData(`${values} are rounded or cut to ${type}`)] : []),
      ]
    })
    const names = changed.map(({name}) => quoteName(name)).join(', ')
    return [...lost, {name: 'data-dependent', why: `fails on values of ${nameOf(to)} whose ${names} can’t be converted`}]
  },
}

function sqlOf(o: CatalogObject<Composite>): string {
  return `CREATE TYPE ${nameOf(o)} AS (${o.body.attributes.map((a) => `\n    ${clauseOf(a)}`).join(',')}\n)`
}

function clauseOf(a: Attribute): string {
  return `${quoteName(a.name)} ${a.type}${collateOf(a)}`
}

function collateOf(a: Attribute): string {
  return a.collation ? ` COLLATE ${a.collation}` : ''
}

function isOfTables(o: CatalogObject, current: Catalog): boolean {
  return relations(current)
    .dependents(o.id)
    .some((table) => table.kind === 'table' && table.body.ofType !== undefined)
}
