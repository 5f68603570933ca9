// What a column's NOT NULL was and is to be in; its name, and the steps from one to the other, out.
import {quoteName} from '../../postgres/quote.ts'
import {idAbout, idOf} from '../id.ts'
import type {Catalog, CatalogObject, Context, ObjectId, Refusal, Step} from '../model.ts'
import {relations} from '../relations.ts'
import {alters} from '../step.ts'
import {beside} from './beside.ts'
import {chain} from './chain.ts'
import {type ColumnBody, tableOf} from './column.ts'
import {below} from './lineage.ts'
import {derivedName, isNamed, notNullOf} from './not-null-name.ts'
import {parentTables} from './partition.ts'

export interface NotNull {
  notNull?: true
  /** 18: the constraint's name where it is not table_column_not_null */
  notNullName?: string
  notNullNoInherit?: true
  /** 18: rows that were there before may break it */
  notNullNotValid?: true
}

/** Neither CREATE TABLE nor ADD COLUMN can say it so: NOT VALID not at all, and NO INHERIT would reach the tables below all the same. */
export const isAlone = (body: NotNull): boolean => body.notNullNoInherit === true || body.notNullNotValid === true

export function withoutNotNull<C extends CatalogObject<ColumnBody>>(c: C): C {
  const none = {notNull: undefined, notNullName: undefined, notNullNoInherit: undefined, notNullNotValid: undefined}
  return {...c, body: {...c.body, ...none}}
}

/** 18 notes whether a table that inherits says NOT NULL itself, too: what is made says as much, and no more. */
export function isLeftAbove(c: CatalogObject<ColumnBody>, {desired, server}: Context): boolean {
  return server.major >= 18 && c.beside?.notNullLocal === false && desired.objects.get(c.parent!)?.body.inherits !== undefined
}

/** What the table says itself, too, does not go with what is said above. */
export function outlivesAbove(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>): boolean {
  return !to.body.notNull && from.beside?.notNullLocal === true
}

/** As clauses of CREATE TABLE, for columns that it leaves to the tables above. */
export function ownNotNulls(inherited: readonly CatalogObject<ColumnBody>[], {server}: Pick<Context, 'server'>): string[] {
  const isOwn = (c: CatalogObject<ColumnBody>) => (c.beside ? c.beside.notNullLocal === true : c.body.notNullName !== undefined)
  const own = inherited.filter((c) => server.major >= 18 && c.body.notNull && isOwn(c) && !isAlone(c.body))
  return own.map(
    ({name, body: {notNullName}}) =>
      `${notNullName ? `CONSTRAINT ${quoteName(notNullName)} ` : ''}NOT NULL ${quoteName(name[2]!)}`,
  )
}

/** PostgreSQL lets nobody rename a NOT NULL that also comes from above: such names may differ. */
export function isSameButForName(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>): boolean {
  if (!staysBelow(from, to)) return false
  const [had, has] = [from, to].map(({body}) => JSON.stringify({...body, notNullName: undefined}))
  return had === has
}

function staysBelow(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>): boolean {
  const [was, is] = [from.beside, to.beside]
  if (was?.notNullFrom === undefined || is?.notNullFrom === undefined) return false
  return was.notNullFrom === is.notNullFrom || (was.notNullLocal === false && is.notNullLocal === false)
}

export function notNullSteps(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, context: Context): Step[] {
  const [had, has] = [from.body, to.body]
  const drop = alters(from, to, `ALTER TABLE ${tableOf(to)} ALTER COLUMN ${quoteName(to.name[2]!)} DROP NOT NULL`)
  if (!had.notNull && !has.notNull) return []
  if (!has.notNull) return [drop]
  if (!had.notNull) return context.isBusy(to.parent!) ? inSteps(from, to, context) : [addNotNull(from, to, context)]
  if (had.notNullNoInherit !== has.notNullNoInherit || (has.notNullNotValid && !had.notNullNotValid)) {
    return [drop, addNotNull(from, to, context)]
  }
  const [was, now] = [notNullOf(to, had.notNullName), notNullOf(to, has.notNullName)]
  const hazards = hazardsOf(to)
  return [
    ...(was === now || staysBelow(from, to)
      ? []
      : [alters(from, to, `ALTER TABLE ${tableOf(to)} RENAME CONSTRAINT ${was} TO ${now}`)]),
    ...(had.notNullNotValid && !has.notNullNotValid
      ? [alters(from, to, `ALTER TABLE ${tableOf(to)} VALIDATE CONSTRAINT ${now}`, {hazards})]
      : []),
  ]
}

