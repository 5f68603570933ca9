// What a client wants of a table, as a filter, in; whether rows meet it out: decided here where texts tell, else asked of PostgreSQL, set-wise.
import {PgextError} from '../../errors.ts'
import type {DeclaredTable} from '../../events/declared.ts'
import {judge} from '../../events/filter.ts'
import type {Asking} from '../../events/link.ts'
import type {Change, Row, Shape} from '../../events/model.ts'
import type {Types} from '../../events/types.ts'
import {quoteName, quoteText} from '../../postgres/quote.ts'
import type {Tri} from '../told.ts'
import {type Column, compile, constantsOf, isPlain, type Predicate} from './compile.ts'
import {type Condition, columnsOf, readCondition} from './condition.ts'
import {isText} from './order.ts'
import {conditionSql} from './sql.ts'

export interface FilteredTable {
  readonly relid: number
  readonly schema: string
  readonly table: string
  /** what may be spoken of: anything else is as if it were not there */
  readonly columns: ReadonlySet<string>
}

const COLUMNS = `
  select a.attname as name, a.atttypid as type, pg_catalog.format_type(a.atttypid, -1) as "typeName",
    c.collisdeterministic is not false as deterministic, t.typtype = 'e' as enum, pg_catalog.pg_encoding_to_char(d.encoding) = 'UTF8' as utf8,
    c.oid in (950, 951) or c.oid = 100 and d.datcollate in ('C', 'POSIX')
      and coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') = 'c' as "byBytes",
    case when a.attcollation <> t.typcollation then pg_catalog.json_build_array(m.nspname, c.collname) end as collation
  from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid left join pg_catalog.pg_collation c on c.oid = a.attcollation
    left join pg_catalog.pg_namespace m on m.oid = c.collnamespace
    join pg_catalog.pg_database d on d.datname = pg_catalog.current_database()
  where a.attrelid = $1 and a.attnum > 0 and not a.attisdropped`

/** bool, int8, int2, int4, text, oid, date, varchar, timestamp, timestamptz, uuid: under the session that captures, one text a value. */
const CANONICAL: ReadonlySet<number> = new Set([16, 20, 21, 23, 25, 26, 1082, 1043, 1114, 1184, 2950])

export class Filter {
  readonly text: string
  readonly condition: Condition
  readonly #columns: ReadonlyMap<string, Column>
  readonly #written?: ReadonlyMap<string, string>
  readonly declared: DeclaredTable & {readonly filter: NonNullable<DeclaredTable['filter']>}
  readonly #made = new WeakMap<Shape, Predicate>()
  readonly #asked = new WeakMap<Row, Tri>()

  private constructor(
    table: FilteredTable,
    text: string,
    condition: Condition,
    columns: ReadonlyMap<string, Column>,
    written?: ReadonlyMap<string, string>,
  ) {
    this.text = text
    this.condition = condition
    this.#columns = columns
    this.#written = written
    this.declared = {
      schema: table.schema,
      table: table.table,
      filter: {sql: this.sql, columns: [...columns.values()].map(({name, collation}) => ({name, ...(collation && {collation})}))},
    }
  }

  /** @throws PgextError `usage` where it can't be read, or speaks of what may not be seen or is not there */
  static async read(db: Asking, table: FilteredTable, text: string): Promise<Filter> {
    const condition = readCondition(text)
    const named = new Set(columnsOf(condition))
    const hidden = [...named].find((name) => !table.columns.has(name))
    if (hidden !== undefined) throw noColumn(hidden)
    const rows = await db.query(COLUMNS, [table.relid])
    const columns = new Map(rows.filter(({name}) => named.has(name)).map((row): [string, Column] => [row.name, columnOf(row)]))
    const missing = [...named].find((name) => !columns.has(name))
    if (missing !== undefined) throw noColumn(missing)
    await tryOut(db, condition, columns)
    const written = isPlain(condition, (name) => columns.get(name)!) ? await writtenOf(db, condition, columns) : undefined
    return new Filter(table, text, condition, columns, written)
  }

