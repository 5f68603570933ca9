// Writers and owners of tables who want what is not theirs in; what the queue captures all the same, and what they do not get, out.
import {expect, test} from 'vitest'
import {openPlaces} from './place.ts'

const {open, told} = openPlaces()

test('no code of a table’s owner runs as the owner of the queue: casts of its rows, names that break a comment', async () => {
  const name = `"a\rDECLARE x int := public.f(); --"`
  const place = await open(`
    create role mallory; grant create on schema public to mallory; set role mallory;
    create table base (id int primary key, v text); create table child () inherits (base); create table task (id int primary key, v text);
    create function fake(base) returns text language sql as $$ select '(9,' || current_user || ')' $$;
    create function fake(task) returns text language sql as $$ select '(9,' || current_user || ')' $$;
    create cast (base as text) with function fake(base); create cast (task as text) with function fake(task);
    create table ran (by text); grant insert on ran to public;
    create function f() returns int language plpgsql as $$ begin insert into public.ran values (current_user); return 1; end $$;
    create table ${name} (id int primary key) partition by range (id);
    create table part partition of ${name} for values from (0) to (10);
    reset role;
    create publication pg_events for table base, task, ${name} with (publish = '')`)
  expect(
    await told(
      place,
      `set role mallory; insert into base values (1, 'x'); update base set v = 'y'; insert into child values (2, null);
       delete from base; insert into task values (1, 'z'); insert into part values (1); reset role`,
    ),
  ).toEqual([
    'INSERT base 1|x',
    'UPDATE base 1|x → 1|y',
    'INSERT child 2|ø',
    'DELETE base 1|y',
    'DELETE child 2|ø',
    'INSERT task 1|z',
    `INSERT ${name.slice(1, -1)} 1`,
  ])
  expect(await place.ask('select by from ran')).toEqual([])
})

test('what default privileges give away is not given away here', async () => {
  const place = await open(`
    create role app; alter default privileges grant all on tables to app; alter default privileges grant all on functions to app;
    alter default privileges grant all on sequences to app;
    create table task (id int primary key); create publication pg_events for table task with (publish = '')`)
  await place.ask('grant usage on schema pgext to app')
  const may = `select c.relname as name from pg_class c where c.relnamespace = 'pgext'::regnamespace and c.relkind <> 'i'
      and case c.relkind when 'S' then has_sequence_privilege('app', c.oid, 'usage, select, update')
        else has_table_privilege('app', c.oid, 'select, insert, update, delete, truncate, references, trigger') end
    union all select p.proname from pg_proc p where p.pronamespace = 'pgext'::regnamespace and (p.proname like 'capture_%' or p.prosecdef)
      and p.prorettype in ('trigger'::regtype, 'void'::regtype) and has_function_privilege('app', p.oid, 'execute')`
  expect(await place.ask(may)).toEqual([])
  await place.ask(`create table later (id int); alter publication pg_events add table later; select pgext.sync_events()`)
  expect(await place.ask(may)).toEqual([])
  // somebody gave it away: it is drift
  await place.ask(
    `do $$ begin execute format('grant execute on function pgext.capture_%s_insert to app', 'task'::regclass::oid); end $$`,
  )
  expect(await place.ask('select * from pgext.sync_events()')).toHaveLength(1)
  expect(await place.ask('select * from pgext.sync_events()')).toEqual([])
})

test('a row that moves to another partition and is swallowed there, with a key of a type that no operator in pg_catalog is for', async () => {
  const place = await open(`
    create extension ltree; create table t (at int, id ltree, primary key (at, id)) partition by list (at);
    create table t1 partition of t for values in (1); create table t2 partition of t for values in (2);
    create function swallow() returns trigger language plpgsql as $$ begin return null; end $$;
    create trigger swallow before insert on t2 for each row execute function swallow();
    create publication pg_events for table t with (publish = '')`)
  expect(await told(place, `insert into t values (1, 'a.b'), (1, 'c'); update t set at = 2 where id = 'c'`)).toEqual([
    'INSERT t 1|a.b',
    'INSERT t 1|c',
    'DELETE t 1|c',
  ])
})

