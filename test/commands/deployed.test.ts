// Functions of functions/ under a new name: renamed by whichever comes first, a migration or deploy-functions, with all that hangs on them.
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const SCHEMA = `
create type mood as enum ('ok');
create table tasks (id int primary key, touched text);
create trigger stamp before insert on tasks for each row execute function stamp();
`
const STAMP = (name: string, text: string) =>
  `create function ${name}() returns trigger language plpgsql as $$ begin new.touched = '${text}'; return new; end $$;\n`
const LONELY = (name: string) =>
  `create function ${name}(m mood default 'ok', n int default 1) returns int language sql as $$ select n $$;\nrevoke execute on function ${name} from public;\ncomment on function ${name} is 'mine';\n`

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('deployed', {
    'schema.sql': SCHEMA,
    'functions/stamp.sql': STAMP('stamp', 'one'),
    'functions/lonely.sql': LONELY('lonely'),
  })
  await project.ends(0, 'migrate', '--name', 'first')
  await project.ends(0, 'deploy-functions')
})
afterAll(() => site?.close())

const newest = async () => project.read(`migrations/${(await project.migrations()).at(-1)}`)
const oid = async (name: string) => (await project.ask(`select '${name}'::regproc::oid::int as oid`))[0]!.oid

test('a migration renames what it carries, deploying the rest; nothing is made anew', async () => {
  const [stamp, lonely] = [await oid('stamp'), await oid('lonely')]
  await rm(join(project.folder, 'functions/stamp.sql'))
  await rm(join(project.folder, 'functions/lonely.sql'))
  await project.write({
    'schema.sql': SCHEMA.replace('execute function stamp', 'execute function mark'),
    'functions/mark.sql': `-- pgext:renamed-from stamp\n${STAMP('mark', 'two')}`,
    'functions/alone.sql': `-- pgext:renamed-from lonely\n${LONELY('alone')}`,
  })
  const {out} = await project.ends(0, 'migrate', '--name', 'second')
  expect(await newest()).toContain('ALTER FUNCTION public.stamp() RENAME TO mark')
  expect(await newest()).not.toMatch(/DROP|CREATE|lonely/)
  expect(out).toContain('waiting for pgext deploy-functions: 2 objects')
  const {out: said} = await project.ends(0, 'deploy-functions')
  expect(said).toContain('ALTER FUNCTION public.lonely(public.mood, integer) RENAME TO alone')
  expect(said).toContain('deployed 2 objects')
  expect([await oid('mark'), await oid('alone')]).toEqual([stamp, lonely])
  await project.ask('insert into tasks values (1)')
  expect(await project.ask('select touched from tasks')).toEqual([{touched: 'two'}])
  expect(await project.ask("select count(*)::int as n from pg_proc where proname in ('stamp', 'lonely')")).toEqual([{n: 0}])
  const facts =
    "select proacl is not null as narrow, obj_description(oid, 'pg_proc') as said from pg_proc where proname = 'alone'"
  expect(await project.ask(facts)).toEqual([{narrow: true, said: 'mine'}])
})

test('the lines may stay', async () => {
  expect((await project.ends(0, 'deploy-functions')).out).toBe('every function is as functions/ says\n')
  expect((await project.ends(0, 'migrate:new', 'nothing')).out).toContain('cover everything')
})

test('deployed first: the trigger goes along, and the migration that comes after has nothing left to rename', async () => {
  const mark = await oid('mark')
  await rm(join(project.folder, 'functions/mark.sql'))
  await project.write({
    'schema.sql': SCHEMA.replace('execute function stamp', 'execute function brand'),
    'functions/brand.sql': `-- pgext:renamed-from mark\n${STAMP('brand', 'three')}`,
  })
  const dry = await project.ends(2, 'deploy-functions', '--dry-run', '--json')
  expect(JSON.parse(dry.out).renames).toEqual([
    {object: 'function public.brand()', sql: 'ALTER FUNCTION public.mark() RENAME TO brand'},
  ])
  await project.ends(0, 'deploy-functions')
  expect(await oid('brand')).toBe(mark)
  await project.ask('insert into tasks values (2)')
  expect(await project.ask('select touched from tasks where id = 2')).toEqual([{touched: 'three'}])
  await project.ends(0, 'migrate', '--name', 'third')
  expect(await oid('brand')).toBe(mark)
  await project.ends(0, 'migrate:new', 'nothing')
})

test('elsewhere all of it is replayed and deployed anew, whatever the lines say', async () => {
  const fresh = await site.project('deployed_anew', {'schema.sql': await project.read('schema.sql')})
  for (const name of [
    'functions/brand.sql',
    'functions/alone.sql',
    ...(await project.migrations()).map((file) => `migrations/${file}`),
  ])
    await fresh.write({[name]: await project.read(name)})
  await fresh.ends(0, 'migrate')
  await fresh.ends(0, 'deploy-functions')
  await fresh.ends(0, 'diff')
  expect(await fresh.ask("select proname from pg_proc where pronamespace = 'public'::regnamespace order by 1")).toEqual([
    {proname: 'alone'},
    {proname: 'brand'},
  ])
})

test('what both names stand for, or a signature that is another, is deployed as ever; the old one is left alone, and named', async () => {
  await project.write({
    'functions/mark.sql': STAMP('mark', 'four'),
    'functions/other.sql':
      '-- pgext:renamed-from alone\ncreate function other(n bigint) returns bigint language sql as $$ select n $$;\n',
  })
  await rm(join(project.folder, 'functions/alone.sql'))
  expect((await project.ends(0, 'deploy-functions')).err).toContain('function public.alone(public.mood, integer)')
  await project.ask('insert into tasks values (3)')
  expect(await project.ask('select touched, other(2)::int as n from tasks where id = 3')).toEqual([{touched: 'three', n: 2}])
  expect((await project.ends(0, 'deploy-functions')).out).toBe('every function is as functions/ says\n')
})
