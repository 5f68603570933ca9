// Rows as they were and the database after the plan in; what is gone, and what its casts have changed, out.
import type {Db} from '../postgres/db.ts'
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {Value} from './choices.ts'
import {rowsOf, type Shape, type SnapColumn, shapesOf, type TableRows} from './snapshot.ts'
import {openTrial, type Trial} from './trial.ts'

export interface Survival {
  /** a sentence for each row or value that is missing */
  readonly lost: readonly string[]
  /** columns whose cast can't be undone on some value */
  readonly narrowed: readonly Narrowed[]
}

export interface Narrowed {
  /** the column's name, and that of the same column of the tables above */
  readonly columns: readonly string[]
  readonly why: string
}

/**
 * @param declared names of tables ('public.t') and columns ('public.t.c') that steps say they lose, quoted as in ids
 * @param dropped those that steps drop: what an expression gave is no loss
 */
export async function survive(
  before: readonly TableRows[],
  db: Db,
  declared: ReadonlySet<string>,
  dropped: ReadonlySet<string>,
): Promise<Survival> {
  const expected = before.filter((table) => !namesOf(table).some((name) => declared.has(name)))
  const roots = expected.flatMap((table) => table.root ?? [])
  const shapes = new Map((await shapesOf(db, [...expected, ...roots], false)).map((shape) => [keyOf(shape), shape]))
  const trial = await openTrial(db)
  try {
    const lost: string[] = []
    const narrowed: Narrowed[] = []
    const compared: {was: TableRows; from: Shape; kept: Kept[]}[] = []
    for (const was of expected) {
      const name = quoteNames(was.schema, was.name)
      // a partition may have been merged into its parent, or its rows moved to another one
      const now = shapes.get(keyOf(was)) ?? (was.root ? shapes.get(keyOf(was.root)) : undefined)
      if (!now) {
        lost.push(`table ${name} is gone with its ${was.rows.length} rows`)
        continue
      }
      const gone = was.columns.filter((column) => !now.columns.some((c) => c.name === column.name))
      const silent = gone.filter((column) => !column.generated && !isDeclared(was, column.name, declared))
      lost.push(...silent.map((column) => `column ${name}.${column.name} is gone`))
      compared.push({was, from: now, kept: keptOf(was, now, declared, dropped)})
    }
    const wanted = await castAll(compared, trial)
    const rows = await rowsOf(
      db,
      compared.map(({from, kept}) => ({from: sourceOf(from, kept), columns: kept.map((k) => k.now)})),
    )
    for (const [n, {was, kept}] of compared.entries()) {
      const missing = unmatched(kept, wanted[n]!.cells, rows[n]!)
      const again = missing.length > 0 && was.root ? await inRoot(db, was, kept, missing, shapes) : missing
      lost.push(...again.map((cells) => describe(was, kept, cells, rows[n]!)))
      narrowed.push(...wanted[n]!.narrowed)
    }
    return {lost, narrowed}
  } finally {
    await trial.end()
  }
}

interface Kept {
  readonly at: number
  readonly was: SnapColumn
  readonly now: SnapColumn
}

/** Each cell: the texts that are as good as the old value. */
type Cells = readonly (readonly Value[])[]

/** Its own name and those of the tables above it, as in ids. */
const namesOf = (table: Shape): string[] => [table, ...table.above].map(({schema, name}) => quoteNames(schema, name))

const columnNames = (table: Shape, column: string): string[] => namesOf(table).map((name) => `${name}.${quoteName(column)}`)

const isDeclared = (table: Shape, column: string, declared: ReadonlySet<string>): boolean =>
  columnNames(table, column).some((name) => declared.has(name))

const keyOf = ({schema, name}: {schema: string; name: string}): string => JSON.stringify([schema, name])

function sourceOf(shape: Shape, kept: readonly Kept[]): string {
  if (!shape.parts) return `${shape.kind === 'r' ? 'only ' : ''}${quoteNames(shape.schema, shape.name)}`
  const columns = kept.map(({now}) => quoteName(now.name)).join(', ')
  const parts = shape.parts.map(({schema, name}) => `select ${columns} from only ${quoteNames(schema, name)}`)
  const none = `select ${kept.map(({now}) => `null::text as ${quoteName(now.name)}`).join(', ')} where false`
  return `(${parts.join(' union all ') || none}) parts`
}

function keptOf(was: TableRows, now: Shape, declared: ReadonlySet<string>, dropped: ReadonlySet<string>): Kept[] {
  return was.columns.flatMap((column, at) => {
    const found = now.columns.find((c) => c.name === column.name)
    if (!found || found.generated || isDeclared(was, column.name, declared)) return []
    if (column.generated && isDeclared(was, column.name, dropped)) return []
    // rows were noted by their fields, and nobody can tell any more as what text they were cast
    if (column.holdsRow && !found.holdsRow) return []
    return [{at, was: column, now: {...found, holdsRow: column.holdsRow && found.holdsRow}}]
  })
}