/** Operators, functions and types named like what a capturing function uses, each of which notes who ran it. */
const EVIL = [
  `create schema evil; create table ran (by text, what text); grant insert on ran to public;
   create function evil.note(what text) returns boolean language plpgsql as $$ begin insert into public.ran values (current_user, what); return true; end $$;`,
  ...['= bigint int', '= bigint bigint', '= oid oid', '= text text', '<> bigint bigint', '/ bigint int', '% bigint int'].map(
    (told, at) => {
      const [name, left, right] = told.split(' ') as [string, string, string]
      const [type, value] = '/%'.includes(name) ? ['bigint', '0'] : ['boolean', 'true']
      return `create function evil.o${at}(${left}, ${right}) returns ${type} language plpgsql as $$ begin perform evil.note('${name}'); return ${value}; end $$;
      create operator evil.${name} (leftarg = ${left}, rightarg = ${right}, function = evil.o${at});`
    },
  ),
  ...[
    'date_part(text, timestamptz)',
    'clock_timestamp()',
    'row_number()',
    'shape_hash(int, int)',
    'as_text(record)',
    'format(text, record)',
  ].map(
    (of) =>
      `create function evil.${of} returns text language plpgsql as $$ begin perform evil.note('${of}'); return '0'; end $$;`,
  ),
  ...['int8', 'oid', 'text', '"char"', 'regclass'].map(
    (type) => `create domain evil.${type} as pg_catalog.${type} check (evil.note('a type'));`,
  ),
].join('\n')

test('nothing that a writer’s search_path leads to runs as the owner of the queue, nor what is temporary and named alike', async () => {
  const place = await open(`${EVIL} create role eve; grant all on schema evil to eve;
    create table task (id int primary key, v text, at timestamptz);
    create table base (id int primary key); create table child () inherits (base);
    create table part (at int, id int, primary key (at, id)) partition by list (at); create table part_1 partition of part for values in (1);
    create table part_2 partition of part for values in (2);
    create function swallow() returns trigger language plpgsql as $$ begin return null; end $$;
    create trigger swallow before insert on part_2 for each row execute function swallow();
    grant all on task, base, child, part, part_1, part_2 to eve;
    create publication pg_events for table task, base, part with (publish = '')`)
  const work = (id: number) => `
    insert into public.task values (${id}, 'x', '2020-01-02 03:04:05+00'); update public.task set v = 'y'; delete from public.task;
    insert into public.base values (${id}); insert into public.part values (1, ${id}), (1, ${id + 1});
    update public.part set at = 2 where pg_catalog.int4eq(id, ${id}); delete from public.part; truncate public.task, public.part;`
  // with plans that were made before, and with new ones
  const lines = await told(
    place,
    `${work(1)} set role eve; set search_path = evil, pg_catalog; ${work(11)}
     create temp table new_rows (id int); create temp table old_rows (id int); create temp table h (hash bigint); create temp table event_0 (id int);
     create domain pg_temp.int8 as pg_catalog.int8 check (evil.note('a temporary type'));
     create domain pg_temp.oid as pg_catalog.oid check (evil.note('a temporary type'));
     ${work(21)} discard plans; ${work(31)} reset role; set search_path = public`,
  )
  const expected = (id: number) => [
    `INSERT task ${id}|x|2020-01-02 03:04:05+00`,
    `UPDATE task ${id}|x|2020-01-02 03:04:05+00 → ${id}|y|2020-01-02 03:04:05+00`,
    `DELETE task ${id}|y|2020-01-02 03:04:05+00`,
    `INSERT base ${id}`,
    `INSERT part 1|${id}`,
    `INSERT part 1|${id + 1}`,
    `DELETE part 1|${id}`,
    `DELETE part 1|${id + 1}`,
    'TRUNCATE task',
  ]
  expect(lines.filter((line) => !line.startsWith('TRUNCATE part'))).toEqual([1, 11, 21, 31].flatMap(expected))
  expect(await place.ask('select distinct by, what from public.ran')).toEqual([])
})
