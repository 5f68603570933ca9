// A reader before DECLARE in, what is declared out.
import {type Reader, Unread} from './reader.ts'
import type {Declaration, Parameter, Span} from './tree.ts'

export function declarations(reader: Reader): Declaration[] {
  const list: Declaration[] = []
  if (!reader.take('declare')) return list
  while (!reader.is('begin')) {
    // DECLARE may be said again and again, and a label before BEGIN is one of the block
    if (reader.take('declare')) continue
    list.push(declarationOf(reader))
    reader.expect(';')
  }
  return list
}

const AFTER_TYPE = [':=', '=', 'default', 'not', 'collate', ';', ',', ')']

function declarationOf(reader: Reader): Declaration {
  const {text: name, from} = reader.name()
  if (reader.take('alias')) {
    reader.expect('for')
    return {name, from, kind: 'alias', of: reader.target().names}
  }
  if (isCursor(reader)) return cursorOf(reader, name, from)
  const constant = reader.take('constant')
  const type = reader.sql(...AFTER_TYPE)
  if (reader.take('collate')) reader.target()
  const notNull = reader.take('not', 'null')
  const value = reader.take(':=') || reader.take('=') || reader.take('default') ? reader.sql(';') : undefined
  return {name, from, kind: 'variable', constant, notNull, type, value}
}

function isCursor(reader: Reader): boolean {
  const isScroll = (ahead: number) => reader.is('scroll', ahead) && reader.is('cursor', ahead + 1)
  return reader.is('cursor') || isScroll(0) || (reader.is('no') && isScroll(1))
}

function cursorOf(reader: Reader, name: string, from: number): Declaration {
  while (!reader.take('cursor')) reader.next()
  const parameters: Parameter[] = []
  if (reader.take('(')) {
    do parameters.push(parameterOf(reader))
    while (reader.take(','))
    reader.expect(')')
  }
  if (!reader.take('is') && !reader.take('for')) throw new Unread(reader.end)
  return {name, from, kind: 'cursor', parameters, query: reader.sql(';')}
}

function parameterOf(reader: Reader): Parameter {
  const {text: name, from} = reader.name()
  const type: Span = reader.sql(...AFTER_TYPE)
  return {name, from, type}
}
