// A step that fails because of rows in; the rows that obey it kept, the others taken away, out.
import type {Step} from '../diff/model.ts'
import {inside} from '../diff/step.ts'
import type {PgextError} from '../errors.ts'
import type {Db, Row} from '../postgres/db.ts'
import {quoteBody, quoteName, quoteNames, quoteText} from '../postgres/quote.ts'
import type {TableName} from './facts.ts'
import {NARROW, WIDER} from './path.ts'

export interface Standing {
  readonly table: TableName
  /** numbers of its rows as they were planted, in the order in which they lie now */
  readonly rows: readonly number[]
}

/** By table, the rows that obey everything so far; a table that is missing has all of its own. */
export type Omitted = Map<string, Standing>

export interface Powers {
  /** who connects */
  readonly user: string
  /** the session may turn triggers and foreign keys off */
  readonly superuser: boolean
  /** the role whose rights the steps run with */
  readonly role?: string
}

/** Thrown where a step meets the rows that were taken away all the same: the plan must run again without them from the start. */
export class Again extends Error {}

/** More rows than these are not looked at one by one: all go. */
const MOST = 40

interface Place {
  readonly from: string
  readonly at: string
}

export async function prune(
  db: Db,
  step: Step,
  error: PgextError,
  tables: readonly TableName[],
  omitted: Omitted,
  powers: Powers,
): Promise<boolean> {
  const named = tableIn(error)
  const inside = step.transaction !== 'alone'
  const moved = step.moves && {table: nameFrom(step.moves.from), was: nameFrom(step.moves.was)}
  const tried = moved ? [moved] : (named ? [named] : tables).map((table) => ({table, was: table}))
  const blame = moved ? undefined : named
  for (const {table, was} of tried) {
    const places = await placesOf(db, table, powers, moved !== undefined)
    if (places.length === 0) continue
    const kept: number[] = []
    if (inside && places.length <= MOST) {
      for (let n = 0; n < places.length; n++) if (await obeys(db, step, places, [...kept, n], blame, powers)) kept.push(n)
      if (kept.length === places.length) continue
      if (kept.length === 0 && !(await obeys(db, step, places, [], blame, powers))) {
        // an index is built of what its own transaction has deleted, too
        if (!error.sqlstate?.startsWith('22') || moved) continue
        note(omitted, was, places.length, places.length > 1 ? [0] : [])
        throw new Again(error.message, {cause: error})
      }
    } else {
      await dropInvalidIndexes(db, table)
      if (places.length > 1) kept.push(0)
    }
    await remove(db, without(places, kept), powers)
    note(omitted, was, places.length, kept)
    return true
  }
  // an index is built of rows that are gone, too, for as long as any snapshot might see them: a backend that starts has one
  if (error.sqlstate?.startsWith('22') && tried.some(({was}) => omitted.has(keyOf(was))))
    throw new Again(error.message, {cause: error})
  return false
}

/** Does the step pass, or fail on another table only, when these rows alone are left? */
async function obeys(
  db: Db,
  step: Step,
  places: readonly Place[],
  kept: readonly number[],
  named: TableName | undefined,
  powers: Powers,
): Promise<boolean> {
  await db.script('savepoint pgext_rows')
  try {
    await remove(db, without(places, kept), powers)
    await db.script(inside(step))
    return true
  } catch (error) {
    const other = tableIn(error)
    return named !== undefined && other !== undefined && (other.schema !== named.schema || other.name !== named.name)
  } finally {
    await db.script('rollback to savepoint pgext_rows; release savepoint pgext_rows')
  }
}

const without = (places: readonly Place[], kept: readonly number[]): Place[] => places.filter((_, n) => !kept.includes(n))

async function placesOf(db: Db, {schema, name}: TableName, powers: Powers, only = false): Promise<Place[]> {
  const named = quoteText(quoteNames(schema, name))
  // a foreign table below it has no rows here, and no server behind it
  const holders = await db.query<{name: string}>(`
    with recursive below (oid) as (
      select pg_catalog.to_regclass(${named})::oid
      ${only ? '' : 'union select i.inhrelid from below join pg_catalog.pg_inherits i on i.inhparent = below.oid'}
    )
    select pg_catalog.format('%I.%I', n.nspname, c.relname) as name
    from below join pg_catalog.pg_class c on c.oid = below.oid and c.relkind in ('r', 'm')
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace order by c.oid`)
  if (holders.length === 0) return []
  const each = holders.map(({name}) => `select ${quoteText(name)} as name, tableoid, ctid from only ${name}`)
  const sql = `select name as from, ctid::text as at from (${each.join(' union all ')}) r order by tableoid, ctid limit 1001`
  return (await silently(db, sql, powers)) as Place[]
}

