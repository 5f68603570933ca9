// A catalog's functions in, what they are called with and give back out: those that PostgREST lets anybody call.
import {nameOf} from '../diff/id.ts'
import type {Parameter, RoutineBody} from '../diff/kinds/routine.ts'
import type {CatalogObject} from '../diff/model.ts'
import {objectCode, orNull} from './code.ts'
import type {Field, Routine, Signature} from './model.ts'
import {plain, RELATIONS, type Types} from './type.ts'

export interface Functions {
  readonly functions: readonly Routine[]
  /** of which nobody can name the arguments, as SQL */
  readonly nameless: readonly string[]
}

/** Called by PostgreSQL alone. */
const INNER = new Set(['trigger', 'event_trigger', 'internal', 'language_handler', 'fdw_handler', 'index_am_handler'])
for (const name of ['table_am_handler', 'tsm_handler']) INNER.add(name)

/** What the body of a request can be, where there is one argument, and it has no name. */
const BODIES = new Set(['json', 'jsonb', 'text', 'xml', 'bytea'])

export function functionsOf(all: readonly CatalogObject[], types: Types, isShown: (o: CatalogObject) => boolean): Functions {
  const functions = new Map<string, Signature[]>()
  const nameless: string[] = []
  const called = all.filter((o): o is CatalogObject<RoutineBody> => o.kind === 'function' && isCallable(o.body))
  for (const o of [...called].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const name = o.name[1]!
    const args = argumentsOf(o, types)
    if (!args) nameless.push(nameOf({...o, name: [name]}))
    else functions.set(name, [...(functions.get(name) ?? []), {args, ...resultOf(o, types, isShown)}])
  }
  const names = [...functions.keys()].sort()
  return {functions: names.map((name) => ({name, signatures: functions.get(name)!})), nameless}
}

function isCallable({window, returns, parameters}: RoutineBody): boolean {
  return !window && !INNER.has(returns!) && !parameters.some(({type}) => INNER.has(type))
}

const isInput = ({mode}: Parameter): boolean => mode === 'i' || mode === 'b' || mode === 'v'

/** undefined: they can't be told apart by name. */
function argumentsOf({body, beside}: CatalogObject<RoutineBody>, types: Types): Field[] | undefined {
  const inputs = body.parameters.filter(isInput)
  const [only] = inputs
  if (inputs.length === 1 && only!.name === undefined && BODIES.has(only!.type)) {
    return [{name: '', code: types.code(only!.type), nullable: false}]
  }
  if (inputs.some(({name}) => name === undefined)) return undefined
  const required = inputs.length - body.defaults
  const fields = inputs.map(({name, type}, at): Field => {
    // a strict function is not even called with null
    const nullable = beside?.strict !== true && !types.isNotNull(type)
    return {name: name!, code: types.code(type), nullable, ...(at >= required && {optional: true})}
  })
  return fields.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function resultOf(
  {name, body}: CatalogObject<RoutineBody>,
  types: Types,
  isShown: (o: CatalogObject) => boolean,
): Omit<Signature, 'args'> {
  const {returns = 'void', returnsSet: set = false} = body
  const columns = body.parameters.filter(({mode}) => mode !== 'i' && mode !== 'v')
  if (columns.length > 0) {
    const row = objectCode(columns.map((column, at) => outOf(column, at, columns.length, name[1]!, types)))
    return {returns: set ? `${row}[]` : row}
  }
  const o = types.object(types.base(returns))
  if (o && (RELATIONS.has(o.kind) || o.kind === 'composite type')) {
    const row = types.row(o)
    // a row that is null comes as an object of nulls
    const nulls = o.kind === 'composite type' ? '' : ` | Nulls<${row}>`
    return {returns: set ? `${row}[]` : `${row}${nulls}`, ...rowsOf(o, set, name, isShown)}
  }
  const code = types.code(returns)
  const isNever = types.isNotNull(returns) || plain(returns).base === 'record'
  const value = isNever ? code : orNull(code)
  return {returns: set ? (value === code ? `${code}[]` : `(${value})[]`) : value}
}

/** Columns of a result may be null, whatever the rows they were made of: PostgreSQL promises nothing. */
function outOf({name, type}: Parameter, at: number, count: number, routine: string, types: Types): Field {
  const named = name ?? (count === 1 ? routine : `column${at + 1}`)
  return {name: named, code: types.code(type), nullable: !types.isNotNull(type)}
}

function rowsOf(o: CatalogObject, set: boolean, name: readonly string[], isShown: (o: CatalogObject) => boolean) {
  const isHere = RELATIONS.has(o.kind) && o.name[0] === name[0] && isShown(o)
  return isHere ? {rows: {of: o.name[1]!, set}} : {}
}
