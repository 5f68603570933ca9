// A project whose schema.sql declares realtime tables in; what migrate makes of that in the database, and keeps in step, out.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

let site: Site

beforeAll(async () => {
  site = await openSite()
})

afterAll(() => site?.close())

const SCHEMA = `create table task (id bigint primary key, title text not null);
create table note (body text);
create publication pg_events for table task, note with (publish = '');
`
const QUEUE = '{"realtime": {"capture": "queue"}}'
const WAL = '{"realtime": {"capture": "wal"}}'

const triggers = async (project: Project): Promise<string[]> =>
  (
    await project.ask(`select tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text as line from pg_trigger t
      join pg_proc p on p.oid = t.tgfoid where p.pronamespace = 'pgext'::regnamespace order by 1`)
  ).map(({line}) => line)
const FOUR = ['delete', 'insert', 'truncate', 'update']
const onAll = (...tables: string[]) => tables.flatMap((table) => FOUR.map((verb) => `${table} pgext_${verb} A`))
const lacking = (project: Project) => project.ask('select * from pgext.sync_events(perform => false)')

test('the first migration installs capture, and what comes later is followed in its own transaction', async () => {
  const project = await site.project('followed', {'schema.sql': SCHEMA, 'pgext.json': QUEUE})
  const first = await project.ends(0, 'migrate', '--name', 'first', '--yes')
  expect(first.out).toContain('installed pg_events: changes of realtime tables are captured by a queue')
  expect(await triggers(project)).toEqual(onAll('note', 'task'))
  await project.ask(`insert into task values (1, 'a'); insert into note values ('x')`)
  expect(await project.ask('select count(*)::int as n from pgext.event')).toEqual([{n: 2}])
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
  expect((await project.ends(0, 'migrate', '--yes')).out).not.toContain('capture')

  await project.write({
    'schema.sql': `create table task (id bigint primary key, title text not null, due date);
create table message (id int primary key, task bigint references task deferrable initially deferred);
create table part (id int primary key) partition by range (id);
create table part_1 partition of part default;
create publication pg_events for table task, message, part with (publish = '');
drop table if exists nothing;`,
  })
  await project.ends(0, 'migrate', '--name', 'more', '--yes', '--allow', 'data-loss')
  expect(await triggers(project)).toEqual(onAll('message', 'part', 'part_1', 'task'))
  const [{same}] = (await project.ask(`select bool_and(t.xmin = m.xmin) as same from pgext.migration m, pg_trigger t
    where m.name = 'more' and t.tgrelid in ('message'::regclass, 'part_1'::regclass) and t.tgname like 'pgext%'`)) as [
    {same: boolean},
  ]
  expect(same).toBe(true)
  expect(await lacking(project)).toEqual([])
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
})

test("rows that a migration writes, and that wait for a check, are in nobody's way", async () => {
  const project = await site.project('waiting', {
    'schema.sql': `create table task (id bigint primary key);
create table message (id int primary key, task bigint references task deferrable initially deferred);
create publication pg_events for table task with (publish = '');`,
    'pgext.json': QUEUE,
  })
  await project.ends(0, 'migrate', '--name', 'first', '--yes')
  await project.write({
    'schema.sql': (await project.read('schema.sql')).replace('for table task', 'for table task, message'),
    'migrations/20990101T000000_rows.sql': `BEGIN;
insert into public.message values (1, 7);
alter publication pg_events add table only public.message;
insert into public.task values (7);
COMMIT;`,
  })
  await project.ends(0, 'migrate:sum')
  await project.ends(0, 'migrate', '--yes')
  expect(await triggers(project)).toEqual(onAll('message', 'task'))
})

test('what somebody took away is mended by the next migrate', async () => {
  const project = await site.project('mended', {'schema.sql': SCHEMA, 'pgext.json': QUEUE})
  await project.ends(0, 'migrate', '--name', 'first', '--yes')
  await project.ask('drop trigger pgext_update on task; alter table note disable trigger pgext_insert')
  const {out} = await project.ends(0, 'migrate', '--yes')
  expect(out).toContain('mended the capture of realtime tables: 3 statements')
  expect(await triggers(project)).toEqual(onAll('note', 'task'))
})

test('tables that are realtime no more are captured no more, and what was stays', async () => {
  const project = await site.project('undeclared', {'schema.sql': SCHEMA, 'pgext.json': QUEUE})
  await project.ends(0, 'migrate', '--name', 'first', '--yes')
  await project.ask(`insert into task values (1, 'a')`)
  await project.write({'schema.sql': SCHEMA.replace(/create publication.*\n/, '')})
  const {err} = await project.ends(0, 'migrate', '--name', 'silent', '--yes')
  expect(err).toContain('note: no file declares pg_events')
  expect(await triggers(project)).toEqual([])
  expect(await project.ask('select count(*)::int as n from pgext.event')).toEqual([{n: 1}])
})

test('captured from WAL, an identity that files state is theirs from then on', async () => {
  const project = await site.project('stated', {'schema.sql': SCHEMA, 'pgext.json': WAL})
  expect((await project.ends(0, 'migrate', '--name', 'first', '--yes')).out).toContain('captured from WAL')
  const identity = async () => (await project.ask(`select relreplident as i from pg_class where oid = 'note'::regclass`))[0]!.i
  expect(await identity()).toBe('f')
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
  await project.write({'schema.sql': `${SCHEMA}alter table note replica identity full;\n`})
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
  await project.ends(0, 'migrate', '--name', 'stated', '--yes')
  expect(await project.ask('select * from pgext.realtime')).toEqual([])
  // pgext leaves it as it is when the table is realtime no more
  await project.write({'schema.sql': `${SCHEMA.replace('task, note', 'task')}alter table note replica identity full;\n`})
  await project.ends(0, 'migrate', '--name', 'less', '--yes')
  expect(await identity()).toBe('f')
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
})

