// A table and what is made with it in, its CREATE TABLE as a person writes it out: aligned, constraints where they are read.

import {nameOf} from '../diff/id.ts'
import type {ColumnBody} from '../diff/kinds/column.ts'
import {columnClause} from '../diff/kinds/column-clause.ts'
import type {ConstraintBody} from '../diff/kinds/constraint.ts'
import {declarationOf, tableSql} from '../diff/kinds/declaration.ts'
import {apart} from '../diff/kinds/lineage.ts'
import {isLeftAbove, ownNotNulls, withoutNotNull} from '../diff/kinds/not-null.ts'
import {isNameTaken} from '../diff/kinds/not-null-name.ts'
import type {CatalogObject, Context, ObjectId} from '../diff/model.ts'
import {quoteName} from '../postgres/quote.ts'
import {type Written, writtenAs} from './constraint.ts'
import type {Names} from './name.ts'
import type {Place} from './partition.ts'

type Column = CatalogObject<ColumnBody>
type Constraint = CatalogObject<ConstraintBody>

export interface TableParts {
  /** what its statement makes: columns, defaults, constraints */
  readonly makes: ReadonlySet<ObjectId>
  readonly foreignKeys: readonly Constraint[]
  readonly serials: ReadonlyMap<ObjectId, string>
  /** it is made a partition, and has from its parent all that is not its own */
  readonly place?: Place
}

/** A line of a column: longer ones leave their checks and references to lines of their own. */
const WIDTH = 120
/** Types longer than that don't push those of other columns to the right. */
const WIDEST = 32

export function tableText(t: CatalogObject, parts: TableParts, context: Context, names: Names): string {
  const declaration = declarationOf(t, context)
  if (parts.place) return partitionText(t, parts, parts.place, context, names)
  const constraints = [...declaration.constraints.filter((k) => parts.makes.has(k.id)), ...parts.foreignKeys]
  const written = constraints.map((k) => ({k, ...writtenAs(k, names)}))
  const defaults = new Map(declaration.defaults.filter((d) => parts.makes.has(d.id)).map((d) => [d.parent, d.body.expression]))
  const typed = t.body.ofType !== undefined
  const rows = declaration.local.map((c) =>
    rowOf(c, {written, serial: parts.serials.get(c.id), typed, value: defaults.get(c.id), context}),
  )
  const inlined = new Set<ObjectId>()
  const names_ = widest(rows.map(({name}) => name))
  const types = widest(rows.filter(({rest}) => rest.length > 0).map(({type}) => type))
  const lines = rows
    .filter(({type, rest, inline}) => !typed || type !== '' || rest.length + inline.length > 0)
    .map(({name, type, rest, inline}) => {
      let line = [name.padEnd(names_), rest.length + inline.length > 0 ? type.padEnd(types) : type, ...rest]
        .filter(Boolean)
        .join(' ')
      for (const {k, inline: own} of inline) {
        const longer = `${line} ${own!.clause}`
        if (longer.length > WIDTH && k.body.type !== 'p' && k.body.type !== 'u') continue
        line = longer
        inlined.add(k.id)
      }
      return line.trimEnd()
    })
  const above = declaration.columns.filter((c) => !declaration.local.includes(c))
  lines.push(...ownNotNulls(above, context))
  return tableSql(t, nameOf(t), [...lines, ...written.filter(({k}) => !inlined.has(k.id)).map(({clause}) => clause)])
}

function partitionText(t: CatalogObject, parts: TableParts, place: Place, context: Context, names: Names): string {
  const {defaults, constraints} = declarationOf(t, context)
  const values = defaults.filter((d) => place.own.has(d.id)).map((d) => `${quoteName(d.name[2]!)} DEFAULT ${d.body.expression}`)
  const kept = [...constraints.filter((k) => place.own.has(k.id)), ...parts.foreignKeys]
  return tableSql(t, nameOf(t), [...values, ...kept.map((k) => writtenAs(k, names).clause)], place)
}

interface Row {
  readonly name: string
  readonly type: string
  readonly rest: readonly string[]
  readonly inline: readonly (Written & {readonly k: Constraint})[]
}

interface Given {
  readonly written: readonly (Written & {readonly k: Constraint})[]
  readonly serial: string | undefined
  readonly typed: boolean
  readonly value: string | undefined
  readonly context: Context
}

function rowOf(c: Column, {written, serial, typed, value, context}: Given): Row {
  const inline = written.filter((one) => one.inline?.column === c.name[2])
  const isKey = inline.some(({k}) => k.body.type === 'p')
  const {notNullName, notNullNoInherit, identity} = c.body
  // each of these makes a column NOT NULL, too
  const named = isNameTaken(c, context)
  const isSaid = (serial !== undefined || identity !== undefined || isKey) && !notNullName && !notNullNoInherit && !named
  const own = apart(c.body.notNullNotValid || isLeftAbove(c, context) ? withoutNotNull(c) : c, context, 'desired')
  const body = {
    ...own.body,
    ...(isSaid && own.body.identity === identity && {notNull: undefined}),
    type: serial ?? shortType(own.body.type),
  }
  const clause = columnClause({...own, body}, undefined, {typed, named})
  const name = quoteName(c.name[2]!)
  const type = typed ? '' : body.type
  const rest = clause.slice([name, type].filter(Boolean).join(' ').length).trim()
  const said = [rest, value !== undefined && !serial ? `DEFAULT ${value}` : ''].filter(Boolean)
  return {name, type, rest: said, inline}
}

/** PostgreSQL's own words for its own types: those of others are printed with their schema. */
const SHORT: readonly (readonly [RegExp, string])[] = [
  [/^timestamp(\(\d\))? with time zone/, 'timestamptz$1'],
  [/^timestamp(\(\d\))? without time zone/, 'timestamp$1'],
  [/^time(\(\d\))? with time zone/, 'timetz$1'],
  [/^time(\(\d\))? without time zone/, 'time$1'],
  [/^character varying/, 'varchar'],
]

function shortType(type: string): string {
  for (const [long, short] of SHORT) if (long.test(type)) return type.replace(long, short)
  return type
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length).filter((length) => length <= WIDEST))
}
