// A statement that PostgreSQL can read in; what it refuses of it only when it plans or runs it out.
import {strings, type Tree, walk} from '../../postgres/parse.ts'
import {offsets} from '../../postgres/places.ts'
import type {Catalogs, Procedure} from '../catalogs.ts'
import {RECORD} from '../kind.ts'
import type {Fault} from './fault.ts'
import type {Mention, Piece} from './piece.ts'
import type {Place} from './result.ts'
import type {Solved} from './solve.ts'

export async function plannedFaults({piece}: Solved, {understood, means, routine}: Place): Promise<Fault[]> {
  const {tree, kind, text, shift} = piece
  const at = (location: number) => offsets(text)(location) + shift
  if (kind === 'CallStmt') return callFaults(tree, at, means.catalogs)
  const faults = await conflictFaults({[kind]: tree}, at, means.catalogs)
  if (faults.length === 0) return []
  // the body itself may make the index: all of it is read, so only where something would be said
  const makesIndex = understood.tokens.some(({kind, text, from, to}) =>
    kind === 'text' ? WORDS.some((word) => routine.body.slice(from, to).toLowerCase().includes(word)) : text === 'index',
  )
  return makesIndex ? [] : faults
}

/** What PL/pgSQL hands PostgreSQL of a record that was filled from rows says nothing of its columns. */
export function spreadFaults({piece}: Solved, {understood}: Place): Fault[] {
  const spread = piece.mentions.filter((mention) => isSpread(mention, piece) && understood.isOfRows(mention))
  return spread.map(({at, variable: {name}}) => ({
    message: 'record type has not been registered',
    sqlstate: '42809',
    at,
    hint: `name its fields, or declare "${name}" with a table's %ROWTYPE`,
  }))
}

/** in a string that may be run */
const WORDS = ['index', 'unique']

/** `r.*` among columns or values, where nothing else is called r. */
const isSpread = ({reference, variable}: Mention, {references}: Piece): boolean =>
  reference.star === 'columns' && variable.type === RECORD && !references.names.has(variable.name)

/** ON CONFLICT (…) needs a unique index of just these columns. */
export async function conflictFaults(tree: Tree, at: (location: number) => number, {relations}: Catalogs): Promise<Fault[]> {
  const inserts: Tree[] = []
  walk(tree, (_, node) => {
    if (node.relation && node.onConflictClause?.infer) inserts.push(node)
  })
  const faults = await Promise.all(
    inserts.map(async ({relation, onConflictClause: {infer}}): Promise<Fault[]> => {
      const elements: Tree[] = (infer.indexElems ?? []).map(({IndexElem}: Tree) => IndexElem)
      const isPlain = elements.length > 0 && elements.every(({name, collation, opclass}) => name && !collation && !opclass)
      if (!isPlain || infer.whereClause) return []
      const wanted = JSON.stringify([...new Set(elements.map(({name}) => name))].sort())
      const all = await relations(relation.relname)
      const meant = relation.schemaname ? all.filter(({schema}) => schema === relation.schemaname) : all
      const isFit = meant.some(({isTable, keys}) => !isTable || keys.some((key) => JSON.stringify([...key].sort()) === wanted))
      if (meant.length === 0 || isFit) return []
      const message = 'there is no unique or exclusion constraint matching the ON CONFLICT specification'
      return [{message, sqlstate: '42P10', at: at(infer.location ?? 0)}]
    }),
  )
  return faults.flat()
}

/** What cannot be a variable, whatever its type. */
const VALUES = new Set(['A_Const', 'A_Expr', 'FuncCall', 'CoalesceExpr', 'CaseExpr'])

/** CALL hands OUT and INOUT back, which takes variables. */
async function callFaults({funccall}: Tree, at: (location: number) => number, {procedures}: Catalogs): Promise<Fault[]> {
  const names = strings(funccall?.funcname)
  if (names.length === 0 || funccall.func_variadic) return []
  const all = await procedures(names.at(-1)!)
  const meant = names.length > 1 ? all.filter(({schema}) => schema === names.at(-2)) : all
  if (meant.length === 0) return []
  return ((funccall.args ?? []) as Tree[]).flatMap((argument, n): Fault[] => {
    const {name, arg = argument} = argument.NamedArgExpr ?? {}
    const [kind] = Object.keys(arg)
    const parameters = meant.map((one) => parameterOf(one, n, name))
    if (!VALUES.has(kind!) || !parameters.every((one) => one?.mode === 'o' || one?.mode === 'b')) return []
    const message = `procedure parameter "${parameters[0]!.name}" is an output parameter but corresponding argument is not writable`
    return [{message, sqlstate: '42601', at: at(startOf(arg))}]
  })
}

const parameterOf = ({parameters}: Procedure, at: number, name: string | undefined) =>
  name === undefined ? parameters[at] : parameters.find((one) => one.name === name)

/** An operator stands between its operands. */
function startOf(tree: Tree): number {
  let start = Number.POSITIVE_INFINITY
  walk(tree, (_, {location}) => {
    if (typeof location === 'number' && location >= 0) start = Math.min(start, location)
  })
  return Number.isFinite(start) ? start : 0
}
