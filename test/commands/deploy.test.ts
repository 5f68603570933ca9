// Projects whose functions change in, a database with what relies on them; deployed, asked and called.
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const SCHEMA = `
create table accounts (id bigint primary key, owner text, n int default 0);
create view scores as select id from accounts;
`
const FUNCTIONS = {
  'functions/score.sql': `create function score(x int) returns int language plpgsql immutable as $$ begin return x * 2; end $$;\n`,
  'functions/caller.sql': `create function caller(x int) returns int language plpgsql as $$ begin return score(x); end $$;\n`,
  'functions/other.sql': `create function other() returns int language sql as $$ select 1 $$;\n`,
}

let site: Site
let first: Project
let second: Project
let project: Project
let times = 0

/** Left to npm run test:all, for time: the others hold most of what these do. */
const isAll = process.env.PGEXT_LOAD === 'full'
if (!isAll) console.info('deploy-functions: five tests are left to npm run test:all, for time')
const long = test.runIf(isAll)

beforeAll(async () => {
  site = await openSite()
  first = await site.project('deploy', {'schema.sql': SCHEMA, 'pgext.json': '{}', ...FUNCTIONS})
  await first.ends(0, 'migrate', '--name', 'first')
  await first.ends(0, 'deploy-functions')
  second = await site.copy(first, 'relied')
  await second.write({'schema.sql': RELIED})
  await second.ends(0, 'migrate', '--name', 'relied')
  await second.ask('insert into accounts (id) values (1), (2)')
})
afterAll(async () => {
  await site?.close()
})
beforeEach(async () => {
  project = await site.copy(first, `deploy${++times}`)
})

const RELIED = `${SCHEMA}
create policy own on accounts using (score(n) > 0);
create index by_score on accounts (score(n));
alter table accounts add constraint scored check (score(n) >= 0);
alter table accounts alter n set default score(1);
alter table accounts add g int generated always as (score(n)) stored;
create view doubled as select id, score(n) as s from accounts;
`
/** Instead of the plain one: much of the schema uses score. */
const relied = async () => {
  project = await site.copy(second, `deploy${times}_relied`)
}
const usersOf = (name: string) =>
  project.ask(`select d.refobjid::regprocedure::text as used, count(*)::int as n from pg_depend d
    where d.refclassid = 'pg_proc'::regclass and d.refobjid in (select oid from pg_proc where proname = '${name}') group by 1 order by 1`)

test('a new argument: what relied on the old one relies on the new one, whose owner and grants are the old one’s', async () => {
  await relied()
  await project.ask(`drop role if exists deploy_app; drop role if exists deploy_owner; create role deploy_app; create role deploy_owner;
    grant execute on function score(int) to deploy_app; revoke execute on function score(int) from public; alter function score(int) owner to deploy_owner`)
  const before = await usersOf('score')
  await project.write({
    'functions/score.sql': `create function score(x int, times int default 3) returns int language plpgsql immutable as $$ begin return x * times; end $$;\n`,
  })
  const {out, err} = await project.ends(2, 'deploy-functions', '--dry-run')
  expect(out).toContain('function public.score(integer) → function public.score(integer, integer)')
  expect(err).toMatch(/function public\.score\(integer\) is used by .*function public\.caller\(integer\)/)
  await project.ends(0, 'deploy-functions')
  expect(await usersOf('score')).toEqual([{used: 'score(integer,integer)', n: before[0]!.n}])
  expect(
    await project.ask(
      `select proowner::regrole::text as owner, (select array_agg(a::text order by a::text) from unnest(proacl) a)::text as grants from pg_proc where proname = 'score'`,
    ),
  ).toEqual([{owner: 'deploy_owner', grants: '{deploy_app=X/deploy_owner,deploy_owner=X/deploy_owner}'}])
  await project.ask('insert into accounts (id) values (3)')
  expect(await project.ask('select n, g from accounts order by id')).toEqual([
    {n: 2, g: 6},
    {n: 2, g: 6},
    {n: 3, g: 9},
  ])
  expect(await project.ask('select caller(5) as it')).toEqual([{it: 15}])
  await project.ends(0, 'deploy-functions', '--check')
  await project.ends(0, 'diff')
})

