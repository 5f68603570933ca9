// Entries in, the lines that a terminal or a file gets out.
import {expect, test} from 'vitest'
import type {LogEntry} from '../../src/logs/model.ts'
import {LogLines} from '../../src/terminal/log.ts'

const plain = (_: unknown, text: string) => text
const marked = (style: string, text: string) => (text.trim() === '' ? text : `<${style} ${text}>`)
const entry = (fields: Partial<LogEntry>): LogEntry => ({
  time: new Date(2020, 0, 2, 3, 4, 5, 678).toISOString(),
  source: 'db',
  level: 'info',
  message: 'up',
  ...fields,
})

test('aligned, days above, nothing that a terminal would obey', () => {
  const lines = new LogLines({paint: plain, sources: ['db', 'migrate'], isTerminal: true})
  expect(lines.of(entry({}))).toBe('── 2020-01-02\n03:04:05.678  db                up')
  expect(
    lines.of(
      entry({
        ...{level: 'error', message: 'no\u001b[2J\rway\nhere', code: '22012', role: 'me', database: 'shop'},
        ...{where: 'functions/f.sql:3', detail: 'a\n\tb', statement: 'select 1\n', context: 'c'},
      }),
    ),
  ).toBe(`03:04:05.678  db       error    no\\u001b[2J\\u000dway  22012 · me@shop
                                here
                                at functions/f.sql:3
                                detail: a
                                        \tb
                                context: c
                                statement: select 1`)
  expect(lines.of(entry({source: 'migrate', message: 'applied', duration: 12}))).toBe(
    '03:04:05.678  migrate           applied  12 ms',
  )
  expect(lines.of(entry({time: new Date(2020, 0, 3).toISOString()}))).toMatch(/^── 2020-01-03\n00:00:00\.000 {2}db/)
})

test('on a terminal sentences are broken at its edge, and statements are left as they are', () => {
  const lines = new LogLines({paint: plain, sources: ['db'], isTerminal: true, columns: () => 60})
  const statement = `select ${'x, '.repeat(40)}y`
  const entry = {time: new Date().toISOString(), source: 'db', level: 'error', role: 'ada', statement} as const
  const message = 'a sentence of words that are more than one line of such a terminal holds'
  const [first, ...more] = lines
    .of({...entry, message})
    .split('\n')
    .slice(-5)
  expect([first, ...more].filter((line) => !line!.includes('select')).every((line) => line!.length <= 60)).toBe(true)
  expect(more.at(-1)!.trim()).toBe(`statement: ${statement}`)
  expect(more.map((line) => line.search(/\S/))).toEqual([27, 27, 27, 27].slice(0, more.length))
})

test('elsewhere each line has its day and zone; colours by source and level', () => {
  const lines = new LogLines({paint: plain, sources: ['db'], isTerminal: false})
  expect(lines.of(entry({}))).toMatch(/^2020-01-02T03:04:05\.678(Z|[+-]\d\d:\d\d) {2}db {11}up$/)
  const coloured = new LogLines({paint: marked, sources: ['db'], isTerminal: true})
  expect(coloured.of(entry({level: 'warning'})).split('\n')[1]).toBe(
    '<dim 03:04:05.678>  <cyan db>  <yellow warning>  <yellow up>',
  )
})
