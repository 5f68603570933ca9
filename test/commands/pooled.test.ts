// URLs that lead to a real pgbouncer: by transactions or statements every command refuses them with one error, and has done nothing; by sessions all goes on.
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {open} from '../../src/postgres/driver.ts'
import {connect} from '../../src/postgres/native.ts'
import {type Bouncer, hasBouncer, type Mode, openBouncer} from '../support/bouncer.ts'
import {openSite, type Project, type Site} from './site.ts'

const FILES = {
  'schema.sql': `create table note (id int primary key, body text);
create publication pg_events for table note;
`,
  'functions/notes.sql':
    "create function notes() returns bigint language sql stable set search_path = '' as $$select count(*) from public.note$$;\n",
  'seed.sql': "insert into note values (1, 'a');\n",
  'pgext.json': '{"realtime": {"capture": "queue"}}',
}
/** all that take a URL */
const COMMANDS =
  `db:create|db:drop --force|db:reset --force|db:seed|diff|diff --summary|check --database|migrate --yes --name first|migrate --dry-run
migrate:status|migrate:verify|migrate:undo|migrate:repair|migrate:baseline|migrate:adopt --from flyway|deploy-functions|deploy-functions --check|deploy --yes|deploy:status
dump --out dumped|doctor|events:install|events:status|events:tail|events:uninstall --yes|events:drop-consumer web|serve --port 0|logs db|dev`.split(
    /[|\n]/,
  )

let site: Site
const bouncers: Bouncer[] = []
const isThere = hasBouncer()
beforeAll(async () => {
  if (isThere) site = await openSite()
})
afterAll(async () => {
  for (const one of bouncers) await one.close()
  await site?.close()
})

async function behind(mode: Mode, ...more: string[]): Promise<Bouncer> {
  const bouncer = await openBouncer(site.url('postgres'), mode, more)
  bouncers.push(bouncer)
  return bouncer
}

/** Several who ask now and then, or without end, as behind a pooler in use. */
function use(url: string, many: number, pause: number): () => Promise<void> {
  let isOver = false
  const working = Array.from({length: many}, async () => {
    const {sql} = open(url, {})
    while (!isOver) {
      await sql.unsafe('select count(*) from pg_class')
      if (pause > 0) await sleep(pause)
    }
    await sql.end({timeout: 1})
  })
  return async () => {
    isOver = true
    await Promise.all(working)
  }
}

describe.skipIf(!isThere)('pgbouncer', () => {
  test.each(['transaction', 'statement'] as const)('by %ss: refused by every command, before anything is done', async (mode) => {
    const project = await site.project(`by_${mode}`, FILES)
    const pooled = await behind(mode)
    const before = await project.state()
    const through = {...project, url: pooled.url(`by_${mode}`)}
    for (const command of mode === 'transaction'
      ? COMMANDS
      : ['diff', 'migrate --yes --name first', 'deploy-functions', 'db:reset --force']) {
      const {err} = await endsWithOne(project, through.url, command)
      expect(err, command).toContain('direct URL')
    }
    expect(await project.state()).toEqual(before)
    expect(await project.ask("select from pg_namespace where nspname = 'pgext'")).toEqual([])
  })

  test.each([
    ['the newest first', 0],
    ['the oldest first', 1],
  ])('is told from one by sessions while others use it: %s', async (_, robin) => {
    const size = ['default_pool_size = 4', `server_round_robin = ${robin}`]
    const pooled = (await behind('transaction', ...size)).url('postgres')
    for (const [many, pause] of [
      [0, 0],
      [1, 5],
      [3, 0],
      [9, 0],
    ] as const) {
      const stop = use(pooled, many, pause)
      for (let turn = 0; turn < 5; turn++)
        await expect(connect(pooled), `${many} others`).rejects.toMatchObject({code: 'not-supported'})
      await stop()
    }
  })

  test('by sessions: what works is the same, and who needs replication is told', async () => {
    const project = await site.project('by_session', FILES)
    const url = (await behind('session', 'default_pool_size = 8')).url('by_session')
    const run = (command: string) => project.run(...command.split(' '), '--url', url)
    for (const command of [
      'migrate --yes --name first',
      'deploy-functions',
      'db:seed',
      'check --database',
      'events:status',
      'deploy --yes',
    ]) {
      const {code, out, err} = await run(command)
      expect(code, `${command}\n${out}${err}`).toBe(0)
    }
    const tail = run('events:tail --count 1 --json')
    const told = tail.then(({out}) => out)
    let ended = false
    tail.finally(() => (ended = true))
    for (let id = 2; !ended; id++) {
      await project.ask(`insert into note values (${id}, 'b')`)
      await sleep(100)
    }
    expect(await told).toContain('"note"')
    expect((await run('db:reset --force')).code).toBe(0)
    await project.write({'pgext.json': '{"realtime": {"capture": "wal"}}'})
    await project.ends(0, 'events:install', '--capture', 'wal')
    const {code, err} = await run('events:tail')
    expect([code, err]).toEqual([1, expect.stringMatching(/passes no replication on[\s\S]*direct URL[\s\S]*queue/)])
  })

  test('with no session left: an error, and not for ever', async () => {
    const url = (await behind('session', 'default_pool_size = 1', 'query_wait_timeout = 1')).url('postgres')
    const one = await connect(url)
    await expect(connect(url)).rejects.toMatchObject({code: 'connection-failed'})
    await one.close()
  })
})

async function endsWithOne(project: Project, url: string, command: string): Promise<{err: string}> {
  const {code, out, err} = await project.run(...command.split(' '), '--url', url)
  expect(code, `${command}\n${out}${err}`).toBe(1)
  expect(err.match(/^error: /gm), `${command}\n${err}`).toHaveLength(1)
  expect(out, command).not.toMatch(/applied|wrote|deployed|dropped|created/)
  return {err}
}