test('another name for a parameter, another result: made anew under what relies on it', async () => {
  await relied()
  await project.write({
    'functions/score.sql': `create function score(y int) returns int language plpgsql immutable as $$ begin return y * 5; end $$;\n`,
  })
  await project.ends(0, 'deploy-functions')
  expect(await project.ask('select s from doubled')).toEqual([{s: 10}, {s: 10}])
  await project.write({
    'functions/score.sql': `create function score(y int) returns bigint language plpgsql immutable as $$ begin return y * 5; end $$;\n`,
  })
  await project.ends(0, 'deploy-functions')
  expect(
    await project.ask(
      `select format_type(atttypid, null) as type from pg_attribute where attrelid = 'doubled'::regclass and attname = 's'`,
    ),
  ).toEqual([{type: 'bigint'}])
  await project.ends(0, 'diff', '--from', 'database', '--to', 'files')
})

test('a migration carries one whose result a view shows, so that either way leads there', async () => {
  await relied()
  await project.write({
    'functions/score.sql': `create function score(x int) returns bigint language plpgsql immutable as $$ begin return x * 4; end $$;\n`,
  })
  await project.ends(0, 'migrate', '--name', 'wider')
  expect(await project.ask('select s from doubled')).toEqual([{s: '8'}, {s: '8'}])
  await project.ends(0, 'deploy-functions', '--check')
  await project.ends(0, 'diff')
  await project.ends(0, 'db:reset', '--yes')
  await project.ends(0, 'diff')
})

test('a function becomes a procedure', async () => {
  await project.write({'functions/other.sql': 'create procedure other() language sql as $$ select 1 $$;\n'})
  await project.ends(0, 'deploy-functions')
  expect(await project.ask(`select prokind::text as kind from pg_proc where proname = 'other'`)).toEqual([{kind: 'p'}])
  await project.ends(0, 'deploy-functions', '--check')
})

test('--keep-old leaves the old one for those who call it, --prune takes it', async () => {
  await relied()
  await project.write({
    'functions/score.sql': `create function score(x int, times int) returns int language plpgsql immutable as $$ begin return x * times; end $$;
create function scored(x int) returns int language sql as $$ select score(x, 2) $$;\n`,
    'schema.sql': SCHEMA,
  })
  await project.ends(0, 'migrate', '--name', 'relied no more', '--allow', 'data-loss')
  await project.ends(0, 'deploy-functions', '--keep-old')
  expect(await project.ask('select score(4) as old, score(4, 3) as new')).toEqual([{old: 8, new: 12}])
  const {err} = await project.ends(0, 'deploy-functions')
  expect(err).toContain('--prune drops: function public.score(integer)')
  expect(await project.ask('select score(4) as old')).toEqual([{old: 8}])
  await project.ends(2, 'deploy-functions', '--check', '--prune')
  await project.ends(0, 'deploy-functions', '--prune')
  expect(await project.ask(`select oid::regprocedure::text as it from pg_proc where proname = 'score'`)).toEqual([
    {it: 'score(integer,integer)'},
  ])
  const again = await project.ends(0, 'deploy-functions', '--prune')
  expect(again.out).toContain('every function is as functions/ says')
})

long('kept beside one of another type: what relied on it is bound to the new one', async () => {
  await relied()
  await project.write({
    'functions/score.sql': `create function score(x bigint) returns int language plpgsql immutable as $$ begin return x * 3; end $$;\n`,
  })
  await project.ends(0, 'deploy-functions', '--keep-old')
  expect((await usersOf('score')).map(({used}) => used)).toEqual(['score(bigint)'])
  expect(await project.ask('select score(4) as old, score(4::bigint) as new')).toEqual([{old: 8, new: 12}])
  await project.ends(0, 'deploy-functions', '--prune')
  expect(await project.ask('select score(4) as now')).toEqual([{now: 12}])
})

test('one is not kept where calls of it would mean two', async () => {
  await project.write({
    'functions/score.sql': `create function score(x int, times int default 3) returns int language plpgsql immutable as $$ begin return x * times; end $$;\n`,
  })
  const {err} = await project.ends(0, 'deploy-functions', '--keep-old')
  expect(err).toContain('not kept: function public.score(integer)')
  expect(await project.ask('select score(4) as now')).toEqual([{now: 12}])
})

