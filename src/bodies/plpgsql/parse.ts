// A PL/pgSQL body in, its tree out. libpg-query's own tree of it has lines, and neither places nor types.
import {declarations} from './declare.ts'
import {Reader} from './reader.ts'
import {statementOf} from './statement.ts'
import type {Token} from './token.ts'
import type {Block, Body, Handler, Statement} from './tree.ts'

/** Throws Unread where it does not know how to go on. */
export function parseBody(tokens: readonly Token[]): Body {
  const reader = new Reader(tokens)
  let conflict: Body['conflict'] = 'error'
  while (reader.take('#')) {
    const option = reader.name().text
    const value = reader.name().text
    if (option === 'variable_conflict') conflict = value as Body['conflict']
  }
  const block = blockOf(reader, reader.label())
  reader.take(';')
  return {block, conflict}
}

export function blockOf(reader: Reader, label?: string): Block {
  const from = reader.peek().from
  const declared = declarations(reader)
  reader.expect('begin')
  const body = statements(reader, 'end', 'exception')
  const handlers: Handler[] = []
  if (reader.take('exception')) while (reader.is('when')) handlers.push(handlerOf(reader))
  reader.expect('end')
  if (!reader.is(';') && !reader.isDone) reader.name()
  return {kind: 'block', from, to: reader.end, label, declarations: declared, body, handlers}
}

function handlerOf(reader: Reader): Handler {
  const {from} = reader.expect('when')
  const conditions: string[] = []
  do {
    const name = reader.name().text
    conditions.push(name === 'sqlstate' ? reader.next().text.slice(1, -1) : name)
  } while (reader.take('or'))
  reader.expect('then')
  return {from, conditions, body: statements(reader, 'when', 'end')}
}

/** Up to one of these words, which stays. */
export function statements(reader: Reader, ...ends: readonly string[]): Statement[] {
  const list: Statement[] = []
  while (!reader.isAny(...ends)) {
    // a stray semicolon is no statement, and PostgreSQL would not have it
    list.push(statementOf(reader))
    reader.expect(';')
  }
  return list
}
