// A constraint or an index for a table that others use meanwhile in; steps that hold nobody up for as long as rows are read, out.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {idOf} from '../id.ts'
import type {CatalogObject, Context, ObjectId, Step} from '../model.ts'
import {creates, drops} from '../step.ts'
import {attachedTo, partsOf, takesUp} from './attachment.ts'
import {beside} from './beside.ts'
import {chain} from './chain.ts'
import {tableOf} from './column.ts'
import type {ConstraintBody} from './constraint.ts'
import {follows} from './follow.ts'
import {partitionsOf} from './partition.ts'

/** Made when the index is built that will take an old one's place, and when that old one has given up its name. */
const built = (id: ObjectId): ObjectId => `${id} built` as ObjectId
const aside = (id: ObjectId): ObjectId => `${id} aside` as ObjectId

/** A foreign key or check that is said NOT VALID, which is over at once, and whose rows are read later, under a weak lock. */
export function inTwo(k: CatalogObject<ConstraintBody>, step: Step, context: Context): readonly Step[] {
  const isRule = k.body.type === 'c' || k.body.type === 'f'
  const isOver = [' NOT VALID', ' NOT ENFORCED'].some((words) => k.body.definition.endsWith(words))
  if (!isRule || isOver || !context.isBusy(k.parent!)) return [step]
  // before 18 a partitioned table's foreign key can't be NOT VALID
  if (k.body.type === 'f' && isPartitioned(k, context) && context.server.major < 18) return byPartition(k, step, context)
  const validate = `ALTER TABLE ${tableOf(k)} VALIDATE CONSTRAINT ${quoteName(k.name[2]!)}`
  return chain(k.id, [
    {...step, sql: `${step.sql} NOT VALID`, hazards: []},
    {...creates(k, validate, {transaction: 'apart', hazards: step.hazards}), verb: 'alter'},
  ])
}

/** The table's own takes up those of its partitions, which were validated one by one, and reads no row; but it locks all of them. */
function byPartition(k: CatalogObject<ConstraintBody>, step: Step, context: Context): readonly Step[] {
  const name = quoteName(k.name[2]!)
  const parts = leavesOf(k.parent!, context).filter((t) => !hasConstraint(t, k.name[2]!, context))
  const ahead = parts.flatMap((t): Step[] => {
    const table = `ALTER TABLE ${quoteNames(...t.name)}`
    return [
      {...step, sql: `${table} ADD CONSTRAINT ${name} ${k.body.definition} NOT VALID`, hazards: []},
      {...creates(k, `${table} VALIDATE CONSTRAINT ${name}`, {transaction: 'apart', hazards: step.hazards}), verb: 'alter'},
    ]
  })
  return chain(k.id, [...ahead, {...step, transaction: parts.length > 0 ? 'apart' : step.transaction}])
}

/** Tables with rows that stand below it before and after. */
function leavesOf(table: ObjectId, context: Context): CatalogObject[] {
  const after = new Set(partitionsOf(table, context.desired))
  return partitionsOf(table, context.current).flatMap((id) => {
    const below = context.current.objects.get(id)!.parent!
    const t = context.desired.objects.get(below)
    if (!after.has(id) || !t || context.isBroken(id) || context.isMade(below)) return []
    if (t.body.partitionBy) return leavesOf(below, context)
    return t.kind === 'table' && context.isBusy(below) ? [t] : []
  })
}

function hasConstraint(table: CatalogObject, name: string, {current, desired}: Context): boolean {
  const id = idOf('constraint', [...table.name, name])
  return current.objects.has(id) || desired.objects.has(id)
}

/** A key whose index is built first, CONCURRENTLY: undefined where PostgreSQL has no such way. */
export function keyByIndex(k: CatalogObject<ConstraintBody>, step: Step, context: Context): Step[] | undefined {
  if (!isBuiltApart(k, context)) return undefined
  const [schema, , name] = k.name as [string, string, string]
  const index = context.isBroken(k.id) ? beside(name, '__new') : name
  const {word, nulls, columns, deferred} = clausesOf(k.body)
  const rest = [
    nulls,
    k.body.options && `WITH (${k.body.options.join(', ')})`,
    k.body.tablespace && `TABLESPACE ${quoteName(k.body.tablespace)}`,
  ].filter(Boolean)
  const build = `CREATE UNIQUE INDEX CONCURRENTLY ${quoteName(index)} ON ${tableOf(k)} USING btree ${[columns, ...rest].join(' ')}`
  const add = `ALTER TABLE ${tableOf(k)} ADD CONSTRAINT ${quoteName(name)} ${word} USING INDEX ${quoteName(index)}${deferred}`
  return [
    concurrently({...step, sql: build, makes: [built(k.id)], claims: index === name ? step.claims : []}, schema, index),
    {...step, sql: add, needs: [...step.needs, built(k.id)], hazards: []},
  ]
}

