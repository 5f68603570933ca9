// A body's statements in; what PL/pgSQL refuses whenever it comes to them, whatever their SQL says, out.

import type {Types} from '../kind.ts'
import type {Routine} from '../routine.ts'
import type {Understood} from './check.ts'
import type {Fault} from './fault.ts'
import {childrenOf, type Declaration, type Span, type Statement} from './tree.ts'

interface Around {
  readonly isHandler: boolean
  /** a block with handlers */
  readonly isGuarded: boolean
}

export function refusals(routine: Routine, {body}: Understood): Fault[] {
  const faults: Fault[] = []
  const isAtomic = routine.kind === 'function' || routine.definer || Object.keys(routine.settings).length > 0
  const all = (statements: readonly Statement[], around: Around) => {
    for (const statement of statements) visit(statement, around)
  }
  const visit = (s: Statement, around: Around): void => {
    if (s.kind === 'commit' || s.kind === 'rollback') {
      if (isAtomic) faults.push({message: 'invalid transaction termination', sqlstate: '2D000', at: s.from})
      else if (around.isGuarded && s.kind === 'commit')
        faults.push({message: 'cannot commit while a subtransaction is active', sqlstate: '2D000', at: s.from})
    }
    if (s.kind === 'raise' && s.isAgain && !around.isHandler) {
      faults.push({
        message: 'RAISE without parameters cannot be used outside an exception handler',
        sqlstate: '0Z002',
        at: s.from,
      })
    }
    if (s.kind === 'count' && s.bounds[2] && isNothing(routine.body, s.bounds[2])) {
      faults.push({message: 'BY value of FOR loop must be greater than zero', sqlstate: '22023', at: s.bounds[2].from})
    }
    if (s.kind !== 'block') {
      for (const inner of childrenOf(s)) all(inner, around)
      return
    }
    all(s.body, s.handlers.length > 0 ? {...around, isGuarded: true} : around)
    for (const handler of s.handlers) all(handler.body, {isHandler: true, isGuarded: true})
  }
  visit(body.block, {isHandler: false, isGuarded: false})
  return faults
}

/** Variables that begin as null, of domains that let none in. */
export async function unfilled({body, variables}: Understood, types: Types): Promise<Fault[]> {
  const faults = declarationsIn(body.block).map(async ({name, from, kind, value}): Promise<Fault[]> => {
    const variable = kind === 'variable' && !value ? variables.find((one) => one.from === from && one.name === name) : undefined
    const type = await types.of(variable?.type ?? 0)
    return type?.notNull ? [{message: `domain ${type.name} does not allow null values`, sqlstate: '23502', at: from}] : []
  })
  return (await Promise.all(faults)).flat()
}

export function declarationsIn(statement: Statement): Declaration[] {
  const own = statement.kind === 'block' ? statement.declarations : []
  return [...own, ...childrenOf(statement).flatMap((body) => body.flatMap(declarationsIn))]
}

/** 0, or a number with a minus before it. */
function isNothing(body: string, {from, to}: Span): boolean {
  const text = body.slice(from, to)
  return text.trim() !== '' && Number(text) <= 0
}