/** Said at once, without a look at the rows that there are; they are read later, under a weak lock. */
function inSteps(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, context: Context): Step[] {
  if (to.body.notNullNotValid) return [addNotNull(from, to, context)]
  const [table, column] = [`ALTER TABLE ${tableOf(to)}`, quoteName(to.name[2]!)]
  const hazards = hazardsOf(to)
  const apart = {hazards, transaction: 'apart'} as const
  if (context.server.major >= 18) {
    const name = notNullOf(to, to.body.notNullName)
    const options = to.body.notNullNoInherit ? ' NO INHERIT' : ''
    return [
      alters(from, to, `${table} ADD CONSTRAINT ${name} NOT NULL ${column}${options} NOT VALID`),
      alters(from, to, `${table} VALIDATE CONSTRAINT ${name}`, apart),
    ]
  }
  // a valid check that says so spares SET NOT NULL the look at each row
  const check = quoteName(beside(`${to.name[1]}_${to.name[2]}_not_null`, '_new'))
  return [
    alters(from, to, `${table} ADD CONSTRAINT ${check} CHECK (${column} IS NOT NULL) NOT VALID`),
    alters(from, to, `${table} VALIDATE CONSTRAINT ${check}`, apart),
    alters(from, to, `${table} ALTER COLUMN ${column} SET NOT NULL`),
    alters(from, to, `${table} DROP CONSTRAINT ${check}`),
  ]
}

/** A name below that is another one stands in the way of a new name, or of a new type of what a primary key holds (18). */
export function heldName(
  from: CatalogObject<ColumnBody>,
  to: CatalogObject<ColumnBody>,
  {keepsType, keepsName}: {readonly keepsType: boolean; readonly keepsName: boolean},
  context: Context,
): Refusal | undefined {
  const others = below(from, context)
  const name = to.id.slice('column '.length)
  const other = keepsName ? undefined : misnamedBelow(from, to, others, context)
  if (other) {
    return {
      refuse: `the NOT NULL of column ${name} can’t get another name while that of ${other.id.slice('column '.length)}, which inherits it, has a name of its own: leave its name as it is`,
    }
  }
  const keyed = keepsType ? undefined : keyedApart([from, ...others], context)
  if (!keyed) return undefined
  return {
    refuse: `column ${name} can’t change its type while it is in the primary key of ${tableOf(keyed)}, below which its NOT NULL has another name: drop the key in a migration before, and add it in one after`,
  }
}

/** PostgreSQL renames NOT NULL of all tables below at once, and fails where one of them, which stays below, calls it otherwise. */
function misnamedBelow(
  from: CatalogObject<ColumnBody>,
  to: CatalogObject<ColumnBody>,
  below: readonly CatalogObject[],
  {current, desired, server}: Context,
): CatalogObject | undefined {
  const [had, has] = [from.body, to.body]
  if (server.major < 18 || !had.notNull || !has.notNull || had.notNullNoInherit !== has.notNullNoInherit) return undefined
  const was = notNullOf(to, had.notNullName)
  if ((has.notNullNotValid && !had.notNullNotValid) || was === notNullOf(to, has.notNullName) || staysBelow(from, to))
    return undefined
  const above = ({objects}: Catalog, table: ObjectId) =>
    JSON.stringify([objects.get(table)?.body.inherits, objects.get(idAbout('partition', table))?.body])
  return below.find(
    (o) => o.body.notNull && notNullOf(o, o.body.notNullName) !== was && above(current, o.parent!) === above(desired, o.parent!),
  )
}

