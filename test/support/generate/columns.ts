// The columns of a generated table: their types, defaults, collations, identities, what they are generated from, how they are kept.
import type {Spot} from './spot.ts'
import {literals} from './types.ts'

export interface Column {
  readonly name: string
  readonly type: string
  readonly collation: string
  readonly sql: string
  readonly isGenerated: boolean
  readonly isVirtual: boolean
}

export const idType = ({choose}: Spot): string => choose('id type', 'integer', 'integer', 'bigint')

export function columnsOf(spot: Spot, table: string): Column[] {
  return ['c0', 'c1', '"C 2"', 'c3'].flatMap((name) => columnOf(spot, `${table} ${name}`, name) ?? [])
}

function columnOf(spot: Spot, slot: string, name: string): Column | undefined {
  const {choose, main, odd, major} = spot
  const values = literals(spot)
  if (!choose(`${slot} there`, false, true, true, true)) return undefined
  const generated = choose(`${slot} generated`, ...Array(9).fill(''), '(id * 2)', '(id + 1)', `(${main}.f(id::integer))`)
  if (generated) {
    const isVirtual = major >= 18 && !generated.includes('.f(') && choose(`${slot} virtual`, true, false)
    const sql = `${name} bigint generated always as ${generated} ${isVirtual ? 'virtual' : 'stored'}`
    return {name, type: 'bigint', collation: '', sql, isGenerated: true, isVirtual}
  }
  const serial = choose(`${slot} serial`, ...Array(9).fill(undefined), 'serial', 'bigserial')
  const plain = {name, collation: '', isGenerated: false, isVirtual: false}
  if (serial) return {...plain, type: serial === 'serial' ? 'integer' : 'bigint', sql: `${name} ${serial}`}
  const type = choose(`${slot} type`, ...Object.keys(values))
  const isText = type === 'text'
  const value = choose(
    `${slot} default`,
    undefined,
    undefined,
    values[type],
    type === 'integer' ? `${main}.f(3)` : values[type],
    type === 'bigint' ? `nextval('${main}.counter')` : isText ? `${odd}.label('x')` : undefined,
  )
  const collation = isText ? choose(`${slot} collation`, '', '', ' collate "C"', ` collate ${odd}.co`) : ''
  const isNeeded = choose(`${slot} not null`, false, false, true)
  const named =
    major >= 18 && isNeeded ? choose(`${slot} not null name`, '', '', ` constraint "nn ${name.replaceAll('"', '')}"`) : ''
  const notNull = isNeeded ? `${named} not null` : ''
  const check = choose(`${slot} check`, ...Array(7).fill(''), ` check (${name} is not null)`)
  return {...plain, type, collation, sql: `${name} ${type}${collation}${value ? ` default ${value}` : ''}${notNull}${check}`}
}

/** ALTER TABLE's own: what CREATE TABLE has no words for on every major. */
export function kept({choose, major}: Spot, table: string, {name, type, isVirtual}: Column): string[] {
  const slot = `${table} ${name} kept`
  const isLong = ['text', 'jsonb', 'bytea'].includes(type) && !isVirtual
  const at = `alter table ${table} alter column ${name}`
  return [
    isLong ? choose(`${slot} storage`, '', '', `${at} set storage external;`, `${at} set storage main;`) : '',
    isLong ? choose(`${slot} compression`, '', '', '', `${at} set compression pglz;`) : '',
    isVirtual ? '' : choose(`${slot} statistics`, '', '', '', `${at} set statistics 100;`),
    major >= 14 && !isVirtual ? choose(`${slot} options`, '', '', '', `${at} set (n_distinct = 5);`) : '',
  ]
}
