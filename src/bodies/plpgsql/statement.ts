// A reader before a statement in, the statement out; the semicolon stays.
import {blockOf, statements} from './parse.ts'
import type {Reader} from './reader.ts'
import type {Branch, Into, Loop, Span, Statement, Target} from './tree.ts'

/** These begin a statement even where a variable has such a name. */
const RESERVED = new Set('begin case declare else end execute for foreach if loop null or while'.split(' '))

export function statementOf(reader: Reader): Statement {
  const {from} = reader.peek()
  const label = reader.label()
  if (reader.isAny('declare', 'begin')) return blockOf(reader, label)
  if (isAssignment(reader)) {
    const target = reader.target()
    reader.next()
    // no value at all is an error when it runs
    const value = reader.until(';') ?? {from: reader.end, to: reader.end}
    return {kind: 'assign', from, target, value, to: reader.end}
  }
  const read = reader.peek().kind === 'word' ? READ[reader.peek().text] : undefined
  if (!read) return plain(reader)
  const word = reader.next().text
  const parts = read(reader, word, from)
  return {label, from, ...parts, to: reader.end} as Statement
}

function isAssignment(reader: Reader): boolean {
  const first = reader.peek()
  if (first.kind === 'parameter') return true
  if (first.kind === 'word' && RESERVED.has(first.text)) return false
  let ahead = 1
  while (reader.is('.', ahead)) ahead += 2
  return reader.is(':=', ahead) || reader.is('=', ahead) || reader.is('[', ahead)
}

type Parts = Record<string, unknown>

const READ: Readonly<Record<string, (reader: Reader, word: string, from: number) => Parts>> = {
  if: (reader) => branching(reader, 'if', 'elsif'),
  case: (reader) => {
    const value = reader.until('when')
    const branches: Branch[] = []
    while (reader.take('when')) {
      const when = reader.list('then')
      reader.expect('then')
      branches.push({when, body: statements(reader, 'when', 'else', 'end')})
    }
    const otherwise = reader.take('else') ? statements(reader, 'end') : undefined
    reader.expect('end')
    reader.expect('case')
    return {kind: 'case', value, branches, otherwise}
  },
  loop: (reader) => looping(reader, {kind: 'loop'}),
  while: (reader) => {
    const when = reader.sql('loop')
    reader.expect('loop')
    return looping(reader, {kind: 'while', when})
  },
  for: (reader) => {
    const targets = reader.targets()
    reader.expect('in')
    const parts = rows(reader, targets)
    reader.expect('loop')
    return looping(reader, parts)
  },
  foreach: (reader) => {
    const targets = reader.targets()
    const isSliced = reader.take('slice')
    if (isSliced) reader.next()
    reader.expect('in')
    reader.expect('array')
    const array = reader.sql('loop')
    reader.expect('loop')
    return looping(reader, {kind: 'elements', targets, array, isSliced})
  },
  exit: leaving,
  continue: leaving,
  return: (reader) => {
    if (reader.take('next')) return {kind: 'next', value: reader.until(';')}
    if (!reader.take('query')) return {kind: 'return', value: reader.until(';')}
    if (reader.take('execute')) return {kind: 'return query', dynamic: reader.dynamic(';')}
    return {kind: 'return query', query: reader.sql(';')}
  },
  raise,
  assert: (reader) => {
    const when = reader.sql(',', ';')
    return {kind: 'assert', when, message: reader.take(',') ? reader.sql(';') : undefined}
  },
  perform: (reader) => ({kind: 'perform', value: reader.sql(';')}),
  execute: (reader) => {
    const text = reader.sql('into', 'using', ';')
    let into: Into | undefined
    let using: Span[] = []
    while (!reader.is(';')) {
      if (reader.is('into')) into = reader.into(reader.next().from)
      else {
        reader.expect('using')
        using = reader.list('into', ';')
      }
    }
    return {kind: 'execute', dynamic: {text, using}, into}
  },
  get: (reader) => {
    if (!reader.take('stacked')) reader.take('current')
    reader.expect('diagnostics')
    const targets: Target[] = []
    do {
      targets.push(reader.target())
      reader.next()
      reader.name()
    } while (reader.take(','))
    return {kind: 'diagnostics', targets}
  },
  open: (reader) => {
    const cursor = reader.target()
    if (reader.take('(')) {
      return {kind: 'open', cursor, values: reader.named()}
    }
    if (reader.is(';')) return {kind: 'open', cursor}
    reader.take('no')
    reader.take('scroll')
    reader.expect('for')
    if (reader.take('execute')) return {kind: 'open', cursor, dynamic: reader.dynamic(';')}
    return {kind: 'open', cursor, query: reader.sql(';')}
  },
  fetch: (reader) => {
    const way = cursorOf(reader, 'into')
    return {kind: 'fetch', ...way, into: reader.into(reader.expect('into').from)}
  },
  move: (reader) => ({kind: 'move', ...cursorOf(reader, ';')}),
  close: (reader) => ({kind: 'close', cursor: reader.target()}),
  null: () => ({kind: 'null'}),
  commit: transaction,
  rollback: transaction,
}

