// Type oids in, what has to be known of types to look at bodies out; each is read once, all that are asked for together.
import type {Db} from '../postgres/db.ts'
import {gathering} from './session.ts'

export interface Field {
  readonly name: string
  readonly type: number
  readonly modifier: number
}

export interface Type {
  readonly oid: number
  /** for people: as PostgreSQL prints it */
  readonly name: string
  /** for statements: quoted, with its schema */
  readonly sqlName: string
  /** b base, c composite, d domain, e enum, p pseudo, r range, m multirange */
  readonly sort: string
  /** pg_type.typcategory: N numeric, D date and time, B boolean, S string, A array, … */
  readonly category: string
  /** an array's elements; 0 otherwise */
  readonly element: number
  /** a number that prints as a name: regclass and its kin */
  readonly isName: boolean
  /** a domain that lets no null in */
  readonly notNull: boolean
  /** what a domain is made from, to the bottom; its own oid otherwise */
  readonly base: number
  /** of a composite type, or a domain over one: its columns */
  readonly fields?: readonly Field[]
}

export class Types {
  readonly #known = new Map<number, Promise<Type | undefined>>()
  readonly #ask: (oid: number) => Promise<Type | undefined>

  constructor(db: Db) {
    this.#ask = gathering(async (oids: readonly number[]) => {
      const [row] = await db.query(TYPES, [[...oids]])
      const found = new Map(
        (JSON.parse(row!.types) as any[]).map((type) => [type.oid, {...type, fields: type.fields ?? undefined} as Type]),
      )
      return oids.map((oid) => found.get(oid))
    })
  }

  /** undefined for 0, which nobody knows */
  of(oid: number): Promise<Type | undefined> {
    if (oid === 0) return Promise.resolve(undefined)
    let known = this.#known.get(oid)
    if (!known) {
      known = this.#ask(oid)
      this.#known.set(oid, known)
    }
    return known
  }
}

const TYPES = `
  with recursive bottom (oid, base) as (
    select oid, oid from pg_catalog.pg_type where oid = any ($1::oid[])
    union all
    select b.oid, t.typbasetype from bottom b join pg_catalog.pg_type t on t.oid = b.base and t.typtype = 'd'
  )
  select coalesce(json_agg(t), '[]')::text as types from (
    select t.oid::int8 as oid, format_type(t.oid, null) as name, format('%I.%I', n.nspname, t.typname) as "sqlName",
      t.typname like 'reg%' and t.oid < 16384 as "isName", t.typnotnull as "notNull", t.typtype as sort, t.typcategory as category,
      case when t.typcategory = 'A' then t.typelem else 0 end::int8 as element, u.oid::int8 as base,
      case when u.typrelid <> 0 then coalesce((
        select json_agg(json_build_object('name', a.attname, 'type', a.atttypid::int8, 'modifier', a.atttypmod) order by a.attnum)
        from pg_catalog.pg_attribute a
        where a.attrelid = u.typrelid and a.attnum > 0 and not a.attisdropped), '[]') end as fields
    from bottom b
    join pg_catalog.pg_type t on t.oid = b.oid
    join pg_catalog.pg_namespace n on n.oid = t.typnamespace
    join pg_catalog.pg_type u on u.oid = b.base and u.typtype <> 'd') t`

// those that PostgreSQL has from the start
export const BOOL = 16
export const NAME = 19
export const INT4 = 23
export const TEXT = 25
export const OID = 26
export const UNKNOWN = 705
export const TEXTS = 1009
export const REFCURSOR = 1790
export const RECORD = 2249
export const VOID = 2278
export const TRIGGER = 2279
export const EVENT_TRIGGER = 3838
