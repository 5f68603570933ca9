// A step that fails because of rows in; the rows that obey it kept, the others taken away, out.
import type {Step} from '../diff/model.ts'
import type {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName, quoteNames, quoteText} from '../postgres/quote.ts'
import type {TableName} from './facts.ts'

/** By table, which of its rows, counted as they lie, obey everything so far; none where that can't be told. */
export type Omitted = Map<string, {readonly table: TableName; readonly kept: readonly number[]}>

export interface Powers {
  /** the session may turn triggers and foreign keys off */
  readonly superuser: boolean
  /** the role whose rights the steps run with */
  readonly role?: string
}

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
  for (const table of named ? [named] : tables) {
    const places = await placesOf(db, table)
    if (places.length === 0) continue
    const kept: number[] = []
    if (inside && places.length <= MOST) {
      for (let n = 0; n < places.length; n++) if (await obeys(db, step, places, [...kept, n], named, powers)) kept.push(n)
      if (kept.length === places.length) continue
      if (kept.length === 0 && !(await obeys(db, step, places, [], named, powers))) continue
    } else {
      await dropInvalidIndexes(db, table)
      if (places.length > 1) kept.push(0)
    }
    await remove(db, without(places, kept), powers)
    await sweep(db, table, powers)
    note(omitted, table, kept, places.length)
    return true
  }
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
    await db.script(step.sql)
    return true
  } catch (error) {
    const other = tableIn(error)
    return named !== undefined && other !== undefined && (other.schema !== named.schema || other.name !== named.name)
  } finally {
    await db.script('rollback to savepoint pgext_rows; release savepoint pgext_rows')
  }
}

const without = (places: readonly Place[], kept: readonly number[]): Place[] => places.filter((_, n) => !kept.includes(n))

async function placesOf(db: Db, {schema, name}: TableName): Promise<Place[]> {
  const [there] = await db.query(`select pg_catalog.to_regclass(${quoteText(quoteNames(schema, name))}) is not null as is`)
  if (!there!.is) return []
  return db.query<{from: string; at: string}>(
    `select tableoid::regclass::text as from, ctid::text as at from ${quoteNames(schema, name)} order by tableoid, ctid limit 1001`,
  )
}

async function remove(db: Db, places: readonly Place[], powers: Powers): Promise<void> {
  const from = new Map<string, string[]>()
  for (const place of places) from.set(place.from, [...(from.get(place.from) ?? []), `'${place.at}'::tid`])
  const deletes = [...from].map(([table, at]) => `delete from only ${table} where ctid = any (array[${at.join(', ')}])`)
  if (deletes.length > 0) await silently(db, deletes.join(';\n'), powers)
}

/** With triggers and keys off, under the session's own rights. */
async function silently(db: Db, sql: string, {superuser, role}: Powers): Promise<void> {
  if (!superuser) return void (await db.script(sql))
  const [who] = await db.query('select session_user::text as session, current_user::text as role')
  const back = !role
    ? ''
    : who!.session === role
      ? `; set session authorization ${quoteName(role)}`
      : `; set role ${quoteName(role)}`
  const off = `reset role; reset session authorization; set session_replication_role = replica`
  await db.script(`${off};\n${sql};\nset session_replication_role = origin${back}`)
}

/** Rows that reference a row which is gone go too. */
async function sweep(db: Db, table: TableName, powers: Powers): Promise<void> {
  const [row] = await db.query(
    `select coalesce(json_agg(json_build_object('schema', n.nspname, 'name', c.relname,
        'from', array(select a.attname::text from unnest(f.conkey) with ordinality k (k, n) join pg_catalog.pg_attribute a on a.attrelid = f.conrelid and a.attnum = k order by n),
        'to', array(select a.attname::text from unnest(f.confkey) with ordinality k (k, n) join pg_catalog.pg_attribute a on a.attrelid = f.confrelid and a.attnum = k order by n))), '[]')::text as found
     from pg_catalog.pg_constraint f join pg_catalog.pg_class c on c.oid = f.conrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where f.contype = 'f' and f.confrelid = pg_catalog.to_regclass($1)`,
    [quoteNames(table.schema, table.name)],
  )
  for (const {schema, name, from, to} of JSON.parse(row!.found) as (TableName & {from: string[]; to: string[]})[]) {
    const equal = from.map((column, n) => `p.${quoteName(to[n]!)} = c.${quoteName(column)}`).join(' and ')
    const set = from.map((column) => `c.${quoteName(column)} is not null`).join(' and ')
    const gone = `${set} and not exists (select from ${quoteNames(table.schema, table.name)} p where ${equal})`
    const [count] = await db.query(`select count(*)::int as n from ${quoteNames(schema, name)} c where ${gone}`)
    if (count!.n === 0) continue
    await silently(db, `delete from ${quoteNames(schema, name)} c where ${gone}`, powers)
    await sweep(db, {schema, name}, powers)
  }
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

function note(omitted: Omitted, table: TableName, kept: readonly number[], count: number): void {
  const key = JSON.stringify([table.schema, table.name])
  const before = omitted.get(key)
  if (!before) return void omitted.set(key, {table, kept})
  const fits = before.kept.length === count
  omitted.set(key, {table, kept: fits ? kept.map((n) => before.kept[n]!) : []})
}

/** Before the plan runs again: takes away the rows that stood in its way. */
export async function omit(db: Db, omitted: Omitted, powers: Powers): Promise<void> {
  for (const {table, kept} of omitted.values()) {
    await remove(db, without(await placesOf(db, table), kept), powers)
    await sweep(db, table, powers)
  }
}

function tableIn(error: unknown): TableName | undefined {
  for (let e = error as any, n = 0; e && n < 4; e = e.cause, n++) {
    const [schema, name] = [e.schema_name ?? e.schema, e.table_name ?? e.table]
    if (typeof schema === 'string' && typeof name === 'string') return {schema, name}
  }
  return undefined
}
