// Several migrations become one: the same on an empty database, recognised where they are applied, refused where only some are.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const FILES = {
  'schema.sql': `create table users (id int primary key, full_name text, greeting text default greet('you'));
create table kinds (id serial primary key, name text not null);
create index users_by_name on users (full_name);
grant select on users to "squash er";
`,
  'functions/greet.sql': `create function greet(name text) returns text language sql immutable as $$ select 'hi ' || name $$;\n`,
  'migrations/20240101T000000_users.sql': `alter role "squash er" nologin;
create table users (id int primary key, name text);
create function greet(name text) returns text language sql immutable as $$ select 'hi ' || name $$;
grant select on users to "squash er";
`,
  'migrations/20240102T000000_kinds.sql': `create table kinds (id serial primary key, name text not null);
insert into kinds (name) values ('a') -- one
;
insert into kinds (name) values ('b');
update users set name = 'nobody' where name is null;
`,
  'migrations/20240103T000000_names.sql': `begin;
alter table users rename column name to full_name;
alter table users add greeting text default greet('you');
commit;
create index concurrently users_by_name on users (full_name);
`,
}
const VERSIONS = ['20240101T000000', '20240102T000000', '20240103T000000']

let site: Site
let project: Project
const on = async (name: string): Promise<Project> => {
  const {url} = await site.project(name, {})
  return Object.assign(Object.create(project), {url})
}
beforeAll(async () => {
  site = await openSite()
  await site.admin.script('create role "squash er"')
  project = await site.project('squash', FILES)
  await project.ends(0, 'migrate:sum')
})
afterAll(() => site?.close())

test('what the old ones put into tables is never lost without a word; with --keep one comes instead of three', async () => {
  const [all, some, none] = [await on('squash_all'), await on('squash_some'), await on('squash_none')]
  await all.ends(0, 'migrate', '--yes')
  await some.ends(0, 'migrate', '--yes')
  await some.ask(`delete from pgext.migration where version = '${VERSIONS[2]}'`)
  expect(await some.fails('migrate:squash')).toContain('20240103T000000_names.sql is pending in squash_some')
  const said = await project.fails('migrate:squash')
  expect(said).toContain('in public.kinds')
  expect(said).toContain('20240102T000000_kinds.sql:2: insert into kinds')
  expect(await project.migrations()).toHaveLength(3)
  const {err} = await project.ends(0, 'migrate:squash', '--keep', '--name', 'one')
  expect(err).toContain('an empty database becomes the same by either')
  const [file, ...others] = await project.migrations()
  expect([file, others]).toEqual(['20240103T000001_one.sql', []])
  // recognised before anything is written there
  expect((await all.ends(0, 'migrate:status')).out).toMatch(/applied +20240103T000001_one.sql +by the 3 migrations/)
  const applied = await all.ends(0, 'migrate', '--yes', '--json')
  expect(JSON.parse(applied.out).applied).toEqual([])
  expect(await all.ask('select count(*)::int as n from kinds')).toEqual([{n: 2}])
  expect(await all.ask('select version from pgext.migration order by 1')).toHaveLength(4)
  await some.ends(2, 'migrate:status')
  expect(await some.fails('migrate', '--yes')).toContain('this database lacks 20240103T000000')
  await none.ends(0, 'migrate', '--yes')
  expect(await none.ask('select name from kinds order by id')).toEqual([{name: 'a'}, {name: 'b'}])
  const {out} = await project.run('diff', '--from', all.url, '--to', none.url, '--json', '--no-prove')
  expect(JSON.parse(out).equal).toBe(true)
})

test('what is squashed again is recognised by those that have only the first ones, and a cut is gone on with', async () => {
  await project.write({
    'pgext.json': '{"judgeAfter": "20240104T000000"}\n',
    'migrations/20240104T000000_more.sql': 'alter table users add more int;\n',
    'schema.sql': FILES['schema.sql'].replace("greet('you')", "greet('you'), more int"),
  })
  await project.ends(0, 'migrate:sum')
  const [old] = await project.migrations()
  const text = await project.read(`migrations/${old}`)
  const all = await on('squash_again')
  await all.ends(0, 'migrate', '--yes')
  // as one stands that has applied the very first files, and nothing since
  await all.ask(`delete from pgext.migration where version = '20240103T000001';
    insert into pgext.migration (version, name, checksum, statements, finished, applied_at)
    select m[1], 'old', m[2], 1, true, now() from regexp_matches($t$${text}$t$, '-- replaces: (\\S+) ([0-9a-f]+)', 'g') m`)
  await all.ends(0, 'migrate:status')
  await all.ends(0, 'migrate:squash', '--keep', '--name', 'two')
  await all.ends(0, 'migrate:status')
  await project.write({[`migrations/${old}`]: text})
  expect(await all.fails('migrate', '--yes')).toContain('pgext.sum does not fit')
  expect((await project.ends(0, 'migrate:squash')).out).toContain('and was cut off')
  expect(await project.migrations()).toEqual(['20240104T000001_two.sql'])
  // what came instead of settled ones is settled
  expect(await project.read('pgext.json')).toBe('{"judgeAfter": "20240104T000001"}\n')
  await all.ends(0, 'migrate', '--yes')
})

// half a minute of PGlite where the cores are busy: left to npm run test:all
test.skipIf(process.env.PGEXT_LOAD !== 'full')(
  'on PGlite, which has the extensions that it was started with, the same is proven and verified',
  async () => {
    const one = await site.project('squash_pglite', {
      'pgext.json': '{"shadow": "pglite"}',
      'schema.sql': 'create extension pgcrypto;\ncreate table a (id int primary key, b text default gen_random_uuid()::text);\n',
      'migrations/20240101T000000_a.sql': 'create table a (id int primary key);\n',
      'migrations/20240102T000000_b.sql':
        'create extension pgcrypto;\nalter table a add b text default gen_random_uuid()::text;\n',
    })
    await one.ends(0, 'migrate:sum')
    await one.ends(0, 'migrate:squash')
    expect(await one.migrations()).toEqual(['20240102T000001_squashed.sql'])
    expect((await one.ends(0, 'migrate:verify')).out).toContain('verified 1 migration replayed on PostgreSQL 18')
  },
)
