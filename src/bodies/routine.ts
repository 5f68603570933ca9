// A session in, its users' routines with their bodies out: parameters, results, settings, and the tables whose triggers call them.

import {isUserSchema} from '../diff/address.ts'
import {idOf} from '../diff/id.ts'
import {SIGNATURE} from '../diff/kinds/routine.ts'
import type {ObjectId} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'

export interface Argument {
  /** '' without one */
  readonly name: string
  /** i in, o out, b inout, v variadic, t column of RETURNS TABLE */
  readonly mode: 'i' | 'o' | 'b' | 'v' | 't'
  readonly type: number
}

export interface Routine {
  readonly id: ObjectId
  readonly oid: number
  readonly kind: 'function' | 'procedure'
  readonly schema: string
  readonly name: string
  readonly language: string
  readonly body: string
  /** in standard SQL, parsed when it was made */
  readonly isAtomic: boolean
  readonly arguments: readonly Argument[]
  /** type oid */
  readonly returns: number
  readonly returnsSet: boolean
  readonly volatile: 'i' | 's' | 'v'
  readonly parallel: 's' | 'r' | 'u'
  readonly strict: boolean
  readonly definer: boolean
  /** settings of its own */
  readonly settings: Readonly<Record<string, string>>
  readonly tables: readonly TriggerTable[]
}

/** A table whose triggers call it. */
export interface TriggerTable {
  /** its row type */
  readonly type: number
  /** quoted, with its schema */
  readonly name: string
  /** transition tables, as its triggers call them */
  readonly transitions: readonly string[]
}

/** @param wanted by ids or by oids; absent: all */
export async function readBodies(db: Db, wanted?: ReadonlySet<ObjectId | number>): Promise<Routine[]> {
  const names = await db.query(NAMES)
  const found = new Map<number, ObjectId>()
  for (const {oid, kind, schema, name, signature} of names) {
    const id = idOf(kind, [schema, name], signature)
    if (!wanted || wanted.has(id) || wanted.has(oid)) found.set(oid, id)
  }
  if (found.size === 0) return []
  const [row] = await db.query(ROUTINES, [[...found.keys()]])
  return (JSON.parse(row!.routines) as any[]).map(({config, names, modes, types, ...routine}) => ({
    ...routine,
    id: found.get(routine.oid)!,
    arguments: (types as number[]).map((type, at) => ({type, name: names?.[at] ?? '', mode: modes?.[at] ?? 'i'})),
    settings: Object.fromEntries(
      ((config ?? []) as string[]).map((item) => [item.slice(0, item.indexOf('=')), item.slice(item.indexOf('=') + 1)]),
    ),
  }))
}

const NAMES = `
  select p.oid, case p.prokind when 'p' then 'procedure' else 'function' end as kind, n.nspname as schema, p.proname as name,
    '(' || coalesce(${SIGNATURE}, '') || ')' as signature
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where p.prokind in ('f', 'p', 'w') and ${isUserSchema('n.nspname')}
    and not exists (select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype in ('e', 'i'))`

const ROUTINES = `
  select coalesce(json_agg(r), '[]')::text as routines from (
    select p.oid::int8 as oid, case p.prokind when 'p' then 'procedure' else 'function' end as kind, n.nspname as schema, p.proname as name,
      l.lanname as language, p.prosrc as body, p.prosqlbody is not null as "isAtomic", p.proargnames as names, p.proargmodes as modes,
      coalesce(p.proallargtypes, p.proargtypes::oid[])::int8[] as types, p.prorettype::int8 as returns, p.proretset as "returnsSet",
      p.provolatile as volatile, p.proparallel as parallel, p.proisstrict as strict, p.prosecdef as definer, p.proconfig as config,
      coalesce(t.tables, '[]') as tables
    from pg_catalog.pg_proc p
    join pg_catalog.pg_language l on l.oid = p.prolang
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    left join (
      select t.tgfoid, json_agg(json_build_object('type', t.type, 'name', t.name, 'transitions', t.transitions) order by t.type) as tables
      from (
        select t.tgfoid, c.reltype::int8 as type, format('%I.%I', n.nspname, c.relname) as name,
          array_remove(array_agg(t.tgoldtable) || array_agg(t.tgnewtable), null) as transitions
        from pg_catalog.pg_trigger t
        join pg_catalog.pg_class c on c.oid = t.tgrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where not t.tgisinternal and t.tgparentid = 0
        group by t.tgfoid, c.reltype, n.nspname, c.relname) t
      group by t.tgfoid) t on t.tgfoid = p.oid
    where p.oid = any ($1::oid[])
    order by p.oid) r`
