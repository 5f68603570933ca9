// `-- pgext:renamed-from` above tables, columns and labels; and where it may not stand.
import {describe, expect, test} from 'vitest'
import {shadowed} from './loading.ts'

const {told, failure} = shadowed()

test('above a table, a column and a label', async () => {
  const {renames} = await told({
    'schema.sql': `set search_path = app; create schema app;
-- People of the house.
-- pgext:renamed-from humans
create table people (
  id int, -- plain
  /* é😀 */
  -- pgext:renamed-from "Full Name"
  -- what they are called
  name text default '(a, b)' check (name <> 'x'),
  -- pgext:renamed-from   AGE
  years int
);

create type public.mood as enum (
  'fine',
  -- pgext:renamed-from so so
  'so-so',
  -- pgext:renamed-from 'it''s bad'
  'bad'
);`,
  })
  expect(renames).toEqual([
    {kind: 'table', name: ['app', 'people'], from: ['humans'], where: {file: 'schema.sql', line: 3, column: 1}},
    {kind: 'column', name: ['app', 'people', 'name'], from: ['Full Name'], where: {file: 'schema.sql', line: 7, column: 3}},
    {kind: 'column', name: ['app', 'people', 'years'], from: ['age'], where: {file: 'schema.sql', line: 10, column: 3}},
    {kind: 'enum value', name: ['public', 'mood', 'so-so'], from: ['so so'], where: {file: 'schema.sql', line: 16, column: 3}},
    {kind: 'enum value', name: ['public', 'mood', 'bad'], from: ["it's bad"], where: {file: 'schema.sql', line: 18, column: 3}},
  ])
})

test('text in strings is no directive', async () => {
  const {renames} = await told({
    'schema.sql': `create function f() returns text language sql as $$\n  -- pgext:renamed-from x\n  select '-- pgext:nothing' $$;`,
  })
  expect(renames).toEqual([])
})

describe('refused', () => {
  test.each([
    ['-- pgext:renamed-from a\ncreate index on t (a); create table t (a int);', 1, 1, /above nothing/],
    ['-- pgext:renamed-from a\ncreate extension plpgsql;', 1, 1, /above nothing/],
    ['create table t ();\n-- pgext:renamed-from a\n', 2, 1, /above nothing/],
    ['create table s (); -- pgext:renamed-from a\ncreate table t ();', 1, 20, /above nothing/],
    ['create table t (\n  a int, -- pgext:renamed-from a\n  b int);', 2, 10, /above nothing/],
    ['create table t (\n  a int,\n  -- pgext:renamed-from a\n  check (a > 0));', 3, 3, /above nothing/],
    ['create table t (\n  a int\n  -- pgext:renamed-from a\n);', 3, 3, /above nothing/],
    ['-- pgext:rename a\ncreate table t ();', 1, 1, /no directive pgext:rename$/],
    ['-- pgext:renamed-from\ncreate table t ();', 1, 1, /needs the old name/],
    ['-- pgext:renamed-from a.b.c\ncreate table t ();', 1, 1, /needs the old name/],
  ])('%s', async (sql, line, column, message) => {
    const error = await failure({'schema.sql': sql})
    expect(error).toMatchObject({code: 'bad-sql', where: {file: 'schema.sql', line, column}})
    expect(error.message).toMatch(message)
  })
})
