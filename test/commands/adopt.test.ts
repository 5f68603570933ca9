// Databases in the very layout that Prisma and Supabase leave, taken over: history kept, rows kept, and pgext goes on from there.
import {createHash} from 'node:crypto'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

const sha = (text: string) => createHash('sha256').update(text).digest('hex')
const on = (project: Project, url: string): Project => Object.assign(Object.create(project), {url})

const PRISMA = `CREATE TABLE "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0);`
const INIT = `-- CreateEnum
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');

-- CreateTable
CREATE TABLE "User" (
    "id" SERIAL NOT NULL,
    "email" TEXT NOT NULL,
    "role" "Role" NOT NULL DEFAULT 'USER',

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
`
const POSTS = `-- CreateTable
CREATE TABLE "Post" ("id" SERIAL NOT NULL, "authorId" INTEGER NOT NULL, CONSTRAINT "Post_pkey" PRIMARY KEY ("id"));

-- AddForeignKey
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
`
const TITLE = `-- AlterTable
ALTER TABLE "Post" ADD COLUMN "title" TEXT NOT NULL DEFAULT '';
`
const lay = (prisma: Record<string, string>) =>
  Object.fromEntries(Object.entries(prisma).map(([name, sql]) => [`prisma/migrations/${name}/migration.sql`, sql]))
const row = (name: string, sql: string, more = 'now(), null') =>
  `insert into "_prisma_migrations" (id, migration_name, checksum, finished_at, rolled_back_at, applied_steps_count)
   values (gen_random_uuid()::text, '${name}', '${sha(sql)}', ${more}, 1);`

test('Prisma: files and table become the history, what is pending stays so, and pgext goes on', async () => {
  const files = {'0_init': INIT, '20240102030405_add_posts': POSTS.replaceAll('\n', '\r\n'), '20240102030405_title': TITLE}
  const project = await site.project('prisma', {
    ...lay(files),
    'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n',
    'pgext.json': '{"guarded": ["shop"]}\n',
  })
  await project.ask(`${PRISMA}${INIT}${POSTS}${row('0_init', INIT)}
    ${row('20240102030405_add_posts', POSTS, 'null, now()')}${row('20240102030405_add_posts', POSTS)}
    insert into "User" (email) values ('a@x'), ('b@x')`)
  expect((await project.ends(2, 'migrate:adopt')).out).toContain('Prisma: 3 migrations in prisma/migrations')
  const before = await project.state()
  await project.ends(0, 'migrate:adopt', 'prisma', '--dry-run')
  expect(await project.state()).toEqual(before)
  const {err} = await project.ends(0, 'migrate:adopt', 'prisma')
  expect(err).toContain('20240102030405_title/migration.sql has no time of its own')
  expect(await project.migrations()).toEqual([
    '20000101T000000_0_init.sql',
    '20240102T030405_add_posts.sql',
    '20240102T030406_title.sql',
  ])
  expect(await project.read('migrations/20000101T000000_0_init.sql')).toBe(INIT)
  expect(JSON.parse(await project.read('pgext.json'))).toEqual({
    guarded: ['shop'],
    ignore: ['table public._prisma_migrations'],
    judgeAfter: '20240102T030405',
  })
  expect((await project.ends(2, 'migrate:status')).out).toMatch(/pending +20240102T030406_title/)
  // the files have what is pending
  expect(await project.read('schema.sql')).toContain('title')
  await project.ends(0, 'migrate', '--yes')
  await project.ends(0, 'migrate:status')
  await project.ends(0, 'diff')
  await project.write({
    'schema.sql': (await project.read('schema.sql')).replace('"authorId" integer', 'note text,\n  "authorId" integer'),
  })
  await project.ends(0, 'migrate', '--name', 'notes')
  await project.ends(0, 'diff')
  expect(await project.ask('select email from "User" order by 1')).toEqual([{email: 'a@x'}, {email: 'b@x'}])
  expect(await project.ask('select count(*)::int as rows from "_prisma_migrations"')).toEqual([{rows: 3}])
  expect((await project.ends(0, 'migrate:adopt', 'prisma')).out).toContain('has all of it in its journal already')
})

test('Prisma: what was changed by hand becomes a migration of its own; where it is otherwise, a second database is refused', async () => {
  const project = await site.project('prisma_hand', lay({'20240101000000_init': INIT}))
  const made = `${PRISMA}${INIT}${row('20240101000000_init', `${INIT}-- as it was`)}`
  await project.ask(`${made} create index by_hand on "User" (role); insert into "User" (email) values ('a@x')`)
  const {err, out} = await project.ends(0, 'migrate:adopt', 'prisma')
  expect(err).toContain('edited after it was applied')
  expect(err).toContain('+ index public.by_hand')
  expect(out).toMatch(/wrote migrations\/\d{8}T\d{6}_as_found\.sql/)
  await project.ends(0, 'migrate:status')
  await project.ends(0, 'diff')
  // as the other one; without the index; with something else
  const [same, without, other] = await Promise.all(
    ['prisma_same', 'prisma_without', 'prisma_other'].map(async (name) => on(project, (await site.project(name, {})).url)),
  )
  await same!.ask(`${made} create index by_hand on "User" (role)`)
  await without!.ask(made)
  await other!.ask(`${made} alter table "User" add x int`)
  await same!.ends(0, 'migrate:adopt', 'prisma')
  await same!.ends(0, 'migrate:status')
  await without!.ends(0, 'migrate:adopt', 'prisma')
  expect((await without!.ends(2, 'migrate:status')).out).toMatch(/pending +\d{8}T\d{6}_as_found/)
  await without!.ends(0, 'migrate', '--yes')
  await without!.ends(0, 'diff')
  expect(await other!.fails('migrate:adopt', 'prisma')).toContain('+ column public."User".x')
})