async function remove(db: Db, places: readonly Place[], powers: Powers): Promise<void> {
  const from = new Map<string, string[]>()
  for (const place of places) from.set(place.from, [...(from.get(place.from) ?? []), `'${place.at}'::tid`])
  for (const [table, at] of from) {
    const sql = `delete from only ${table} where ctid = any (array[${at.join(', ')}])`
    const identity = await identityOf(db, table)
    // a publication may keep rows from being deleted: its filter's columns must be in what tells rows apart, and what an expression gives must not
    const held = 'exception when invalid_column_reference or object_not_in_prerequisite_state then'
    const full = `alter table ${table} replica identity full; ${sql}; alter table ${table} replica identity ${identity};`
    const whole = `begin ${sql}; ${held} begin ${full} ${held} ${await unpublished(db, sql)} end; end`
    await silently(db, identity === undefined ? sql : `do ${quoteBody(whole, 'prune')}`, powers)
  }
}

/** While nothing is published but what is new. */
async function unpublished(db: Db, sql: string): Promise<string> {
  const rows = await db.query<{name: string; publish: string}>(
    `select quote_ident(pubname) as name, concat_ws(', ', case when pubinsert then 'insert' end, case when pubupdate then 'update' end,
       case when pubdelete then 'delete' end, case when pubtruncate then 'truncate' end) as publish
     from pg_catalog.pg_publication where pubupdate or pubdelete`,
  )
  const set = (name: string, publish: string) => `alter publication ${name} set (publish = ${quoteText(publish)});`
  const [quiet, loud] = [rows.map(({name}) => set(name, 'insert')), rows.map(({name, publish}) => set(name, publish))]
  return `${quiet.join(' ')} ${sql}; ${loud.join(' ')}`
}

/** What tells its rows apart; undefined: nothing is published. */
async function identityOf(db: Db, table: string): Promise<string | undefined> {
  const [row] = await db.query(
    `select case c.relreplident when 'd' then 'default' when 'n' then 'nothing' when 'f' then 'full'
       else (select 'using index ' || quote_ident(i.relname) from pg_catalog.pg_index x join pg_catalog.pg_class i on i.oid = x.indexrelid
         where x.indrelid = c.oid and x.indisreplident) end as identity
     from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass($1) and exists (select from pg_catalog.pg_publication)`,
    [table],
  )
  return row?.identity ?? undefined
}

/** With triggers and keys off, under the rights of the session's own user: policies hide no row from it. */
async function silently(db: Db, sql: string, {user, superuser, role}: Powers): Promise<Row[]> {
  const found = [WIDER, sql, NARROW]
  if (!superuser) return (await db.script(found.join(';\n'))).at(-2)!
  const as = (who: string) => (role === undefined ? [] : [`set session authorization ${quoteName(who)}`])
  const before = [...as(user), 'set session_replication_role = replica']
  const after = ['set session_replication_role = origin', ...as(role ?? user)]
  const results = await db.script([...before, ...found, ...after].join(';\n'))
  return results.at(-2 - after.length)!
}

/**
 * Rows that were taken away leave others that reference nothing: keys are not looked at until a step makes one or rewrites it.
 * Such a step fails because of what the proof has done, not because of the plan.
 */
export async function isOwnFault(db: Db, error: PgextError, tables: readonly TableName[], omitted: Omitted): Promise<boolean> {
  const table = tableIn(error)
  if (error.sqlstate !== '23503' || !table || omitted.size === 0) return false
  const referenced = await db.query<{schema: string; name: string}>(
    `select n.nspname as schema, c.relname as name from pg_catalog.pg_constraint f
     join pg_catalog.pg_class c on c.oid = f.confrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where f.contype = 'f' and f.conrelid = pg_catalog.to_regclass($1)`,
    [quoteNames(table.schema, table.name)],
  )
  return [...tables, ...referenced].some((other) => keyOf(other) !== keyOf(table) && omitted.has(keyOf(other)))
}

/** What CREATE INDEX CONCURRENTLY leaves behind when it fails. */
async function dropInvalidIndexes(db: Db, {schema, name}: TableName): Promise<void> {
  const left = await db.query(
    `select c.oid::regclass::text as name from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid and c.relkind = 'i'
     where not i.indisvalid and i.indrelid = pg_catalog.to_regclass($1)`,
    [quoteNames(schema, name)],
  )
  for (const index of left) await db.script(`drop index ${index.name}`)
}

const nameFrom = ([schema, name]: readonly [string, string]): TableName => ({schema, name})

const keyOf = ({schema, name}: TableName): string => JSON.stringify([schema, name])

/** `kept`: places of the rows that are left, among `count` that were there. */
function note(omitted: Omitted, table: TableName, count: number, kept: readonly number[]): void {
  const before = omitted.get(keyOf(table))?.rows ?? Array.from({length: count}, (_, n) => n)
  // rows have come or gone by other ways: which is which can't be told any more
  const rows = before.length === count ? kept.map((n) => before[n]!) : []
  omitted.set(keyOf(table), {table, rows})
}

/** Before the plan runs again: takes away the rows that stood in its way. */
export async function omit(db: Db, omitted: Omitted, powers: Powers): Promise<void> {
  for (const {table, rows} of omitted.values()) await remove(db, without(await placesOf(db, table, powers), rows), powers)
}

function tableIn(error: unknown): TableName | undefined {
  for (let e = error as any, n = 0; e && n < 4; e = e.cause, n++) {
    const [schema, name] = [e.schema_name ?? e.schema, e.table_name ?? e.table]
    if (typeof schema === 'string' && typeof name === 'string') return {schema, name}
  }
  return undefined
}
