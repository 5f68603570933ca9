// What extensions make at run time, without owning it: left alone and said. What files declare stays the files', wherever it stands.
import {chmod, mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

/** A queue in a schema that its control file names, chunks in a schema of its own, and triggers on users' tables. */
const QUEUE = `
create function @extschema@.make(name text) returns void language plpgsql as $$ begin
  execute format('create table queue.%I (id bigint generated always as identity primary key, body jsonb)', 'q_' || name);
  execute format('create index on queue.%I ((body->>''at''))', 'q_' || name);
end $$;`
const SERIES = `
create schema _series;
create function _series.stop() returns trigger language plpgsql as $$ begin return new; end $$;
create function public.make_series(parent regclass) returns void language plpgsql as $$ begin
  execute format('create table _series.chunk_1 () inherits (%s)', parent);
  execute format('create trigger stopper before insert on %s for each row execute function _series.stop()', parent);
end $$;`
const PARTMAN = `
create table @extschema@.part_config (parent text);
create function @extschema@.maintain(parent text) returns void language plpgsql as $$ begin
  execute format('create table %I partition of public.%I default', parent || '_default', parent);
  execute format('create table %I partition of public.%I for values from (1) to (2)', parent || '_p1', parent);
  execute format('create table @extschema@.%I (like public.%I)', 'template_public_' || parent, parent);
end $$;`

let site: Site
let project: Project
const USERS = 'create table metrics (at int, value int);\ncreate table jobs (id int) partition by range (id);\n'
const MAKES = `create schema partman; create extension pg_partman schema partman; create extension queue; create extension series`

beforeAll(async () => {
  site = await openSite()
  const folder = join(site.folder, 'share', 'extension')
  await mkdir(folder, {recursive: true})
  const write = (name: string, control: string, sql: string) =>
    Promise.all([
      writeFile(join(folder, `${name}.control`), `default_version = '1'\n${control}\n`),
      writeFile(join(folder, `${name}--1.sql`), sql),
    ])
  await write('queue', "relocatable = false\nschema = 'queue'", QUEUE)
  await write('series', 'relocatable = false', SERIES)
  await write('pg_partman', 'relocatable = false', PARTMAN)
  project = await site.project('made', {'schema.sql': USERS})
  // the server may be another user's
  await chmod(site.folder, 0o755)
  await project.ask(`alter system set extension_control_path = '${join(site.folder, 'share')}:$system'`)
  await project.ask('select pg_reload_conf()')
  await new Promise((resolve) => setTimeout(resolve, 500))
  await project.ask(`${MAKES}; ${USERS}; select queue.make('mails'), make_series('metrics'), partman.maintain('jobs')`)
})
afterAll(() => site?.close())

test('files against the database: none of it differs, though no shadow can have those extensions', async () => {
  const {out, err} = await project.ends(0, 'diff')
  expect(out).toContain('nothing differs')
  expect(err).toContain('left alone: extensions pg_partman, queue, series')
  expect(err).toContain('left alone: partitions public.jobs_default, public.jobs_p1')
  expect(err).toContain('left alone: what extension series made: trigger public.metrics.stopper')
})

test('a change beside it is planned and proven', async () => {
  await project.write({'schema.sql': `${USERS}create table more (id int);\n`})
  const {out} = await project.ends(2, 'diff')
  expect(out).toContain('CREATE TABLE public.more')
  expect(out).not.toMatch(/queue|_series|partman|stopper/)
  await project.write({'schema.sql': USERS})
})

test('a table that files put into an extension’s schema is theirs, what the extension made there is not', async () => {
  await project.write({
    'schema.sql': `${USERS}create extension queue;\ncreate table queue.mine (id int primary key);\n`,
    'pgext.json': '{"shadow": "target"}',
  })
  const {out, err} = await project.ends(2, 'diff', '--sql')
  expect(out).toContain('CREATE TABLE queue.mine')
  expect(out).not.toContain('q_mails')
  expect(err).toMatch(/left alone: what extension queue made: .*table queue\.q_mails/)
  await project.ask(out)
  await project.ends(0, 'diff')
  await project.write({
    'schema.sql': `${USERS}create extension queue;\ncreate table queue.mine (id int primary key, note text);\n`,
  })
  expect((await project.ends(2, 'diff', '--sql')).out).toContain('ADD COLUMN note text')
  await project.ask('drop table queue.mine')
})

test('between two databases', async () => {
  const other = await site.project('made_other', {'pgext.json': '{"shadow": "target"}'})
  await other.ask(`${MAKES}; ${USERS}; select queue.make('texts')`)
  const {out, err} = await other.ends(0, 'diff', '--from', other.url, '--to', project.url)
  expect(out).toContain('nothing differs')
  expect(err).toContain('table queue.q_mails, table queue.q_texts')
  expect(err).toContain(
    'what extension pg_partman made: table partman.template_public_jobs, table public.jobs_default, table public.jobs_p1',
  )
  expect(err).toMatch(/what extension series made: table _series\.chunk_1, trigger public\.metrics\.stopper/)
})

test('a parent of what is left alone is not dropped from under it', async () => {
  await project.write({'schema.sql': USERS.replace(/create table metrics.*\n/, ''), 'pgext.json': '{}'})
  const said = await project.fails('diff')
  expect(said).toContain(
    "table public.metrics can't be changed or dropped as planned: table _series.chunk_1 needs it, and is left alone",
  )
})
