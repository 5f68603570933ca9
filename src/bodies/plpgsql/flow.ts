// Statements in; where control can't get to, and whether it may come to the end without RETURN, out.
import {EVENT_TRIGGER, TRIGGER, VOID} from '../kind.ts'
import type {Routine} from '../routine.ts'
import type {Fault} from './fault.ts'
import type {Token} from './token.ts'
import {type Block, childrenOf, type Statement} from './tree.ts'

/** Control goes on behind it: never, on some ways, on all. */
type Passes = 'never' | 'perhaps' | 'surely'

/** Of what RETURN must end. */
export function missingReturn(routine: Routine, block: Block, tokens: readonly Token[], text: string): Fault[] {
  const {kind, returns, returnsSet, arguments: all} = routine
  const hasOut = all.some(({mode}) => mode === 'o' || mode === 'b' || mode === 't')
  if (kind === 'procedure' || returnsSet || returns === VOID || returns === EVENT_TRIGGER || hasOut) return []
  const passes = after([block], text)
  if (passes === 'never') return []
  const at = tokens.findLast((token) => token.text === 'end' && token.from < block.to)?.from ?? block.from
  const what = returns === TRIGGER ? 'trigger procedure' : 'function'
  if (passes === 'surely') return [{message: `control reached end of ${what} without RETURN`, sqlstate: '2F005', at}]
  return [{level: 'note', rule: 'missing-return', message: 'where no branch returns, control reaches the end without RETURN', at}]
}

/** The first statement that is never come to, of each list. */
export function unreachable(statements: readonly Statement[], text: string): Statement[] {
  const found: Statement[] = []
  for (const [at, statement] of statements.entries()) {
    for (const body of childrenOf(statement)) found.push(...unreachable(body, text))
    const next = statements[at + 1]
    if (!next || passesOf(statement, text) !== 'never') continue
    // some write RETURN behind RAISE, for those who would miss it
    if (next.kind !== 'return' || at + 2 < statements.length || statement.kind !== 'raise') found.push(next)
    break
  }
  return found
}

function after(statements: readonly Statement[], text: string): Passes {
  let passes: Passes = 'surely'
  for (const statement of statements) {
    const one = passesOf(statement, text)
    if (one === 'never') return 'never'
    if (one === 'perhaps') passes = 'perhaps'
  }
  return passes
}

function passesOf(s: Statement, text: string): Passes {
  switch (s.kind) {
    case 'return':
    case 'continue':
      return s.kind === 'continue' && s.when ? 'perhaps' : 'never'
    case 'exit':
      return s.when ? 'perhaps' : 'never'
    case 'raise':
      return s.level === 'exception' ? 'never' : 'surely'
    case 'perform':
    case 'assert':
      // what it calls may always raise
      return 'perhaps'
    case 'sql':
      return text.slice(s.from, s.from + 4).toLowerCase() === 'call' ? 'perhaps' : 'surely'
    case 'block':
      if (s.label !== undefined && isLeft(s)) return 'perhaps'
      return either([after(s.body, text), ...s.handlers.map(({body}) => after(body, text))])
    case 'if':
      return either([...s.branches.map(({body}) => after(body, text)), s.otherwise ? after(s.otherwise, text) : 'surely'])
    case 'case':
      // without ELSE it raises an error
      return either([...s.branches.map(({body}) => after(body, text)), ...(s.otherwise ? [after(s.otherwise, text)] : [])])
    case 'loop':
      return isLeft(s) ? leaving(s) : 'never'
    case 'while':
      if (text.slice(s.when.from, s.when.to).toLowerCase() === 'true') return isLeft(s) ? leaving(s) : 'never'
      return leaving(s)
    case 'count':
    case 'rows':
    case 'elements':
      return leaving(s)
    default:
      return 'surely'
  }
}

function either(ways: readonly Passes[]): Passes {
  if (ways.every((way) => way === 'never')) return 'never'
  return ways.every((way) => way === 'surely') ? 'surely' : 'perhaps'
}

const leaving = (loop: Statement): Passes =>
  some(loop, ({kind}) => kind === 'return' || kind === 'raise') ? 'perhaps' : 'surely'

const LOOPS = new Set<Statement['kind']>(['loop', 'while', 'count', 'rows', 'elements'])

/** EXIT, with its label or without one in no loop inside. */
function isLeft(loop: Statement): boolean {
  const isExit = (s: Statement, isInner: boolean): boolean => {
    if (s.kind === 'exit') return s.loop === undefined ? !isInner : s.loop === loop.label || !isInner
    return childrenOf(s).some((body) => body.some((one) => isExit(one, isInner || LOOPS.has(s.kind))))
  }
  return childrenOf(loop).some((body) => body.some((one) => isExit(one, !LOOPS.has(loop.kind))))
}

function some(statement: Statement, test: (statement: Statement) => boolean): boolean {
  return childrenOf(statement).some((body) => body.some((one) => test(one) || some(one, test)))
}
