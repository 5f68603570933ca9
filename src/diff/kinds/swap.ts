// Types that must be made anew in; the steps that put the new ones in the old ones' place under the rows out.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {idOf, nameOf} from '../id.ts'
import type {Along, CatalogObject, Context, Disturbance, Hazard, ObjectId, Refusal, Step} from '../model.ts'
import {alters, losesData} from '../step.ts'
import {SEES_TYPE} from './cast.ts'
import {chain} from './chain.ts'
import {comment} from './comment.ts'
import type {Composite} from './composite.ts'
import {callable, type Exchange, exchangeOf, lateOf, type Member, rebuiltWith, retyped} from './exchange.ts'
import {holdersGone, retypedRefusal} from './held.ts'
import {label} from './label.ts'
import {below, left} from './lineage.ts'
import {owner} from './owner.ts'
import {parentsThroughout, parentTables} from './partition.ts'
import {privilege} from './privilege.ts'
import {asideRange} from './range.ts'
import {SAID_UNDER, saidOf} from './retype.ts'
import {AS_TYPED, columnExtras} from './storage.ts'
import {isOf, untied} from './typed.ts'
import {type Values, valuesOf} from './values.ts'

const FACTS = new Set(['comment', 'owner', 'privilege', 'security label'])

const SEES_VALUES = new Set([...SEES_TYPE, 'default'])

/** What a type goes through that is made anew; undefined: it may be altered in place. */
export function exchanged(
  from: CatalogObject,
  to: CatalogObject,
  context: Context,
  isAnew: boolean,
): readonly Step[] | Along | Refusal | 'replace' | undefined {
  const exchange = exchangeOf(from.id, context)
  if (!exchange) return isAnew ? 'replace' : undefined
  return exchange.leader === to.id ? swap(exchange, context) : {with: beside(to.id)}
}

/** Made when the new type is. */
const beside = (type: ObjectId): ObjectId => `${type} beside the old one` as ObjectId

/** Renames the old types aside, makes the new ones, brings every column over, drops the old ones. */
function swap(exchange: Exchange, context: Context): readonly Step[] | Refusal {
  const {members, goingAway, leader, columns, leaving} = exchange
  const typed = members.flatMap(({from}) => context.dependents(from.id).filter((o) => isOf(o, from.id, context)))
  const rebuilt = typed.find((o) => context.isBroken(o.id) && context.isMade(o.id))
  if (rebuilt) {
    const [type, name] = [rebuilt.body.ofType as string, nameOf(rebuilt)]
    return {
      refuse: `type ${type} can’t be made anew together with ${name}, a table of it: let it stand alone (ALTER TABLE … NOT OF) in a migration before`,
    }
  }
  for (const o of columns) {
    const refusal = retypedRefusal(o, context)
    if (refusal) return refusal
  }
  const aside = asideNames(members, context)
  const oldName = ({from}: Member) => quoteNames(from.name[0]!, aside.get(from.id)!)
  const values = valuesOf(members, oldName)
  const inside = new Set<ObjectId>([...columns, ...members.map(({from}) => from)].map((o) => o.id))
  const alone = typed.filter((o) => !context.isBroken(o.id))
  for (const o of [...leaving, ...lateOf(exchange, context), ...alone]) inside.add(o.id)
  const carried = new Set<ObjectId>(columns.map((o) => o.id))
  const isAbove = (o: CatalogObject) => carried.has(o.id)
  const makers = columns.filter((o) => !comesFromAbove(o, isAbove, context))
  const moved = rebuiltWith(exchange, context).map((table) => `rows of ${table}` as ObjectId)
  return chain(`${leader} made anew` as ObjectId, [
    // a range's constructors are named by types that still have their names
    ...goingAway.flatMap((member) =>
      asideSteps(
        member,
        aside.get(member.from.id)!,
        [...leaving.map(({id}) => id), ...alone.flatMap(({id}) => untied(id, context))],
        (o) => !inside.has(o.id) && !FACTS.has(o.kind),
      ),
    ),
    ...members.map((member) => createStep(member, context)),
    ...values.makes.map((sql) => plain(members[0]!, sql, {makes: [callable(leader)]})),
    ...makers.map((o) => columnStep(o, exchange, values, isAbove, context)),
    ...columns.flatMap((o) => storedAgain(o, members[0]!, context)),
    ...members.flatMap((member) => restored(member, context)),
    ...values.drops.map((sql) => plain(members[0]!, sql, {needs: moved})),
    ...goingAway.map((member) => dropStep(member, oldName(member), moved, lateOf(exchange, context))),
  ])
}

