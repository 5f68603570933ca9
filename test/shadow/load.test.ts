// Files in any order, and what stays wrong, against a real server.
import {describe, expect, test} from 'vitest'
import {shadowed} from './loading.ts'

const {loading, told, failure} = shadowed()

describe('order', () => {
  test('files and statements wait for what they need', async () => {
    const relations = await loading(
      {
        '1.sql': `
          grant select on app.names to reader;
          comment on view app.names is 'x';
          create view app.names as select name from app.people;
          create index on app.people (name);
          alter table app.pets add foreign key (owner) references app.people (id);`,
        '2.sql': 'create table app.pets (owner int); create policy p on app.people to reader using (app.ok(name));',
        '3.sql': 'create table app.people (id int, name app.label); create domain app.label as text;',
        '4.sql': 'create schema app; alter table app.people add primary key (id);',
        'functions/ok.sql': 'create function app.ok(app.label) returns bool language sql as $$ select true $$;',
      },
      (db) =>
        db.query(`select relname, obj_description(oid) as about, has_table_privilege('reader', oid, 'select') as "may"
          from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'v') order by 1`),
    )
    expect(relations).toEqual([
      {relname: 'names', about: 'x', may: true},
      {relname: 'people', about: null, may: false},
      {relname: 'pets', about: null, may: false},
    ])
  })

  test('statements about one thing keep their order while they wait', async () => {
    const [row] = await loading(
      {
        '1.sql': 'alter table t alter x set default late(); alter table t alter x set default 1; create table t (x int)',
        '2.sql': 'create function late() returns int language sql as $$ select 2 $$',
      },
      (db) => db.query(`select pg_get_expr(adbin, adrelid) as value from pg_attrdef`),
    )
    expect(row).toEqual({value: '1'})
  })

  test('keys of two tables may need one another', async () => {
    const rows = await loading(
      {
        '1.sql': `create table a (id int, b int); create table b (id int, a int);
          alter table a add constraint a_b foreign key (b) references b (id); alter table a add constraint a_key primary key (id);
          alter table b add constraint b_a foreign key (a) references a (id); alter table b add constraint b_key primary key (id);`,
      },
      (db) => db.query(`select conname from pg_constraint where conrelid >= 16384 and contype in ('p', 'f') order by 1`),
    )
    expect(rows.map(({conname}) => conname)).toEqual(['a_b', 'a_key', 'b_a', 'b_key'])
  })

  test('GRANT … ON ALL, DO and DROP … IF EXISTS run at their place', async () => {
    const rows = await loading(
      {
        '1.sql': `create table early (x int references key_of);
          create table key_of (x int primary key);
          grant select on all tables in schema public to reader;
          do $$ begin execute 'create table counted as select count(*) as n from pg_class where relname in (''early'', ''late'')'; end $$;
          create table gone (); drop table if exists gone;
          create table late ();`,
      },
      (db) =>
        db.query(
          `select relname, has_table_privilege('reader', oid, 'select') as "may" from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
        ),
    )
    expect(rows).toEqual([
      {relname: 'counted', may: false},
      {relname: 'early', may: true},
      {relname: 'key_of', may: true},
      {relname: 'late', may: false},
    ])
  })

  test('functions that call one another are made, and their bodies still looked at', async () => {
    const mutual = (body: string) => ({
      'functions/even.sql': `create function even(n int) returns bool language sql as $$ select n = 0 or odd(n - 1) $$;`,
      'functions/odd.sql': `create function odd(n int) returns bool language sql as $$\n  select ${body}\n$$;`,
    })
    expect([...(await told(mutual('n <> 0 and even(n - 1)'))).functions].sort()).toEqual([
      'function public.even(integer)',
      'function public.odd(integer)',
    ])
    const error = await failure(mutual('n <> 0 and evn(n - 1)'))
    expect(error).toMatchObject({
      code: 'bad-sql',
      message: 'function evn(integer) does not exist',
      where: {file: 'functions/odd.sql', line: 2, column: 21, text: '  select n <> 0 and evn(n - 1)'},
    })
  })
})

describe('settings', () => {
  test('a SET ends with its file, and holds for a statement that waited', async () => {
    const rows = await loading(
      {
        '1.sql': `set search_path = a; create table one (x two); select pg_catalog.set_config('search_path', '', false); create table b.three (x int)`,
        '2.sql': 'create schema a; create schema b; create table four ();',
        '3.sql': 'create type a.two as (x int)',
      },
      (db) => db.query(`select oid::regclass::text as name from pg_class where relkind = 'r' and oid >= 16384 order by 1`),
    )
    expect(rows.map(({name}) => name)).toEqual(['a.one', 'b.three', 'public.four'])
  })

  test('a file may turn off the look at bodies; a setting the server does not know is named', async () => {
    const {notes} = await told({
      '1.sql': `\\restrict abc\nset check_function_bodies = false; set never_heard_of = 0; set client_encoding = 'UTF8';
        create function f() returns int language sql as 'select nothing()';
        begin; commit;\n\\unrestrict abc\n`,
    })
    expect(notes).toEqual([
      '1.sql:1: the psql command \\restrict was skipped',
      '1.sql:5: the psql command \\unrestrict was skipped',
      '1.sql:4: BEGIN, COMMIT and the like were skipped: pgext loads a file as a whole (2 times)',
      '1.sql:2: a SET was skipped: unrecognized configuration parameter "never_heard_of"',
    ])
  })

  test('the session is left as it was', async () => {
    const [row] = await loading({'1.sql': "set datestyle = 'German'; set search_path = pg_catalog"}, (db) =>
      db.query(
        `select current_setting('datestyle') as style, current_setting('search_path') as path, current_setting('check_function_bodies') as bodies`,
      ),
    )
    expect(row).toEqual({style: 'ISO, YMD', path: '""', bodies: 'off'})
  })
})

describe('errors', () => {
  test('at file, line and column, with the cause before what follows from it', async () => {
    const error = await failure({
      'a.sql': 'create view v as select * from t;\n',
      'b.sql': "-- ä\ncreate table t (\n  a int,\n  'ä' oops\n);",
    })
    expect(error).toMatchObject({
      code: 'bad-sql',
      message: 'syntax error at or near "\'ä\'"',
      where: {file: 'b.sql', line: 4, column: 3, text: "  'ä' oops"},
    })
    const missing = await failure({
      'a.sql': 'create view v as select * from t;\n',
      'b.sql': 'create table t (\n  a int,\n  b lable\n);',
    })
    expect(missing).toMatchObject({
      message: 'type "lable" does not exist',
      where: {file: 'b.sql', line: 3, column: 5},
      hint: '1 more statement fails, perhaps for the same reason',
    })
  })

  test('in the body of a function', async () => {
    const body = await failure({
      'functions/f.sql': 'create function f() returns void language plpgsql as $$\nbegin\n  selec 1;\nend $$;',
    })
    expect(body).toMatchObject({code: 'bad-sql', where: {file: 'functions/f.sql', line: 3, column: 3}})
  })

  test.each([
    ['insert into t values (1)', /INSERT has no place/, /seed\.sql/],
    ['copy t from stdin;\n1\ta\n2\t\\N\n\\.\n', /rows do not belong/, /seed\.sql/],
    ['drop table t', /what is, not what is no more/, /remove/],
    ["select cron.schedule('x')", /calling cron\.schedule\(\)/, /"calls"/],
    ['set role x', /SET ROLE/, /OWNER TO/],
    ['\n\\i other.sql\n', /psql command \\i/, /"schema"/],
    ['rollback', /roll back/, /remove/],
    ['create extension no_such_thing', /no_such_thing is not available/, /SHADOW_DATABASE_URL.*"shadow": "target".*"external"/],
    ['do $$ begin perform nothing(); end $$', /nothing\(\) does not exist/, /at its place/],
    ['create table t (); create table t ()', /already exists/, /./],
  ])('%s', async (sql, message, hint) => {
    const error = await failure({'1.sql': `\n  ${sql}`})
    expect(error.message).toMatch(message)
    if (hint.source !== '.') expect(error.hint).toMatch(hint)
    expect(error.where).toMatchObject({file: '1.sql'})
  })

  test.each([
    ['create table t (a int);\n  create publication pgext for table t', "the publication pgext is pgext's own"],
    [
      'create table t (a int);\n  create publication p for table t; alter publication p rename to pgext',
      "the publication pgext is pgext's own",
    ],
  ])('%s', async (text, message) => {
    const error = await failure({'schema.sql': text})
    expect(error).toMatchObject({code: 'bad-sql', where: {file: 'schema.sql', line: 2}})
    expect(error.message).toContain(message)
  })

  test("extension pg_events is pgext's own", async () => {
    const {notes} = await told({'schema.sql': 'create extension pg_events; create table t (a int)'})
    expect(notes).toEqual([expect.stringContaining('schema.sql:1: a statement about extension pg_events was skipped')])
  })

  test('a functions file holds functions', async () => {
    const error = await failure({
      'functions/f.sql': 'create function f() returns int language sql as $$ select 1 $$;\n create table t ();',
    })
    expect(error).toMatchObject({
      code: 'bad-sql',
      where: {file: 'functions/f.sql', line: 2, column: 2},
      hint: 'move the statement to schema.sql',
    })
  })

  test('a role that may not be made', async () => {
    const error = await failure({'1.sql': 'create table t (); grant select on t to nobody_at_all'}, {rolesMayBeMade: false})
    expect(error).toMatchObject({code: 'role-missing'})
    expect(error.message).toContain('nobody_at_all')
  })
})
