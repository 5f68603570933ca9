// Files in, what loading tells of them out, against a real server.
import {describe, expect, test} from 'vitest'
import {extensionsIn, isClusterLevel} from '../../src/shadow/load.ts'
import {shadowed, sources} from './loading.ts'

const {loading, told} = shadowed()

describe('what the files say', () => {
  test('functions, owners, grantees, roles and schemas', async () => {
    const loaded = await told({
      'schema.sql': `
        create role manager; create schema app authorization manager; create schema empty;
        create type app.mood as enum ('fine'); alter type app.mood owner to manager;
        create table app.t (x int); alter table app.t owner to manager; alter table app.t alter x set not null;
        set search_path = app;
        create view v as select 1 as x; alter view v owner to manager;
        create function in_schema() returns int language sql as 'select 1'; alter function in_schema() owner to manager;
        grant select on t to reader, public; revoke all on v from someone;
        alter default privileges for role manager grant select on tables to another;`,
      'functions/f.sql': `
        drop function if exists app.f(int);
        create function app.f(a int, inout b app.mood[] default null, out c text, variadic d "char"[] default null) language sql as $$ select b, '' $$;
        create procedure app.p() language sql as ''; create function app.of_type(app.t.x%type) returns int language sql as 'select 1';
        create aggregate app.total(int) (sfunc = int4pl, stype = int); alter function app.f owner to manager;
        comment on function app.f is 'x'; grant execute on function app.f(int, app.mood[], variadic "char"[]) to reader;`,
    })
    expect([...loaded.functions].sort()).toEqual([
      'aggregate app.total(integer)',
      'function app.f(integer, app.mood[], "char"[])',
      'function app.of_type(integer)',
      'procedure app.p()',
    ])
    expect([...loaded.ownersSet].sort()).toEqual([
      'enum app.mood',
      'function app.f(integer, app.mood[], "char"[])',
      'function app.in_schema()',
      'schema app',
      'table app.t',
      'view app.v',
    ])
    expect([...loaded.grantees].sort()).toEqual(['another', 'public', 'reader', 'someone'])
    expect([...loaded.rolesCreated]).toEqual(['manager'])
    expect([...loaded.rolesMentioned].sort()).toEqual(['another', 'manager', 'reader', 'someone'])
    expect([...loaded.schemas].sort()).toEqual(['app', 'empty'])
  })

  test('owners of what has no regclass, or no schema', async () => {
    const {ownersSet} = await told({
      'schema.sql': `
        create role manager; create schema app authorization manager; set search_path = app, public;
        create table t (a int, b int); create statistics "S t" on a, b from t; alter statistics "S t" owner to manager;
        create collation app.c (locale = 'C'); alter collation c owner to manager;
        create function f(int) returns int language sql as 'select 1';
        create operator @@@ (function = f, rightarg = int); alter operator app.@@@ (none, int) owner to manager;
        create operator @<> (function = int4pl, leftarg = int, rightarg = int); alter operator @<> (int, int4) owner to manager;
        create operator class k for type box using gist as storage box; alter operator class k using gist owner to manager;
        alter operator family app.k using gist owner to manager;
        create text search configuration app.k (copy = simple); alter text search configuration k owner to manager;
        create foreign data wrapper w; alter foreign data wrapper w owner to current_user;
        create server s foreign data wrapper w; alter server s owner to current_user;
        create foreign table far () server s; alter foreign table far owner to manager;`,
    })
    expect([...ownersSet].sort()).toEqual([
      'collation app.c',
      'foreign data wrapper w',
      'foreign server s',
      'foreign table app.far',
      'operator app."@<>"(integer, integer)',
      'operator app."@@@"(NONE, integer)',
      'operator class app.k USING gist',
      'operator family app.k USING gist',
      'schema app',
      'statistics app."S t"',
      'text search configuration app.k',
    ])
  })

  test('roles that are only mentioned cannot log in', async () => {
    const [row] = await loading({'1.sql': 'create table t (); create policy p on t to "Mere Mention"'}, (db) =>
      db.query(`select rolcanlogin from pg_roles where rolname = 'Mere Mention'`),
    )
    expect(row).toEqual({rolcanlogin: false})
  })

  test('cluster-level statements run only in a cluster of our own', async () => {
    const files = {
      '1.sql':
        'create role roller login; grant roller to current_user; alter role roller set work_mem = 64; create table t (); alter table t owner to roller',
    }
    expect(await isClusterLevel(sources(files))).toBe(true)
    expect(await isClusterLevel(sources({'1.sql': 'create table t (); grant select on t to a'}))).toBe(false)
    const {notes} = await told(files, {isolated: false})
    expect(notes).toEqual(['1.sql:1: 3 statements about roles and other things of the cluster were not run for the shadow'])
  })

  test('tablespaces are made where they are absent; what files say of them is named; versions of extensions are known', async () => {
    const {notes, versions} = await told({
      '1.sql': `create tablespace far location '/not/here'; create table t (id int) tablespace far; drop tablespace old;
        create extension hstore version '1.4'; alter extension hstore update to '1.6'; create extension citext`,
    })
    expect(notes.map((note) => note.slice(0, 60))).toEqual(['1.sql:1: a statement about a tablespace was skipped: it is a'])
    expect([...versions]).toEqual(['hstore'])
  })

  test('one that a server of somebody lacks is an error at its place', async () => {
    const files = {'1.sql': 'create table t ();\n create index on t (id) tablespace nowhere'}
    await expect(told(files, {rolesMayBeMade: false})).rejects.toMatchObject({
      code: 'tablespace-missing',
      where: {line: 2, column: 2},
    })
  })

  test('an empty file speaks of schema public', async () => {
    expect([...(await told({'schema.sql': '-- nothing yet\n'})).schemas]).toEqual(['public'])
  })

  test('functions on the list of calls run', async () => {
    const rows = await loading(
      {
        '1.sql':
          `select app.make('made'); create schema app; create function app.make(n text) returns void language plpgsql as $$ begin execute format('create table app.%I ()', n); end $$;`.replace(
            /^(select[^;]*;)(.*)$/s,
            '$2 $1',
          ),
      },
      (db) => db.query(`select relname from pg_class where relnamespace = 'app'::regnamespace`),
      {calls: ['app.make']},
    )
    expect(rows).toEqual([{relname: 'made'}])
  })

  test('what others own is loaded first and is not ours', async () => {
    const loaded = await told(
      {
        '1.sql':
          'create extension if not exists of_others; create schema if not exists auth; create table t (id int references auth.users)',
      },
      {
        external: {
          files: sources({'external.sql': 'create schema auth; create table auth.users (id int primary key)'}),
          schemas: ['auth'],
          extensions: ['of_others'],
        },
      },
    )
    expect([...loaded.schemas]).toEqual(['public'])
  })

  test('extensions of the files', async () => {
    expect(await extensionsIn(sources({'1.sql': 'create extension citext; create extension if not exists "uuid-ossp"'}))).toEqual(
      ['citext', 'uuid-ossp'],
    )
  })
})
