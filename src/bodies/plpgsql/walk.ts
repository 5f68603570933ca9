// A body's tree and what stands in scope around it in; its pieces of SQL out, in order, each with its scope and what becomes of its result.
import {BOOL, INT4, RECORD, REFCURSOR, TEXT} from '../kind.ts'
import type {Source} from './piece.ts'
import {Scope, type Variable} from './scope.ts'
import {
  type Block,
  childrenOf,
  type Declaration,
  type Dynamic,
  type Handler,
  type Into,
  type Span,
  type Statement,
  type Target,
} from './tree.ts'

/** What becomes of a result. */
export type Role =
  /** nothing that could go wrong, or there is none */
  | {readonly kind: 'any'}
  /** it has to become a value of that type */
  | {readonly kind: 'value'; readonly type: number; readonly variable?: Variable}
  | {readonly kind: 'assign'; readonly target: Target}
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
export type TypeOf = (span: Span, scope: Scope) => {readonly type: number; readonly isRow: boolean}

const ANY: Role = {kind: 'any'}

export function walkBody(block: Block, outside: Scope, typeOf: TypeOf, bodyText: string, first: number): Walked {
  const works: Work[] = []
  const feeds: Feed[] = []
  const variables: Variable[] = []
  const assigned = new Set<Variable>()
  const scopeOf = new Map<Statement, Scope>()
  const hidden: {variable: Variable; by: Variable}[] = []

  const variable = (parts: Omit<Variable, 'number' | 'isRecord'>): Variable => {
    const made = {number: first + variables.length, isRecord: parts.type === RECORD, ...parts}
    variables.push(made)
    return made
  }

  const add = (scope: Scope, by: Variable, from = by.from): void => {
    const before = scope.find([by.name], by.from)?.variable
    if (before && before.origin !== 'own' && !scope.isLabelled) hidden.push({variable: before, by})
    scope.add(by, by.name, from)
  }

  interface Around {
    readonly scope: Scope
    readonly caught: readonly (readonly Handler[])[]
    readonly isConditional: boolean
    readonly statement: Statement
  }

  const work = (span: Span, role: Role, around: Around, prefix = 'select ', cut?: Span): Work => {
    const {scope, caught, isConditional, statement} = around
    const made = {span, prefix, cut, scope, role, statement, caught, isConditional}
    works.push(made)
    return made
  }

  const target = ({names, isPart, from}: Target, {scope}: Around, fed?: Work, loop?: Span): void => {
    const found = scope.find(names, from)
    if (!found) return
    assigned.add(found.variable)
    if (found.variable.isRecord && !isPart && found.used === names.length)
      feeds.push({variable: found.variable, work: fed, loop, at: from})
  }

  const into = (targets: readonly Target[], around: Around, fed?: Work, loop?: Span) => {
    for (const one of targets) target(one, around, targets.length === 1 ? fed : undefined, loop)
  }

  const dynamic = ({text, using}: Dynamic, role: Role, around: Around): Work => {
    const values = using.map((span) => work(span, ANY, around))
    return work(text, {kind: 'text', using: values, role}, around)
  }

  const declare = (declaration: Declaration, around: Around): void => {
    const {name, from, kind, type, value, constant, notNull, of, query, parameters} = declaration
    const {scope} = around
    if (kind === 'alias') {
      const found = scope.find(of!, from)
      if (found) scope.add(found.variable, name, from)
      return
    }
    if (kind === 'cursor') {
      const inner = new Scope(undefined, scope)
      for (const {name, from, type} of parameters ?? [])
        inner.add(variable({name, from, origin: 'declared', ...typeOf(type, scope)}))
      const made = variable({name, from, origin: 'declared', type: REFCURSOR, isRow: false, cursor: declaration})
      work(query!, {kind: 'cursor', variable: made}, {...around, scope: inner}, '')
      add(scope, made)
      return
    }
    const end = value?.to ?? type!.to
    const made = variable({name, from, origin: 'declared', constant, notNull, ...typeOf(type!, scope)})
    if (value) {
      const fed = work(value, {kind: 'value', type: made.type, variable: made}, around)
      if (made.isRecord) feeds.push({variable: made, work: fed, at: from})
    }
    // its own default does not see it
    add(scope, made, end)
  }

  const all = (statements: readonly Statement[], around: Omit<Around, 'statement'>): void => {
    let isConditional = around.isConditional
    for (const statement of statements) {
      visit(statement, {...around, isConditional, statement})
      isConditional ||= mayLeave(statement)
    }
  }

  const visit = (s: Statement, around: Around): void => {
    const {scope} = around
    scopeOf.set(s, scope)
    const inside = (label?: string) => new Scope(label, scope)
    switch (s.kind) {
      case 'block': {
        const inner = {...around, scope: inside(s.label)}
        for (const declaration of s.declarations) declare(declaration, inner)
        all(s.body, s.handlers.length > 0 ? {...inner, caught: [s.handlers, ...around.caught]} : inner)
        for (const handler of s.handlers) {
          const scope = new Scope(undefined, inner.scope)
          for (const name of ['sqlstate', 'sqlerrm'])
            scope.add(variable({name, from: handler.from, origin: 'own', type: TEXT, isRow: false}))
          all(handler.body, {...inner, scope, isConditional: true})
        }
        return
      }
      case 'assign': {
        const fed = work(s.value, {kind: 'assign', target: s.target}, around)
        target(s.target, around, fed)
        return
      }
      case 'if':
        for (const {when} of s.branches) for (const span of when) work(span, {kind: 'value', type: BOOL}, around)
        break
      case 'case':
        // of CASE with a value PL/pgSQL makes a comparison of its own
        if (s.value) work(s.value, ANY, around)
        for (const {when} of s.branches) for (const span of when) work(span, s.value ? ANY : {kind: 'value', type: BOOL}, around)
        break
      case 'while':
        work(s.when, {kind: 'value', type: BOOL}, around)
        break
      case 'loop':
        all(s.body, {...around, scope: inside(s.label)})
        return
      case 'count': {
        for (const span of s.bounds) work(span, {kind: 'value', type: INT4}, around)
        const scope = inside(s.label)
        add(scope, variable({name: s.target.names[0]!, from: s.target.from, origin: 'loop', type: INT4, isRow: false}))
        all(s.body, {...around, scope, isConditional: true})
        return
      }
      case 'rows':
        rows(s, around)
        return
      case 'elements': {
        work(s.array, {kind: 'elements', targets: s.targets, isSliced: s.isSliced}, around)
        into(s.targets, around)
        all(s.body, {...around, scope: inside(s.label), isConditional: true})
        return
      }
      case 'exit':
      case 'continue':
        if (s.when) work(s.when, {kind: 'value', type: BOOL}, around)
        return
      case 'return':
      case 'next':
        if (s.value) work(s.value, {kind: s.kind}, around)
        return
      case 'return query':
        if (s.dynamic) dynamic(s.dynamic, {kind: 'query'}, around)
        if (s.query) work(s.query, {kind: 'query'}, around, '')
        return
      case 'raise':
        for (const span of s.values) work(span, ANY, around)
        return
      case 'assert':
        work(s.when, {kind: 'value', type: BOOL}, around)
        if (s.message) work(s.message, ANY, around)
        return
      case 'perform':
        work(s.value, ANY, around)
        return
      case 'sql':
        sql(s.text, s.into, around)
        return
      case 'execute': {
        const fed = dynamic(s.dynamic, s.into ? {kind: 'rows', targets: s.into.targets} : ANY, around)
        if (s.into) into(s.into.targets, around, fed)
        return
      }
      case 'diagnostics':
        into(s.targets, around)
        return
      case 'open':
        open(s, around)
        return
      case 'fetch': {
        const cursor = scope.find(s.cursor.names, s.cursor.from)?.variable
        const fed = works.find(({role}) => role.kind === 'cursor' && role.variable === cursor)
        into(s.into.targets, around, fed)
        return
      }
    }
    for (const body of childrenOf(s))
      all(body, {...around, scope: s.kind === 'while' ? inside(s.label) : scope, isConditional: true})
  }

  const sql = (text: Span, taken: Into | undefined, around: Around): void => {
    const fed = work(text, taken ? {kind: 'rows', targets: taken.targets} : {kind: 'alone'}, around, '', taken)
    if (taken) into(taken.targets, around, fed)
  }

  const rows = (s: Extract<Statement, {kind: 'rows'}>, around: Around): void => {
    const loop = {from: s.from, to: s.to}
    const scope = new Scope(s.label, around.scope)
    const body = () => all(s.body, {...around, scope, isConditional: true})
    const role: Role = {kind: 'rows', targets: s.targets, isLoop: true}
    const cursor = s.query && cursorIn(s.query, around.scope)
    if (cursor) {
      const fed = works.find((one) => one.role.kind === 'cursor' && one.role.variable === cursor)
      const {names, from} = s.targets[0]!
      const record = variable({name: names[0]!, from, origin: 'loop', type: RECORD, isRow: true})
      scope.add(record)
      feeds.push({variable: record, work: fed, loop, at: from})
      body()
      return
    }
    const fed = s.dynamic ? dynamic(s.dynamic, role, around) : work(s.query!, role, around, '')
    into(s.targets, around, fed, loop)
    body()
  }

  /** `c` or `c(…)`, of a cursor bound to its query. */
  const cursorIn = ({from, to}: Span, scope: Scope): Variable | undefined => {
    const text = bodyText.slice(from, to)
    const end = text.search(/[^\w$\u0080-\uffff]/)
    const name = (end === -1 ? text : text.slice(0, end)).toLowerCase()
    const found = scope.find([name], from)?.variable
    return found?.cursor ? found : undefined
  }

  const open = (s: Extract<Statement, {kind: 'open'}>, around: Around): void => {
    const cursor = around.scope.find(s.cursor.names, s.cursor.from)?.variable
    if (cursor) assigned.add(cursor)
    if (s.dynamic) dynamic(s.dynamic, ANY, around)
    if (s.query) work(s.query, ANY, around, '')
  }

  visit(block, {scope: outside, caught: [], isConditional: false, statement: block})
  return {works, feeds, variables, assigned, scopeOf, hidden}
}

/** What follows may not be reached. */
function mayLeave(statement: Statement): boolean {
  const {kind} = statement
  if (kind === 'return' || kind === 'exit' || kind === 'continue') return true
  if (kind === 'raise') return statement.level === 'exception'
  return childrenOf(statement).some((body) => body.some(mayLeave))
}
