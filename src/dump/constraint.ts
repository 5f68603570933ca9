// A table's constraint in, how a person writes it out: without the name that PostgreSQL chooses anyway, on its column's line.

import type {ConstraintBody} from '../diff/kinds/constraint.ts'
import type {CatalogObject} from '../diff/model.ts'
import {quoteName} from '../postgres/quote.ts'
import {chosenName, type Names} from './name.ts'

type Constraint = CatalogObject<ConstraintBody>

export interface Written {
  /** as a clause of its own */
  readonly clause: string
  /** on the line of this column, behind it */
  readonly inline?: {readonly column: string; readonly clause: string}
}

export function writtenAs(k: Constraint, names: Names): Written {
  const {definition} = k.body
  const columns = columnsOf(k)
  if (!isChosen(k, names)) return {clause: `CONSTRAINT ${quoteName(k.name[2]!)} ${definition}`}
  const inline = columns?.length === 1 ? inlineOf(k, columns[0]!) : undefined
  return {clause: definition, ...(inline !== undefined && {inline: {column: columns![0]!, clause: inline}})}
}

/** It bears the name that PostgreSQL chooses where none is said. */
export function isChosen(k: Constraint, names: Names): boolean {
  const [schema, table, name] = k.name as [string, string, string]
  const {type} = k.body
  const columns = columnsOf(k)
  const chosen = columns && names.isFree(schema, name) && chosenName(table, type === 'p' ? [] : columns, LABELS[type])
  return chosen === name
}

const LABELS: Record<ConstraintBody['type'], string> = {p: 'pkey', u: 'key', f: 'fkey', c: 'check', x: 'excl'}

/** What a definition begins with, up to its columns. */
const HEADS: Record<ConstraintBody['type'], readonly string[]> = {
  p: ['PRIMARY KEY ('],
  u: ['UNIQUE (', 'UNIQUE NULLS NOT DISTINCT ('],
  f: ['FOREIGN KEY ('],
  c: [],
  x: [],
}

/** The columns that give it its name, in order; undefined where that can't be told. */
function columnsOf(k: Constraint): readonly string[] | undefined {
  const {type, definition} = k.body
  const own = k.needs.filter((id) => id.startsWith('column ')).map((id) => id)
  const table = `column ${quoteName(k.name[0]!)}.${quoteName(k.name[1]!)}.`
  const quoted = own.filter((id) => id.startsWith(table)).map((id) => id.slice(table.length))
  // one column gives its name to a check, more give none
  if (type === 'c') return quoted.length === 1 ? [unquoted(quoted[0]!)] : []
  const head = HEADS[type].find((words) => definition.startsWith(words))
  if (!head) return undefined
  const found = listed(definition, head.length, quoted)
  if (!found || (type === 'u' && definition.startsWith(' INCLUDE', found.end))) return undefined
  return found.columns.map(unquoted)
}

/** Names and commas up to the parenthesis that closes the list. */
function listed(definition: string, from: number, candidates: readonly string[]): {columns: string[]; end: number} | undefined {
  const columns: string[] = []
  for (let at = from; ; ) {
    const next = candidates.find((name) => [', ', ')'].some((end) => definition.startsWith(`${name}${end}`, at)))
    if (next === undefined) return undefined
    columns.push(next)
    at += next.length
    if (definition[at] === ')') return {columns, end: at + 1}
    at += ', '.length
  }
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name
}

function inlineOf({body: {type, definition}}: Constraint, column: string): string | undefined {
  if (type === 'c') return definition
  for (const head of HEADS[type]) {
    const list = `${head}${quoteName(column)})`
    if (!definition.startsWith(list)) continue
    const rest = definition.slice(list.length)
    return type === 'f' ? rest.trimStart() : `${head.slice(0, -' ('.length)}${rest}`
  }
  return undefined
}
