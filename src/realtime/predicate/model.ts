// The words of this room: conditions on a row that JavaScript decides as PostgreSQL does, of three values: true, false, unknown (null).

/** What a column's text comes to before it is compared. */
export interface Column {
  readonly name: string
  /** Equal texts mean equal values, and the other way. */
  readonly read: (text: string) => string
}

/** A value that is the same for every row: which of those that each viewer has. */
export interface Term {
  readonly at: number
  /** the same for every viewer too */
  readonly isConstant: boolean
}

/** `null` is NULL; a list is an array's elements. */
export type Value = string | null | readonly (string | null)[]

export type Order = '<' | '<=' | '>' | '>='

export type Predicate =
  | {readonly is: 'and' | 'or'; readonly of: readonly Predicate[]}
  | {readonly is: 'not'; readonly of: Predicate}
  | {readonly is: 'test'; readonly of: Predicate; readonly value: boolean | null; readonly isNot: boolean}
  /** a boolean term */
  | {readonly is: 'term'; readonly term: Term}
  /** a boolean column */
  | {readonly is: 'column'; readonly column: Column}
  | {readonly is: 'null'; readonly column: Column}
  | {readonly is: 'equal'; readonly column: Column; readonly term: Term}
  | {readonly is: 'distinct'; readonly column: Column; readonly term: Term}
  /** of whole numbers */
  | {readonly is: 'order'; readonly column: Column; readonly operator: Order; readonly term: Term}
  /** `column = ANY (term)` */
  | {readonly is: 'any'; readonly column: Column; readonly term: Term}
  /** `term = ANY (column)`; `read` is of the column's elements */
  | {
      readonly is: 'member'
      readonly column: Column
      readonly elements: (text: string) => readonly (string | null)[]
      readonly term: Term
    }
