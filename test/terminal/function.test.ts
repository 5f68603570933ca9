import {expect, test} from 'vitest'
import type {CatalogObject, Change} from '../../src/diff/model.ts'
import {functionLines} from '../../src/terminal/function.ts'

const plain = (_: unknown, text: string) => text
const routine = (signature: string, ...lines: string[]): CatalogObject => ({
  id: `function public.f${signature}` as CatalogObject['id'],
  kind: 'function',
  name: ['public', 'f'],
  signature,
  position: 0,
  body: {definition: lines.join('\n')},
  needs: [],
  softNeeds: [],
  claims: [],
  hash: signature + lines.join('\n'),
})

const old = routine('(integer)', 'CREATE FUNCTION f(a integer)', 'AS $$', '  select 1', '$$')

test('an altered function shows the lines that differ', () => {
  const change: Change = {
    verb: 'alter',
    from: old,
    to: routine('(integer)', 'CREATE FUNCTION f(a integer)', 'AS $$', '  select 2', '$$'),
  }
  expect(functionLines([change], plain)).toEqual([
    '~ function public.f(integer)',
    '    @@ -1,4 +1,4 @@',
    '     CREATE FUNCTION f(a integer)',
    '     AS $$',
    '    -  select 1',
    '    +  select 2',
    '     $$',
  ])
})

test('a new signature is one edit', () => {
  const to = routine('(bigint)', 'CREATE FUNCTION f(a bigint)', 'AS $$', '  select 1', '$$')
  const lines = functionLines(
    [
      {verb: 'create', to},
      {verb: 'drop', from: old},
    ],
    plain,
  )
  expect(lines[0]).toBe('~ function public.f(integer) → function public.f(bigint)')
  expect(lines).toContain('    -CREATE FUNCTION f(a integer)')
  expect(lines).toContain('    +CREATE FUNCTION f(a bigint)')
})

test('overloads are not mistaken for one another', () => {
  const to = [routine('(bigint)', 'one'), routine('(text)', 'two')]
  const changes: Change[] = [{verb: 'drop', from: old}, ...to.map((o) => ({verb: 'create' as const, to: o}))]
  const heads = functionLines(changes, plain).filter((line) => !line.startsWith(' '))
  expect(heads).toEqual(['- function public.f(integer)', '+ function public.f(bigint)', '+ function public.f(text)'])
})
