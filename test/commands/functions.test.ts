// Functions on their own road: what a migration carries, what waits for deploy-functions, and what stands in whose way.
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const SCHEMA = `
create table tasks (id int primary key, code text not null default code_of(7), touched text, secret boolean not null default false);
create trigger stamp before insert on tasks for each row execute function stamp();
alter table tasks enable row level security;
create policy visible on tasks for select using (may_see(secret));
create table notes (id int primary key, body text);
`
const FUNCTIONS = {
  'functions/code_of.sql': "create function code_of(n int) returns text language sql immutable as $$ select 'c' || n $$;\n",
  'functions/stamp.sql':
    'create function stamp() returns trigger language plpgsql as $$ begin new.touched = stamp_text(new.id); return new; end $$;\n',
  'functions/stamp_text.sql':
    "create function stamp_text(id int) returns text language plpgsql as $$ begin return 'touched ' || code_of(id); end $$;\n",
  'functions/may_see.sql':
    'create function may_see(secret boolean) returns boolean language sql stable as $$ select not secret $$;\n',
  'functions/note.sql': `create function note(which int) returns notes language sql stable as $$ select * from notes where id = which $$;\n`,
  'functions/lonely.sql': 'create function lonely() returns int language sql as $$ select 1 $$;\n',
}

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('functions', {'schema.sql': SCHEMA, ...FUNCTIONS})
})
afterAll(() => site?.close())

const newest = async () => project.read(`migrations/${(await project.migrations()).at(-1)}`)
const made = (sql: string) => [...sql.matchAll(/^CREATE OR REPLACE FUNCTION public\.(\w+)/gm)].map(([, name]) => name).sort()

test('a migration carries those that the schema needs, and those that they call', async () => {
  const {out} = await project.ends(0, 'migrate', '--name', 'first')
  expect(out).toContain('for pgext deploy-functions: 2 objects')
  expect(made(await newest())).toEqual(['code_of', 'may_see', 'stamp', 'stamp_text'])
  await project.ask('insert into tasks (id) values (1)')
  expect(await project.ask('select id, code, touched from tasks')).toEqual([{id: 1, code: 'c7', touched: 'touched c1'}])
})

test('the rest is deployed; deploying twice has nothing to do', async () => {
  await project.ends(2, 'diff')
  const {out} = await project.ends(0, 'deploy-functions')
  expect(out).toContain('deployed 2 objects')
  expect((await project.ends(0, 'deploy-functions')).out).toBe('every function is as functions/ says\n')
  expect(JSON.parse((await project.ends(0, 'deploy-functions', '--json')).out)).toMatchObject({equal: true, deployed: false})
  await project.ends(0, 'diff')
})

test('a body that changes waits for deployment, whoever depends on it', async () => {
  await project.write({
    'functions/stamp_text.sql':
      "create function stamp_text(id int) returns text language plpgsql as $$ begin return 'stamped ' || code_of(id); end $$;\n",
  })
  expect((await project.ends(0, 'migrate')).out).toContain('waiting for pgext deploy-functions: 1 object')
  const before = await project.migrations()
  await project.ends(0, 'deploy-functions')
  expect(await project.migrations()).toEqual(before)
  await project.ask('insert into tasks (id) values (2)')
  expect(await project.ask('select touched from tasks where id = 2')).toEqual([{touched: 'stamped c2'}])
})

test('a signature that changes under a default, a trigger and a policy', async () => {
  await project.write({
    'functions/code_of.sql':
      "create function code_of(n bigint, prefix text default 'd') returns text language sql immutable as $$ select prefix || n $$;\n",
    'functions/may_see.sql':
      'create function may_see(secret boolean, really boolean default true) returns boolean language sql stable as $$ select really and not secret $$;\n',
  })
  await project.ends(0, 'migrate', '--name', 'signatures')
  await project.ends(0, 'deploy-functions')
  await project.ends(0, 'diff')
  await project.ask('insert into tasks (id) values (3)')
  expect(await project.ask('select code, touched from tasks where id in (1, 3) order by id')).toEqual([
    {code: 'c7', touched: 'touched c1'},
    {code: 'd7', touched: 'stamped d3'},
  ])
  expect(await project.ask("select count(*)::int as n from pg_proc where proname in ('code_of', 'may_see')")).toEqual([{n: 2}])
})