test('an engine stays as it is until another one is asked for', async () => {
  const project = await site.project('engines', {'schema.sql': SCHEMA, 'pgext.json': QUEUE})
  await project.ends(0, 'migrate', '--name', 'first', '--yes')
  await project.write({'pgext.json': '{}'})
  expect((await project.ends(0, 'migrate', '--yes')).out).not.toContain('capture')
  await project.write({'pgext.json': WAL})
  expect((await project.ends(0, 'migrate', '--yes')).out).toContain('mended the capture')
  expect(await triggers(project)).toEqual([])
  expect(await project.ask(`select pubname::text as name from pg_publication order by 1`)).toEqual([
    {name: 'pg_events'},
    {name: 'pgext'},
  ])
})

test('db:reset captures again; a role that may not is told once', async () => {
  const project = await site.project('again', {'schema.sql': SCHEMA, 'pgext.json': QUEUE})
  await project.ends(0, 'migrate', '--name', 'first', '--yes')
  expect((await project.ends(0, 'db:reset', '--yes')).out).toContain('installed pg_events')
  expect(await triggers(project)).toEqual(onAll('note', 'task'))
  await project.ask(`drop trigger pgext_update on task; create role outsider login password 'x'; grant usage on schema pgext to outsider;
    grant all on all tables in schema pgext to outsider; revoke all on pgext.events from outsider`)
  const url = project.url.replace(/\/\/[^@]*@/, '//outsider:x@')
  expect(await project.fails('migrate', '--yes', '--url', url)).toMatch(
    /error: outsider may not keep the capture of realtime tables in step: .*\nhint: .*owns schema pgext/,
  )
})

test('diff says what capture lacks, and a dry run what will follow, with what it locks', async () => {
  const project = await site.project('said', {'schema.sql': SCHEMA, 'pgext.json': QUEUE})
  const planned = await project.ends(2, 'migrate', '--dry-run')
  expect(planned.out).toContain('CREATE TRIGGER pgext_insert AFTER INSERT ON public.task')
  expect(planned.err).toContain('note: pg_events will be installed')
  expect((await project.ends(2, 'diff')).err).toContain(
    'note: pg_events declares realtime tables, and nothing captures them here',
  )
  await project.ends(0, 'migrate', '--name', 'first', '--yes')
  expect((await project.ends(0, 'migrate', '--dry-run')).out).toContain('nothing to do')

  await project.ask(`update pgext.events set version = '0.9'`)
  expect((await project.ends(0, 'diff')).err).toContain('note: pg_events is of version 0.9 here')
  await project.ask(`update pgext.events set version = '1.0'`)
  await project.ask('drop trigger pgext_update on task')
  const drift = await project.ends(2, 'diff')
  expect(drift.out).toMatch(
    /-- realtime tables, captured by a queue: pgext migrate mends what is missing\n-- locks public\.task .*SHARE ROW EXCLUSIVE\nCREATE TRIGGER pgext_update/,
  )
  expect((await project.ends(2, 'diff', '--summary')).out).toContain('~ capture of realtime tables (2 statements)')
  expect((await project.ends(2, 'diff', '--sql')).out).toBe('SELECT pgext.sync_events();\n')
  const json = JSON.parse((await project.ends(2, 'diff', '--json')).out)
  expect(json).toMatchObject({equal: false, capture: {engine: 'queue', declared: true, inside: 0}})
  expect(json.capture.steps[0].locks).toMatchObject([{relation: 'public.task', mode: 'SHARE ROW EXCLUSIVE'}])
  expect((await project.ends(2, 'migrate', '--dry-run')).out).toContain('CREATE TRIGGER pgext_update')
  await project.ends(0, 'migrate', '--yes')
  await project.ends(0, 'diff')

  await project.write({
    'schema.sql': `${SCHEMA}create table more (id int primary key);`.replace('task, note', 'task, note, more'),
  })
  const dry = await project.ends(2, 'migrate', '--dry-run')
  expect(dry.out).toContain('CREATE TRIGGER pgext_insert AFTER INSERT ON public.more')
  expect(dry.out).not.toContain('ON public.task')
  await project.ends(0, 'migrate:new', 'more')
  const pending = await project.ends(2, 'migrate', '--dry-run', '--json')
  expect(
    JSON.parse(pending.out)
      .capture.steps.map(({sql}: {sql: string}) => sql)
      .join('\n'),
  ).toContain('ON public.more')
})

test('a role that may not look into schema pgext still compares the rest, and is told', async () => {
  const project = await site.project('closed', {'schema.sql': SCHEMA, 'pgext.json': WAL})
  await project.ends(0, 'migrate', '--name', 'first', '--yes')
  await project.ask(`create role looker login password 'x'`)
  const {out, err} = await project.ends(0, 'diff', '--url', project.url.replace(/\/\/[^@]*@/, '//looker:x@'))
  expect(out).toContain('nothing differs')
  expect(err).toContain('note: could not look whether realtime tables are captured: permission denied for schema pgext')
  expect(err).toContain('note: could not look: replica identity (permission denied for table pgext.realtime)')
})

test('an identity that files state and capture from WAL can not use is said, or refused', async () => {
  const schema = `${SCHEMA}alter table note replica identity nothing;`
  const project = await site.project('clash', {'schema.sql': schema})
  expect((await project.ends(2, 'diff')).err).toMatch(/note: from WAL changes .*: public\.note has NOTHING/)
  await project.write({'pgext.json': WAL})
  expect(await project.fails('diff')).toContain('public.note has NOTHING')
  await project.write({'pgext.json': QUEUE})
  expect((await project.ends(2, 'diff')).err).not.toContain('NOTHING')
})
