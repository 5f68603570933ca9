// Statements as they run in; which rows a later one need not read, since these have looked at them, out.
import type {Tree} from '../postgres/parse.ts'

export class Ahead {
  readonly #validated = new Set<string>()
  /** said NOT VALID, and not validated since */
  readonly #left = new Set<string>()
  /** checks that say NOT NULL: of table and name, the column */
  readonly #saying = new Map<string, string>()
  readonly #built = new Set<string>()

  /** ALTER TABLE … VALIDATE CONSTRAINT */
  validate(table: string, rule: string): void {
    this.#validated.add(`${table} ${rule}`)
    this.#left.delete(`${table} ${rule}`)
  }

  /** ADD CONSTRAINT … NOT VALID */
  leave(table: string, rule: string): void {
    this.#left.add(`${table} ${rule}`)
  }

  isLeft(table: string, rule: string): boolean {
    return this.#left.has(`${table} ${rule}`)
  }

  /** ADD CONSTRAINT … CHECK, where it is `column IS NOT NULL` and nothing else */
  check(table: string, rule: Tree): void {
    const test = rule.raw_expr?.NullTest
    const column = test?.nulltesttype === 'IS_NOT_NULL' ? test.arg?.ColumnRef?.fields?.at(-1)?.String?.sval : undefined
    if (column !== undefined) this.#saying.set(`${table} ${rule.conname}`, column)
  }

  /** CREATE INDEX: one that is made for a table above is taken for part of that */
  build(table: string, index: Tree): void {
    this.#built.add(`${table} ${shapeOf(index)}`)
  }

  /** a partition's foreign key, which its table's takes up */
  isValidated(table: string, rule: string): boolean {
    return this.#validated.has(`${table} ${rule}`)
  }

  saysNotNull(table: string, column: string): boolean {
    return [...this.#saying].some(
      ([rule, about]) => about === column && rule.startsWith(`${table} `) && this.#validated.has(rule),
    )
  }

  /** a check that no state has, for the time of the plan */
  isCheck(table: string, rule: string): boolean {
    return this.#saying.has(`${table} ${rule}`)
  }

  isBuilt(table: string, index: Tree): boolean {
    return this.#built.has(`${table} ${shapeOf(index)}`)
  }
}

/** What it indexes, and how; not its name, nor where in the text that is said. */
function shapeOf({accessMethod, indexParams, indexIncludingParams, whereClause, unique, nulls_not_distinct}: Tree): string {
  const shape = [accessMethod, indexParams, indexIncludingParams, whereClause, unique, nulls_not_distinct]
  return JSON.stringify(shape, (key, value) => (key === 'location' ? undefined : value))
}