function plain({from, to}: Member, sql: string, extra: Partial<Step> = {}): Step {
  return alters(from, to, sql, {makes: [], needs: [], softNeeds: [], releases: [], ...extra})
}

function asideSteps(
  member: Member,
  aside: string,
  leaving: readonly ObjectId[],
  takesDown: (o: CatalogObject) => boolean,
): Step[] {
  const {from, remake} = member
  const rename = plain(member, `ALTER ${remake.word} ${nameOf(from)} RENAME TO ${quoteName(aside)}`, {
    needs: leaving,
    disturbs: [{id: from.id, takesDown}],
  })
  const more = from.kind === 'range type' ? asideRange(from, aside) : []
  return [...more.map((sql) => plain(member, sql, {needs: leaving})), rename]
}

function createStep(member: Member, context: Context): Step {
  const {to, remake} = member
  const parts = remake.parts(to, context)
  const makes = [to.id, beside(to.id), ...parts.map((part) => part.id)]
  const needs = [to, ...parts].flatMap((part) => part.needs).filter((id) => !makes.includes(id))
  return plain(member, remake.create(to, context), {
    makes,
    needs: [...new Set(needs)],
    softNeeds: [to, ...parts].flatMap((part) => part.softNeeds).filter((id) => !makes.includes(id)),
  })
}

function dropStep(member: Member, old: string, needs: readonly ObjectId[], late: readonly CatalogObject[]): Step {
  const kept = new Set<ObjectId>(member.to.needs)
  return plain(member, `DROP ${member.remake.word} ${old}`, {
    needs,
    disturbs: [{id: member.from.id, takesDown: (o) => late.some(({id}) => id === o.id)}],
    releases: member.from.needs.filter((id) => !kept.has(id)),
  })
}

/** Bytes count, and other types may have such names. */
function asideNames(members: readonly Member[], {current, desired}: Context): Map<ObjectId, string> {
  const isTaken = (schema: string, name: string) =>
    [current, desired].some(({objects}) =>
      ['enum', 'domain', 'range type', 'composite type', 'collation', 'table'].some((kind) =>
        objects.has(idOf(kind, [schema, name])),
      ),
    )
  return new Map(
    members.map(({from}) => {
      const [schema, name] = from.name as [string, string]
      const stem = Buffer.from(name)
        .subarray(0, 50)
        .toString()
        .replace(/\uFFFD$/, '')
      for (let n = 0; ; n++) {
        const aside = `${stem}__old${n || ''}`
        if (!isTaken(schema, aside)) return [from.id, aside]
      }
    }),
  )
}

