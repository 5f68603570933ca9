// Images of rows in; SQL that makes them rows of their table again, as PostgreSQL reads each value's text, out.
import type {Row, Shape} from '../../events/model.ts'
import {writeArray} from '../../events/text/array.ts'
import type {Types} from '../../events/types.ts'
import {quoteName, quoteNames, quoteText} from '../../postgres/quote.ts'
import {TYPE} from '../predicate/kind.ts'
import type {Law, LawColumn} from './law.ts'

/** One of the two rows of a change. */
export interface Image {
  readonly shape: Shape
  readonly values: Row
}

/** Those whose values images have: a generated one is made of the others. */
export const givenOf = (columns: readonly LawColumn[]): LawColumn[] => columns.filter(({generated}) => !generated)

/** Where the values of some columns stand in images of a shape; undefined: it has none of that name and type. */
export function placesOf(shape: Shape, columns: readonly LawColumn[]): (number | undefined)[] {
  return columns.map(({name, type}) => {
    const at = shape.columns.findIndex((column) => column.name === name)
    return at >= 0 && shape.columns[at]!.type === type ? at : undefined
  })
}

/** undefined: one of them was not sent, or the table was another one then. */
export function valuesOf({values}: Image, places: readonly (number | undefined)[]): (string | null)[] | undefined {
  const found: (string | null)[] = []
  for (const place of places) {
    const value = place === undefined ? undefined : values[place]
    if (value === undefined) return undefined
    found.push(value)
  }
  return found
}

export interface Rows {
  /** what stands behind FROM: the rows under the table's own name */
  readonly from: string
  /** each row's number, from 0 */
  readonly number: string
}

/**
 * @param rows values of those that are given (`givenOf`)
 *
 * The number stands beside the row, not in it, so that `t.*` is the table's row. Texts become values when the statement runs, under whoever it
 * runs for: types have functions of their makers. undefined: a type is gone.
 */
export function rowsOf(
  types: Types,
  {table}: Pick<Law, 'table'>,
  columns: readonly LawColumn[],
  rows: readonly (readonly (string | null)[])[],
  more: readonly string[] = [],
): Rows | undefined {
  const taken = new Set([table, ...more, ...columns.map(({name}) => name)])
  const [alias, number] = [unlike('u', taken), unlike('n', taken)]
  const given = [number]
  const lists = [
    listOf(
      rows.map((_, at) => String(at)),
      'pg_catalog._int4',
    ),
  ]
  const made: string[] = []
  for (const [at, {name, type, collation}] of givenOf(columns).entries()) {
    const named = types.named(type)
    if (!named) return undefined
    const own = unlike(`c${at}`, taken)
    given.push(own)
    const texts = rows.map((row) => row[at]!)
    // FROM unnest(…) makes columns of the fields of a composite type
    const array = types.shown(type).as === 'composite' ? undefined : named.array
    lists.push(listOf(texts, array ?? 'pg_catalog._text', array ? named.delimiter : ','))
    const cast = array ? '' : `::${named.name}`
    made.push(`${alias}.${own}${cast}${collation ? ` collate ${quoteNames(...collation)}` : ''} as ${quoteName(name)}`)
  }
  const row = columns.some(({generated}) => generated)
    ? `select ${columns.map(madeOf).join(', ')} from (select ${made.join(', ')}) ${alias}`
    : `select ${made.join(', ')}`
  const from = `rows from (${lists.join(', ')}) ${alias} (${given.join(', ')}) cross join lateral (${row}) ${quoteName(table)}`
  return {from, number: `${alias}.${number}`}
}

function madeOf({name, type, collation, generated}: LawColumn): string {
  if (!generated) return quoteName(name)
  const own = collation ?? (TEXTS.has(type) ? ['pg_catalog', 'default'] : undefined)
  return `(${generated.sql})${own ? ` collate ${quoteNames(...own)}` : ''} as ${quoteName(name)}`
}

/** They have the database's collation, whatever that is made of has. */
const TEXTS = new Set([TYPE.text, TYPE.varchar, TYPE.bpchar])

export function listOf(values: readonly (string | null)[], type: string, delimiter = ','): string {
  return `pg_catalog.unnest(${quoteText(writeArray(values, delimiter))}::pg_catalog.text::${type})`
}

export const unlike = (name: string, names: ReadonlySet<string>): string => (names.has(name) ? unlike(`${name}_`, names) : name)
