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
  // what hangs there and needs what is the project's could be taken for the project's
  expect(err.replace('note: left alone: trigger auth.users.welcome\n', '')).not.toContain('auth')
  expect(out).not.toContain('auth')
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

const ATTACHED = `
create table profiles (id uuid primary key references auth.users on delete cascade, name text);
create function new_user() returns trigger language plpgsql security definer set search_path = '' as
  $$ begin insert into public.profiles values (new.id, new.email); return new; end $$;
create trigger welcome after insert on auth.users for each row execute function new_user();
comment on trigger welcome on auth.users is 'makes a profile';
create policy "avatars are public" on auth.files for select using (bucket = 'avatars');
create view people as select u.id, u.email, p.name from auth.users u join profiles p using (id);
`

test('what the files hang on tables of others is the project’s: made, compared, changed and taken away', async () => {
  const own = await site.project('attached', {
    'schema.sql': `${ATTACHED}alter table auth.files enable row level security;\ngrant select on auth.users to current_user;\n`,
    'pgext.json': '{"external": {"schemas": ["auth"]}}',
  })
  const hanging = () =>
    own.ask(`select tgname as name, pg_get_triggerdef(oid) as text from pg_trigger where not tgisinternal
      union all select polname, pg_get_expr(polqual, polrelid) from pg_policy order by 1`)
  await own.ask(`
    create schema auth;
    create table auth.users (id uuid primary key, email text);
    create table auth.files (id int primary key, bucket text);
    alter table auth.files enable row level security;
    create function auth.touch() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger theirs before update on auth.files for each row execute function auth.touch()`)
  expect((await own.ends(2, 'check')).out).toMatch(/schema "auth" does not exist[\s\S]*hint: .*pgext external writes it/)
  await own.ends(0, 'migrate', '--name', 'first')
  expect((await hanging()).map(({name}) => name)).toEqual(['avatars are public', 'theirs', 'welcome'])
  await own.ask(`insert into auth.users values (gen_random_uuid(), 'ada')`)
  expect(await own.ask('select email, name from people')).toEqual([{email: 'ada', name: 'ada'}])
  await own.ends(0, 'external')
  expect(await own.read('external.sql')).not.toMatch(/welcome|avatars/)
  await own.ends(0, 'check', '--database')
  await own.ends(0, 'diff')

  // by hand
  await own.ask(`drop trigger welcome on auth.users; alter policy "avatars are public" on auth.files using (true)`)
  const drift = await own.ends(2, 'check', '--database')
  expect(drift.out).toContain('the database lacks trigger auth.users.welcome, which applied migrations made')
  expect(drift.out).toMatch(/ALTER POLICY "avatars are public" ON auth.files\s+USING \(\(bucket = 'avatars'::text\)\)/)
  const back = await own.ends(2, 'diff')
  await own.ask(back.out.replace(/^proven.*$/m, ''))
  await own.ends(0, 'diff')

  // changed, and what of others is not theirs to change is said at its line
  await own.write({
    'schema.sql': `${ATTACHED.replace('after insert', 'after insert or update').replace("'avatars')", "'pictures')")}
alter table auth.files add note text;\n`,
  })
  const changed = await own.ends(0, 'migrate', '--name', 'second')
  expect(changed.err).toContain(
    'note: schema.sql:10: column auth.files.note is neither compared nor made: others own schema auth',
  )
  const [policy, , trigger] = await hanging()
  expect([policy!.text, trigger!.text]).toEqual([
    "(bucket = 'pictures'::text)",
    expect.stringContaining('AFTER INSERT OR UPDATE'),
  ])

  // dumped, and taken away
  const {out: dumped} = await own.ends(0, 'dump', '--out', '-')
  expect(dumped).toContain('CREATE TRIGGER welcome')
  expect(dumped).toContain('CREATE POLICY "avatars are public"')
  expect(dumped).not.toContain('TRIGGER theirs')
  await own.write({'schema.sql': ATTACHED.split('\n').slice(0, 2).join('\n')})
  const {err} = await own.ends(1, 'diff', '--no-prove')
  expect(err).toMatch(
    /new_user\(\) can't be .*: trigger auth.users.welcome needs it[\s\S]*hint: .*pgext migrate does, where a migration made it/,
  )
  await own.ends(0, 'migrate', '--name', 'third')
  expect((await hanging()).map(({name}) => name)).toEqual(['theirs'])
  expect((await own.ends(0, 'diff')).err).toBe('')
})
