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

/** A statement, and what its directive means; `old` is always its old name. */
const KINDS: readonly (readonly [sql: string, kind: string, name: readonly string[], signature?: string])[] = [
  ['create schema s;', 'schema', ['s']],
  ['create table t (a int);', 'table', ['public', 't']],
  ['create table t (a int) partition by list (a);', 'table', ['public', 't']],
  ['create view v as select 1 as a;', 'view', ['public', 'v']],
  ['create materialized view m as select 1 as a;', 'materialized view', ['public', 'm']],
  ['create sequence s;', 'sequence', ['public', 's']],
  ["create type e as enum ('a');", 'enum', ['public', 'e']],
  ['create type c as (a int);', 'composite type', ['public', 'c']],
  ['create type r as range (subtype = int);', 'range type', ['public', 'r']],
  ['create domain d as int;', 'domain', ['public', 'd']],
  ['create index i on x (a);', 'index', ['public', 'i']],
  ['create statistics s on a, b from x;', 'statistics', ['public', 's']],
  ['alter table x add constraint k check (a > 0);', 'constraint', ['public', 'x', 'k']],
  ['alter domain y add constraint k check (value > 0);', 'domain constraint', ['public', 'y', 'k']],
  ['create trigger g before insert on x for each row execute function fired();', 'trigger', ['public', 'x', 'g']],
  ['create policy p on x;', 'policy', ['public', 'x', 'p']],
  ['create rule r as on insert to x do nothing;', 'rule', ['public', 'x', 'r']],
  [
    "create function f(a int, b text default '') returns int language sql return 1;",
    'function',
    ['public', 'f'],
    '(integer, text)',
  ],
  ["create procedure f(a int, out b int) language plpgsql as 'begin end';", 'procedure', ['public', 'f'], '(integer)'],
  ['create aggregate f(int) (sfunc = int4pl, stype = int);', 'aggregate', ['public', 'f'], '(integer)'],
  [
    'create operator <<< (function = int4pl, leftarg = int, rightarg = int);',
    'operator',
    ['public', '<<<'],
    '(integer, integer)',
  ],
  ['create operator family f using hash;', 'operator family', ['public', 'f'], ' USING hash'],
  ['create operator class f for type int using hash as operator 1 =;', 'operator class', ['public', 'f'], ' USING hash'],
  ["create collation c (locale = 'C');", 'collation', ['public', 'c']],
  ["create conversion c for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;", 'conversion', ['public', 'c']],
  ['create text search configuration c (parser = default);', 'text search configuration', ['public', 'c']],
  ['create text search dictionary d (template = simple);', 'text search dictionary', ['public', 'd']],
  ['create text search template t (lexize = dsimple_lexize);', 'text search template', ['public', 't']],
  ['create foreign data wrapper w;', 'foreign data wrapper', ['w']],
  ['create server s foreign data wrapper v;', 'foreign server', ['s']],
  ['create foreign table t (a int) server u;', 'foreign table', ['public', 't']],
  ['create publication p;', 'publication', ['p']],
  ['create event trigger e on ddl_command_start execute function hooked();', 'event trigger', ['e']],
  ['create table t (\n-- pgext:renamed-from old\na int);', 'column', ['public', 't', 'a']],
  ['create table t (a int,\n-- pgext:renamed-from old\nconstraint k check (a > 0));', 'constraint', ['public', 't', 'k']],
  [
    'create domain d as int\n-- pgext:renamed-from old\nconstraint k check (value > 0);',
    'domain constraint',
    ['public', 'd', 'k'],
  ],
  ['create type c as (\n-- pgext:renamed-from old\na int);', 'attribute', ['public', 'c', 'a']],
  ['create foreign table t (\n-- pgext:renamed-from old\na int) server u;', 'foreign column', ['public', 't', 'a']],
  ['create view v as select\n-- pgext:renamed-from old\na + 1 as b from x;', 'view column', ['public', 'v', 'b']],
  ['create view v (b) as select\n-- pgext:renamed-from old\na from x union select 2;', 'view column', ['public', 'v', 'b']],
  ['create materialized view v as select\n-- pgext:renamed-from old\na from x;', 'view column', ['public', 'v', 'a']],
]

test('above everything that has a name', async () => {
  const around = `create table x (a int, b int); create domain y as int; create foreign data wrapper v; create server u foreign data wrapper v;
create function fired() returns trigger language plpgsql as 'begin end'; create function hooked() returns event_trigger language plpgsql as 'begin end';\n`
  for (const [sql, kind, name, signature] of KINDS) {
    const text = sql.includes('pgext:') ? sql : `-- pgext:renamed-from old\n${sql}`
    const {renames} = await told({'schema.sql': around + text})
    expect(renames, sql).toEqual([expect.objectContaining({kind, name, ...(signature && {signature}), from: ['old']})])
  }
})

test('with the schema that it was in', async () => {
  const {renames} = await told({
    'schema.sql': `-- pgext:renamed-from App."Old ""one"
create table t (a int);
-- pgext:renamed-from app.<<<
create operator <<< (function = int4pl, leftarg = int, rightarg = int);`,
  })
  expect(renames.map(({from}) => from)).toEqual([
    ['app', 'Old "one'],
    ['app', '<<<'],
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