async function castAll(compared: readonly {was: TableRows; kept: readonly Kept[]}[], trial: Trial) {
  const asked: {text: string; type: string}[] = []
  const ask = (text: string, type: string): number => asked.push({text, type}) - 1
  const planned = compared.map(({was, kept}) =>
    was.rows.map((row) =>
      kept.map(({at, was: from, now}) => {
        const text = row[at]!
        if (text === null || from.type === now.type || from.holdsRow) return {text, numbers: []}
        // the type it had may be gone by now: its text is all that is left
        const chains = [`${from.type}::${now.type}`, `${from.type}::text::${now.type}`, now.type]
        const back = [`${from.type}::${now.type}::${from.type}`, `${from.type}::${now.type}::text::${from.type}`]
        return {text, numbers: chains.map((chain) => ask(text, chain)), back: back.map((chain) => ask(text, chain))}
      }),
    ),
  )
  const cast = await trial.cast(asked)
  return planned.map((rows, n) => {
    const {was, kept} = compared[n]!
    const narrowed = new Map<string, string>()
    const cells = rows.map(
      (row): Cells =>
        row.map(({text, numbers, back = []}, k) => {
          if (numbers.length === 0) return [text]
          const {was: from, now} = kept[k]!
          const returned = back.flatMap((number) => cast[number] ?? [])
          if (returned.length > 0 && !returned.includes(text!)) {
            const column = `${quoteNames(was.schema, was.name)}.${quoteName(from.name)}`
            const after = shown(cast[numbers[0]!] ?? null)
            const why = `values of ${column} are not the same after the cast from ${from.type} to ${now.type}: ${shown(text)} becomes ${after}`
            if (!narrowed.has(from.name)) narrowed.set(from.name, why)
          }
          return numbers.flatMap((number) => cast[number] ?? [])
        }),
    )
    return {cells, narrowed: [...narrowed].map(([column, why]) => ({columns: columnNames(was, column), why}))}
  })
}

/** Rows that no row of the table now answers to; each row answers once. */
function unmatched(kept: readonly Kept[], expected: readonly Cells[], actual: readonly (readonly Value[])[]): Cells[] {
  const free = new Set(actual)
  return expected.filter((cells) => {
    for (const row of free) {
      if (!cells.every((cell, n) => isSame(kept[n]!, cell, row[n]!))) continue
      free.delete(row)
      return false
    }
    return true
  })
}

async function inRoot(
  db: Db,
  was: TableRows,
  kept: readonly Kept[],
  missing: readonly Cells[],
  shapes: ReadonlyMap<string, Shape>,
): Promise<Cells[]> {
  const root = shapes.get(keyOf(was.root!))
  if (!root || !kept.every(({now}) => root.columns.some((column) => column.name === now.name))) return [...missing]
  const [rows] = await rowsOf(db, [{from: sourceOf(root, kept), columns: kept.map((k) => k.now)}])
  return unmatched(kept, missing, rows!)
}

function isSame({was}: Kept, cell: readonly (Value | undefined)[], now: Value): boolean {
  if (cell.includes(now)) return true
  if (now === null) return false
  // a type of a user's may be another one under its name
  if (
    !TEXTS.some((type) => was.type.startsWith(type)) &&
    cell.some((text) => typeof text === 'string' && plain(text) === plain(now))
  )
    return true
  if (!/^[[{]/.test(now)) return false
  return cell.some((text) => typeof text === 'string' && /^[[{]/.test(text) && isWithin(parsed(text), parsed(now)))
}

/** Their values are their text. */
const TEXTS = ['text', 'character', '"char"', 'name', 'json', 'xml', 'bytea']

/** Digits behind the point that say nothing, midnight, the zone (all is UTC here) and quotes around them come and go with a type. */
function plain(text: string): string {
  const digits = text.replace(/\.(\d*?)0+(?!\d)/g, (_, some: string) => (some ? `.${some}` : ''))
  const days = digits.replace(/\+00(:00)?(?!\d)/g, '').replace(/[T ]00:00:00(?![.\d])/g, '')
  return days.replaceAll('"', '')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A row type's fields may be more or fewer now: those on both sides must be equal. */
function isWithin(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, n) => isWithin(value, b[n]))
  if (a && b && typeof a === 'object' && typeof b === 'object') {
    const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
    return Object.keys(left).every((key) => !(key in right) || isWithin(left[key], right[key]))
  }
  return a === b || (isScalar(a) && isScalar(b) && plain(String(a)) === plain(String(b)))
}

const isScalar = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number'

function describe(was: TableRows, kept: readonly Kept[], cells: Cells, actual: readonly (readonly Value[])[]): string {
  const score = (row: readonly Value[]) => cells.filter((cell, n) => isSame(kept[n]!, cell, row[n]!)).length
  const inKey = kept.map((k, n) => ({k, n})).filter(({k}) => was.key.includes(k.was.name))
  const name = quoteNames(was.schema, was.name)
  const which = (inKey.length > 0 ? inKey : kept.map((k, n) => ({k, n})).slice(0, 3))
    .map(({k, n}) => `${k.was.name} ${shown(cells[n]![0] ?? null)}`)
    .join(', ')
  const same = actual
    .filter((row) => inKey.length > 0 && inKey.every(({k, n}) => isSame(k, cells[n]!, row[n]!)))
    .sort((a, b) => score(b) - score(a))[0]
  if (!same) return `a row of ${name} is gone: ${which}`
  const wrong = kept.findIndex((k, n) => !isSame(k, cells[n]!, same[n]!))
  return `${name}.${kept[wrong]?.was.name} of the row with ${which} was ${shown(cells[wrong]?.[0] ?? null)} and is ${shown(same[wrong] ?? null)}`
}

function shown(value: Value): string {
  if (value === null) return 'null'
  return value.length > 40 ? `'${value.slice(0, 37)}…'` : `'${value}'`
}
