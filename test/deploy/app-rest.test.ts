// A real PostgREST in front of a target in; what each deployment brings, seen by a request soon after it, out.
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {findPostgrest} from '../../src/dev/rest.ts'
import {openSite, type Site} from '../commands/site.ts'
import {freePort} from '../support/port.ts'

const PROGRAM = findPostgrest({folder: import.meta.dirname, variable: (name: string) => process.env[name]})
if (!PROGRAM) console.log('skipped: there is no PostgREST for this machine')

let site: Site
let rest: ChildProcess | undefined
beforeAll(async () => {
  if (PROGRAM) site = await openSite()
})
afterAll(async () => {
  if (rest?.exitCode === null) {
    rest.kill('SIGKILL')
    await once(rest, 'exit')
  }
  await site?.close()
})

describe.skipIf(!PROGRAM)('PostgREST', () => {
  test('serves what was deployed, and then what was deployed over it', async () => {
    const port = await freePort()
    const api = `http://127.0.0.1:${port}`
    const app = await site.project('api', {
      'pgext.json': JSON.stringify({targets: {production: {url: 'DATABASE_URL', rest: api}}}),
      'schema.sql': 'create table task (id int primary key);\ngrant select on task to web;\n',
    })
    await app.ask('create role web')
    rest = spawn(PROGRAM!, [], {
      env: {
        PGRST_DB_URI: app.url,
        PGRST_DB_SCHEMAS: 'public',
        PGRST_DB_ANON_ROLE: 'web',
        PGRST_SERVER_HOST: '127.0.0.1',
        PGRST_SERVER_PORT: String(port),
      },
      stdio: 'ignore',
    })
    const asked = async (path: string, method = 'GET') =>
      fetch(api + path, {method}).then(
        async (answer) => [answer.status, await answer.json().catch(() => null)],
        () => [0, null],
      )
    await expect.poll(() => asked('/task').then(([status]) => status), {timeout: 30_000}).toBe(404)

    await app.ends(0, 'migrate:new', 'first')
    const first = await app.ends(0, 'deploy', 'production', '--yes')
    expect(first.out).toContain(api)
    await expect.poll(() => asked('/task'), {timeout: 10_000}).toEqual([200, []])

    await app.write({
      'schema.sql': 'create table task (id int primary key, title text);\ngrant select on task to web;\n',
      'functions/two.sql': 'create function two() returns int language sql stable as $$ select 2 $$;\n',
    })
    await app.ends(0, 'migrate:new', 'second')
    await app.ends(0, 'deploy', 'production', '--yes')
    await expect.poll(() => asked('/rpc/two', 'POST'), {timeout: 10_000}).toEqual([200, 2])
    expect(await asked('/task?select=title')).toEqual([200, []])
  })
})