/** An old key makes place once the new one's index stands: on every partition, where the table has such. */
export function awaitsIndex(k: CatalogObject<ConstraintBody>, context: Context): ObjectId[] {
  const {objects} = context.desired
  const now = objects.has(k.id) ? partsOf(k.id, context.desired).map((id) => objects.get(id)!) : []
  return now
    .filter(({id}) => context.isBroken(id) && context.isMade(id))
    .flatMap((one) => (isBuiltApart(one, context) ? [built(one.id)] : []))
}

/** A partitioned table's key takes up those of its partitions, which were built apart: it is over at once, but locks all of them. */
export function adoptsKeys(k: CatalogObject<ConstraintBody>, step: Step, context: Context): Step {
  const isApart = context.isBusy(k.parent!) && !context.isBroken(k.id) && takesUp(k.id, context)
  return isApart ? {...step, transaction: 'apart'} : step
}

function isBuiltApart(k: CatalogObject<ConstraintBody>, context: Context): boolean {
  const isKey = k.body.type === 'p' || k.body.type === 'u'
  if (!isKey || !context.isBusy(k.parent!) || k.body.definition.includes(' WITHOUT OVERLAPS')) return false
  if (isPartitioned(k, context)) return false
  return !context.isBroken(k.id) || changesAsWhole(k, context)
}

/** `PRIMARY KEY (a, b) INCLUDE (c) DEFERRABLE`, as pg_get_constraintdef prints it, and nobody else. */
function clausesOf({definition}: ConstraintBody) {
  const word = definition.startsWith('PRIMARY KEY ') ? 'PRIMARY KEY' : 'UNIQUE'
  let columns = definition.slice(word.length + 1)
  const nulls = columns.startsWith('NULLS NOT DISTINCT ') ? 'NULLS NOT DISTINCT' : ''
  if (nulls) columns = columns.slice(nulls.length + 1)
  const deferred = [' DEFERRABLE INITIALLY DEFERRED', ' DEFERRABLE'].find((end) => columns.endsWith(end)) ?? ''
  return {word, nulls, columns: columns.slice(0, columns.length - deferred.length), deferred}
}

/** A build that fails leaves an invalid index behind. */
function concurrently(step: Step, schema: string, index: string): Step {
  return {...step, transaction: 'alone', cleanup: `DROP INDEX IF EXISTS ${quoteNames(schema, index)}`}
}

/** `sql`: what makes the index, given its name, and the word CONCURRENTLY where PostgreSQL has that */
export function indexBeside(i: CatalogObject, step: Step, sql: (name: string, how: string) => string, context: Context): Step[] {
  const [schema, name] = i.name as [string, string]
  const build = (as: string, extra: Partial<Step>): Step =>
    isPartitioned(i, context)
      ? // it takes up what its partitions have, so that it is over at once; but it locks all of them
        {...step, sql: sql(as, ''), transaction: 'apart', ...extra}
      : concurrently({...step, sql: sql(as, 'CONCURRENTLY '), ...extra}, schema, as)
  if (!context.isBroken(i.id)) return [build(name, {})]
  const [fresh, old] = [beside(name, '__new'), beside(name, '__old')]
  const rename = `ALTER INDEX ${quoteNames(schema, fresh)} RENAME TO ${quoteName(name)}`
  const parts = partsOf(i.id, context.desired).slice(1).map(built)
  const first = build(fresh, {makes: [built(i.id)], needs: [...step.needs, ...parts], claims: []})
  const whole = wholeOf(i, context)
  if (whole !== i.id || parts.length > 0) return [first, creates(i, rename, {needs: [built(whole)]})]
  const drop = follows(i, `DROP INDEX CONCURRENTLY ${quoteNames(schema, old)}`)
  return [first, creates(i, rename, {needs: [built(i.id), aside(i.id)]}), {...drop, verb: 'drop', transaction: 'alone'}]
}