test('Prisma: what failed, what is of another database, and what is nowhere is refused', async () => {
  const project = await site.project('prisma_bad', lay({'20240101000000_init': INIT}))
  expect(await project.fails('migrate:adopt', 'prisma')).toContain('prisma_bad has no _prisma_migrations')
  expect((await project.ends(2, 'migrate:adopt')).out).toContain('prisma_bad has no _prisma_migrations')
  await project.ask(`${PRISMA}${row('20240101000000_init', INIT, 'null, null')}`)
  expect(await project.fails('migrate:adopt', 'prisma')).toContain('says that 20240101000000_init began')
  await project.write({'prisma/migrations/migration_lock.toml': 'provider = "mysql"\n'})
  expect(await project.fails('migrate:adopt', 'prisma')).toContain('for mysql')
  await project.write({'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n'})
  await project.ask(`drop table _prisma_migrations; create schema "In App"; set search_path = "In App";
    ${PRISMA}${row('20240101000000_init', INIT)} set search_path = public; ${INIT}`)
  await project.ends(0, 'migrate:adopt', 'prisma')
  expect(JSON.parse(await project.read('pgext.json')).ignore).toEqual(['table "In App"._prisma_migrations'])
  await project.ends(0, 'diff')
})

const PLATFORM = `
create schema auth; create schema storage; create schema extensions; create schema supabase_migrations;
create extension pgcrypto with schema extensions;
create table auth.users (id uuid primary key, email text);
create function auth.uid() returns uuid language sql stable as $$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
create table storage.buckets (id text primary key);
create table storage.objects (id uuid primary key, bucket_id text); alter table storage.objects enable row level security;
create publication supabase_realtime;
alter default privileges in schema public grant all on tables to "supa anon";
create table supabase_migrations.schema_migrations (version text not null primary key, statements text[], name text);`
const PROFILES = `create table public.profiles (
  id uuid primary key references auth.users on delete cascade,
  name text
);
alter table public.profiles enable row level security;
create policy "own rows" on public.profiles for all using (auth.uid() = id);
create policy "avatars" on storage.objects for select using (bucket_id = 'avatars');
alter publication supabase_realtime add table public.profiles;
`
const HANDLE = `create function public.handle_new_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin insert into public.profiles (id, name) values (new.id, new.email); return new; end $$;
create trigger on_auth_user_created after insert on auth.users for each row execute function public.handle_new_user();
`

test('Supabase: what the platform owns stays its own, a lost file comes back from the table, and pgext goes on', async () => {
  await site.admin.script('create role "supa anon" nologin')
  const project = await site.project('supa', {
    'supabase/migrations/20240101000000_profiles.sql': PROFILES,
    'supabase/migrations/README.sql': '-- nothing',
  })
  await project.ask(`${PLATFORM}${PROFILES}${HANDLE}
    insert into supabase_migrations.schema_migrations values
      ('20240101000000', array['create table'], 'profiles'),
      ('20240102000000', array[$f$${HANDLE.split('\ncreate trigger')[0]}$f$, $f$create trigger${HANDLE.split('\ncreate trigger')[1]}$f$], 'handle new user');
    insert into auth.users values ('00000000-0000-0000-0000-000000000001', 'a@x')`)
  const {err} = await project.ends(0, 'migrate:adopt', 'supabase')
  expect(err).toContain('left out, as Supabase does: supabase/migrations/README.sql')
  expect(err).toContain('20240102000000_handle new user has no file')
  // the platform's default privileges gave it more than the migrations say
  expect(err).toContain('+ privilege table public.profiles to "supa anon"')
  expect(err).toContain('publication supabase_realtime is made by the platform')
  expect((await project.migrations()).slice(0, 3)).toEqual([
    '20000101T000000_supabase_realtime.sql',
    '20240101T000000_profiles.sql',
    '20240102T000000_handle_new_user.sql',
  ])
  expect(JSON.parse(await project.read('pgext.json'))).toEqual({
    ignore: ['schema supabase_migrations'],
    external: {schemas: ['auth', 'extensions', 'storage'], extensions: ['pgcrypto']},
    judgeAfter: (await project.migrations()).at(-1)!.slice(0, 15),
  })
  expect(await project.read('external.sql')).toContain('auth.users')
  expect(await project.read('external.sql')).not.toContain('POLICY')
  expect(await project.read('schema.sql')).not.toContain('storage.buckets')
  // default privileges are those of whoever applies it, as the files say them
  const found = await project.read(`migrations/${(await project.migrations()).at(-1)}`)
  expect(found).toContain('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO "supa anon"')
  await project.ends(0, 'check')
  await project.ends(0, 'migrate:status')
  await project.ends(0, 'diff')
  await project.write({'schema.sql': (await project.read('schema.sql')).replace('name text', 'nick text,\n  name text')})
  await project.ends(0, 'migrate', '--name', 'nicks')
  await project.ends(0, 'diff')
  expect(await project.ask('select name, nick from profiles')).toEqual([{name: 'a@x', nick: null}])
})

test('Supabase: two files of one version are refused, as its table tells of one', async () => {
  const project = await site.project('supa_twins', {
    'supabase/migrations/20240101000000_a.sql': 'create table a (id int);',
    'supabase/migrations/20240101000000_b.sql': 'create table b (id int);',
  })
  await project.ask(
    'create schema supabase_migrations; create table supabase_migrations.schema_migrations (version text primary key)',
  )
  expect(await project.fails('migrate:adopt', 'supabase')).toContain('several migrations have one version')
})
