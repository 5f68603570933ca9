// A project in git and a second server in; deployed there from a clean checkout, a second version, a failure in the middle, and the run that goes on, out.
import {execFileSync} from 'node:child_process'
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {pgextAgain as pgext} from '../commands/run.ts'
import {openSite, type Project, type Site} from '../commands/site.ts'

let home: Site
let away: Site
beforeAll(async () => {
  ;[home, away] = await Promise.all([openSite(), openSite()])
})
afterAll(async () => {
  await Promise.all([home?.close(), away?.close()])
})

const SCHEMA = `create table task (id bigint primary key, title text not null, done boolean not null default false);
create publication pg_events for table task with (publish = '');
`
const ADD = `create function add_task(id bigint, title text) returns void language plpgsql as $$
begin
  insert into public.task (id, title) values (add_task.id, add_task.title);
end $$;
`

const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {cwd: folder, stdio: 'pipe'}).toString()

test('a clean checkout, a second version, a failure in the middle, and what goes on', async () => {
  const app = await home.project('app', {
    'pgext.json': JSON.stringify({
      frontend: {build: 'echo built > built.txt'},
      targets: {production: {url: 'PRODUCTION_URL', frontend: 'cat built.txt > published.txt'}},
    }),
    'schema.sql': SCHEMA,
    'functions/add_task.sql': ADD,
    '.gitignore': '.env\n.pgext/\nbuilt.txt\npublished.txt\n',
  })
  await app.ends(0, 'migrate', '--name', 'first')
  git(app.folder, 'init', '-q')
  git(app.folder, 'add', '.')
  git(app.folder, 'commit', '-qm', 'first')

  const production = away.url('shop')
  const admin = await connect(away.url('postgres'))
  await admin.script('create database shop')
  await admin.close()
  git(home.folder, 'clone', '-q', app.folder, 'checkout')
  const checkout = join(home.folder, 'checkout')
  const deploy = (...args: string[]) => pgext(['deploy', ...args], {cwd: checkout, env: {PRODUCTION_URL: production}})
  const ends = async (code: number, ...args: string[]) => {
    const ran = await deploy(...args)
    expect(ran.code, `${ran.out}${ran.err}`).toBe(code)
    return ran
  }

  // nobody to ask, and nobody has said yes
  const shown = await ends(2, 'production')
  expect(shown.out).toContain('add --yes')
  expect(shown.out).toMatch(/apply \d+T\d+_first\.sql/)

  const first = await ends(0, 'production', '--yes')
  expect(first.out).toContain('deployed production: deployment 1')
  expect(readFileSync(join(checkout, 'published.txt'), 'utf8')).toBe('built\n')
  const there = {...app, ask: app.ask, url: production} as Project
  const ask = (sql: string) => app.ask.call(there, sql)
  await ask("select add_task(1, 'tea'); select add_task(2, 'tea')")
  expect(await ask('select count(*)::int as n from pgext.migration')).toEqual([{n: 1}])

  // the second version is refused on rows that only the target has: nobody looks before, to see what a failure leaves
  await app.write({
    'schema.sql': `${SCHEMA.replace('done boolean', 'note text, done boolean')}create unique index task_title on task (title);\n`,
    'functions/add_task.sql': ADD.replace(
      '(id, title) values (add_task.id, add_task.title)',
      "(id, title, note) values (add_task.id, add_task.title, '')",
    ),
    'functions/close_task.sql':
      'create function close_task(id bigint) returns void language sql as $$ update public.task set done = true where task.id = $1 $$;\n',
  })
  await app.ends(0, 'migrate', '--name', 'second')
  git(app.folder, 'add', '.')
  git(app.folder, 'commit', '-qm', 'second')
  git(checkout, 'pull', '-q')

  const seen = await deploy('production', '--yes')
  expect(seen.code).toBe(1)
  expect(seen.err).toContain('2 rows of public.task')
  const failed = await deploy('production', '--yes', '--no-preflight')
  expect(failed.code, failed.out + failed.err).toBe(1)
  expect(failed.err).toContain('deployment 2 ended at step migrations')
  const status = await pgext(['deploy:status', 'production'], {cwd: checkout, env: {PRODUCTION_URL: production}})
  expect(status.code).toBe(2)
  expect(status.out).toMatch(/2 {2}failed/)
  expect(status.out).toContain('at step migrations')
  expect(status.out).toMatch(/next {2}apply \d+T\d+_second\.sql/)
  // the old functions and the old schema are still together
  await ask("select add_task(3, 'coffee')")

  await ask('delete from task where id = 2')
  const again = await ends(0, 'production', '--yes')
  expect(again.out).toContain('continues deployment 2, which failed at step migrations')
  await ask("select add_task(4, 'water'), close_task(4)")
  expect(await ask('select id::int, note, done from task where id = 4')).toEqual([{id: 4, note: '', done: true}])
  const history = await ask('select id::int, state, continues::int, git_commit from pgext.deployment order by id')
  const commits = git(app.folder, 'log', '--format=%H').trim().split('\n')
  expect(history).toEqual([
    {id: 1, state: 'done', continues: null, git_commit: commits[1]},
    {id: 2, state: 'failed', continues: null, git_commit: commits[0]},
    {id: 3, state: 'done', continues: 2, git_commit: commits[0]},
  ])
  const over = await pgext(['deploy:status', 'production'], {cwd: checkout, env: {PRODUCTION_URL: production}})
  expect(over.code, over.out + over.err).toBe(0)
  expect(over.out).toContain('nothing is left to do')
  const logs = readdirSync(join(checkout, '.pgext/logs')).map((name) => readFileSync(join(checkout, '.pgext/logs', name), 'utf8'))
  expect(logs.join('')).toContain('deployment 2: migrations failed')
  expect(logs.join('')).toContain('deployment 3 of production done')
  expect(git(checkout, 'status', '--porcelain')).toBe('')
})