function columnStep(
  o: CatalogObject,
  {members}: Exchange,
  values: Values,
  isAbove: (o: CatalogObject) => boolean,
  context: Context,
): Step {
  const [schema = '', table = '', name = ''] = o.name
  const to = context.desired.objects.get(o.id)!
  const own = membersOf(o, members)
  const collates = own.every(({remake}) => remake.word === 'COLLATION')
  const said = collates ? undefined : saidOf(o, to, context)
  const using = collates ? undefined : (said ?? values.using(o, to.body.type))
  const collate = to.body.collation ? ` COLLATE ${to.body.collation}` : ''
  const sql = `ALTER TABLE ${quoteNames(schema, table)} ALTER COLUMN ${quoteName(name)} TYPE ${to.body.type}${collate}${using ? ` USING ${using}` : ''}`
  const why = `${collates ? 'indexes' : 'every row'} of ${quoteNames(schema, table)} ${collates ? 'are built' : 'is written'} again`
  const gone = own.flatMap(goneAttributes)
  const hazards: Hazard[] = [
    {name: 'rewrite', why},
    ...own
      .flatMap(({from, to, remake}) => remake.hazards(from, to))
      .filter(({name}) => name !== 'time-zone' || said === undefined),
    ...(gone.length > 0 ? [losesData(`the values of ${nameOf(o)} lose ${gone.map(quoteName).join(', ')}`)] : []),
  ]
  const first = own.at(-1)!
  return plain(first, sql, {
    disturbs: [
      ...[o, ...below(o, context)].map((c): Disturbance => ({id: c.id, takesDown: (part) => seesType(part, c)})),
      ...holdersGone(o.parent!, context),
    ],
    hazards,
    needs: [...to.needs, ...left(o.parent!, context)],
    loses: [o.id],
    ...(said && {converts: [o.id], path: SAID_UNDER}),
    // tables below take part in it
    makes: [
      o.id,
      retyped(o.id),
      ...context
        .dependents(first.from.id)
        .flatMap((part) => (part.name[2] === name && comesFromAbove(part, isAbove, context) ? [part.id, retyped(part.id)] : [])),
    ],
  })
}

function storedAgain(o: CatalogObject, member: Member, context: Context): Step[] {
  const to = context.desired.objects.get(o.id)!
  const asTyped = {...to, body: {...to.body, ...AS_TYPED}}
  return columnExtras(asTyped, to, context).map((sql) => plain(member, sql, {needs: [retyped(to.id)]}))
}

/** Those that its type is made of, in any depth. */
function membersOf(column: CatalogObject, members: readonly Member[]): Member[] {
  const needed = new Set<ObjectId>(column.needs)
  for (const {from} of [...members].reverse()) if (needed.has(from.id)) for (const need of from.needs) needed.add(need)
  return members.filter(({from}) => needed.has(from.id))
}

function goneAttributes({from, to}: Member): string[] {
  if (from.kind !== 'composite type') return []
  const has = new Set((to.body as Composite).attributes.map(({name}) => name))
  return (from.body as Composite).attributes.map(({name}) => name).filter((name) => !has.has(name))
}

function seesType(part: CatalogObject, column: CatalogObject): boolean {
  return (
    SEES_VALUES.has(part.kind) ||
    (part.kind === 'column' && part.id !== column.id && part.body.generated !== undefined) ||
    (part.kind === 'constraint' && part.body.type === 'f')
  )
}

/** ALTER COLUMN on the parent table reaches it. */
function comesFromAbove(o: CatalogObject, isAbove: (o: CatalogObject) => boolean, context: Context): boolean {
  if (o.kind !== 'column') return false
  const parents = context.isMade(o.parent!) ? parentTables(o.parent!, context.current) : parentsThroughout(o.parent!, context)
  return parents.some(([schema, table]) =>
    context
      .children('current', `table ${quoteNames(schema, table)}` as ObjectId)
      .some((c) => c.name[2] === o.name[2] && isAbove(c)),
  )
}

/** What is to be said about the old type and is not made in this plan, said about the new one: it begins as its maker's. */
function restored(member: Member, context: Context): Step[] {
  const {to} = member
  const asMade: Context = {...context, isMade: (id) => id === to.id || context.isMade(id)}
  const kinds = [owner, comment, label, privilege]
  const facts = context.children('desired', to.id).flatMap((fact) => {
    const steps = kinds.find(({name}) => name === fact.kind)?.create(fact, asMade)
    return Array.isArray(steps) ? (steps as Step[]) : []
  })
  const given = kinds.flatMap((kind) => kind.attend?.(to, asMade) ?? [])
  return [...facts, ...given].map((step) => ({
    ...step,
    makes: [],
    verb: 'alter' as const,
    object: to.id,
    needs: step.needs.filter((id) => id !== to.id && !FACTS.has(id.slice(0, id.indexOf(' ')))),
  }))
}
