// Ctrl-C while migrations are applied: the server stops too, what is committed stays, nothing half made stays, and the next run goes on.
import {type ChildProcess, spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {applyMigrations} from '../../src/migrations/apply.ts'
import {migrationFrom} from '../../src/migrations/file.ts'
import {open} from '../../src/postgres/driver.ts'
import {connect} from '../../src/postgres/native.ts'
import {openSite, type Project, type Site} from './site.ts'

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const FIRST = 'create table a (n int);\ninsert into a select generate_series(1, 100);\n'
const SCHEMA = 'create table a (n int);\ncreate index a_n on a (n);\n'

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<{code: number | null; signal: NodeJS.Signals | null; err: string}>
}

function migrate(project: Project, ...args: string[]): Running {
  const {SHADOW_DATABASE_URL, FORCE_COLOR, ...env} = process.env
  const child = spawn(process.execPath, [RUN, 'migrate', '--yes', ...args], {
    cwd: project.folder,
    env: {...env, DATABASE_URL: project.url},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const err: Buffer[] = []
  child.stderr!.on('data', (bytes) => err.push(bytes))
  child.stdout!.resume()
  const ended = new Promise<Awaited<Running['ended']>>((resolve) =>
    child.once('close', (code, signal) => resolve({code, signal, err: Buffer.concat(err).toString()})),
  )
  return {child, ended}
}

const isRunning = async (project: Project, sql: string): Promise<boolean> =>
  (
    await project.ask(
      `select 1 from pg_stat_activity where datname = current_database() and state = 'active' and query like '${sql}%'`,
    )
  ).length > 0
const runs = (project: Project, sql: string) =>
  expect.poll(() => isRunning(project, sql), {timeout: 20_000, interval: 100}).toBe(true)
const indexes = async (project: Project) =>
  (
    await project.ask(
      "select indexrelid::regclass::text as name, indisvalid as valid from pg_index where indrelid = 'a'::regclass",
    )
  ).map(({name, valid}) => `${name}${valid ? '' : ', invalid'}`)
const journal = async (project: Project) =>
  (await project.ask('select block || $$ $$ || state as block from pgext.migration_block order by version, block')).map(
    ({block}) => block,
  )

test('a build that waits is cancelled, what it left is dropped, and the next run builds it', async () => {
  const project = await site.project('stopped', {
    'schema.sql': SCHEMA,
    'migrations/20260101T000000_first.sql': `${FIRST}create index concurrently a_n on a (n);\n`,
  })
  await project.ask('create table a_report ()')
  const report = await connect(project.url, {application: 'report'})
  await report.script('begin isolation level repeatable read; select from public.a_report')
  const {child, ended} = migrate(project)
  await runs(project, 'create index concurrently')
  child.kill('SIGINT')
  const {code, err} = await ended
  expect(code, err).toBe(130)
  expect(err).toContain(
    'stopped while applying migrations/20260101T000000_first.sql (2 of its 3 parts are committed, up to line 2)',
  )
  expect(err).toContain('run the same command again: it goes on after what is committed')
  expect(await isRunning(project, 'create index')).toBe(false)
  expect(await indexes(project)).toEqual([])
  expect(await journal(project)).toEqual(['1 done', '2 done'])
  await report.close()
  await project.ask('drop table a_report')
  await project.ends(0, 'migrate', '--yes')
  expect(await indexes(project)).toEqual(['a_n'])
  expect(await project.ask('select count(*)::int as n from a')).toEqual([{n: 100}])
})

test('what could not be taken away in time is named, and the next run takes it away', async () => {
  const project = await site.project('left', {
    'schema.sql': SCHEMA,
    'migrations/20250101T000000_zero.sql': 'create table if not exists a (n int);\n',
    'migrations/20260101T000000_first.sql': 'create index concurrently a_n on a (n);\n',
  })
  await project.ask('create table a (n int); insert into a values (1)')
  const report = await connect(project.url, {application: 'report'})
  await report.script('begin isolation level repeatable read; select from public.a')
  const {child, ended} = migrate(project)
  await runs(project, 'create index concurrently')
  child.kill('SIGINT')
  const {code, err} = await ended
  expect(code, err).toBe(130)
  expect(await indexes(project)).toEqual(['a_n, invalid'])
  expect(err).toContain('the next run begins with DROP INDEX CONCURRENTLY IF EXISTS public.a_n')
  await report.close()
  await project.ends(0, 'migrate', '--yes')
  expect(await indexes(project)).toEqual(['a_n'])
})

test.each(['SIGTERM', 'SIGHUP'] as const)('%s in a transaction leaves nothing of it', async (signal) => {
  const text = `${FIRST}begin;\ncreate index a_n on a (n);\nselect pg_advisory_xact_lock(7);\ncommit;\n`
  const files = {'schema.sql': SCHEMA, 'migrations/20260101T000000_first.sql': text}
  const project = await site.project(`by_${signal.toLowerCase()}`, files)
  const other = await connect(project.url)
  await other.script('select pg_advisory_lock(7)')
  const {child, ended} = migrate(project)
  await runs(project, 'select pg_advisory_xact_lock')
  child.kill(signal)
  const {code, err} = await ended
  expect(code, err).toBe(signal === 'SIGTERM' ? 143 : 129)
  expect(await isRunning(project, 'select pg_advisory_xact_lock')).toBe(false)
  expect(await journal(project)).toEqual(['1 done', '2 done'])
  await other.close()
  await project.ends(0, 'migrate', '--yes')
  expect(await indexes(project)).toEqual(['a_n'])
})

test('a second ctrl-C ends at once, and the next run takes away what is left', async () => {
  const project = await site.project('twice', {
    'schema.sql': SCHEMA,
    'migrations/20260101T000000_first.sql': `${FIRST}create index concurrently a_n on a (n);\n`,
  })
  await project.ask('create table a (n int); insert into a values (1)')
  await project.write({'migrations/20260101T000000_first.sql': 'create index concurrently a_n on a (n);\n', 'schema.sql': SCHEMA})
  await project.write({'migrations/20250101T000000_zero.sql': 'create table if not exists a (n int);\n'})
  // a reader of the table keeps DROP INDEX CONCURRENTLY waiting, too
  const report = await connect(project.url, {application: 'report'})
  await report.script('begin isolation level repeatable read; select from public.a')
  const {child, ended} = migrate(project)
  await runs(project, 'create index concurrently')
  child.kill('SIGINT')
  await runs(project, 'DROP INDEX CONCURRENTLY')
  child.kill('SIGINT')
  const {signal} = await ended
  expect(signal).toBe('SIGINT')
  await report.close()
  await project.ends(0, 'migrate', '--yes')
  expect(await indexes(project)).toEqual(['a_n'])
  expect(await journal(project)).toEqual(['1 done', '1 done'])
})

test('when pgext alone is killed, its transaction ends soon, and a run that waits for it goes on', async () => {
  const text = `${FIRST}do $$ begin if current_database() = 'killed' and to_regclass('public.fast') is null then perform pg_sleep(60); end if; end $$;`
  const project = await site.project('killed', {
    'schema.sql': SCHEMA,
    'migrations/20260101T000000_first.sql': `${text}create index a_n on a (n);`,
  })
  const first = migrate(project)
  await runs(project, 'do ')
  const start = performance.now()
  const second = migrate(project)
  await project.ask('create table fast ()')
  first.child.kill('SIGKILL')
  const {code, err} = await second.ended
  expect(code, err).toBe(0)
  expect(performance.now() - start).toBeLessThan(50_000)
  expect(await journal(project)).toEqual(['1 done', '2 done', '3 done', '4 done'])
})

test('when pgext alone is killed, a build goes on, and the next run finds it done', async () => {
  const project = await site.project('orphan', {
    'schema.sql': SCHEMA,
    'migrations/20260101T000000_first.sql': `${FIRST}create index concurrently a_n on a (n);`,
  })
  const report = await connect(project.url)
  await report.script('begin isolation level repeatable read; select from pg_class')
  const first = migrate(project)
  await runs(project, 'create index concurrently')
  first.child.kill('SIGKILL')
  await first.ended
  const [built] = await project.ask("select 'a_n'::regclass::oid as oid")
  const second = migrate(project)
  await expect
    .poll(
      () =>
        project.ask(
          `select 1 from pg_stat_activity where query like '%a.client_addr%' and pid <> pg_backend_pid() and datname = current_database()`,
        ),
      {timeout: 20_000},
    )
    .not.toEqual([])
  await report.close()
  const {code, err} = await second.ended
  expect(code, err).toBe(0)
  expect(await project.ask("select 'a_n'::regclass::oid as oid")).toEqual([built])
  expect(await indexes(project)).toEqual(['a_n'])
})

test('while another run is waited for', async () => {
  const project = await site.project('waiting', {
    'schema.sql': SCHEMA,
    'migrations/20260101T000000_first.sql': `${FIRST}create index a_n on a (n);`,
  })
  const other = await connect(project.url, {application: 'deploy'})
  await other.script(`select pg_advisory_lock(${0x70676578}, 1)`)
  const {child, ended} = migrate(project)
  await expect
    .poll(
      () =>
        project.ask(
          "select 1 from pg_stat_activity where query like '%a.client_addr%' and pid <> pg_backend_pid() and datname = current_database()",
        ),
      {timeout: 20_000},
    )
    .not.toEqual([])
  child.kill('SIGINT')
  const {code, err} = await ended
  expect(code, err).toBe(130)
  await other.close()
})

test('how long a lock is waited for, pgext.json says', async () => {
  const project = await site.project('hasty', {
    'pgext.json': JSON.stringify({lockTimeout: 0.1, lockLimit: 0.3}),
    'schema.sql': SCHEMA,
    'migrations/20260101T000000_first.sql': 'create table a (n int);',
  })
  await project.ends(0, 'migrate', '--name', 'index')
  const other = await connect(project.url)
  await other.script('begin; lock table public.a')
  await project.write({'schema.sql': `${SCHEMA}alter table a add m int;`})
  const start = performance.now()
  const {err} = await project.ends(1, 'migrate', '--name', 'column')
  expect(err).toContain('another session holds a lock that this needs')
  expect(performance.now() - start).toBeLessThan(30_000)
  await other.close()
  await project.ends(0, 'migrate', '--yes')
})

test('limits that a role begins with cut nothing off', async () => {
  const project = await site.project('hurried', {})
  const names = [
    'statement_timeout',
    'lock_timeout',
    'idle_in_transaction_session_timeout',
    'idle_session_timeout',
    'transaction_timeout',
  ]
  const limitOf = (name: string) => (name === 'idle_session_timeout' ? '3s' : '100ms')
  await project.ask(`
    create role hurried login password 'hurried' createrole; grant all on database hurried to hurried; grant all on schema public to hurried;
    ${names.map((name) => `alter role hurried set ${name} = '${limitOf(name)}'`).join(';')}`)
  const url = project.url.replace(/pgext:\w+@/, 'hurried:hurried@')
  const text = `create table a as select generate_series(1, 200000) as n;
    begin; select pg_sleep(0.4); create table b (); commit; select pg_sleep(0.4); create index concurrently a_n on a (n);`
  const other = open(url, {}).sql
  await expect(other.unsafe('select pg_sleep(0.4)')).rejects.toThrow()
  await other.end({timeout: 1})
  const db = await connect(url)
  await applyMigrations(db, [migrationFrom('migrations/20260101T000000_long.sql', text)], {connect: () => connect(url)})
  expect(await indexes(project)).toEqual(['a_n'])
  await db.close()
})
