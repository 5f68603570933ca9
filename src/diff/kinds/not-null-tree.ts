// A column of tables that inherit from each other in; the steps that take their NOT NULLs back and say them again, where no single change does, out (18).
import {quoteName} from '../../postgres/quote.ts'
import {idAbout, idOf} from '../id.ts'
import type {CatalogObject, Context, ObjectId, Step} from '../model.ts'
import {relations} from '../relations.ts'
import {alters} from '../step.ts'
import {chain} from './chain.ts'
import {type ColumnBody, tableOf} from './column.ts'
import {retyped} from './exchange.ts'
import {leaving, left} from './lineage.ts'
import {addNotNull, isSameButForName} from './not-null.ts'
import {notNullOf} from './not-null-name.ts'
import {parentsThroughout} from './partition.ts'

type Column = CatalogObject<ColumnBody>

/** A table's column, before and after, among those of the tables that stand above and below it all the while. */
interface Member {
  readonly from: Column
  readonly to: Column
  readonly above: readonly Member[]
  /** what gives it its NOT NULL: its own table, or one above */
  readonly had: 'own' | 'above' | undefined
  readonly has: 'own' | 'above' | undefined
  /** attached under a name of its own, it is inherited all the same */
  readonly isLent: boolean
}

export type Arranged = {readonly steps: readonly Step[]} | {readonly with: ObjectId}

/** undefined: each column's own change does. */
export function rearranged(from: Column, to: Column, context: Context): Arranged | undefined {
  if (context.server.major < 18 || (!from.body.notNull && !to.body.notNull)) return undefined
  const members = treeOf(from, context)
  if (members.length < 2) return undefined
  const wrong = members.filter((m) => isMisled(m, members))
  if (wrong.length === 0) return undefined
  const lead = members
    .map((m) => m.to.id)
    .filter((id) => isChanged(id, context))
    .sort()[0]
  if (lead === undefined) return undefined
  const marker = idAbout('not nulls', lead)
  if (lead !== to.id) return {with: marker}
  const anew = new Set(members.filter((m) => differs(m) || wrong.includes(m)))
  // what is inherited goes with what it comes from, and no other way
  for (const m of [...anew]) for (const one of lineage(m)) if (one.had && !one.from.body.notNullNoInherit) anew.add(one)
  // a partition's of another name goes with its parent's, too
  for (const m of members) if (m.isLent && lineage(m).some((one) => anew.has(one) && one.had)) anew.add(m)
  const dropped = members.filter((m) => anew.has(m) && m.had === 'own')
  if (dropped.some((m) => isKeyed(m, members, context))) return undefined
  const said = [...members].reverse().filter((m) => anew.has(m) && m.has === 'own')
  const read = members.filter((m) => m.has === 'above' && isReadAgain(m, anew))
  const steps = [
    ...dropped.map((m) => about(m, `ALTER TABLE ${tableOf(m.to)} ALTER COLUMN ${quoteName(m.to.name[2]!)} DROP NOT NULL`)),
    ...said.map((m) => ({...addNotNull(m.from, m.to, context), releases: []})),
    ...read.map((m) => about(m, `ALTER TABLE ${tableOf(m.to)} VALIDATE CONSTRAINT ${notNullOf(m.to, m.to.body.notNullName)}`)),
  ]
  const changed = members.filter((m) => isChanged(m.to.id, context)).map((m) => m.to.id)
  const needs = members.flatMap((m) => [retyped(m.to.id), ...leaving(m.to.parent!, context), ...left(m.to.parent!, context)])
  const disturbs = members.map(({from}) => ({
    id: from.id,
    takesDown: (o: CatalogObject) => o.kind === 'constraint' && context.isBroken(o.id),
  }))
  const placed = steps.map((step, at) => ({
    ...step,
    makes: at === steps.length - 1 ? [...changed, marker] : [],
    needs: [...step.needs.filter((id) => !changed.includes(id)), ...needs],
    disturbs: at === 0 ? disturbs : [],
  }))
  return {steps: chain(idAbout('not nulls', marker), placed)}
}

const about = ({from, to}: Member, sql: string): Step => alters(from, to, sql, {needs: [], releases: []})

