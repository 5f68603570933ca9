// A PGlite that a program works with in; its changes out, by a reader that shares its one session and leaves nothing in it.
import {PGlite} from '@electric-sql/pglite'
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest'
import {type Events, type EventsOptions, events} from '../../src/events/events.ts'
import {install, uninstall} from '../../src/events/install.ts'
import {openQueue} from '../../src/events/queue/queue.ts'
import {readStatus} from '../../src/events/status.ts'
import {visitPglite} from '../../src/postgres/guest.ts'
import {openPglite} from '../../src/postgres/pglite.ts'

let host: PGlite
const streams: Events[] = []

beforeAll(async () => {
  host = await PGlite.create()
  await host.exec(`create table task (id bigint primary key, title text, price numeric, meta jsonb); create table loose (v text);
    create publication pg_events for table task, loose with (publish = '')`)
  const db = await openPglite({engine: host})
  const {installed, statements} = await install(db, {capture: 'auto'})
  expect([installed.engine, statements.length > 8]).toEqual(['queue', true])
  expect((await install(db, {capture: 'auto'})).statements).toEqual([])
  await db.close()
  // as it is for a program that made it by itself
  await host.exec('discard all')
})
afterAll(async () => {
  for (const stream of streams) await stream.close()
  await host?.close()
})
beforeEach(async () => {
  for (const stream of streams.splice(0)) await stream.close()
  await host.exec('reset role')
  await host.exec('delete from public.task; delete from public.loose')
})

async function follow(options: EventsOptions = {}): Promise<Events> {
  const stream = await events({pglite: host, ...options})
  streams.push(stream)
  return stream
}
async function next(stream: Events, count: number): Promise<any[]> {
  const found: unknown[] = []
  for await (const event of stream) {
    found.push(event)
    if (found.length === count) break
  }
  return found
}
const asked = async (sql: string) => (await host.query<any>(sql)).rows

test('changes and messages come as objects', async () => {
  const stream = await follow()
  expect(stream.engine).toBe('queue')
  await host.query('insert into task values ($1, $2, $3, $4)', [9007199254740993n, 'a', '1.50', '{"n": [1, null]}'])
  await host.exec(
    `update task set title = 'b'; insert into loose values ('x'), ('x'); truncate loose; select pgext.emit('room', '[1.0]')`,
  )
  const told = await next(stream, 6)
  expect(told.map(({op, table, channel}) => channel ?? `${op} ${table}`)).toEqual([
    'INSERT task',
    'UPDATE task',
    'INSERT loose',
    'INSERT loose',
    'TRUNCATE loose',
    'room',
  ])
  expect(told[1]).toMatchObject({key: {id: '9007199254740993'}, changed: ['title'], row: {price: '1.50', meta: {n: [1, null]}}})
})

test('the session is the program’s: its settings, role and what it has prepared stay', async () => {
  await host.exec(`set search_path = other, public; set timezone = 'Asia/Tokyo'; set datestyle = 'German'; create role app; grant usage on schema public to app;
    grant select, insert on loose to app; set role app; prepare mine as select 1; set extra_float_digits = -3`)
  const shown = () =>
    asked(`select name, setting from pg_settings where name in ('search_path', 'TimeZone', 'DateStyle', 'enable_seqscan', 'check_function_bodies',
      'extra_float_digits', 'role', 'statement_timeout', 'xmloption') union all select 'role', current_setting('role') union all select 'prepared', name from pg_prepared_statements where name = 'mine' order by 1`)
  const before = await shown()
  expect(before).toContainEqual({name: 'role', setting: 'app'})
  const stream = await follow({name: 'polite'})
  await host.exec(`insert into loose values ('by app')`)
  const [event] = await next(stream, 1)
  await stream.acknowledge(event)
  expect(event.row).toEqual({v: 'by app'})
  expect(await shown()).toEqual(before)
  await expect(host.query('table pgext.event')).rejects.toThrow(/permission denied/)
  await stream.close()
  await host.exec('reset role')
  await host.exec('discard all')
})

