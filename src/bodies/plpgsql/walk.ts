// A body's tree and what stands in scope around it in; its pieces of SQL out, in order, each with its scope and what becomes of its result.

import {BOOL, INT4, RECORD, REFCURSOR, TEXT} from '../kind.ts'
import {ANY, type Around, harvest} from './harvest.ts'
import {Scope, type Variable} from './scope.ts'
import {
  type Block,
  childrenOf,
  conditionsOf,
  type Declaration,
  type Into,
  mayLeave,
  type Named,
  type Span,
  type Statement,
} from './tree.ts'
import type {Role, TypeOf, Walked} from './work.ts'

export function walkBody(block: Block, outside: Scope, typeOf: TypeOf, bodyText: string, first: number): Walked {
  const {works, feeds, variables, assigned, hidden, variable, add, work, target, into, dynamic} = harvest(first)
  const scopeOf = new Map<Statement, Scope>()
  const cursorParameters = new Map<Variable, readonly Variable[]>()

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
      const taken = (parameters ?? []).map(({name, from, type}) =>
        variable({name, from, origin: 'declared', ...typeOf(type, scope)}),
      )
      for (const parameter of taken) inner.add(parameter)
      const made = variable({name, from, origin: 'declared', type: REFCURSOR, isRow: false, cursor: declaration})
      cursorParameters.set(made, taken)
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
    let {isConditional, guards} = around
    for (const [at, statement] of statements.entries()) {
      // IF FOUND speaks of the one before
      const before = statements[at - 1]
      visit(statement, {
        ...around,
        isConditional,
        guards: before?.kind === 'perform' || before?.kind === 'sql' ? [...guards, before] : guards,
        statement,
      })
      if (!mayLeave(statement)) continue
      isConditional = true
      guards = [...guards, ...conditionsOf(statement)]
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
        {
          const value = s.value && work(s.value, ANY, around)
          const role: Role = value ? {kind: 'case', value} : {kind: 'value', type: BOOL}
          for (const {when} of s.branches) for (const span of when) work(span, role, around)
        }
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
      case 'move':
        if (s.count) work(s.count, {kind: 'value', type: INT4}, around)
        return
      case 'fetch': {
        if (s.count) work(s.count, {kind: 'value', type: INT4}, around)
        const cursor = scope.find(s.cursor.names, s.cursor.from)?.variable
        const fed = works.find(({role}) => role.kind === 'cursor' && role.variable === cursor)
        into(s.into.targets, around, fed)
        return
      }
    }
    const guards = [...around.guards, ...conditionsOf(s)]
    for (const body of childrenOf(s))
      all(body, {...around, scope: s.kind === 'while' ? inside(s.label) : scope, isConditional: true, guards})
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
      passed(s.values, cursor, around)
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

  /** Values for a cursor's parameters, by name or by place. */
  const passed = (values: readonly Named[] | undefined, cursor: Variable | undefined, around: Around): void => {
    values?.forEach(({name, value}, at) => {
      const parameters = cursorParameters.get(cursor!)
      const parameter = name === undefined ? parameters?.[at] : parameters?.find((one) => one.name === name)
      work(value, parameter ? {kind: 'value', type: parameter.type} : ANY, around)
    })
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
    passed(s.values, cursor, around)
    if (s.dynamic) dynamic(s.dynamic, ANY, around)
    if (s.query) work(s.query, ANY, around, '')
  }

  visit(block, {scope: outside, caught: [], isConditional: false, guards: [], statement: block})
  return {works, feeds, variables, assigned, scopeOf, hidden}
}