/** Those above first. */
function treeOf(c: Column, context: Context): Member[] {
  const members = new Map<ObjectId, Member>()
  const add = (id: ObjectId): Member | undefined => {
    const known = members.get(id)
    if (known) return known
    const [from, to] = [context.current.objects.get(id), context.desired.objects.get(id)] as [Column?, Column?]
    if (!from || !to || context.isBroken(id) || context.isMade(from.parent!)) return undefined
    const above = parentsThroughout(from.parent!, context).flatMap((parent) => {
      const one = add(idOf('column', [...parent, from.name[2]!]))
      return one ? [one] : []
    })
    const source = (state: 'from' | 'to'): Member['had'] => {
      const {body, beside} = state === 'from' ? from : to
      if (!body.notNull) return undefined
      const givers = above.filter((one) => one[state].body.notNull)
      if (!isGiven({above}, state) || beside?.notNullLocal !== false) return 'own'
      const {objects} = state === 'from' ? context.current : context.desired
      const isNamed =
        objects.has(idAbout('partition', from.parent!)) &&
        givers.every((one) => nameOf(one[state]) !== nameOf(state === 'from' ? from : to))
      return isNamed ? 'own' : 'above'
    }
    const [had, has] = [source('from'), source('to')]
    const isLent = had === 'own' && from.beside?.notNullLocal === false && isGiven({above}, 'from')
    const member: Member = {from, to, above, had, has, isLent}
    members.set(id, member)
    for (const table of tablesBelow(from, context)) add(idOf('column', [...table.name, from.name[2]!]))
    return member
  }
  const first = context.current.objects.get(c.id)
  if (first) add(first.id)
  const list = [...members.values()]
  const depth = (m: Member): number => Math.max(0, ...m.above.map((one) => depth(one) + 1))
  return list.sort((a, b) => depth(a) - depth(b) || (a.to.id < b.to.id ? -1 : 1))
}

/** Those that stay there. */
function tablesBelow(c: Column, context: Context): CatalogObject[] {
  return relations(context.current)
    .dependents(c.parent!)
    .flatMap((o) => {
      const table = context.current.objects.get(o.kind === 'partition' ? o.parent! : o.id)!
      if (table.kind !== 'table' || table.id === c.parent) return []
      return parentsThroughout(table.id, context).some((parent) => idOf('table', parent) === c.parent) ? [table] : []
    })
}

const lineage = (m: Member): Member[] => m.above.flatMap((one) => [one, ...lineage(one)])

const nameOf = (c: Column): string => notNullOf(c, c.body.notNullName)

/** Whether some table above gives it one. */
const isGiven = ({above}: Pick<Member, 'above'>, state: 'from' | 'to'): boolean =>
  above.some((one) => one[state].body.notNull && !one[state].body.notNullNoInherit)

function differs(m: Member): boolean {
  if (!m.had || !m.has) return m.had !== m.has
  if (m.had !== m.has) return nameOf(m.from) !== nameOf(m.to) || isGiven(m, 'from') !== isGiven(m, 'to')
  if (m.has === 'above') return false
  const {from, to} = m
  return (
    nameOf(from) !== nameOf(to) ||
    from.body.notNullNoInherit !== to.body.notNullNoInherit ||
    (to.body.notNullNotValid === true && !from.body.notNullNotValid)
  )
}

/** What PostgreSQL would leave otherwise, or refuse, were each column changed by itself. */
function isMisled(m: Member, members: readonly Member[]): boolean {
  const [had, has] = [isGiven(m, 'from'), isGiven(m, 'to')]
  if (m.has === 'above' && isReadAgain(m, new Set(members))) return true
  if (m.has === 'own' && (!m.had || (m.isLent && !has))) return has || m.isLent
  if (!m.had || !m.has) return false
  if (m.had !== m.has) return differs(m)
  if (m.has === 'above' || nameOf(m.from) === nameOf(m.to)) return false
  // a name that comes from above, too, can't be changed, nor one that a table below does not share
  if (had || has) return had !== has
  return members.some((one) => lineage(one).includes(m) && one.had && isApart(one, m))
}

const isApart = (one: Member, m: Member): boolean => one.had === 'own' && nameOf(one.from) !== nameOf(m.from)

/** It is valid below one that is said anew for new rows alone. */
function isReadAgain(m: Member, anew: ReadonlySet<Member>): boolean {
  if (m.to.body.notNullNotValid || !m.had || m.from.body.notNullNotValid) return false
  return m.above.some((one) => anew.has(one) && one.to.body.notNullNotValid === true && !one.from.body.notNullNotValid)
}

function isChanged(id: ObjectId, {current, desired}: Context): boolean {
  const [from, to] = [current.objects.get(id)!, desired.objects.get(id)!]
  return from.hash !== to.hash && !isSameButForName(from, to)
}

/** It, or what would go with it below, is held by a primary key that stays. */
function isKeyed(m: Member, members: readonly Member[], context: Context): boolean {
  const going = members.filter((one) => one === m || ((one.had === 'above' || one.isLent) && lineage(one).includes(m)))
  return going.some(({from}) =>
    context
      .children('current', from.parent!)
      .some((k) => k.kind === 'constraint' && k.body.type === 'p' && k.needs.includes(from.id) && !context.isBroken(k.id)),
  )
}
