// What somebody wants to see of changes, as a condition in SQL, in; which of them meet it, in the row after or before them, out.
import {PgextError} from '../errors.ts'
import {parse} from '../postgres/parse.ts'
import type {DeclaredTable} from './declared.ts'
import {judge} from './filter.ts'
import type {Asking} from './link.ts'
import type {Change, Shape} from './model.ts'
import type {Types} from './types.ts'

export class Where {
  readonly #sql: string
  readonly #tables = new WeakMap<Shape, DeclaredTable>()

  private constructor(sql: string) {
    this.#sql = sql
  }

  /** @throws PgextError `usage` where it is not one expression */
  static async read(sql: string): Promise<Where> {
    if (!(await isExpression(sql)))
      throw new PgextError('usage', `not a condition in SQL: ${sql}`, {
        hint: `one expression over the table's columns, such as status = 'open'`,
      })
    return new Where(sql)
  }

  /** Where nobody can tell, as a value was not sent, it is kept. */
  async met(db: Asking, types: Types, changes: readonly Change[]): Promise<ReadonlySet<Change>> {
    const met = new Set<Change>()
    for (const [shape, own] of byShape(changes)) {
      const images = own.flatMap((change) => [change.row, change.old].flatMap((row) => (row ? [{change, row}] : [])))
      await types.know(db, new Set(shape.columns.map(({type}) => type)))
      const rows = images.map(({row}) => row)
      const verdicts = (await judge(db, types, this.#tableOf(shape), shape, rows)) ?? []
      for (const [at, verdict] of verdicts.entries()) {
        if (verdict instanceof PgextError) throw this.#refused(shape, verdict)
        if (verdict) met.add(images[at]!.change)
      }
    }
    for (const change of changes) if (change.operation === 'TRUNCATE') met.add(change)
    return met
  }

  #tableOf(shape: Shape): DeclaredTable {
    const known = this.#tables.get(shape)
    if (known) return known
    const {schema, table, columns} = shape
    const made = {schema, table, filter: {sql: this.#sql, columns: columns.map(({name}) => ({name}))}}
    this.#tables.set(shape, made)
    return made
  }

  #refused({table}: Shape, error: PgextError): PgextError {
    const why = error.cause instanceof PgextError ? error.cause.message : 'it has no such column'
    return new PgextError('usage', `${this.#sql} can't be asked of table ${table}: ${why}`, {
      hint: 'columns by their names alone; what stands outside pg_catalog with its schema',
      cause: error,
    })
  }
}

async function isExpression(sql: string): Promise<boolean> {
  try {
    const statements = await parse(`SELECT (${sql})`)
    const select = statements[0]?.stmt.SelectStmt
    return (
      statements.length === 1 && select?.targetList?.length === 1 && !select.fromClause && !select.targetList[0].ResTarget.name
    )
  } catch {
    return false
  }
}

function byShape(changes: readonly Change[]): Map<Shape, Change[]> {
  const found = new Map<Shape, Change[]>()
  for (const change of changes) {
    const own = found.get(change.shape)
    if (own) own.push(change)
    else found.set(change.shape, [change])
  }
  return found
}