/** An index gives up its name for one that is built already, and goes when that has it; with its partitions' indexes it goes at once. */
export function stepAside(i: CatalogObject, context: Context): Step[] {
  const [schema, name] = i.name as [string, string]
  if (isPartitioned(i, context)) return [drops(i, `DROP INDEX ${quoteNames(schema, name)}`, {needs: [built(i.id)]})]
  const rename = `ALTER INDEX ${quoteNames(schema, name)} RENAME TO ${quoteName(beside(name, '__old'))}`
  return [drops(i, rename, {verb: 'alter', makes: [aside(i.id)], needs: [built(i.id)]})]
}

/** Nothing but the index itself changes in this plan, so that the old and the new one can stand side by side. */
export function changesAlone(i: CatalogObject, context: Context): boolean {
  return context.desired.objects.has(i.id) && isOnline(context.desired.objects.get(i.id)!, context) && changesAsWhole(i, context)
}

/** So do all that are part of the same whole: a partitioned table's index, or key, is one with those of its partitions. */
function changesAsWhole({id}: CatalogObject, context: Context): boolean {
  const [from, to] = [context.current.objects.get(id), context.desired.objects.get(id)]
  if (!from || !to) return false
  const whole = wholeOf(to, context)
  const parts = partsOf(whole, context.desired)
  const before = partsOf(whole, context.current)
  if (parts.length !== before.length || !parts.includes(id)) return false
  return parts.every((part) => before.includes(part) && changesBeside(part, new Set(parts), context))
}

function changesBeside(id: ObjectId, parts: ReadonlySet<ObjectId>, context: Context): boolean {
  const [from, to] = [context.current.objects.get(id), context.desired.objects.get(id)]
  if (!from || !to || from.parent !== to.parent || !context.isBroken(id) || !context.isBusy(to.parent!)) return false
  if (isPartitioned(to, context) && !takesUp(id, context)) return false
  // what an old key needs may go with it
  const needs = to.kind === 'index' ? [...from.needs, ...to.needs] : to.needs
  return needs.every((need) => parts.has(need) || stays(need, context))
}

/** The index or key that this one is part of, or itself. */
function wholeOf(o: CatalogObject, context: Context): ObjectId {
  let whole = o
  for (let above = attachedTo(o, context.desired); above; above = attachedTo(whole, context.desired)) {
    whole = context.desired.objects.get(above)!
  }
  return whole.id
}

/** Neither it nor anything that it stands on changes in this plan; of the table itself that is no matter. */
function stays(id: ObjectId, context: Context, seen = new Set<ObjectId>()): boolean {
  if (seen.has(id)) return true
  seen.add(id)
  if (context.isBroken(id) || context.isMade(id)) return false
  const [from, to] = [context.current.objects.get(id), context.desired.objects.get(id)]
  if (!to || to.kind === 'table' || to.kind === 'schema') return true
  return from !== undefined && isAlike(from, to) && to.needs.every((below) => stays(below, context, seen))
}

/** Of a column an index holds the values: whether they may be missing, and how they are stored, is no matter. */
function isAlike(from: CatalogObject, to: CatalogObject): boolean {
  if (from.hash === to.hash) return true
  const valuesOf = ({body}: CatalogObject) => JSON.stringify([body.type, body.collation, body.generated])
  return to.kind === 'column' && valuesOf(from) === valuesOf(to)
}

const isPartitioned = (o: CatalogObject, {current, desired}: Context): boolean =>
  [current, desired].some(({objects}) => objects.get(o.parent!)?.body.partitionBy)

/** PostgreSQL builds it CONCURRENTLY; one of a partitioned table takes up those of its partitions, which are built so. */
export function isOnline(i: CatalogObject, context: Context): boolean {
  return context.isBusy(i.parent!) && (!isPartitioned(i, context) || takesUp(i.id, context))
}

/** PostgreSQL drops it CONCURRENTLY: not one of a partitioned table, nor a part of such a one. */
export function isDroppedOnline(i: CatalogObject, context: Context): boolean {
  return context.isBusy(i.parent!) && !isPartitioned(i, context) && !attachedTo(i, context.current)
}
