// A deployment that is killed, one beside it, and a target that somebody changed by hand in; what is said, refused and gone on with out.
import {spawn} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from '../commands/site.ts'

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

let site: Site
let app: Project
beforeAll(async () => {
  site = await openSite()
  app = await site.project('shop', {
    'schema.sql': 'create table item (id int primary key);\n',
    'migrations/20260101T000000_first.sql': 'create table public.item (id int primary key);\n',
  })
})
afterAll(() => site?.close())

test('killed in the middle: others are kept away while it runs, it is seen, and the next one goes on', async () => {
  await app.ends(0, 'deploy', '--yes')
  await app.ask('insert into item values (1)')
  await app.write({
    'schema.sql': 'create table item (id int primary key, name text, note text);\n',
    'migrations/20260102T000000_second.sql': 'alter table public.item add column name text;\n',
    // the copy on which it is tried has no rows
    'migrations/20260103T000000_slow.sql':
      'begin;\nalter table public.item add column note text;\nselect pg_sleep(100) from public.item;\ncommit;\n',
  })
  const child = spawn(process.execPath, [RUN, 'deploy', '--yes'], {
    cwd: app.folder,
    env: {...process.env, DATABASE_URL: app.url},
    stdio: 'ignore',
  })
  const gone = new Promise((resolve) => child.once('close', resolve))
  const asleep = "select pid from pg_stat_activity where query like 'select pg_sleep(100)%' and state = 'active'"
  await until(async () => (await app.ask(asleep)).length > 0)
  expect(await app.fails('deploy', '--yes')).toContain('another deployment is at work')
  expect((await app.ends(2, 'deploy:status')).out).toMatch(/2 {2}running/)
  child.kill('SIGKILL')
  await gone
  await app.ask(`select pg_terminate_backend(pid) from (${asleep}) p`)
  const {out} = await app.ends(2, 'deploy:status')
  expect(out).toMatch(/2 {2}cut/)
  expect(out).toContain('at step migrations')
  expect(out).toContain('next  apply 20260103T000000_slow.sql')
  expect(out).not.toContain('_second.sql')
  await app.ask('delete from item')
  const again = await app.ends(0, 'deploy', '--yes')
  expect(again.out).toContain('continues deployment 2, which was cut off at step migrations')
  expect(await app.ask('select id::int, state, continues::int from pgext.deployment order by id')).toEqual([
    {id: 1, state: 'done', continues: null},
    {id: 2, state: 'cut', continues: null},
    {id: 3, state: 'done', continues: 2},
  ])
})

test('a target that somebody changed by hand is not deployed to, unless that is allowed', async () => {
  await app.ask('alter table item add column by_hand int')
  const err = await app.fails('deploy', '--yes')
  expect(err).toContain('it has column public.item.by_hand')
  await app.write({
    'functions/one.sql': 'create function one() returns int language sql as $$ select 1 $$;\n',
  })
  const done = await app.ends(0, 'deploy', '--yes', '--allow', 'drift')
  expect(done.err).toContain('as before, the target is not as its migrations left it')
  expect(await app.ask('select one() as one')).toEqual([{one: 1}])
  // what no migration covers has no place there
  await app.write({'schema.sql': 'create table item (id int primary key, name text, note text, more text);\n'})
  expect(await app.fails('deploy', '--yes', '--allow', 'drift')).toContain('no migration covers')
})

test('a migration of which a part is committed is gone on with behind that part', async () => {
  const parts = await site.project('parts', {
    'schema.sql': 'create table item (id int primary key, name text);\n',
    'migrations/20260101T000000_first.sql': 'create table public.item (id int primary key, name text);\n',
  })
  await parts.ends(0, 'deploy', '--yes')
  await parts.ask('insert into item values (1)')
  await parts.write({
    'schema.sql':
      'create table item (id int primary key, name text not null, note text);\ncreate index item_name on item (name);\n',
    'migrations/20260102T000000_second.sql':
      'begin;\nalter table public.item add column note text;\ncommit;\ncreate index concurrently item_name on public.item (name);\nbegin;\nalter table public.item alter column name set not null;\ncommit;\n',
  })
  const {err} = await parts.ends(1, 'deploy', '--yes', '--no-preflight')
  expect(err).toContain('2 of its 3 parts are committed')
  expect(err).toContain('deployment 2 ended at step migrations')
  await parts.ask("update item set name = ''")
  const {out} = await parts.ends(0, 'deploy', '--yes')
  expect(out).toContain('continues deployment 2, which failed at step migrations')
  expect(out).not.toContain('SHARE UPDATE EXCLUSIVE')
})

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) if (await isSo()) return
  throw new Error('it never came to that')
}