test('one whose file is gone goes with --prune; one that somebody else made never does', async () => {
  await project.ask('create function mine() returns int language sql as $$ select 7 $$')
  await project.ask('create function other(text) returns int language sql as $$ select 8 $$')
  await rm(join(project.folder, 'functions/other.sql'))
  await project.write({
    'functions/third.sql': 'create function other(a int, b int) returns int language sql as $$ select a + b $$;\n',
  })
  await project.ends(0, 'deploy-functions', '--prune')
  const left = await project.ask(
    `select oid::regprocedure::text as it from pg_proc where pronamespace = 'public'::regnamespace and proname in ('mine', 'other') order by 1`,
  )
  expect(left.map(({it}) => it)).toEqual(['mine()', 'other(integer,integer)', 'other(text)'])
})

test('what was changed by hand is seen, and put right', async () => {
  await project.ask(`create or replace function other() returns int language sql as $$ select 666 $$`)
  await project.ends(2, 'deploy-functions', '--check')
  await project.ends(0, 'deploy-functions')
  expect(await project.ask('select other() as it')).toEqual([{it: 1}])
})

test('by name: that one and what it needs, nothing else', async () => {
  await project.write({
    'functions/score.sql': `create function score(x int) returns int language plpgsql immutable as $$ begin return x * 9; end $$;\n`,
    'functions/caller.sql': `create function caller(x int) returns int language plpgsql as $$ begin return score(x) + 1; end $$;\n`,
    'functions/other.sql': `create function other() returns int language sql as $$ select 2 $$;\n`,
  })
  expect(await project.fails('deploy-functions', 'nobody')).toContain('there is no function nobody')
  await project.ends(0, 'deploy-functions', 'public.caller')
  expect(await project.ask('select caller(1) as it, other() as other')).toEqual([{it: 10, other: 1}])
  await project.ends(0, 'deploy-functions', 'other')
  expect(await project.ask('select other() as other')).toEqual([{other: 2}])
})

long('a large table that would be written anew has to be let', async () => {
  await relied()
  await project.ask(`insert into accounts (id, owner) select i, repeat('x', 400) from generate_series(10, 40000) i`)
  await project.write({
    'functions/score.sql': `create function score(y int) returns int language plpgsql immutable as $$ begin return y * 5; end $$;\n`,
  })
  const said = await project.fails('deploy-functions')
  expect(said).toMatch(/rewrite: every row of public\.accounts/)
  expect(said).toContain('--allow rewrite,blocking-reads,blocking-writes')
  expect(await project.ask('select score(1) as it')).toEqual([{it: 2}])
  await project.ends(0, 'deploy-functions', '--allow', 'rewrite,blocking-reads,blocking-writes')
  expect(await project.ask('select score(1) as it, (select g from accounts where id = 10)')).toEqual([{it: 5, g: 10}])
})

test('records that are lost are made anew', async () => {
  await project.ask('drop table pgext.routine')
  await project.ends(0, 'deploy-functions')
  expect(await project.ask('select standing, count(*)::int as n from pgext.routine group by 1')).toEqual([
    {standing: 'deployed', n: 3},
  ])
})

long('versioned functions are carried by migrations, and deploying refuses', async () => {
  await project.write({'pgext.json': '{"functions": "versioned"}'})
  await project.ends(0, 'migrate', '--name', 'versioned')
  await project.write({
    'functions/score.sql': `create function score(x int) returns int language plpgsql immutable as $$ begin return x * 11; end $$;\n`,
  })
  expect((await project.ends(0, 'migrate', '--name', 'eleven')).out).toContain('applied')
  expect(await project.ask('select caller(1) as it')).toEqual([{it: 11}])
  expect(await project.read(`migrations/${(await project.migrations()).at(-1)}`)).toContain('x * 11')
  expect(await project.fails('deploy-functions')).toContain('functions are versioned')
  await project.ends(0, 'diff')
  await project.ends(0, 'db:reset', '--yes')
  expect(await project.ask('select caller(1) as it')).toEqual([{it: 11}])
})

test('a body that would fail is not deployed, nor is anything beside it; it is said where it stands', async () => {
  await project.write({
    'functions/other.sql': `create function other() returns int language sql as $$ select 2 $$;\n`,
    'functions/caller.sql': `create function caller(x int) returns int language plpgsql as $$
declare
  found int;
begin
  select nme into found from accounts where id = x;
  return found;
end $$;\n`,
  })
  const {err} = await project.ends(1, 'deploy-functions')
  expect(err).toContain('column "nme" does not exist')
  expect(err).toContain('functions/caller.sql:5:10')
  expect(await project.ask('select other() as it, caller(1) as called')).toEqual([{it: 1, called: 2}])
  const rehearsed = await project.ends(2, 'deploy-functions', '--dry-run')
  expect(rehearsed.err).toContain('functions/caller.sql:5:10')
  await project.ends(0, 'deploy-functions', '--no-check-bodies')
  expect(await project.ask('select other() as it')).toEqual([{it: 2}])
})

