// What others own: copied from the database or a committed external.sql, there for the files, never compared or planned.
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const SCHEMA = `
create table profiles (id uuid primary key references auth.users on delete cascade, name citext, level auth.level not null default 'low');
alter table profiles enable row level security;
create policy own on profiles using (id = auth.uid());
create function new_user() returns trigger language plpgsql as $$ begin return new; end $$;
`

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('external', {
    'schema.sql': SCHEMA,
    'pgext.json': '{"external": {"schemas": ["auth"], "extensions": ["citext"]}}',
  })
  await project.ask(`
    create role auth_admin;
    create schema auth authorization auth_admin;
    create extension citext;
    create type auth.level as enum ('low', 'high');
    create table auth.users (id uuid primary key, email public.citext unique, created_at timestamptz default now());
    alter table auth.users owner to auth_admin;
    create function auth.uid() returns uuid language sql stable as $$ select null::uuid $$;
    create function public.new_user() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger welcome after insert on auth.users for each row execute function public.new_user();
    create view auth.recent as select id from auth.users where created_at > now() - interval '1 day'`)
})
afterAll(() => site?.close())

test('its structure is read from the database', async () => {
  const {out} = await project.ends(0, 'migrate', '--name', 'first')
  expect(out).toContain('+ table public.profiles')
  const sql = await project.read(`migrations/${(await project.migrations())[0]}`)
  expect(sql).not.toMatch(/CREATE SCHEMA|CREATE EXTENSION|TABLE auth|TYPE auth/)
  await project.ends(0, 'diff')
})

test('it is left alone, whatever happens to it', async () => {
  await project.ask('alter table auth.users add phone text; drop view auth.recent')
  const {out, err} = await project.ends(0, 'diff')
  expect(out + err).not.toContain('auth')
  await project.write({'schema.sql': `${SCHEMA}alter table profiles add column phone text;\n`})
  await project.ends(0, 'migrate', '--name', 'second')
  await project.ends(0, 'diff')
})

test('external.sql holds it, and then no database is needed', async () => {
  const {out, err} = await project.ends(0, 'external')
  expect(out).toMatch(/^wrote external\.sql {2}\d+ objects\n$/)
  expect(err).toContain('left out, since it needs what is yours: trigger auth.users.welcome')
  const text = await project.read('external.sql')
  expect(text).toContain('CREATE TABLE auth.users')
  expect(text).toContain('CREATE EXTENSION')
  expect(text).not.toMatch(/auth_admin|OWNER|GRANT|profiles|welcome/)
  const offline = await site.project(
    'offline',
    {
      'schema.sql': `${SCHEMA}create index on profiles (name);\n`,
      'external.sql': text,
      'pgext.json': await project.read('pgext.json'),
    },
    'postgres://nobody@127.0.0.1:1/nowhere',
  )
  await offline.ends(0, 'migrate:new', 'first')
  expect((await offline.ends(0, 'migrate:new', 'again')).out).toContain('cover everything')
  const {out: json} = await project.ends(0, 'external', '--json')
  expect(JSON.parse(json)).toEqual({
    written: 'external.sql',
    objects: expect.any(Number),
    absent: [],
    left: ['trigger auth.users.welcome'],
  })
  await rm(join(project.folder, 'external.sql'))
})

test('an extension that no shadow can have is passed over', async () => {
  await project.ends(0, 'external')
  await project.write({'external.sql': `create extension no_such_thing;\n${await project.read('external.sql')}`})
  await project.ends(0, 'diff')
})

test('without names in pgext.json there is nothing to copy', async () => {
  await project.write({'pgext.json': '{}'})
  expect(await project.fails('external')).toContain('"external": {"schemas"')
})
