// The words for what a PL/pgSQL body is made of: blocks, declarations, statements, and where each stands.

/** A piece of the body: characters from 0. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A variable that is given a value: `a`, `a.b`, `block.a.b`, `a[1].b`. */
export interface Target extends Span {
  readonly names: readonly string[]
  /** something follows the names: a subscript, and what follows that */
  readonly isPart: boolean
}

export interface Into extends Span {
  readonly strict: boolean
  readonly targets: readonly Target[]
}

/** A value for a cursor's parameter. */
export interface Named {
  readonly name?: string
  readonly value: Span
}

export interface Parameter {
  readonly name: string
  readonly from: number
  readonly type: Span
}

export interface Declaration {
  readonly name: string
  readonly from: number
  readonly kind: 'variable' | 'alias' | 'cursor'
  readonly constant?: boolean
  readonly notNull?: boolean
  readonly type?: Span
  readonly value?: Span
  /** what an alias stands for */
  readonly of?: readonly string[]
  readonly query?: Span
  readonly parameters?: readonly Parameter[]
}

export interface Handler {
  readonly from: number
  /** names in lower case; `sqlstate 'xxxxx'` as xxxxx */
  readonly conditions: readonly string[]
  readonly body: readonly Statement[]
}

export interface Branch {
  readonly when: readonly Span[]
  readonly body: readonly Statement[]
}

/** EXECUTE … USING …, wherever it may stand */
export interface Dynamic {
  readonly text: Span
  readonly using: readonly Span[]
}

interface At {
  /** of its first word */
  readonly from: number
  /** behind it */
  readonly to: number
  readonly label?: string
}

export interface Block extends At {
  readonly kind: 'block'
  readonly declarations: readonly Declaration[]
  readonly body: readonly Statement[]
  readonly handlers: readonly Handler[]
}

export type Loop = At & {readonly body: readonly Statement[]} & (
    | {readonly kind: 'loop'}
    | {readonly kind: 'while'; readonly when: Span}
    | {readonly kind: 'count'; readonly target: Target; readonly bounds: readonly Span[]}
    | {
        readonly kind: 'rows'
        readonly targets: readonly Target[]
        readonly query?: Span
        /** of a cursor, where the query is the name of one */
        readonly values?: readonly Named[]
        readonly dynamic?: Dynamic
      }
    | {readonly kind: 'elements'; readonly targets: readonly Target[]; readonly array: Span; readonly isSliced: boolean}
  )

export type Statement =
  | Block
  | Loop
  | (At &
      (
        | {readonly kind: 'assign'; readonly target: Target; readonly value: Span}
        | {readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise?: readonly Statement[]}
        | {
            readonly kind: 'case'
            readonly value?: Span
            readonly branches: readonly Branch[]
            readonly otherwise?: readonly Statement[]
          }
        | {readonly kind: 'exit' | 'continue'; readonly loop?: string; readonly when?: Span}
        | {readonly kind: 'return' | 'next'; readonly value?: Span}
        | {readonly kind: 'return query'; readonly query?: Span; readonly dynamic?: Dynamic}
        | {
            readonly kind: 'raise'
            /** 'exception' when it says none */
            readonly level: string
            /** a lone RAISE, which throws again what a handler has caught */
            readonly isAgain: boolean
            readonly values: readonly Span[]
          }
        | {readonly kind: 'assert'; readonly when: Span; readonly message?: Span}
        | {readonly kind: 'sql'; readonly text: Span; readonly into?: Into}
        | {readonly kind: 'perform'; readonly value: Span}
        | {readonly kind: 'execute'; readonly dynamic: Dynamic; readonly into?: Into}
        | {readonly kind: 'diagnostics'; readonly targets: readonly Target[]}
        | {
            readonly kind: 'open'
            readonly cursor: Target
            readonly query?: Span
            readonly dynamic?: Dynamic
            readonly values?: readonly Named[]
          }
        | {readonly kind: 'fetch'; readonly cursor: Target; readonly count?: Span; readonly into: Into}
        | {readonly kind: 'move' | 'close'; readonly cursor: Target; readonly count?: Span}
        | {readonly kind: 'null' | 'commit' | 'rollback'}
      ))

export interface Body {
  readonly block: Block
  /** #variable_conflict */
  readonly conflict: 'error' | 'use_variable' | 'use_column'
}

/** What stands inside a statement. */
export function childrenOf(statement: Statement): readonly (readonly Statement[])[] {
  switch (statement.kind) {
    case 'block':
      return [statement.body, ...statement.handlers.map(({body}) => body)]
    case 'if':
    case 'case':
      return [...statement.branches.map(({body}) => body), ...(statement.otherwise ? [statement.otherwise] : [])]
    case 'loop':
    case 'while':
    case 'count':
    case 'rows':
    case 'elements':
      return [statement.body]
    default:
      return []
  }
}

/** What decides which of its branches is taken. */
export function conditionsOf(statement: Statement): readonly Span[] {
  if (statement.kind === 'while') return [statement.when]
  if (statement.kind !== 'if' && statement.kind !== 'case') return []
  const value = statement.kind === 'case' && statement.value ? [statement.value] : []
  return [...value, ...statement.branches.flatMap(({when}) => when)]
}

/** What follows may not be reached. */
export function mayLeave(statement: Statement): boolean {
  const {kind} = statement
  if (kind === 'return' || kind === 'exit' || kind === 'continue') return true
  if (kind === 'raise') return statement.level === 'exception'
  return childrenOf(statement).some((body) => body.some(mayLeave))
}
