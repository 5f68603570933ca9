// deploy-functions --watch at work on a project whose files are saved; the database asked what is live.
import {type ChildProcess, spawn} from 'node:child_process'
import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

let site: Site
let project: Project
let child: ChildProcess
let said = ''
let ended: Promise<{code: number | null; signal: NodeJS.Signals | null}>

beforeAll(async () => {
  site = await openSite()
  project = await site.project('watched', {
    'pgext.json': '{}',
    'schema.sql': 'create table t (id int primary key, note text);\n',
    'functions/one.sql': 'create function one() returns int language sql as $$ select 1 $$;\n',
    'functions/two.sql': 'create function two() returns int language plpgsql as $$ begin return one() + 1; end $$;\n',
  })
  await project.ends(0, 'migrate', '--name', 'first')
  const {SHADOW_DATABASE_URL, FORCE_COLOR, ...env} = process.env
  child = spawn(process.execPath, [RUN, 'deploy-functions', '--watch'], {
    cwd: project.folder,
    env: {...env, DATABASE_URL: project.url},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (bytes) => (said += bytes))
  ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({code, signal})))
})
afterAll(async () => {
  child?.kill('SIGKILL')
  await site?.close()
})

const says = (text: string | RegExp) => expect.poll(() => said, {timeout: 60_000, interval: 50}).toMatch(text)
const save = async (name: string, text: string) => {
  said = ''
  await project.write({[`functions/${name}.sql`]: text})
}
const answer = (call: string) =>
  expect.poll(async () => (await project.ask(`select ${call} as it`).catch(() => []))[0]?.it, {timeout: 60_000, interval: 50})

test('what is there at first is deployed', async () => {
  await answer('two()').toBe(2)
  await says('watching functions/')
})

test('a body that is saved is live; what is wrong with another is said where it stands, and leaves the rest as it was', async () => {
  await save('one', 'create function one() returns int language sql as $$ select 10 $$;\n')
  await answer('two()').toBe(11)
  await says('function public.one()')
  await save('two', 'create function two() returns int language plpgsql as $$\nbegin\n  retrun 1;\nend $$;\n')
  await says(/syntax error(.|\n)*functions\/two\.sql:3:/)
  await answer('two()').toBe(11)
  await save('two', 'create function two() returns int language plpgsql as $$ begin return one() + 2; end $$;\n')
  await answer('two()').toBe(12)
})

test('a new file, another signature, a file that goes', async () => {
  await save('three', 'create function three(n int) returns int language sql as $$ select n * 3 $$;\n')
  await answer('three(2)').toBe(6)
  await save('three', 'create function three(k int) returns bigint language sql as $$ select k * 4 $$;\n')
  await answer('three(2)').toBe('8')
  await save('three', 'create function three(n int, m int) returns int language sql as $$ select n * m $$;\n')
  await answer('three(2, 5)').toBe(10)
  expect(await project.ask(`select count(*)::int as n from pg_proc where proname = 'three'`)).toEqual([{n: 1}])
  said = ''
  await rm(join(project.folder, 'functions/three.sql'))
  await save('one', 'create function one() returns int language sql as $$ select 100 $$;\n')
  await answer('two()').toBe(102)
  await answer('three(2, 5)').toBe(10)
})

test('a comment comes, and goes again', async () => {
  const comment = async () => (await project.ask(`select obj_description('one()'::regprocedure) as it`))[0]!.it
  const one = 'create function one() returns int language sql as $$ select 5 $$;\n'
  await save('one', `${one}comment on function one() is 'uno';\n`)
  await expect.poll(comment, {timeout: 60_000}).toBe('uno')
  await save('one', one)
  await expect.poll(comment, {timeout: 60_000}).toBe(null)
})

test('somebody else changes one meanwhile, or ends our sessions: the next save puts it right', async () => {
  await project.ask(`create or replace function one() returns int language sql as $$ select 666 $$`)
  await project.ask(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  for (let n = 0; n < 3; n++)
    await save('two', `create function two() returns int language plpgsql as $$ begin return one() + ${n}; end $$;\n`)
  await answer('one()').not.toBe(undefined)
  await save('two', `create function two() returns int language plpgsql as $$ begin return one() + 9; end $$;\n`)
  await expect
    .poll(
      async () => {
        const [row] = await project.ask('select one(), two()')
        if (row!.two !== 14)
          await save(
            'two',
            `create function two() returns int language plpgsql as $$ begin return one() + 9; end $$; -- ${Math.random()}\n`,
          )
        return row
      },
      {timeout: 60_000, interval: 2000},
    )
    .toEqual({one: 5, two: 14})
})

test('ctrl-C ends it, and nothing is left running', async () => {
  child.kill('SIGINT')
  expect(await ended).toEqual({code: 0, signal: null})
  expect(
    await project.ask(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    ),
  ).toEqual([{n: 0}])
})