test('a body that fails where something that relies on it is made anew is said where it stands, too', async () => {
  await relied()
  await project.ask('truncate accounts')
  await project.write({
    'functions/score.sql': `create function score(y int) returns int language plpgsql immutable as $$
begin
  return (select nme from accounts limit 1);
end $$;\n`,
  })
  for (const [code, ...args] of [
    [1, 'deploy-functions'],
    [2, 'deploy-functions', '--dry-run'],
  ] as const) {
    const {err} = await project.ends(code, ...args)
    expect(err).toMatch(/column "nme" does not exist(.|\n)*functions\/score\.sql:3:18(.|\n)*\^/)
    expect(err).not.toContain('the plan fails on a copy')
  }
  expect(await project.ask('select score(2) as it')).toEqual([{it: 4}])
  const {err} = await project.ends(1, 'deploy-functions', '--no-check-bodies')
  expect(err).toContain('the plan fails on a copy')
})

test('who calls what goes is told as PostgreSQL says; where nobody can say, by names', async () => {
  await project.write({
    'schema.sql': `${SCHEMA}alter table accounts add score int;\n`,
    'functions/near.sql': `create function near() returns int language plpgsql as $$ begin return (select max(score) from accounts); end $$;
create function score(x text) returns int language plpgsql as $$ begin return 1; end $$;
create function beside() returns int language plpgsql as $$ begin return score('a'::text); end $$;
create function sometimes() returns int language plpgsql as $$ declare n int; begin execute 'select score(' || 1 || ')' into n; return n; end $$;\n`,
  })
  await project.ends(0, 'migrate', '--name', 'near')
  await project.ends(0, 'deploy-functions')
  await project.write({
    'functions/score.sql': `create function score(x int, times int default 3) returns int language plpgsql immutable as $$ begin return x * times; end $$;\n`,
  })
  const {err} = await project.ends(2, 'deploy-functions', '--dry-run')
  expect(err).toMatch(/^function public\.score\(integer\) is used by function public\.caller\(integer\)$/m)
  expect(err).toMatch(/^function public\.score\(integer\) may be used by function public\.sometimes\(\)$/m)
})

long('a body that calls what PostgreSQL does not have is let through by a comment, and all are by a flag', async () => {
  const balance = (comment = '') => `create function balance(due numeric, since timestamp) returns numeric language plpgsql as $$
declare
  fees integer;
begin${comment}
  select coalesce(sum(if((now() - since) > (due * '1 day'::interval), extract(day from now() - since), 0)), 0) into fees from accounts;
  return due - fees;
end $$;\n`
  await project.write({'functions/balance.sql': balance()})
  const {err} = await project.ends(1, 'deploy-functions')
  expect(err).toMatch(/function if\(.*\) does not exist(.|\n)*functions\/balance\.sql:5:23/)
  expect(err).toMatch(/hint: .*-- pgext:ignore statement; --no-check-bodies lets all through/)
  await project.write({'functions/balance.sql': balance('\n  -- pgext:ignore statement')})
  await project.ends(0, 'deploy-functions')
  await project.ends(0, 'deploy-functions', '--check')
  await project.write({'functions/balance.sql': balance()})
  await project.ends(0, 'deploy-functions', '--no-check-bodies')
  expect(await project.ask(`select count(*)::int as n from pg_proc where proname = 'balance'`)).toEqual([{n: 1}])
})

long('a body that needs what the next migration brings waits for it', async () => {
  await project.write({
    'schema.sql': SCHEMA.replace('owner text', 'owner text, nme int default 7'),
    'functions/caller.sql': `create function caller(x int) returns int language plpgsql as $$
begin
  return (select nme from accounts where id = x);
end $$;\n`,
  })
  const {err} = await project.ends(1, 'deploy-functions')
  expect(err).toMatch(/column "nme" does not exist(.|\n)*functions\/caller\.sql:3:(.|\n)*run pgext migrate first/)
  await project.ends(0, 'migrate', '--name', 'nme')
  await project.ends(0, 'deploy-functions')
  await project.ask('insert into accounts (id) values (1)')
  expect(await project.ask('select caller(1) as it')).toEqual([{it: 7}])
})
