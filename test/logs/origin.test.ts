// Files and entries of a real server's log in; the lines of the files that they came from.
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import type {LogEntry} from '../../src/logs/model.ts'
import type {Db} from '../../src/postgres/db.ts'
import {contextOf} from '../../src/postgres/error.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import type {SourceFile} from '../../src/shadow/model.ts'
import {Origins} from '../../src/walk/origin.ts'

const FILES: Readonly<Record<string, string>> = {
  'functions/order.sql': `-- places it
create function shop.place(a int, note text default '') returns int language plpgsql as $body$
declare
  n int;
begin
  n := 1 / a; -- line 6
  return n;
end $body$;
create function shop.place(a text) returns int language plpgsql as 'begin
  return shop.place(a::int, ''it''''s'');
  raise exception ''on its line 11'';
end';
`,
  'functions/weird.sql': `
create or replace function "Odd ""name"""(a timestamptz[], out b varchar) language plpgsql as $$ begin
  perform 1;
  raise 'odd';
end $$;
create function plain(a text) returns int language sql as $$
  select 1;

  select 1 / length(a)
$$;
create function atomic(a text) returns int language sql begin atomic select 1 / length(a); end;
create procedure go() language plpgsql as $$
begin
  perform plain('');
end $$;
create function touch() returns trigger language plpgsql as $$
begin
  raise exception 'no';
end $$;
`,
  'schema.sql': `create table t (id int);
create trigger touch before insert on t for each row execute function touch();
`,
}

const sources: SourceFile[] = Object.entries(FILES).map(([path, text]) => ({
  path,
  text,
  holdsFunctions: path.startsWith('functions'),
}))
const origins = new Origins({sources: async () => sources})

let cluster: Cluster
let db: Db
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
  db = await connect(cluster.url('postgres'))
  await db.script(`create schema shop; set search_path = public; ${Object.values(FILES).join('')}
    create function twice() returns int language plpgsql as $$ begin return 1 / 0; end $$`)
})
afterAll(async () => {
  await db?.close()
  await cluster?.close()
})

const entry = (fields: Partial<LogEntry>): LogEntry => ({
  time: '2026-01-01T00:00:00.000Z',
  source: 'db',
  level: 'error',
  message: '',
  ...fields,
})

test.each([
  ['select shop.place(0)', 'functions/order.sql:6'],
  ["select shop.place('0')", 'functions/order.sql:6'],
  ["select shop.place('x')", 'functions/order.sql:10'],
  [`select "Odd ""name"""('{}')`, 'functions/weird.sql:4'],
  [`select plain(a) from (values ('')) as v(a)`, 'functions/weird.sql:9'],
  ['call go()', 'functions/weird.sql:9'],
  ['insert into t values (1)', 'functions/weird.sql:18'],
  ["do 'begin perform shop.place(0); end'", 'functions/order.sql:6'],
  ['select twice()', undefined],
  ['select 1 / 0', undefined],
])('%s', async (sql, where) => {
  const error: PgextError = await db.script(sql).then(
    () => expect.fail('it ran'),
    (error) => error,
  )
  const context = contextOf(error)
  expect(await origins.of(entry({...(context && {context})})), context).toBe(where)
})

test.each([
  ['select shop.place($1, $2)', 'functions/order.sql:2'],
  ['with x as (select plain($1)) select * from x', 'functions/weird.sql:6'],
  ['select atomic($1)', 'functions/weird.sql:11'],
  ['CALL public.go()', 'functions/weird.sql:12'],
  ['select other.plain(1)', undefined],
  ['select length($1)', undefined],
  ['select plain( -- cut o', undefined],
])('slow: %s', async (statement, where) => {
  expect(await origins.of(entry({statement, duration: 300}))).toBe(where)
})
