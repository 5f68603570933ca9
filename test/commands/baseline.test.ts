// Databases that something else has made: one becomes version one with its rows as they are, a second one like it is recognised, another is not.
import {readFile} from 'node:fs/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const THERE = `
create schema "Odd One";
create function slug(t text) returns text language sql immutable as $$ select lower(t) $$;
create table users (id bigint generated always as identity primary key, "Na me" text not null default slug('X'));
create table "Odd One"."T 1" (id serial primary key, u bigint references users on delete cascade);
create function beside() returns bigint language plpgsql as $$ begin return (select count(*) from users); end $$;
create view v as select id, "Na me" from users;
alter table users enable row level security;
create policy p on users for select using (id > 0);
insert into users ("Na me") values ('a'), ('b');
`

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('base', {})
  await project.ask(THERE)
})
afterAll(() => site?.close())

test('a database becomes version one: nothing is run, its rows stay, files and journal say what it is', async () => {
  const {out} = await project.ends(0, 'migrate:baseline')
  expect(out).toMatch(/wrote migrations\/\d{8}T\d{6}_baseline\.sql/)
  const [file] = await project.migrations()
  expect(JSON.parse(await project.read('pgext.json'))).toEqual({judgeAfter: file!.slice(0, 15)})
  const text = await project.read(`migrations/${file}`)
  expect(text).toContain('public.slug')
  // deploy-functions brings it
  expect(text).not.toContain('beside')
  expect(await project.ask('select "Na me" as name from users order by id')).toEqual([{name: 'a'}, {name: 'b'}])
  await project.ends(0, 'diff')
  expect((await project.ends(0, 'migrate', '--dry-run')).out).toContain('nothing to do')
  expect(await project.fails('migrate:baseline')).toContain('base has a journal already: 1 migration')
})

test('a second one like it is journalled, one that is otherwise is told what differs, an empty one runs the file', async () => {
  const urls = await Promise.all(
    ['base_same', 'base_other', 'base_empty'].map(async (name) => {
      const {url} = await site.project(name, {})
      return url
    }),
  )
  const on = async (at: number, ...sql: string[]) => {
    const there = Object.assign(Object.create(project), {url: urls[at]}) as Project
    for (const one of sql) await there.ask(one)
  }
  await on(0, THERE)
  await on(1, THERE, 'drop view v; alter table users add x int')
  expect((await project.ends(0, 'migrate:baseline', '--url', urls[0]!)).out).toContain('nothing was run')
  await project.ends(0, 'migrate:status', '--url', urls[0]!)
  const said = await project.fails('migrate:baseline', '--url', urls[1]!)
  expect(said).toContain('+ column public.users.x')
  expect(said).toContain('- view public.v')
  await project.ends(2, 'migrate:status', '--url', urls[1]!)
  await project.ends(0, 'migrate', '--yes', '--url', urls[2]!)
  await project.ends(0, 'deploy-functions', '--url', urls[2]!)
  await project.ends(0, 'diff', '--url', urls[2]!)
})

test('with files of its own the project says what differs, and goes on from there', async () => {
  const own = await site.project('base_own', {
    'schema.sql': 'create table users (id int primary key, name text);\n',
    'functions/f.sql': 'create function f() returns int language sql as $$ select 2 $$;\n',
  })
  // other is not the project's; f is deployed beside migrations
  await own.ask(`create table users (id int primary key); create schema other; create table other.t (id int);
    create function f() returns int language sql as $$ select 1 $$; insert into users values (1)`)
  const {err} = await own.ends(0, 'migrate:baseline', 'as_it_was')
  expect(err).toContain('your files say otherwise than the database')
  const [file] = await own.migrations()
  const text = await readFile(`${own.folder}/migrations/${file}`, 'utf8')
  expect(text).not.toMatch(/other|FUNCTION/)
  await own.ends(0, 'migrate', '--name', 'names')
  await own.ends(0, 'deploy-functions')
  expect(await own.ask('select id, name, f() as f from users')).toEqual([{id: 1, name: null, f: 2}])
  await own.ends(0, 'diff')
})

test('a folder that does not fit its pgext.sum is journalled nowhere, and the next deployment is said to do nothing', async () => {
  const one = await site.project('base_sum', {'pgext.json': '{\n\t"guarded": []\n}\n'})
  await one.ask('create table t (id int primary key)')
  await one.ends(0, 'migrate:baseline')
  const [file] = await one.migrations()
  const settings = `{\n\t"guarded": [],\n\t"judgeAfter": "${file!.slice(0, 15)}"\n}\n`
  expect(await one.read('pgext.json')).toBe(settings)
  await one.write({[`migrations/${file}`]: `${await one.read(`migrations/${file}`)}-- edited\n`})
  await one.ask('delete from pgext.migration')
  expect(await one.fails('migrate:baseline')).toContain(`${file} (line 2): edited since its line was written`)
  expect(await one.ask('select count(*)::int as n from pgext.migration')).toEqual([{n: 0}])
  const {out} = await one.ends(2, 'deploy:status', '--url', one.url)
  expect(out).toMatch(/next {2}nothing, until .*pgext\.sum does not fit/)
  expect(await one.read('pgext.json')).toBe(settings)
})
