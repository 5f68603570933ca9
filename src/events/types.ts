// Types by oid in, how values of each are shown out: asked of the database once for all that are not yet known.
import {setTimeout as sleep} from 'node:timers/promises'
import {quoteNames} from '../postgres/quote.ts'
import type {Asking} from './link.ts'

/** How a value is shown, as PostgreSQL's to_json decides; only numbers that JavaScript would round are digits in quotes. */
export type Shown =
  | {readonly as: 'bool' | 'number' | 'digits' | 'text' | 'json' | 'timestamp' | 'timestamptz'}
  | {readonly as: 'array'; readonly of: number; readonly delimiter: string}
  /** int2vector and oidvector: arrays that are written without braces */
  | {readonly as: 'vector'; readonly of: number}
  | {readonly as: 'composite'; readonly fields: readonly Field[]}

export interface Field {
  readonly name: string
  readonly type: number
}

/** What a value's text is cast to, to be the value again. */
export interface Named {
  readonly name: string
  /** the type of arrays of it, where it has one */
  readonly array?: string
  /** what stands between elements of such an array */
  readonly delimiter: string
}

interface Known {
  readonly shown: Shown
  readonly named?: Named
}

const TEXT: Shown = {as: 'text'}

const BUILT_IN: Readonly<Record<number, Shown>> = {
  16: {as: 'bool'},
  20: {as: 'digits'},
  21: {as: 'number'},
  22: {as: 'vector', of: 21},
  23: {as: 'number'},
  30: {as: 'vector', of: 26},
  114: {as: 'json'},
  700: {as: 'number'},
  701: {as: 'number'},
  1114: {as: 'timestamp'},
  1184: {as: 'timestamptz'},
  1700: {as: 'digits'},
  3802: {as: 'json'},
}

/** With all that they are made of. `element` is that of arrays alone: points and names have parts, but are none. */
const QUERY = `
  with recursive wanted (oid) as (
    select unnest($1::pg_catalog.oid[])
    union
    select p.oid from wanted w join pg_catalog.pg_type t on t.oid = w.oid, lateral (
      select t.typbasetype union all select t.typelem
      union all select a.atttypid from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) p (oid)
    where p.oid <> 0
  )
  select t.oid, n.nspname as schema, t.typname as name, t.typtype as kind, t.typbasetype as base, t.typdelim as delimiter,
    case when t.typsubscript = 'pg_catalog.array_subscript_handler'::pg_catalog.regproc then t.typelem end as element,
    e.typdelim as between, m.nspname as array_schema, y.typname as array_name,
    (select pg_catalog.json_agg(pg_catalog.json_build_array(a.attname, a.atttypid::pg_catalog.int8) order by a.attnum)
      from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) as fields
  from wanted w
  join pg_catalog.pg_type t on t.oid = w.oid
  join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  left join pg_catalog.pg_type e on e.oid = t.typelem
  left join pg_catalog.pg_type y on y.oid = t.typarray
  left join pg_catalog.pg_namespace m on m.oid = y.typnamespace`

/** Milliseconds for which a composite type is taken to have the fields it had, and a missing one to be gone. */
const PATIENCE = 1000
/** The log tells of a transaction a moment before other sessions see what it made. */
const MOMENT = 50

export class Types {
  readonly #known = new Map<number, Known>()
  /** composite ones and missing ones */
  readonly #unsettled = new Set<number>()
  #asked = Number.NEGATIVE_INFINITY
  /** another one whenever what was known has changed: what was made from it is to be made anew */
  era = 0

  /** Asks for what is not known; a type that is gone is shown as text. Fields of composite types are asked for again now and then. */
  async know(db: Asking, oids: Iterable<number>): Promise<void> {
    const fresh = new Set<number>()
    for (const oid of oids) if (!this.#known.has(oid)) fresh.add(oid)
    const isDue = this.#unsettled.size > 0 && performance.now() - this.#asked > PATIENCE
    if (fresh.size === 0 && !isDue) return
    this.#asked = performance.now()
    await this.#ask(db, [...fresh, ...(isDue ? this.#unsettled : [])])
    const missing = [...fresh].filter((oid) => !this.#known.has(oid))
    if (missing.length === 0) return
    await sleep(MOMENT)
    await this.#ask(db, missing)
    for (const oid of missing) if (!this.#known.has(oid)) this.#learn(oid, {shown: TEXT})
  }

  shown(oid: number): Shown {
    return this.#known.get(oid)?.shown ?? BUILT_IN[oid] ?? TEXT
  }

  named(oid: number): Named | undefined {
    return this.#known.get(oid)?.named
  }

  async #ask(db: Asking, oids: readonly number[]): Promise<void> {
    const rows = await db.query(QUERY, [oids])
    const bases = new Map(rows.filter(({base}) => base !== 0).map(({oid, base}) => [oid as number, base as number]))
    const shown = new Map(rows.map((row) => [row.oid as number, shownAs(row)]))
    for (const row of rows) {
      let base: number = row.oid
      while (bases.has(base)) base = bases.get(base)!
      this.#learn(row.oid, {shown: shown.get(base) ?? TEXT, named: namedAs(row)})
    }
  }

  #learn(oid: number, known: Known): void {
    const before = this.#known.get(oid)
    if (before && JSON.stringify(before) === JSON.stringify(known)) return
    this.#known.set(oid, known)
    if (known.shown.as === 'composite' || !known.named) this.#unsettled.add(oid)
    else this.#unsettled.delete(oid)
    if (before) this.era++
  }
}

function shownAs({oid, kind, element, between, fields}: Record<string, any>): Shown {
  const builtIn = BUILT_IN[oid]
  if (builtIn) return builtIn
  if (element) return {as: 'array', of: element, delimiter: between}
  if (kind !== 'c') return TEXT
  return {as: 'composite', fields: (fields ?? []).map(([name, type]: [string, number]): Field => ({name, type}))}
}

function namedAs({schema, name, delimiter, array_schema, array_name}: Record<string, any>): Named {
  return {name: quoteNames(schema, name), delimiter, ...(array_name !== null && {array: quoteNames(array_schema, array_name)})}
}