test('a deployed function whose signature stands in the way of a change is dropped, and put back by deploying', async () => {
  await project.write({
    'schema.sql': SCHEMA.replace(/create table notes .*\n/, 'create table remarks (id int primary key, body text);\n'),
    'functions/note.sql':
      'create function note(which int) returns remarks language sql stable as $$ select * from remarks where id = which $$;\n',
  })
  await project.ends(0, 'migrate', '--name', 'remarks', '--allow', 'data-loss', '--no-rename', 'all')
  expect(await newest()).toContain('DROP FUNCTION IF EXISTS public.note(integer);')
  expect(await project.ask("select to_regclass('notes') as there")).toEqual([{there: null}])
  expect((await project.ends(0, 'deploy-functions')).out).toContain('note')
  await project.ends(0, 'diff')
})

test('one whose file is gone is left alone, and named', async () => {
  await rm(join(project.folder, 'functions/lonely.sql'))
  const {err} = await project.ends(0, 'diff')
  expect(err).toContain('function public.lonely()')
  await project.ends(0, 'deploy-functions')
  expect(await project.ask('select lonely() as it')).toEqual([{it: 1}])
})

test('one that moves to schema.sql becomes the schema’s, and back again', async () => {
  const text = await project.read('functions/note.sql')
  await rm(join(project.folder, 'functions/note.sql'))
  const schema = await project.read('schema.sql')
  await project.write({'schema.sql': schema + text})
  await project.ends(0, 'migrate', '--name', 'moved')
  expect(made(await newest())).toEqual(['note'])
  await project.ends(0, 'diff')
  await project.write({'schema.sql': schema, 'functions/note.sql': text})
  await project.ends(0, 'migrate')
  await project.ends(0, 'deploy-functions')
  await project.ends(0, 'diff')
  expect((await project.ends(0, 'migrate:new', 'nothing')).out).toContain('cover everything')
})

test('broken, or in need of what is not there: nothing is deployed', async () => {
  const before = await project.state()
  await project.write({
    'functions/broken.sql': 'create function broken() returns int language plpgsql as $$\nbegin\n  retrun 1;\nend $$;\n',
    'functions/fine.sql': 'create function fine() returns int language sql as $$ select 1 $$;\n',
  })
  expect(await project.fails('deploy-functions')).toContain('functions/broken.sql:3:')
  expect(await project.state()).toEqual(before)
  await rm(join(project.folder, 'functions/broken.sql'))
  await project.write({
    'schema.sql': `${await project.read('schema.sql')}create table later (id int);\n`,
    'functions/late.sql': 'create function late() returns setof later language sql as $$ select * from later $$;\n',
  })
  expect(await project.fails('deploy-functions')).toMatch(/needs table public\.later(.|\n)*run `pgext migrate` first/)
  expect(await project.state()).toEqual(before)
})

test('db:reset brings all of it back', async () => {
  await project.ends(0, 'migrate', '--name', 'later')
  await project.ends(0, 'deploy-functions')
  const before = await project.state()
  await project.write({'seed.sql': 'insert into tasks (id) values (10);\n'})
  const {out} = await project.ends(0, 'db:reset', '--yes', '--json')
  expect(JSON.parse(out)).toMatchObject({database: 'functions', dropped: true, deployed: expect.any(Number), seeded: true})
  const after = (await project.state()) as {functions: {name: string}[]}
  expect(after).toEqual({...(before as object), functions: after.functions})
  expect(after.functions.map(({name}) => name)).not.toContain('lonely()')
  expect(await project.ask('select touched from tasks')).toEqual([{touched: 'stamped d10'}])
  await project.ends(0, 'diff')
})
