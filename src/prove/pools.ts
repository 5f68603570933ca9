// Tables in, for each of their columns values that PostgreSQL accepts out.
import type {Db} from '../postgres/db.ts'
import {rulesOf} from './choices.ts'
import type {Check, Table, Type} from './facts.ts'
import {literalsIn} from './literals.ts'
import type {Trial} from './trial.ts'
import {valuesOf} from './values.ts'
import type {Wishes} from './wishes.ts'

export interface PoolField {
  readonly types: ReadonlyMap<number, Type>
  readonly trial: Trial
  readonly wishes: Wishes
  readonly unicode: boolean
  /** values already judged */
  readonly pools: Map<string, string[]>
}

type Pools = Map<number, Map<number, readonly string[]>>

/** By table and column; all judged in one round trip. */
export async function poolsOf(tables: readonly Table[], field: PoolField): Promise<Pools> {
  const wanted = tables.flatMap((table) => {
    const keys = keyColumns(table)
    const rules = rulesOf(table)
    return table.columns.flatMap((column) => {
      if (column.generated) return []
      const own = rules.filter((rule) => reads(table, rule, column.number))
      const near = [...own.map((rule) => literalsIn(rule.expression)), ...field.wishes(table, column)]
      const literals = {texts: [...new Set(near.flatMap((l) => l.texts))], numbers: [...new Set(near.flatMap((l) => l.numbers))]}
      const calm = keys.has(column.number)
      const many = own.length > 0 || calm
      return [{table, column, calm, many, literals, key: JSON.stringify([column.type, many, calm, literals])}]
    })
  })
  const fresh = new Map(wanted.filter(({key}) => !field.pools.has(key)).map((want) => [want.key, want]))
  const texts = [...fresh.values()].flatMap(({key, column, literals, many, calm}) => {
    const values = valuesOf(column.typeId, field.types, {near: literals, many}).filter((text) => field.unicode || isAscii(text))
    // a key begins with small numbers, so that keys of other types can hold them too
    const ordered = calm ? [...values].sort((a, b) => Number(isFar(a)) - Number(isFar(b))) : values
    return ordered.map((text) => ({key, text, type: column.type}))
  })
  const cast = await field.trial.cast(texts)
  for (const key of fresh.keys()) field.pools.set(key, [])
  for (const [n, {key}] of texts.entries()) {
    const value = cast[n]
    const pool = field.pools.get(key)!
    if (value !== null && value !== undefined && !pool.includes(value)) pool.push(value)
  }
  const pools: Pools = new Map(tables.map((table) => [table.oid, new Map()]))
  for (const {table, column, key} of wanted) pools.get(table.oid)!.set(column.number, field.pools.get(key)!)
  return pools
}

/** Columns whose values must differ from row to row, or must be found in another table. */
function keyColumns(table: Table): Set<number> {
  const foreign = table.foreigns.flatMap(({columns, to, toColumns}) => [...columns, ...(to === table.oid ? toColumns : [])])
  return new Set([...table.uniques.flatMap((unique) => unique.columns), ...foreign])
}

function reads(table: Table, rule: Check, column: number): boolean {
  if (rule.columns.includes(column)) return true
  return table.columns.some((other) => other.generated && other.from?.includes(column) && rule.columns.includes(other.number))
}

export async function isUnicode(db: Db): Promise<boolean> {
  return (await db.query(`select pg_catalog.current_setting('server_encoding') as encoding`))[0]!.encoding === 'UTF8'
}

const isAscii = (text: string): boolean => [...text].every((c) => c.charCodeAt(0) < 128)

const isFar = (text: string): boolean => Math.abs(Number(text)) > 1000
