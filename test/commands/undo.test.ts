// The way back from the last migration: to the state before it, with the rows that stay, on record as a migration of its own.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const FIRST = `
create type mood as enum ('sad', 'ok');
create table "Or ders" (id int primary key, note text, state mood default 'sad');
create table users (id int primary key);
`
const SECOND = `
create type mood as enum ('sad', 'fine', 'great');
-- pgext:renamed-from "Or ders"
create table orders (id int primary key,
  -- pgext:renamed-from note
  remark text not null default '', state mood default 'sad', owner int references users (id));
create table users (id int primary key);
create index on orders (owner);
`

let site: Site
let project: Project
let first: string
beforeAll(async () => {
  site = await openSite()
  project = await site.project('undo', {'schema.sql': FIRST})
  await project.ends(0, 'migrate', '--name', 'first')
  first = (await project.migrations())[0]!.slice(0, 15)
  await project.ask(`insert into "Or ders" values (1, 'a', 'sad'), (2, 'b', 'ok'); insert into users values (7)`)
})
afterAll(() => site?.close())

const isAt = async (side: string) => {
  const {out} = await project.run('diff', '--from', 'database', '--to', side, '--json', '--no-prove')
  return JSON.parse(out).equal
}

test('nothing is undone while a migration is pending', async () => {
  await project.write({'schema.sql': SECOND})
  await project.ends(0, 'migrate:new', 'second', '--rename', 'enum value public.mood.ok=fine')
  expect(await project.fails('migrate:undo', '--yes')).toContain('_second is pending: nothing is undone')
  await project.ends(0, 'migrate', '--yes')
  await project.ask(`update orders set owner = 7 where id = 2`)
})

test('what the last migration brought is only taken away when that is allowed, and a dry run does nothing', async () => {
  const before = await project.state()
  expect(await project.fails('migrate:undo', '--yes')).toContain('column public."Or ders".owner goes with its values')
  const {out} = await project.ends(2, 'migrate:undo', '--dry-run')
  expect(out).toContain('ALTER TABLE public.orders RENAME TO "Or ders"')
  expect(await project.state()).toEqual(before)
  expect(await isAt('migrations')).toBe(true)
})

test('the state before it is back, with its rows under their old names', async () => {
  const {out, err} = await project.ends(0, 'migrate:undo', '--allow', 'data-loss', '--yes')
  expect(out).toMatch(/wrote migrations\/\d{8}T\d{6}_undo_second\.sql/)
  expect(err).toContain('your files still say otherwise')
  expect(await isAt(`migrations:${first}`)).toBe(true)
  expect(await isAt('migrations')).toBe(true)
  expect(await project.ask('select id, note, state::text from "Or ders" order by id')).toEqual([
    {id: 1, note: 'a', state: 'sad'},
    {id: 2, note: 'b', state: 'ok'},
  ])
  const {out: status} = await project.ends(0, 'migrate:status')
  expect(status.match(/applied/g)).toHaveLength(3)
})

test('an undo can be undone, and a name that means nothing is said', async () => {
  await project.ends(0, 'migrate:undo', '--yes')
  expect(await isAt(`migrations:${(await project.migrations())[1]!.slice(0, 15)}`)).toBe(true)
  expect((await project.ask('select remark from orders where id = 2'))[0]).toEqual({remark: 'b'})
  expect(await project.fails('diff', '--from', 'migrations:20200101T000000')).toContain(
    'no migration has the version 20200101T000000',
  )
})

test('the very first can be undone, on a database that has nothing else', async () => {
  const alone = await site.project('alone', {'schema.sql': 'create table a (id int);'})
  expect(await alone.fails('migrate:undo', '--yes')).toContain('there is nothing to undo')
  await alone.ends(0, 'migrate', '--name', 'only')
  await alone.ends(0, 'migrate:undo', '--yes', '--allow', 'data-loss')
  expect(await alone.ask(`select to_regclass('a')::text as a`)).toEqual([{a: null}])
  expect(
    JSON.parse((await alone.ends(2, 'diff', '--from', 'migrations:none', '--to', 'files', '--json')).out).changes,
  ).not.toEqual([])
})

test('names that were swapped, and given twice, are given back with their rows', async () => {
  const swap = await site.project('swap', {
    'schema.sql': 'create table live (id int, x int); create table archive (id int, x int);',
  })
  await swap.ends(0, 'migrate', '--name', 'first')
  await swap.ask('insert into live values (1, 10); insert into archive values (2, 20)')
  await swap.write({
    'migrations/20300101T000000_swap.sql': `ALTER TABLE live RENAME TO tmp; ALTER TABLE archive RENAME TO live; ALTER TABLE tmp RENAME TO archive;
      ALTER TABLE archive RENAME COLUMN x TO y; ALTER TABLE archive RENAME COLUMN y TO z;`,
    'schema.sql': 'create table live (id int, x int); create table archive (id int, z int);',
  })
  await swap.ends(0, 'migrate:sum')
  await swap.ends(0, 'migrate', '--yes')
  expect(await swap.ask('select id, z from archive')).toEqual([{id: 1, z: 10}])
  await swap.ends(0, 'migrate:undo', '--yes')
  expect(await swap.ask('select id, x from live union all select id, x from archive')).toEqual([
    {id: 1, x: 10},
    {id: 2, x: 20},
  ])
})

test('what stands in types, and types that moved, are given back with their rows', async () => {
  const types = await site.project('types', {
    'schema.sql': `create type place as (x int, y int); create type mood as enum ('ok'); create domain age as int; create collation "de" (locale = 'C');
      create table t (id int, at place, state mood, years age, name text collate "de"); create publication all_of_it for table t;`,
  })
  await types.ends(0, 'migrate', '--name', 'first')
  await types.ask(`insert into t values (1, '(2,3)', 'ok', 4, 'n')`)
  await types.write({
    'migrations/20300101T000000_moved.sql': `create schema app;
      alter type place rename attribute x to longitude; alter type place rename attribute y to latitude;
      alter type mood set schema app; alter domain age set schema app; alter domain app.age rename to years;
      alter collation "de" rename to german; alter publication all_of_it rename to everything;`,
    'schema.sql': `create schema app; create type place as (longitude int, latitude int); create type app.mood as enum ('ok'); create domain app.years as int;
      create collation german (locale = 'C');
      create table t (id int, at place, state app.mood, years app.years, name text collate german); create publication everything for table t;`,
  })
  await types.ends(0, 'migrate:sum')
  await types.ends(0, 'migrate', '--yes')
  const {out} = await types.ends(0, 'migrate:undo', '--yes', '--json')
  const {sql} = JSON.parse(out)
  for (const words of [
    'RENAME ATTRIBUTE longitude TO x',
    'RENAME ATTRIBUTE latitude TO y',
    'app.mood SET SCHEMA public',
    'RENAME TO age',
    'RENAME TO de',
    'RENAME TO all_of_it',
  ])
    expect(sql).toContain(words)
  expect(sql).not.toContain('ALTER COLUMN')
  expect(await types.ask('select (at).x, (at).y, state::text, years, name from t')).toEqual([
    {x: 2, y: 3, state: 'ok', years: 4, name: 'n'},
  ])
})

test('values that were made by words of the migration are not brought back in silence', async () => {
  const yes = await site.project('yes', {'schema.sql': 'create table a (s text);'})
  await yes.ends(0, 'migrate', '--name', 'first')
  await yes.ask(`insert into a values ('yes')`)
  await yes.write({'schema.sql': `create table a (\n-- pgext:using (s = 'yes')\ns boolean);`})
  await yes.ends(0, 'migrate', '--name', 'second')
  expect(await yes.fails('migrate:undo', '--yes')).toContain('changed values of public.a.s by words of its own (USING)')
  await yes.ends(0, 'migrate:undo', '--yes', '--allow', 'data-loss')
  expect(await yes.ask('select s from a')).toEqual([{s: 'true'}])
})
