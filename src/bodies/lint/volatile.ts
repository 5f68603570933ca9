// A routine that says IMMUTABLE or STABLE, and does what such a one must not.
import {strings, type Tree, walk} from '../../postgres/parse.ts'
import {referencesIn} from '../plpgsql/reference.ts'
import type {Hint, Lint} from './lint.ts'

export const volatile: Lint = async ({routine, trees, volatility}) => {
  const {volatile, isAtomic} = routine
  if (volatile === 'v' || isAtomic) return []
  const says = volatile === 'i' ? 'IMMUTABLE' : 'STABLE'
  const hints = await Promise.all(
    trees.map(async ({tree, at}): Promise<Hint[]> => {
      const [kind] = Object.keys(tree)
      const hint = (message: string, location: number, hint: string): Hint => ({
        ...{level: 'warning', rule: 'immutable', message: `it says ${says}, and ${message}`, hint, at: at(location)},
      })
      const change = changeIn(tree)
      if (change) return [hint('changes rows: that fails when it runs', change.location, 'make it VOLATILE')]
      if (volatile === 'i' && kind === 'SelectStmt') {
        const table = tableIn(tree)
        if (table) return [hint(`reads ${table.relname}`, table.location ?? 0, 'make it STABLE')]
      }
      const calls = callsIn(tree).filter(({name}) => name !== routine.name)
      for (const {name, location} of calls) {
        const found = name === VALUE ? 's' : await volatility(name)
        if (found === 'v') return [hint(`calls ${name}, which is VOLATILE`, location, 'make it VOLATILE')]
        if (found === 's' && volatile === 'i') return [hint(`calls ${name}, which is STABLE`, location, 'make it STABLE')]
      }
      return []
    }),
  )
  return hints.flat()
}

function changeIn(tree: Tree): {location: number} | undefined {
  let found: {location: number} | undefined
  walk(tree, (name, node) => {
    if (['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'].includes(name)) found ??= {location: node.relation?.location ?? 0}
  })
  return found
}

function tableIn(tree: Tree): Tree | undefined {
  const queries = new Set<string>()
  let found: Tree | undefined
  walk(tree, (_, node) => {
    if (typeof node.ctename === 'string') queries.add(node.ctename)
  })
  walk(tree, (_, node) => {
    if (typeof node.relname === 'string' && (node.schemaname || !queries.has(node.relname))) found ??= node
  })
  return found && referencesIn(tree).hasRows ? found : undefined
}

function callsIn(tree: Tree): {name: string; location: number}[] {
  const calls: {name: string; location: number}[] = []
  walk(tree, (name, node) => {
    if ((name === 'FuncCall' || name === 'funccall') && node.funcname)
      calls.push({name: strings(node.funcname).at(-1) ?? '', location: node.location ?? 0})
    if (name === 'SQLValueFunction') calls.push({name: VALUE, location: node.location ?? 0})
  })
  return calls
}

/** CURRENT_DATE and its kin have no function's name. */
const VALUE = 'the current time or user'
