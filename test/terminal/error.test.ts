import {describe, expect, test} from 'vitest'
import {PgextError} from '../../src/errors.ts'
import {errorJson, describe as print} from '../../src/terminal/error.ts'
import {hidePasswords} from '../../src/terminal/url.ts'

const plain = (_: unknown, text: string) => text

test('the place, the line and a caret under its character', () => {
  const error = new PgextError('bad-sql', 'syntax error at or near "tabel"', {
    hint: 'look at the line',
    where: {file: 'schema.sql', line: 12, column: 9, text: '\tcreate tabel tasks ()'},
  })
  expect(print(error, plain)).toBe(
    [
      'error: syntax error at or near "tabel"',
      '  schema.sql:12:9',
      '',
      '    \tcreate tabel tasks ()',
      '    \t       ^',
      '',
      'hint: look at the line',
    ].join('\n'),
  )
})

test('of a line too long for the terminal as much is shown as fits, with the caret at its place', () => {
  for (const at of [0, 3, 150, 900, 5_000, 9_990]) {
    const text = `${'x'.repeat(at)}HERE${'y'.repeat(9_996 - at)}`
    const error = new PgextError('bad-sql', 'no', {where: {file: 'schema.sql', line: 1, column: at + 1, text}})
    const [line = '', caret = ''] = print(error, plain).split('\n').slice(3)
    expect(line.length).toBeLessThanOrEqual((process.stderr.columns ?? 200) - 2)
    expect(line.slice(caret.indexOf('^')).startsWith('HERE')).toBe(true)
  }
})

test('an error without a place or a hint is one line', () => {
  expect(print(new PgextError('sql', 'no'), plain)).toBe('error: no')
})

test('an unknown error says so, and hides its stack', () => {
  expect(print(new TypeError('x is not a function'), plain)).toMatch(/^error: x is not a function\nhint: .*DEBUG=pgext[^\n]*$/)
})

describe('passwords', () => {
  test.each([
    ['postgres://ada:sesame@db:5432/shop', 'postgres://ada@db:5432/shop'],
    ['postgresql://ada:sesa:me%40@db/shop?sslmode=require', 'postgresql://ada@db/shop?sslmode=require'],
    ['can not reach postgres://ada:x@db, nor postgres://eve:y@db', 'can not reach postgres://ada@db, nor postgres://eve@db'],
    ['postgres://db/shop?user=ada&password=sesame', 'postgres://db/shop?user=ada&password=***'],
    ['postgres://ada@db/shop', 'postgres://ada@db/shop'],
  ])('%s', (text, shown) => {
    expect(hidePasswords(text)).toBe(shown)
  })

  test('never leave in an error', () => {
    const error = new PgextError('sql', 'bad postgres://a:secret@h/d', {hint: 'try postgres://a:secret@h/e'})
    expect(JSON.stringify(errorJson(error)) + print(error, plain)).not.toContain('secret')
  })
})
