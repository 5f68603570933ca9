// Migrations that break functions which run now in; the order in which nothing breaks, found on a copy, or what would fail in between, out.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Site} from '../commands/site.ts'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

const label = (body: string) =>
  `create function label(item_id int) returns text language plpgsql as $$ begin return (${body}); end $$;\n`
const OLD = label("select i.old || '!' from public.item i where i.id = item_id")
const FIRST = 'create table item (id int primary key, name text, old text);\n'

test('functions that work with both schemas go first', async () => {
  const app = await site.project('both', {
    'schema.sql': FIRST,
    'functions/label.sql': OLD,
    'migrations/20260101T000000_first.sql': 'create table public.item (id int primary key, name text, old text);\n',
  })
  await app.ends(0, 'deploy', '--yes')
  await app.ask("insert into item values (1, 'new', 'old')")
  expect(await app.ask('select label(1) as it')).toEqual([{it: 'old!'}])

  await app.write({
    'schema.sql': 'create table item (id int primary key, name text);\n',
    'functions/label.sql': label("select i.name || '!' from public.item i where i.id = item_id"),
    'functions/other.sql': 'create function other() returns int language sql as $$ select 1 $$;\n',
    'migrations/20260102T000000_second.sql': 'alter table public.item drop column old;\n',
  })
  const shown = await app.ends(2, 'deploy', '--dry-run')
  expect(shown.out).toContain('functions first public.label: the migrations would break what they replace')
  expect(shown.out).toContain('data-loss column old of public.item goes with its values')
  const done = await app.ends(0, 'deploy', '--yes')
  expect(done.out.match(/done (functions first|migrations|functions|verify) /g)).toEqual([
    'done functions first ',
    'done migrations ',
    'done functions ',
    'done verify ',
  ])
  expect(await app.ask('select label(1) as it, other() as one')).toEqual([{it: 'new!', one: 1}])
  const idle = await app.ends(0, 'deploy', '--yes')
  expect(idle.out).toContain('is as your files say')
})

test('where neither order will do, nothing is done until somebody says that a moment does no harm', async () => {
  const app = await site.project('neither', {
    'schema.sql': FIRST,
    'functions/label.sql': OLD,
    'migrations/20260101T000000_first.sql': 'create table public.item (id int primary key, name text, old text);\n',
  })
  await app.ends(0, 'deploy', '--yes')
  await app.write({
    'schema.sql': 'create table item (id int primary key, name text, fresh text);\n',
    'functions/label.sql': label("select i.fresh || '!' from public.item i where i.id = item_id"),
    'migrations/20260102T000000_second.sql':
      'alter table public.item add column fresh text;\nupdate public.item set fresh = old;\nalter table public.item drop column old;\n',
  })
  const err = await app.fails('deploy', '--yes')
  expect(err).toContain('function public.label(integer)')
  expect(err).toContain('--allow between')
  expect(await app.ask('select count(*)::int as n from pgext.migration')).toEqual([{n: 1}])
  const json = JSON.parse((await app.ends(2, 'deploy', '--dry-run', '--json')).out)
  expect(json.between).toEqual([{routine: 'function public.label(integer)', why: expect.stringContaining('i.old')}])
  expect(json.pending).toEqual(['20260102T000000_second.sql'])
  await app.ends(0, 'deploy', '--yes', '--allow', 'between')
  await app.ask("insert into item values (1, 'n', 'f')")
  expect(await app.ask('select label(1) as it')).toEqual([{it: 'f!'}])

  // a function that the files keep as it is, and that a migration breaks for good
  await app.write({
    'schema.sql': 'create table item (id int primary key, name text);\n',
    'migrations/20260103T000000_third.sql': 'alter table public.item drop column fresh;\n',
  })
  const broken = await app.fails('deploy', '--yes')
  expect(broken).toContain('nothing here mends them')
  expect(broken).toContain('function public.label(integer)')
})
