// A routine in; what stands around its body out: its parameters and PL/pgSQL's own variables, and the types that the body declares.

import {BOOL, EVENT_TRIGGER, INT4, NAME, OID, RECORD, TEXT, TEXTS, TRIGGER, type Types} from '../kind.ts'
import type {Routine, TriggerTable} from '../routine.ts'
import type {Session} from '../session.ts'
import {Scope, type Variable} from './scope.ts'
import type {Token} from './token.ts'
import {type Block, childrenOf, type Declaration, type Span, type Statement} from './tree.ts'
import type {TypeOf} from './work.ts'

/** What stands for what is known only when it runs: polymorphic types, and the row of the trigger's table. */
export interface Variant {
  /** by a pseudo-type's oid */
  readonly polymorphic: ReadonlyMap<number, number>
  /** absent: no trigger calls it */
  readonly table?: TriggerTable
}

interface Declared {
  readonly type: number
  readonly isRow: boolean
  readonly modifier?: number
}

const TRIGGERS_OWN: readonly (readonly [string, number])[] = [
  ['tg_name', NAME],
  ['tg_when', TEXT],
  ['tg_level', TEXT],
  ['tg_op', TEXT],
  ['tg_relid', OID],
  ['tg_relname', NAME],
  ['tg_table_name', NAME],
  ['tg_table_schema', NAME],
  ['tg_nargs', INT4],
  ['tg_argv', TEXTS],
]

/** The function's own scope, with the variables in the order of `numbers`. */
export async function outsideOf(
  routine: Routine,
  variant: Variant,
  types: Types,
): Promise<{scope: Scope; variables: Variable[]}> {
  const scope = new Scope(routine.name)
  const variables: Variable[] = []
  const add = (name: string, type: number, isRow: boolean, origin: Variable['origin'], isPolymorphic = false): Variable => {
    const variable: Variable = {
      number: variables.length,
      name,
      from: -1,
      origin,
      type,
      isRow,
      isRecord: type === RECORD,
      isPolymorphic,
    }
    variables.push(variable)
    if (name !== '') scope.add(variable)
    return variable
  }
  const kinds = await Promise.all(routine.arguments.map(({type}) => types.of(variant.polymorphic.get(type) ?? type)))
  routine.arguments.forEach(({name, mode, type}, at) => {
    const real = variant.polymorphic.get(type) ?? type
    const isRow = real === RECORD || kinds[at]?.fields !== undefined
    const origin = mode === 'o' || mode === 't' ? 'out' : 'parameter'
    scope.add(add(name, real, isRow, origin, real !== type), `$${at + 1}`)
  })
  add('found', BOOL, false, 'own')
  if (routine.returns === TRIGGER) {
    for (const name of ['new', 'old']) add(name, variant.table?.type ?? RECORD, true, 'own')
    for (const [name, type] of TRIGGERS_OWN) add(name, type, false, 'own')
  }
  if (routine.returns === EVENT_TRIGGER) for (const name of ['tg_event', 'tg_tag']) add(name, TEXT, false, 'own')
  return {scope, variables}
}

/** Of all types that are declared in a body, what they are; `known` outlives the body. */
export async function declaredTypes(
  body: string,
  tokens: readonly Token[],
  block: Block,
  path: string,
  {session, types, known}: {session: Session; types: Types; known: Map<string, Promise<Declared>>},
): Promise<TypeOf> {
  const found = new Map<number, {readonly names?: readonly string[]; readonly declared: Declared}>()
  const resolve = async (span: Span) => {
    const {sql, names} = wordingOf(body, tokens, span)
    const key = `${path}\0${sql}`
    let declared = known.get(key)
    if (!declared) {
      declared = ask(sql, path, session, types)
      known.set(key, declared)
    }
    found.set(span.from, {names, declared: await declared})
  }
  await Promise.all(typesIn(block).map(resolve))
  return ({from}, scope) => {
    const {names, declared} = found.get(from)!
    const same = names && scope.find(names, from)
    if (!same) return declared
    if (same.used === names.length) return {type: same.variable.type, isRow: same.variable.isRow}
    // a field of a record
    return {type: 0, isRow: false}
  }
}

async function ask(sql: string | undefined, path: string, session: Session, types: Types): Promise<Declared> {
  if (sql === undefined) return {type: 0, isRow: false}
  const described = await session.ask(path, {sql})
  if (described instanceof Error) return {type: 0, isRow: false}
  const type = described.parameters[0] ?? described.columns[0]?.type ?? 0
  const modifier = described.columns[0]?.modifier
  return {type, isRow: type === RECORD || (await types.of(type))?.fields !== undefined, modifier}
}

/** A statement that tells the type; the names before %TYPE, which may be a variable's. */
export function wordingOf(
  body: string,
  tokens: readonly Token[],
  span: Span,
): {readonly sql?: string; readonly names?: readonly string[]} {
  const words = tokens.filter(({from, to}) => from >= span.from && to <= span.to)
  const text = body.slice(span.from, span.to)
  const mark = words.findIndex(({kind, text}) => kind === 'sign' && text === '%')
  if (mark === -1) return {sql: `select $1::${text}`}
  const before = words.slice(0, mark)
  const names = before.filter((_, at) => at % 2 === 0).map(({text}) => text)
  const [first, last] = [before[0]!, before.at(-1)!]
  const rest = body.slice(words[mark + 1]!.to, span.to).trim()
  if (words[mark + 1]!.text === 'rowtype') return {sql: `select $1::${body.slice(first.from, last.to)}${rest}`}
  if (names.length === 1) return {names: rest === '' ? names : undefined}
  const table = body.slice(first.from, before.at(-3)!.to)
  const column = `(null::${table}).${body.slice(last.from, last.to)}`
  return rest === '' ? {sql: `select ${column}`, names} : {sql: `select array[${column}]`}
}

export function typesIn(block: Block): Span[] {
  const spans: Span[] = []
  const declared = ({type, parameters}: Declaration) => {
    if (type) spans.push(type)
    for (const parameter of parameters ?? []) spans.push(parameter.type)
  }
  const visit = (statement: Statement) => {
    if (statement.kind === 'block') statement.declarations.forEach(declared)
    for (const body of childrenOf(statement)) body.forEach(visit)
  }
  visit(block)
  return spans
}
