// A database that is as the files say in, changed by somebody else in one way after another; what is told by its mark is what a look at it tells.
import {chmod, cp, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {createDatabase} from '../../src/postgres/admin.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {openProject} from '../../src/project/open.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {deployFunctions} from '../../src/terminal/deploy.ts'
import {openProgress} from '../../src/terminal/progress.ts'
import type {Deployment, DeployRequest} from '../../src/walk/model.ts'
import {openWalk} from '../../src/walk/open.ts'

const SCHEMA = `
create type mood as enum ('well', 'ill');
create table person (id int primary key, mood mood);
`
const FILES: Readonly<Record<string, string>> = {
  feel: `create function feel(who int, now mood default 'well') returns mood language sql stable as $$ select now $$;
comment on function feel is 'how somebody feels';
revoke execute on function feel from public;
grant execute on function feel to unmoved_app;
alter function feel owner to unmoved_owner;`,
  count: `create function count_all() returns bigint language plpgsql as $$ begin return (select count(*) from person); end $$;`,
  clear: `create procedure clear() language sql as $$ delete from person $$;`,
  add: `create function add(a int, b int) returns int language sql immutable strict as $$ select a + b $$;
create aggregate sum_up(int) (sfunc = add, stype = int, initcond = '0');`,
  trigger: `create function note() returns trigger language plpgsql as $$ begin return new; end $$;`,
}

/** What somebody does, and what takes it back where deploying does not. */
const EDITS: readonly (readonly [name: string, sql: string, undo?: string])[] = [
  ['another body', `create or replace function count_all() returns bigint language plpgsql as $$ begin return 7; end $$`],
  ['one space more', `create or replace function note() returns trigger language plpgsql as $$ begin return  new; end $$`],
  ['another language', `create or replace function count_all() returns bigint language sql as $$ select 7 $$`],
  ['a procedure’s body', `create or replace procedure clear() language sql as $$ select 1 $$`],
  ['another volatility', 'alter function count_all() stable'],
  ['strict', 'alter function count_all() strict'],
  ['with its owner’s rights', 'alter function count_all() security definer'],
  ['leakproof', 'alter function count_all() leakproof'],
  ['another cost', 'alter function count_all() cost 7'],
  ['parallel', 'alter function count_all() parallel safe'],
  ['a setting', `alter function count_all() set work_mem = '7MB'`],
  ['a support function', 'alter function add(int, int) support numeric_support'],
  ['gone', 'drop function count_all()'],
  ['all of them gone', 'drop procedure clear(); drop function note(); drop function count_all()'],
  ['another name', 'alter function count_all() rename to count_none', 'drop function if exists count_none()'],
  ['another schema', 'create schema s; alter function note() set schema s', 'drop schema s cascade'],
  [
    'another default',
    `create or replace function feel(who int, now mood default 'ill') returns mood language sql stable as $$ select now $$`,
  ],
  ['another owner', 'alter function feel(int, mood) owner to unmoved_app'],
  [
    'an owner that no file speaks of',
    'alter function note() owner to unmoved_app',
    'alter function note() owner to current_user',
  ],
  ['a grant', 'grant execute on function feel(int, mood) to public'],
  [
    'a grant to somebody whom no file names',
    'grant execute on function note() to unmoved_other',
    'revoke all on function note() from unmoved_other',
  ],
  ['a revoked grant', 'revoke execute on function feel(int, mood) from unmoved_app'],
  ['the grant option', 'grant execute on function feel(int, mood) to unmoved_app with grant option'],
  ['another comment', `comment on function feel(int, mood) is 'nobody knows'`],
  ['no comment', 'comment on function feel(int, mood) is null'],
  ['a comment where there was none', `comment on procedure clear() is 'all of it'`],
  ['a type’s other name', 'alter type mood rename to feeling', 'alter type feeling rename to mood'],
  [
    'a type’s other schema',
    'create schema s; alter type mood set schema s',
    'alter type s.mood set schema public; drop schema s',
  ],
  [
    'an overload',
    'create function count_all(x int) returns bigint language sql as $$ select 1::bigint $$',
    'drop function count_all(int)',
  ],
  ['a function that no file has', 'create function stray() returns int language sql as $$ select 1 $$', 'drop function stray()'],
  ['another aggregate', `create or replace aggregate sum_up(int) (sfunc = add, stype = int, initcond = '7')`],
  ['a dropped aggregate', 'drop aggregate sum_up(int)'],
  [
    'a table that comes to need one',
    'create trigger noted before insert on person for each row execute function note()',
    'drop trigger noted on person',
  ],
  ['no records', 'drop table pgext.routine'],
  ['one record less', `delete from pgext.routine where routine like '%note%'`],
  [
    'a record of what is not there',
    `insert into pgext.routine (routine, standing) values ('function public.gone()', 'deployed')`,
    `delete from pgext.routine where routine like '%gone%'`,
  ],
  ['another standing', `update pgext.routine set standing = 'kept' where routine like '%note%'`],
  ['a table more', 'create table more (id int)', 'drop table more'],
  ['a role’s search_path', `alter role unmoved_app set search_path = s`],
]

let cluster: Cluster
let folder: string
let db: Db
let url: string
let saved: string | undefined
const cacheOf = (name: string) => join(folder, name)

beforeAll(async () => {
  saved = process.env.PGEXT_CACHE
  folder = await mkdtemp(join(tmpdir(), 'pgext-unmoved-'))
  // the server's account looks into it
  await chmod(folder, 0o755)
  process.env.PGEXT_CACHE = cacheOf('marks')
  cluster = await startCluster(findBinaries(18)!)
  const admin = await connect(cluster.url('postgres'))
  await admin.script('create role unmoved_app; create role unmoved_other; create role unmoved_owner')
  await createDatabase(admin, 'unmoved')
  await admin.close()
  url = cluster.url('unmoved')
  db = await connect(url)
  await db.script(`set search_path = public; ${SCHEMA}`)
  await mkdir(join(folder, 'functions'))
  await writeFile(join(folder, 'schema.sql'), SCHEMA)
  await writeFile(join(folder, 'pgext.json'), '{}')
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, 'functions', `${name}.sql`), `${text}\n`)
  await deploy()
  // the same files, loaded once
  await cp(cacheOf('marks'), cacheOf('looks'), {recursive: true})
})
afterAll(async () => {
  if (saved === undefined) delete process.env.PGEXT_CACHE
  else process.env.PGEXT_CACHE = saved
  await db?.close()
  await cluster?.close()
  await rm(folder, {recursive: true, force: true})
})

