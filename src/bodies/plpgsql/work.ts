// The words for a body's pieces of SQL: what becomes of their results, what stands around them, what records hold.
import type {Source} from './piece.ts'
import type {Scope, Variable} from './scope.ts'
import type {Handler, Span, Statement, Target} from './tree.ts'

/** What becomes of a result. */
export type Role =
  /** nothing that could go wrong, or there is none */
  | {readonly kind: 'any'}
  /** it has to become a value of that type */
  | {readonly kind: 'value'; readonly type: number; readonly variable?: Variable}
  | {readonly kind: 'assign'; readonly target: Target}
  /** CASE compares a value with it */
  | {readonly kind: 'case'; readonly value: Work}
  /** its rows go into these */
  | {readonly kind: 'rows'; readonly targets: readonly Target[]; readonly isLoop?: true}
  | {readonly kind: 'elements'; readonly targets: readonly Target[]; readonly isSliced: boolean}
  | {readonly kind: 'return' | 'next' | 'query'}
  /** a statement that stands by itself: rows would go nowhere */
  | {readonly kind: 'alone'}
  /** the text of a statement */
  | {readonly kind: 'text'; readonly using: readonly Work[]; readonly role: Role}
  /** rows of a cursor, fetched elsewhere */
  | {readonly kind: 'cursor'; readonly variable: Variable}

export interface Work extends Source {
  readonly role: Role
  readonly statement: Statement
  /** handlers of the blocks around it, the innermost first */
  readonly caught: readonly (readonly Handler[])[]
  /** whether it runs depends on something */
  readonly isConditional: boolean
  /** what it depends on, as far as that stands in conditions */
  readonly guards: readonly Span[]
}

/** What a record may hold: the rows of a piece (within a loop, that loop's alone), or what nobody knows. */
export interface Feed {
  readonly variable: Variable
  readonly work?: Work
  readonly loop?: Span
  readonly at: number
}

export interface Walked {
  readonly works: readonly Work[]
  readonly feeds: readonly Feed[]
  readonly variables: readonly Variable[]
  /** assigned to, wherever: targets that were found */
  readonly assigned: ReadonlySet<Variable>
  /** what each statement sees */
  readonly scopeOf: ReadonlyMap<Statement, Scope>
  /** variables that others of their name hide, where no label tells them apart */
  readonly hidden: readonly {readonly variable: Variable; readonly by: Variable}[]
}

/** Types of declared variables, by what is written. */
export type TypeOf = (span: Span, scope: Scope) => {readonly type: number; readonly isRow: boolean; readonly modifier?: number}