function transaction(reader: Reader, kind: string): Parts {
  reader.until(';')
  return {kind}
}

function leaving(reader: Reader, kind: string): Parts {
  const loop = reader.isAny('when', ';') ? undefined : reader.name().text
  return {kind, loop, when: reader.take('when') ? reader.sql(';') : undefined}
}

function branching(reader: Reader, kind: 'if', more: string): Parts {
  const branches: Branch[] = []
  do {
    const when = [reader.sql('then')]
    reader.expect('then')
    branches.push({when, body: statements(reader, more, 'elseif', 'else', 'end')})
  } while (reader.take(more) || reader.take('elseif'))
  const otherwise = reader.take('else') ? statements(reader, 'end') : undefined
  reader.expect('end')
  reader.expect(kind)
  return {kind, branches, otherwise}
}

function looping(reader: Reader, parts: Parts): Parts {
  const body = statements(reader, 'end')
  reader.expect('end')
  reader.expect('loop')
  if (!reader.is(';')) reader.name()
  return {...parts, body}
}

function rows(reader: Reader, targets: readonly Target[]): Parts {
  if (reader.take('execute')) return {kind: 'rows', targets, dynamic: reader.dynamic('loop')}
  const call = reader.call('loop')
  if (call) return {kind: 'rows', targets, ...call}
  if (!reader.sees('..', 'loop')) return {kind: 'rows', targets, query: reader.sql('loop')} satisfies Partial<Loop>
  reader.take('reverse')
  const bounds = [reader.sql('..')]
  reader.expect('..')
  bounds.push(reader.sql('by', 'loop'))
  if (reader.take('by')) bounds.push(reader.sql('loop'))
  return {kind: 'count', target: targets[0], bounds}
}

/** Its name stands last; before it, which way to go. */
function cursorOf(reader: Reader, end: string): {cursor: Target; count?: Span} {
  const isCounted =
    ['absolute', 'relative', 'forward', 'backward'].some((word) => reader.is(word) && !reader.is(end, 1)) && reader.next()
  const hasCount = isCounted && !reader.is(end, 1) && !reader.isAny('all', 'from', 'in')
  const count = hasCount ? reader.until('from', 'in') : undefined
  while (!reader.is(end, 1) && !(reader.is('.', 1) && reader.is(end, 3))) reader.next()
  return {cursor: reader.target(), count}
}

const LEVELS = ['exception', 'warning', 'notice', 'info', 'log', 'debug']

function raise(reader: Reader): Parts {
  const level = LEVELS.find((name) => reader.take(name))
  const isAgain = reader.is(';') && !level
  const values: Span[] = []
  if (reader.peek().kind === 'text') {
    reader.next()
    if (reader.take(',')) values.push(...reader.list('using', ';'))
  } else if (reader.take('sqlstate')) reader.next()
  else if (!reader.isAny('using', ';')) reader.name()
  if (reader.take('using')) {
    do {
      reader.name()
      reader.next()
      values.push(reader.sql(',', ';'))
    } while (reader.take(','))
  }
  return {kind: 'raise', level: level ?? 'exception', isAgain, values}
}

/** SQL, with the INTO of PL/pgSQL in it. */
function plain(reader: Reader): Statement {
  const first = reader.peek()
  const {from} = first
  let before = ''
  let into: Into | undefined
  let depth = 0
  const isRoutine = reader.is('create') && ['function', 'procedure'].some((word) => reader.is(word, 1) || reader.is(word, 3))
  while (depth > 0 || !reader.is(';')) {
    if (reader.is('into') && before !== 'insert' && before !== 'merge' && first.text !== 'import') {
      into = reader.into(reader.next().from)
      before = ''
      continue
    }
    const {kind, text} = reader.next()
    before = kind === 'word' ? text : ''
    // semicolons stand in a body in standard SQL, too
    if (isRoutine && (before === 'begin' || before === 'case')) depth++
    if (isRoutine && before === 'end') depth--
    if (kind === 'sign' && (text === '(' || text === '[')) depth++
    if (kind === 'sign' && (text === ')' || text === ']')) depth--
  }
  return {kind: 'sql', from, text: {from, to: reader.end}, into, to: reader.end}
}