  /** All that it speaks of. */
  get columns(): string[] {
    return [...this.#columns.keys()]
  }

  get isCompiled(): boolean {
    return this.#written !== undefined
  }

  /** By bare names of columns. */
  get sql(): string {
    return conditionSql(this.condition, (name) => this.#columns.get(name)!.typeName)
  }

  /** What PostgreSQL said of a row. */
  learn(row: Row, met: Tri): void {
    this.#asked.set(row, met)
  }

  /** Rows of which it has to be asked. */
  unasked(changes: readonly Change[]): Map<Shape, Row[]> {
    const rows = new Map<Shape, Row[]>()
    for (const {shape, row, old} of changes) {
      const own = rows.get(shape) ?? []
      rows.set(shape, own)
      for (const image of [row, old]) if (image && !this.#asked.has(image)) own.push(image)
    }
    return rows
  }

  /** @throws PgextError where it raises an error */
  async prepare(db: Asking, types: Types, changes: readonly Change[]): Promise<void> {
    if (this.isCompiled) return
    for (const [shape, images] of this.unasked(changes)) {
      const verdicts = images.length > 0 ? await judge(db, types, this.declared, shape, images) : []
      for (const [n, verdict] of (verdicts ?? []).entries()) {
        if (verdict instanceof PgextError) throw verdict
        this.#asked.set(images[n]!, verdict === 'unknown' ? undefined : verdict)
      }
    }
  }

  /** undefined: nobody can tell, as a value that it asks for was not sent. */
  met(shape: Shape, row: Row): Tri {
    if (!this.isCompiled) return this.#asked.get(row)
    let predicate = this.#made.get(shape)
    if (!predicate) {
      predicate = this.#compile(shape)
      this.#made.set(shape, predicate)
    }
    const met = predicate(row)
    return met === null ? false : met
  }

  #compile(shape: Shape): Predicate {
    // of another type than its constants were read as
    const isOther = shape.columns.some(({name, type}) => (this.#columns.get(name)?.type ?? type) !== type)
    if (isOther) return () => undefined
    const written = (column: string, value: string) => this.#written!.get(`${column}\0${value}`)!
    return compile(this.condition, {shape, written, columnOf: (name) => this.#columns.get(name)!})
  }
}

function columnOf({name, type, typeName, deterministic, enum: isEnum, utf8, byBytes, collation}: Record<string, any>): Column {
  const isCanonical = deterministic && (isEnum || CANONICAL.has(type))
  return {
    name,
    type,
    typeName,
    isCanonical,
    isByPoints: utf8 && byBytes,
    isPlainText: utf8 && deterministic && isText(type),
    ...(collation && {collation}),
  }
}

/** What PostgreSQL would refuse of every row, it refuses of none. */
async function tryOut(db: Asking, condition: Condition, columns: ReadonlyMap<string, Column>): Promise<void> {
  const list = [...columns.values()].map(({name, typeName}) => `null::${typeName} as ${quoteName(name)}`)
  const sql = conditionSql(condition, (name) => columns.get(name)!.typeName)
  // what is compared with NULL is not looked at: an expression has to be
  const expressions = patternsOf(condition).map((pattern) => `'' OPERATOR(pg_catalog.~) ${quoteText(pattern)}`)
  await refusing(() => db.query(`select ${[`${sql} is true`, ...expressions].join(', ')} from (select ${list.join(', ')}) r`))
}

function patternsOf(condition: Condition): readonly string[] {
  if ('of' in condition) return condition.of.flatMap(patternsOf)
  return condition.kind === 'compare' && /^i?match$/.test(condition.operator) ? condition.values : []
}

async function writtenOf(db: Asking, condition: Condition, columns: ReadonlyMap<string, Column>): Promise<Map<string, string>> {
  const constants = constantsOf(condition)
  if (constants.length === 0) return new Map()
  const list = constants.map(
    ({column, value}, n) => `pg_catalog.format('%s', ${quoteText(value)}::${columns.get(column)!.typeName}) as v${n}`,
  )
  const [row] = await refusing(() => db.query(`select ${list.join(', ')}`))
  return new Map(constants.map(({column, value}, n) => [`${column}\0${value}`, row![`v${n}`]]))
}

/** 22: not of that type; 42: no such operator; 2201B: no regular expression; 57014: one that takes too long. */
async function refusing<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    const {sqlstate, message} = error as PgextError
    if (!/^(22|42|54|57014)/.test(sqlstate ?? '')) throw error
    throw new PgextError('usage', `the filter can't be asked of this table: ${message}`, {cause: error})
  }
}

const noColumn = (name: string): PgextError =>
  new PgextError('usage', `there is no column ${JSON.stringify(name)}`, {hint: 'a column of the table that this role may SELECT'})