async function ask(more: Partial<DeployRequest> = {}): Promise<Deployment> {
  const walk = await openWalk(await openProject(folder, {url}))
  try {
    return await walk.functions({url, prove: false, ...more})
  } finally {
    await walk.close()
  }
}

/** By all that is there, as if nothing had ever been told. */
async function look(more: Partial<DeployRequest> = {}): Promise<Deployment> {
  process.env.PGEXT_CACHE = cacheOf('looks')
  try {
    await rm(join(cacheOf('looks'), 'found'), {recursive: true, force: true})
    return await ask(more)
  } finally {
    process.env.PGEXT_CACHE = cacheOf('marks')
  }
}

async function deploy(): Promise<void> {
  const project = await openProject(folder, {url})
  const walk = await openWalk(project)
  try {
    const {done} = await deployFunctions(walk, {url, prove: true}, {project, progress: openProgress(true)})
    expect(done).toBe(true)
  } finally {
    await walk.close()
  }
}

const isByMark = ({deploying}: Deployment) => deploying === undefined
const told = ({plan, waiting, notes, stale, deploying}: Deployment) => ({
  steps: plan.steps.map(({sql}) => sql),
  waiting: waiting.map(({verb, from, to}) => `${verb} ${(to ?? from)!.id}`),
  notes,
  stale,
  records: deploying?.records && [...deploying.records],
})

test('nothing is read of what was deployed a moment ago, or told so once', async () => {
  expect(isByMark(await ask())).toBe(true)
  expect(isByMark(await look())).toBe(false)
  expect(told(await ask())).toEqual(told(await look()))
  expect(isByMark(await ask({whole: true}))).toBe(false)
  expect(isByMark(await ask({names: ['note']}))).toBe(false)
  expect(isByMark(await ask({names: ['note']}))).toBe(true)
  await expect(ask({names: ['nobody']})).rejects.toThrow(/nobody/)
})

test.each(EDITS.map(([name, sql, undo]) => ({name, sql, undo})))('$name', async ({sql, undo}) => {
  if (!isByMark(await ask())) await deploy()
  expect(isByMark(await ask())).toBe(true)
  await db.script(sql)
  for (const more of [{}, {prune: true}]) expect(told(await ask(more))).toEqual(told(await look(more)))
  if (undo) await db.script(undo)
  await deploy()
  expect(told(await look())).toEqual({steps: [], waiting: [], notes: [], stale: [], records: undefined})
})

test('files, settings and another database are looked at', async () => {
  await deploy()
  expect(isByMark(await ask())).toBe(true)
  const note = join(folder, 'functions', 'note.sql')
  await writeFile(join(folder, 'schema.sql'), `${SCHEMA}\n`)
  expect(isByMark(await ask())).toBe(false)
  await writeFile(join(folder, 'pgext.json'), '{"ignore": ["function public.note"]}')
  expect(isByMark(await ask())).toBe(false)
  await writeFile(join(folder, 'pgext.json'), '{}')
  await writeFile(note, 'create function noted() returns int language sql as $$ select 1 $$;\n')
  expect(told(await ask()).waiting).toEqual(['create function public.noted()'])
  await rm(note)
  expect(isByMark(await ask())).toBe(true)
})

test('a body that would fail leaves no mark', async () => {
  const file = join(folder, 'functions', 'bad.sql')
  await writeFile(
    file,
    'create function bad() returns int language plpgsql as $$ begin return (select none from person); end $$;\n',
  )
  const project = await openProject(folder, {url})
  const walk = await openWalk(project)
  const {done} = await deployFunctions(walk, {url, prove: true}, {project, progress: openProgress(true)})
  await walk.close()
  expect(done).toBe(false)
  expect(told(await ask()).waiting).toEqual(['create function public.bad()'])
  await rm(file)
})
