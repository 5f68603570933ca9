// A constraint or an index for a table that others use meanwhile in; steps that hold nobody up for as long as rows are read, out.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import type {CatalogObject, Context, ObjectId, Step} from '../model.ts'
import {creates, drops} from '../step.ts'
import {attachedTo} from './attachment.ts'
import {chain} from './chain.ts'
import {tableOf} from './column.ts'
import type {ConstraintBody} from './constraint.ts'
import {follows} from './follow.ts'

/** Made when the index is built that will take an old one's place, and when that old one has given up its name. */
const built = (id: ObjectId): ObjectId => `${id} built` as ObjectId
const aside = (id: ObjectId): ObjectId => `${id} aside` as ObjectId

/** `orders_note_idx__new`, in 63 bytes */
const beside = (name: string, suffix: '__new' | '__old'): string =>
  Buffer.from(name)
    .subarray(0, 58)
    .toString()
    .replace(/\ufffd+$/, '') + suffix

/** A foreign key or check that is said NOT VALID, which is over at once, and whose rows are read later, under a weak lock. */
export function inTwo(k: CatalogObject<ConstraintBody>, step: Step, context: Context): Step[] {
  const table = context.desired.objects.get(k.parent!)
  // before 18 a partitioned table's foreign key can't be NOT VALID
  const can = k.body.type === 'c' || (k.body.type === 'f' && (!table?.body.partitionBy || context.server.major >= 18))
  const isOver = [' NOT VALID', ' NOT ENFORCED'].some((words) => k.body.definition.endsWith(words))
  if (!can || isOver || !context.isBusy(k.parent!)) return [step]
  const validate = `ALTER TABLE ${tableOf(k)} VALIDATE CONSTRAINT ${quoteName(k.name[2]!)}`
  const apart = {transaction: 'apart', hazards: step.hazards, claims: []} as const
  return [
    ...chain(k.id, [
      {...step, sql: `${step.sql} NOT VALID`, hazards: []},
      {...creates(k, validate, apart), verb: 'alter'},
    ]),
  ]
}

/** A key whose index is built first, CONCURRENTLY: undefined where PostgreSQL has no such way. */
export function keyByIndex(k: CatalogObject<ConstraintBody>, step: Step, context: Context): Step[] | undefined {
  if (!isBuiltApart(k, context)) return undefined
  const [schema, , name] = k.name as [string, string, string]
  const index = context.isBroken(k.id) ? beside(name, '__new') : name
  const {word, nulls, columns, deferred} = partsOf(k.body)
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

/** An old key makes place once the new one's index stands. */
export const awaitsIndex = (k: CatalogObject<ConstraintBody>, context: Context): ObjectId[] => {
  const now = context.desired.objects.get(k.id)
  return now && context.isMade(k.id) && isBuiltApart(now, context) ? [built(k.id)] : []
}

function isBuiltApart(k: CatalogObject<ConstraintBody>, context: Context): boolean {
  const isKey = k.body.type === 'p' || k.body.type === 'u'
  if (!isKey || !context.isBusy(k.parent!) || k.body.definition.includes(' WITHOUT OVERLAPS')) return false
  const table = context.desired.objects.get(k.parent!)
  if (table?.body.partitionBy || attachedTo(k, context.desired) || attachedTo(k, context.current)) return false
  return !context.isBroken(k.id) || k.needs.every((id) => stays(id, context))
}

/** `PRIMARY KEY (a, b) INCLUDE (c) DEFERRABLE`, as pg_get_constraintdef prints it, and nobody else. */
function partsOf({definition}: ConstraintBody) {
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

/** `sql`: what makes the index, given its name and the word CONCURRENTLY */
export function indexBeside(i: CatalogObject, step: Step, sql: (name: string) => string, context: Context): Step[] {
  const [schema, name] = i.name as [string, string]
  if (!context.isBroken(i.id)) return [concurrently({...step, sql: sql(name)}, schema, name)]
  const [fresh, old] = [beside(name, '__new'), beside(name, '__old')]
  const rename = `ALTER INDEX ${quoteNames(schema, fresh)} RENAME TO ${quoteName(name)}`
  const drop = follows(i, `DROP INDEX CONCURRENTLY ${quoteNames(schema, old)}`)
  return [
    concurrently({...step, sql: sql(fresh), makes: [built(i.id)], claims: []}, schema, fresh),
    creates(i, rename, {needs: [built(i.id), aside(i.id)]}),
    {...drop, verb: 'drop', transaction: 'alone'},
  ]
}

/** An index gives up its name for one that is built already, and goes when that has it. */
export function stepAside(i: CatalogObject): Step[] {
  const [schema, name] = i.name as [string, string]
  const rename = `ALTER INDEX ${quoteNames(schema, name)} RENAME TO ${quoteName(beside(name, '__old'))}`
  return [drops(i, rename, {verb: 'alter', makes: [aside(i.id)], needs: [built(i.id)]})]
}

/** Nothing but the index itself changes in this plan, so that the old and the new one can stand side by side. */
export function changesAlone(i: CatalogObject, context: Context): boolean {
  const [from, to] = [context.current.objects.get(i.id), context.desired.objects.get(i.id)]
  if (!from || !to || from.parent !== to.parent || !context.isBroken(i.id)) return false
  return isOnline(to, context) && [...from.needs, ...to.needs].every((id) => stays(id, context))
}

/** Neither it nor anything that it stands on changes in this plan; of the table itself that is no matter. */
function stays(id: ObjectId, context: Context, seen = new Set<ObjectId>()): boolean {
  if (seen.has(id)) return true
  seen.add(id)
  if (context.isBroken(id) || context.isMade(id)) return false
  const [from, to] = [context.current.objects.get(id), context.desired.objects.get(id)]
  if (!to || to.kind === 'table' || to.kind === 'schema') return true
  return from?.hash === to.hash && to.needs.every((below) => stays(below, context, seen))
}

/** PostgreSQL builds and drops it CONCURRENTLY: not one of a partitioned table, nor a part of such a one. */
export function isOnline(i: CatalogObject, context: Context): boolean {
  if (!context.isBusy(i.parent!)) return false
  const isPartitioned = [context.current, context.desired].some(({objects}) => objects.get(i.parent!)?.body.partitionBy)
  return !isPartitioned && !attachedTo(i, context.current) && !attachedTo(i, context.desired)
}
