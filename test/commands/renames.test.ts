// Renames by directive, from the file to the database: rows stay, derived names follow, and a directive left standing does no harm.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const BEFORE = `
create type mood as enum ('sad', 'ok');
create table users (id int primary key);
create table item (
  id serial primary key,
  number bigint generated always as identity,
  owner int not null references users,
  state mood not null default 'ok',
  qty int not null check (qty > 0),
  unique (owner, qty)
);
create index on item (qty);
create view busy as select qty from item where state = 'ok';
`
const AFTER = `
create type mood as enum (
  -- pgext:renamed-from sad
  'blue', 'ok');
create table users (id int primary key);
-- pgext:renamed-from item
create table items (
  id serial primary key,
  number bigint generated always as identity,
  -- pgext:renamed-from owner
  user_id int not null references users,
  state mood not null default 'ok',
  -- pgext:renamed-from qty
  amount int not null check (amount > 0),
  unique (user_id, amount)
);
create index on items (amount);
create view busy as select amount from items where state = 'ok';
`
const NAMES = `
  select conname as name from pg_constraint where conrelid = 'items'::regclass
  union all select relname from pg_class where relname ~ 'item' and relkind in ('i', 'S') order by 1`

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('renames', {'schema.sql': BEFORE})
  await project.ends(0, 'migrate', '--name', 'first')
  await project.write({'schema.sql': AFTER})
  await project.ask("insert into users values (1); insert into item (owner, qty, state) values (1, 5, 'sad'), (1, 6, 'ok')")
})
afterAll(() => site?.close())

test('table, columns and an enum value, with every name that was derived from theirs', async () => {
  const {out} = await project.ends(0, 'migrate', '--name', 'second')
  for (const line of ['ALTER TABLE public.item RENAME TO items', 'RENAME COLUMN qty TO amount', "RENAME VALUE 'sad' TO 'blue'"])
    expect(out).toContain(line)
  const sql = await project.read(`migrations/${(await project.migrations()).at(-1)}`)
  expect(sql).not.toMatch(/DROP (TABLE|COLUMN|TYPE|CONSTRAINT|INDEX)|ADD CONSTRAINT|CREATE INDEX/)
  expect(await project.ask('select id, number::int, user_id, state::text, amount from items order by id')).toEqual([
    {id: 1, number: 1, user_id: 1, state: 'blue', amount: 5},
    {id: 2, number: 2, user_id: 1, state: 'ok', amount: 6},
  ])
  await project.ends(0, 'diff')
  const fresh = await site.project('renames_fresh', {'schema.sql': AFTER.replace(/.*pgext:renamed.*\n/g, '')})
  await fresh.ends(0, 'migrate', '--name', 'first')
  expect(await project.ask(NAMES)).toEqual(await fresh.ask(NAMES))
})

test('a second run is silent, and so is a new database', async () => {
  expect((await project.ends(0, 'migrate', '--dry-run')).out).toBe('nothing to do\n')
  const fresh = await site.project('renames_new', {'schema.sql': AFTER})
  const {out} = await fresh.ends(2, 'diff')
  expect(out).not.toContain('RENAME')
  await fresh.ends(0, 'migrate', '--name', 'first')
  await fresh.ends(0, 'diff')
})

test('where neither name ever existed it is an error at its place', async () => {
  const before = await project.state()
  await project.write({'schema.sql': AFTER.replace('renamed-from qty', 'renamed-from quantity').replace(/amount/g, 'number_of')})
  const said = await project.fails('migrate', '--name', 'third')
  expect(said).toMatch(/neither column public\.items\.number_of nor quantity exists/)
  expect(said).toMatch(/schema\.sql:13:/)
  expect(await project.state()).toEqual(before)
})

test('so is one above nothing that can be renamed, and one whose names both exist', async () => {
  await project.write({'schema.sql': AFTER.replace('create index on', '-- pgext:renamed-from x\ncreate index on')})
  expect(await project.fails('migrate', '--name', 'third')).toContain('schema.sql:17:')
  await project.write({'schema.sql': AFTER.replace('  state mood', '  -- pgext:renamed-from amount\n  state mood')})
  expect(await project.fails('migrate', '--name', 'third')).toMatch(/both exist(.|\n)*schema\.sql:12:/)
})

test('a role, which is the whole cluster’s, and a schema', async () => {
  const was = `create role renames_app; create schema old; create table old.t (id int);
grant usage on schema old to renames_app; grant select on old.t to renames_app;`
  const roles = await site.project('renames_roles', {'schema.sql': was})
  await roles.ends(0, 'migrate', '--name', 'first')
  await roles.ask('insert into old.t values (1)')
  await roles.write({
    'schema.sql': `-- pgext:renamed-from renames_app
create role renames_web;
-- pgext:renamed-from old
create schema new;
create table new.t (id int);
grant usage on schema new to renames_web; grant select on new.t to renames_web;`,
  })
  const {out} = await roles.ends(0, 'migrate', '--name', 'second')
  expect(out).toContain('ALTER ROLE renames_app RENAME TO renames_web')
  expect(await roles.ask("select id, has_table_privilege('renames_web', 'new.t', 'select') as granted from new.t")).toEqual([
    {id: 1, granted: true},
  ])
  await roles.ends(0, 'diff')
})
