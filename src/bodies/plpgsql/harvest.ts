// Nothing in; the lists that a walk through a body fills (pieces of SQL, feeds of records, variables), and how it does, out.
import {RECORD} from '../kind.ts'
import type {Scope, Variable} from './scope.ts'
import type {Dynamic, Handler, Span, Statement, Target} from './tree.ts'
import type {Feed, Role, Work} from './work.ts'

export const ANY: Role = {kind: 'any'}

/** What a statement stands in. */
export interface Around {
  readonly scope: Scope
  readonly caught: readonly (readonly Handler[])[]
  readonly isConditional: boolean
  readonly guards: readonly Span[]
  readonly statement: Statement
}

/** @param first the number of the body's first variable */
export function harvest(first: number) {
  const works: Work[] = []
  const feeds: Feed[] = []
  const variables: Variable[] = []
  const assigned = new Set<Variable>()
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

  const work = (span: Span, role: Role, around: Around, prefix = 'select ', cut?: Span): Work => {
    const {scope, caught, isConditional, guards, statement} = around
    const made = {span, prefix, cut, scope, role, statement, caught, isConditional, guards}
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

  return {works, feeds, variables, assigned, hidden, variable, add, work, target, into, dynamic}
}