/** 18 makes NOT NULL anew with the type, and fails where a table below, which declares it too, calls it otherwise. */
export function isNamedApart(c: CatalogObject<ColumnBody>, below: readonly CatalogObject[], context: Context): boolean {
  const to = context.desired.objects.get(c.id)
  if (context.server.major < 18 || !c.body.notNull || !to || c.body.notNullNoInherit) return false
  const nameIn = (o: CatalogObject<ColumnBody>) => o.body.notNullName ?? derivedName(o)
  const isDeclared = (o: CatalogObject) => o.body.notNull && context.current.objects.get(o.parent!)?.body.inherits !== undefined
  return below.some((o) => isDeclared(o) && !context.isBroken(o.id) && nameIn(o) !== nameIn(c))
}

/** One of them whose NOT NULL would have to step aside, and can't: a primary key holds it. */
function keyedApart(columns: readonly CatalogObject<ColumnBody>[], context: Context): CatalogObject | undefined {
  const isKeyed = (c: CatalogObject) =>
    context
      .children('current', c.parent!)
      .some((k) => k.kind === 'constraint' && k.body.type === 'p' && k.needs.includes(c.id) && !context.isBroken(k.id))
  return columns.find((c) => isNamedApart(c, below(c, context), context) && isKeyed(c))
}

/** What these tables declare, the uppermost first, steps aside meanwhile; what those below declare stays. */
export function aroundNotNull(
  apart: readonly CatalogObject<ColumnBody>[],
  change: readonly Step[],
  context: Context,
): readonly Step[] {
  if (apart.length === 0) return change
  const drops = apart.map((c) =>
    alters(c, c, `ALTER TABLE ${tableOf(c)} ALTER COLUMN ${quoteName(c.name[2]!)} DROP NOT NULL`, {makes: [], needs: []}),
  )
  const stays = apart.filter((c) => context.desired.objects.get(c.id)?.body.notNull)
  const again = stays.map((c) => ({...addNotNull(c, c, context), needs: []})).reverse()
  return chain(idAbout('retyped', apart[0]!.id), [...drops, ...change, ...again])
}

/** The column as it is once its parent's has got a NOT NULL, which reaches it under the parent's name. */
export function givenNotNull(
  c: CatalogObject<ColumnBody>,
  before: CatalogObject<ColumnBody> | undefined,
  after: CatalogObject<ColumnBody> | undefined,
): CatalogObject<ColumnBody> {
  if (c.body.notNull || !before || before.body.notNull || !after?.body.notNullNotValid) return c
  const notNullName = after.body.notNullName ?? derivedName(after)
  return {...c, body: {...c.body, notNull: true, notNullName, notNullNotValid: true}}
}

export function addNotNull(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, context: Context): Step {
  const column = quoteName(to.name[2]!)
  const {notNullName, notNullNoInherit, notNullNotValid} = to.body
  const options = `${notNullNoInherit ? ' NO INHERIT' : ''}${notNullNotValid ? ' NOT VALID' : ''}`
  const sql =
    notNullName || options || isNamed(to.parent!, context)
      ? `ALTER TABLE ${tableOf(to)} ADD CONSTRAINT ${notNullOf(to, notNullName)} NOT NULL ${column}${options}`
      : `ALTER TABLE ${tableOf(to)} ALTER COLUMN ${column} SET NOT NULL`
  return alters(from, to, sql, {hazards: notNullNotValid ? [] : hazardsOf(to)})
}

function hazardsOf(c: CatalogObject): Step['hazards'] {
  return [{name: 'data-dependent', why: `fails on rows of ${tableOf(c)} where ${quoteName(c.name[2]!)} is null`}]
}

/** A table made below one whose NOT NULL is not valid has it valid; one that was made before has it as it is above. */
export function lateNotNull(c: CatalogObject<ColumnBody>, step: Step, {desired}: Context): Step {
  const below = relations(desired).dependents(c.parent!)
  const before = below.filter((t) => desired.objects.get(idOf('column', [...t.name, c.name[2]!]))?.body.notNullNotValid)
  return {...step, makes: [lateId(c.id)], softNeeds: before.map(({id}) => id)}
}

export function notNullsAbove(c: CatalogObject<ColumnBody>, {desired}: Context): ObjectId[] {
  if (!c.body.notNull || c.body.notNullNotValid) return []
  return parentTables(c.parent!, desired).map((parent) => lateId(idOf('column', [...parent, c.name[2]!])))
}

function lateId(column: ObjectId): ObjectId {
  return `${column} not null` as ObjectId
}
