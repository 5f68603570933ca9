// A reader of the queue that lives on while PostgreSQL is killed.
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openQueue} from '../../src/events/queue/queue.ts'
import {connect} from '../../src/postgres/native.ts'
import {Server} from '../chaos/server.ts'
import {collect, linesOf, openPlace, plain} from './place.ts'

let server: Server

beforeAll(async () => {
  // nothing reaches the log but by commits
  server = await Server.start(18, ['wal_writer_delay=10s', 'autovacuum=off', 'bgwriter_delay=10s'])
})
afterAll(() => server?.close())

const back = (url: string) =>
  expect
    .poll(
      () =>
        plain(url).then(
          (db) => db.close().then(() => true),
          () => false,
        ),
      {timeout: 30_000},
    )
    .toBe(true)

test('what was committed without waiting for the disk, told, and taken back by a crash, is said', async () => {
  const place = await openPlace(
    (name) => server.url(name),
    `create table t (id int primary key); create publication pg_events for table t with (publish = '')`,
    'queue',
  )
  const source = await openQueue(() => connect(place.url))
  const batches = source.read()[Symbol.asyncIterator]()
  await place.ask('insert into t values (1)')
  await batches.next()
  await place.ask('set synchronous_commit = off; insert into t values (2)')
  expect(linesOf([(await batches.next()).value])).toEqual(['INSERT t 2'])
  const next = batches.next().then(
    ({value}) => linesOf([value]),
    ({code}) => code,
  )
  await sleep(200)
  await server.kill()
  await place.db.close()
  await server.start()
  await back(place.url)
  const db = await plain(place.url)
  expect(await db.query('select id from t')).toEqual([{id: 1}])
  for (let id = 3; id < 9; id++) await db.script(`insert into t values (${id})`)
  await db.close()
  expect(await next).toBe('events-gone')
  await source.close()
})

test('transactions get ids again that others had before the crash, who rolled back', async () => {
  const place = await openPlace(
    (name) => server.url(name),
    `create table t (id int primary key); create publication pg_events for table t with (publish = '')`,
    'queue',
  )
  const source = await openQueue(() => connect(place.url), {name: 'ws'})
  const told = collect(source)
  await place.ask('insert into t values (1)')
  await sleep(200)
  for (let n = 0; n < 20; n++) await place.ask('begin; select pg_current_xact_id(); rollback')
  await sleep(200)
  const [{xid: before}] = (await place.ask('select pg_snapshot_xmax(pg_current_snapshot())::text as xid')) as [{xid: string}]
  await server.kill()
  await place.db.close()
  await server.start()
  await expect
    .poll(() =>
      plain(place.url).then(
        (db) => db.close().then(() => true),
        () => false,
      ),
    )
    .toBe(true)
  const db = await plain(place.url)
  await db.script('insert into t values (2)')
  const [{xid}] = (await db.query('select pg_snapshot_xmax(pg_current_snapshot())::text as xid')) as [{xid: string}]
  expect(BigInt(xid)).toBeLessThan(BigInt(before))
  for (let id = 3; id < 30; id++) await db.script(`insert into t values (${id})`)
  await db.script(`select pgext.emit('end', 'null')`)
  expect(linesOf(await told)).toEqual(Array.from({length: 29}, (_, at) => `INSERT t ${at + 1}`))
  await db.close()
  await source.close()
})
