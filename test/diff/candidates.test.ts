// Two states in; what may be a rename, whether a drop would lose something or not, out.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {candidates} from '../../src/diff/candidates.ts'
import type {Catalog} from '../../src/diff/model.ts'
import {read} from '../../src/diff/read.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

let shadow: Shadow

beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})

afterAll(() => shadow?.close())

const DOUBLE = `(n int, by int default 2) returns int language sql immutable set search_path = '' as 'select n * by'`

test('routines of one signature, body and settings', async () => {
  expect(await found(`create function public.twice${DOUBLE}`, `create function public."Double"${DOUBLE}`)).toEqual([
    'function public.twice(integer, integer)=public."Double"',
  ])
  expect(await found(`create function public.twice${DOUBLE}`, `create schema s; create function s.twice${DOUBLE}`)).toEqual([
    'function public.twice(integer, integer)=s.twice',
  ])
  expect(
    await found(
      `create procedure public.a(in x int, out y int) language plpgsql as 'begin y := x; end'`,
      `create procedure public.b(in x int, out y int) language plpgsql as 'begin y := x; end'`,
    ),
  ).toEqual(['procedure public.a(integer)=public.b'])
})

test('none where the body, a type, a default or a setting is another', async () => {
  for (const [was, now] of [
    ['n * by', 'by * n'],
    ['by int', 'by bigint'],
    ['default 2', 'default 3'],
    [`set search_path = ''`, ''],
    ['returns int', 'returns bigint'],
  ] as const)
    expect(await found(`create function public.twice${DOUBLE}`, `create function public.dbl${DOUBLE.replace(was, now)}`)).toEqual(
      [],
    )
})

test('none where something else is like it, be it there on both sides', async () => {
  const one = `() returns trigger language plpgsql as 'begin return new; end'`
  const both = `create function public.stays${one}; `
  expect(await found(`${both}create function public.a${one}`, `${both}create function public.b${one}`)).toEqual([])
  expect(await found(`create function public.a${one}`, `create function public.b${one}; create function public.c${one}`)).toEqual(
    [],
  )
  expect(await found(`create function public.a${one}`, `create function public.b${one}`)).toEqual([
    'function public.a()=public.b',
  ])
})

test('views, with rows of their own or not, of one definition', async () => {
  const table = 'create table public.t (a int, b text); '
  const query = 'with (security_barrier) as select a, b from public.t where a > 0'
  expect(await found(`${table}create view public.v ${query}`, `${table}create view public.w ${query}`)).toEqual([
    'view public.v=public.w',
  ])
  expect(
    await found(
      `${table}create materialized view public.v as select a from public.t; create index on public.v (a)`,
      `${table}create materialized view public.w as select a from public.t; create index on public.w (a)`,
    ),
  ).toEqual(['materialized view public.v=public.w'])
  expect(
    await found(`${table}create view public.v ${query}`, `${table}create view public.w as select a, b from public.t`),
  ).toEqual([])
})

test('computed columns and those of foreign tables, at their place', async () => {
  const computed = 'int generated always as (a + 1) stored'
  expect(
    await found(`create table public.t (a int, b ${computed}, c int)`, `create table public.t (a int, bb ${computed}, c int)`),
  ).toEqual(['column public.t.b=bb'])
  const server = 'create foreign data wrapper fdw; create server srv foreign data wrapper fdw; create foreign table public.'
  expect(
    await found(`${server}far (a int, b text, c int) server srv`, `${server}far (a int, bb text, c int) server srv`),
  ).toEqual(['foreign column public.far.b=bb'])
  expect(await found(`${server}far (a int, b text) server srv`, `${server}farther (a int, b text) server srv`)).toEqual([
    'foreign table public.far=public.farther',
  ])
})

test('what a drop would lose is told apart', async () => {
  const [now, wanted] = [await filled('create table public.a (x int)'), await filled('create table public.b (x int)')]
  expect(candidates(now, wanted).map(({answer, loses}) => ({answer, loses}))).toEqual([
    {answer: 'table public.a=public.b', loses: true},
  ])
})

/** The answers that would say yes to each; nothing would be lost with any of them. */
async function found(before: string, after: string): Promise<string[]> {
  return candidates(await filled(before), await filled(after)).map(({answer, loses}) => {
    expect(loses, answer).toBe(false)
    return answer
  })
}

async function filled(sql: string): Promise<Catalog> {
  const database = await shadow.create()
  const db = await database.connect()
  try {
    await db.script(sql)
    return await read(db)
  } finally {
    await db.close()
    await database.drop()
  }
}