test('nothing is told of a transaction that is open, be it PGlite’s or begun by hand, and nothing twice', async () => {
  const stream = await follow()
  const told = next(stream, 2)
  const wait = () => new Promise((resolve) => setTimeout(resolve, 150))
  await host.exec(`begin; insert into loose values ('lost')`)
  await wait()
  expect(await asked('select count(*)::int as n from loose')).toEqual([{n: 1}])
  await host.exec('rollback')
  await host.transaction(async (tx) => {
    await tx.query(`insert into loose values ('kept')`)
    await wait()
    await tx.query(`update loose set v = 'and changed'`)
    await wait()
  })
  expect((await told).map(({op, row}) => [op, row.v])).toEqual([
    ['INSERT', 'kept'],
    ['UPDATE', 'and changed'],
  ])
})

test('a consumer goes on where it acknowledged; a second of its name waits for the first to end', async () => {
  const first = await follow({name: 'ws'})
  await host.exec(`insert into loose values ('1'), ('2'), ('3')`)
  const [, second] = await next(first, 2)
  await first.acknowledge(second)
  const waiting = follow({name: 'ws'})
  expect(
    await Promise.race([waiting.then(() => 'elected'), new Promise((resolve) => setTimeout(() => resolve('waits'), 500))]),
  ).toBe('waits')
  const db = await visitPglite(host)
  expect((await readStatus(db)).consumers).toMatchObject([
    {name: 'polite', isReading: false},
    {name: 'ws', isReading: true, isLost: false},
  ])
  await first.close()
  expect((await next(await waiting, 1)).map(({row}) => row.v)).toEqual(['3'])
  expect((await readStatus(db)).pending).toEqual([])
})

test('what is done with is emptied, and a token from before that is gone', async () => {
  const [token] = (await asked(`select 'q' || incarnation || '.' || pg_current_snapshot() as token from pgext.events`)) as [
    {token: string},
  ]
  await host.exec(
    `update pgext.events set period = 1; select pgext.sync_events(); delete from pgext.consumer; insert into loose values ('x')`,
  )
  const isEmptied = async () => {
    for (let tries = 0; tries < 60; tries++) {
      if ((await asked('select pgext.empty_events() as it'))[0].it) return true
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return false
  }
  while ((await asked('select count(*)::int as n from pgext.event'))[0].n > 0) expect(await isEmptied()).toBe(true)
  await expect(follow({since: token.token})).rejects.toMatchObject({code: 'events-gone'})
})

test('a copy of it goes on by itself', async () => {
  await host.exec(`insert into loose values ('before')`)
  const copy = await PGlite.create({loadDataDir: await host.dumpDataDir('none')})
  const stream = await events({pglite: copy})
  await copy.exec(`insert into loose values ('in the copy')`)
  expect((await next(stream, 1))[0].row).toEqual({v: 'in the copy'})
  await stream.close()
  await copy.close()
})

test('the end of the PGlite ends the reading with an error; uninstalled, nothing is left', async () => {
  const other = await PGlite.create()
  const db = await openPglite({engine: other})
  await db.script(
    `set search_path = public; create table t (id int primary key); create publication pg_events for table t with (publish = '')`,
  )
  await install(db, {capture: 'queue'})
  const source = await openQueue(() => visitPglite(other))
  await source.close()
  await uninstall(db)
  await db.script('insert into t values (1)')
  expect(
    await db.query(
      `select from pg_class where relnamespace = 'pgext'::regnamespace union all select from pg_proc where pronamespace = 'pgext'::regnamespace`,
    ),
  ).toEqual([])
  await expect(events({pglite: other})).rejects.toMatchObject({code: 'events-missing'})
  await other.close()
  await expect(events({pglite: other})).rejects.toMatchObject({code: 'connection-lost'})
})
