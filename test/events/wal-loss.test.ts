// A consumer, and what can happen to it: killed processes, ended connections, a server that goes, slots that are dropped or lost. Nothing
// is missing, nothing comes again once it was acknowledged, and what can't be given any more is said to be gone.
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {dropConsumer} from '../../src/events/wal/consumer.ts'
import {slotName} from '../../src/events/wal/slot.ts'
import {openWal} from '../../src/events/wal/source.ts'
import {connect} from '../../src/postgres/native.ts'
import {slotsOf, withoutReaders} from '../../src/postgres/slot.ts'
import {Server, send} from '../chaos/server.ts'
import {exited, start} from '../shadow/run.ts'
import {MAJORS, Place, startLog} from './log.ts'

/** as built */
const ROOT = join(import.meta.dirname, '..', '..')
const GONE = {name: 'PgextError', code: 'events-gone'}

describe.each(MAJORS)('a consumer of PostgreSQL %i', (major) => {
  let server: Server
  let place: Place
  let count = 0
  const opened: Place[] = []

  const make = async (): Promise<Place> => {
    place = await Place.make(server, `place${count++}`, 'create table t (id int primary key)', 'table public.t')
    opened.push(place)
    return place
  }
  const write = (id: number) => place.db.script(`insert into public.t values (${id})`)
  const row = (id: number) => [`INSERT public.t id*=${id}`]

  beforeAll(async () => {
    server = await startLog(major, ['max_slot_wal_keep_size=32MB', 'wal_keep_size=0', 'min_wal_size=32MB'])
  })

  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
  })

  afterAll(async () => {
    await server?.close()
  })

  test('reads on where it acknowledged: neither less nor more', async () => {
    await make()
    const first = await place.read({name: 'ws'})
    for (let id = 1; id <= 4; id++) await write(id)
    const batches = [await first.batch(), await first.batch(), await first.batch()]
    await first.source.acknowledge(batches[0]!.token)
    await first.source.acknowledge(batches[1]!.token)
    // twice, and late
    await first.source.acknowledge(batches[0]!.token)
    await first.source.close()
    const second = await place.read({name: 'ws'})
    expect(await second.entries()).toEqual(row(3))
    await second.source.close()
    const third = await place.read({name: 'ws', since: batches[2]!.token})
    expect(await third.entries()).toEqual(row(4))
    await third.source.close()
  })

  test('a transaction whose commit begins right where another ends is not taken for acknowledged', async () => {
    await make()
    const reading = await place.read({name: 'ws'})
    const other = await connect(place.url)
    let end = ''
    let next = ''
    for (let id = 10; id < 20 && (end === '' || end !== next); id += 2) {
      await place.db.script(`begin; insert into public.t values (${id})`)
      await other.script(`begin; insert into public.t values (${id + 1})`)
      await place.db.script('commit')
      ;[{lsn: next}] = (await other.query('select pg_current_wal_insert_lsn()::text as lsn')) as [{lsn: string}]
      await other.script('commit')
      const [batch] = await reading.transaction()
      end = lsnOf(batch!.token)
      if (end === next) await reading.source.acknowledge(batch!.token)
      else await reading.source.acknowledge((await reading.batch())!.token)
    }
    expect(end).toBe(next)
    await expect.poll(async () => showLsn((await place.slot('ws'))!.confirmed)).toBe(end)
    await reading.source.close()
    // the server's own position alone, without what was asked of it
    await place.db.script('update pgext.consumer set lsn = null')
    const again = await place.read({name: 'ws'})
    expect((await again.entries())[0]).toMatch(/^INSERT public.t id\*=1[13579]$/)
    await other.close()
  })

  test('its connection is ended: it reads on behind what it handed over', async () => {
    await make()
    const reading = await place.read({name: 'ws'})
    await write(1)
    const first = (await reading.batch())!
    await place.end('walsender', 'ws')
    await write(2)
    expect(await reading.entries()).toEqual(row(2))
    await reading.source.acknowledge(first.token)
    await place.end('client backend', 'ws')
    await write(3)
    const third = (await reading.batch())!
    await reading.source.acknowledge(third.token)
    await place.end('walsender', 'ws')
    await place.end('client backend', 'ws')
    await write(4)
    expect(await reading.entries()).toEqual(row(4))
    await reading.source.close()
    const again = await place.read({name: 'ws'})
    expect(await again.entries()).toEqual(row(4))
  })

  test('ended in the middle of a large transaction that waits to be handed over', async () => {
    await make()
    const reading = await place.read({name: 'ws'}, {limits: {entries: 100, bytes: 1e9}})
    await place.db.script('insert into public.t select generate_series(1, 50000)')
    const got: number[] = []
    for (let n = 0, last = false; !last; n++) {
      const batch = (await reading.batch())!
      got.push(batch.entries.length)
      last = batch.last
      // it may be about to come back from the last time
      if (n % 97 === 3)
        await expect.poll(() => place.end('walsender', 'ws').then(() => true, String), {timeout: 10_000}).toBe(true)
      if (n % 50 === 7) await reading.source.acknowledge(batch.token)
      if (n === 200)
        await expect.poll(() => place.end('client backend', 'ws').then(() => true, String), {timeout: 10_000}).toBe(true)
    }
    expect(got.reduce((sum, n) => sum + n, 0)).toBe(50000)
    expect(got).toHaveLength(500)
  })

  test('killed: the next one reads what was not acknowledged', async () => {
    await make()
    const {child, said} = await start(
      ROOT,
      `const {openWal} = await import(${JSON.stringify(`${ROOT}/dist/events/wal/source.js`)})
         const source = await openWal(${JSON.stringify(place.url)}, {name: 'ws'})
         setTimeout(() => console.log('reads'), 0)
         for await (const {entries, token} of source.read()) if (entries[0].row[0] === '1') {
           await source.acknowledge(token)
           console.error('acknowledged')
         }`,
    )
    expect(said).toBe('reads')
    await write(1)
    await new Promise((done) => child.stderr!.once('data', done))
    await write(2)
    send(child.pid!, 'SIGKILL')
    await exited(child)
    await write(3)
    const next = await place.read({name: 'ws'})
    expect(await next.entries()).toEqual(row(2))
    expect(await next.entries()).toEqual(row(3))
  })

  test('a second reader waits, takes over, and can be told to stop waiting', async () => {
    await make()
    const first = await place.read({name: 'ws'})
    const stop = new AbortController()
    const stopped = place.read({name: 'ws', signal: stop.signal})
    const second = place.read({name: 'ws'})
    await write(1)
    expect(await first.entries()).toEqual(row(1))
    expect(await Promise.race([second, stopped, new Promise((done) => setTimeout(done, 500, 'waits'))])).toBe('waits')
    stop.abort()
    await expect(stopped).rejects.toMatchObject({code: 'stopped'})
    await first.source.close()
    expect(await (await second).entries()).toEqual(row(1))
    // others have names of their own
    const other = await place.read({name: 'other'})
    await write(2)
    expect(await other.entries()).toEqual(row(2))
    expect(await (await second).entries()).toEqual(row(2))
  })

  test('a signal ends what is read', async () => {
    await make()
    const stop = new AbortController()
    const source = await openWal(place.url, {signal: stop.signal})
    const all = (async () => {
      for await (const _ of source.read());
    })()
    stop.abort()
    await all
    await source.close()
    await expect.poll(() => place.db.query(`select from pg_replication_slots where database = current_database()`)).toEqual([])
    await expect(openWal(place.url, {signal: stop.signal})).rejects.toMatchObject({code: 'stopped'})
  })

  test('a slot that waits for open transactions to be made can be stopped, and is not left behind', async () => {
    await make()
    await place.db.script('begin; insert into public.t values (1)')
    for (const name of ['ws', undefined]) {
      const stop = new AbortController()
      const opening = openWal(place.url, {signal: stop.signal, ...(name && {name})})
      setTimeout(() => stop.abort(), 300)
      await expect(opening).rejects.toMatchObject({code: 'stopped'})
    }
    await place.db.script('commit')
    await expect.poll(() => place.db.query(`select from pg_replication_slots where database = current_database()`)).toEqual([])
  })

  test('its slot is dropped while it reads: gone, and a new one has all that comes after', async () => {
    await make()
    const reading = await place.read({name: 'ws'})
    await write(1)
    const {token} = (await reading.batch())!
    const slot = slotName(place.db.server.database, 'ws')
    for (;;) {
      // it comes back quickly
      await place.end('walsender', 'ws').catch(() => {})
      const dropped = await place.db.query('select pg_drop_replication_slot($1)', [slot]).then(
        () => true,
        () => false,
      )
      if (dropped) break
    }
    await expect(reading.batch()).rejects.toMatchObject(GONE)
    await expect(reading.source.acknowledge(token)).rejects.toMatchObject(GONE)
    await write(2)
    const again = await place.read({name: 'ws'})
    expect(await again.entries()).toEqual(row(2))
    await expect(again.source.acknowledge(token)).rejects.toMatchObject(GONE)
    await again.source.close()
    await expect(place.read({name: 'ws', since: token})).rejects.toMatchObject(GONE)
  })

  test('its slot is dropped while nobody reads: gone, once', async () => {
    await make()
    const reading = await place.read({name: 'ws'})
    await reading.source.close()
    const slot = slotName(place.db.server.database, 'ws')
    await expect.poll(async () => (await place.slot('ws'))?.active).toBeUndefined()
    await place.db.query('select pg_drop_replication_slot($1)', [slot])
    await write(1)
    await expect(place.read({name: 'ws'})).rejects.toMatchObject(GONE)
    await write(2)
    const again = await place.read({name: 'ws'})
    expect(await again.entries()).toEqual(row(2))
  })

  test('the server has removed what it had to read: gone, and never silence', async () => {
    await make()
    const reading = await place.read({name: 'ws'})
    await reading.source.close()
    for (let n = 0; n < 6; n++) {
      await place.db.script(
        'create table filler as select repeat(md5(n::text), 10) from generate_series(1, 40000) n; drop table filler',
      )
      await place.db.query('select pg_switch_wal()')
    }
    await place.db.script('checkpoint')
    await expect.poll(async () => (await place.slot('ws'))?.lost, {timeout: 10_000}).toBeDefined()
    await expect(place.read({name: 'ws'})).rejects.toMatchObject({
      ...GONE,
      message: expect.stringContaining('max_slot_wal_keep_size'),
    })
    await write(2)
    const again = await place.read({name: 'ws'})
    expect(await again.entries()).toEqual(row(2))
  })

  test('the server was restored, or another took its place: gone', async () => {
    await make()
    const reading = await place.read({name: 'ws'})
    await reading.source.close()
    await place.db.script(`update pgext.consumer set system = '1/00000001'`)
    await expect(place.read({name: 'ws'})).rejects.toMatchObject(GONE)
    await (await place.read({name: 'ws'})).source.close()
  })

  test('tokens of before what was acknowledged, of other consumers and of nowhere', async () => {
    await make()
    const reading = await place.read({name: 'ws'})
    const other = await place.read({name: 'other'})
    await write(1)
    await write(2)
    const [first, second] = [(await reading.batch())!, (await reading.batch())!]
    await reading.source.acknowledge(second.token)
    await expect(reading.source.acknowledge(first.token.replace(/\.[0-9a-f]+\.0$/, '.ffffffffffff.0'))).rejects.toMatchObject({
      code: 'usage',
    })
    await reading.source.close()
    const theirs = (await other.batch())!.token
    await expect(place.read({name: 'ws', since: first.token})).rejects.toMatchObject(GONE)
    await expect(place.read({name: 'ws', since: theirs})).rejects.toMatchObject(GONE)
    await expect(place.read({name: 'ws', since: 'q1.2'})).rejects.toMatchObject(GONE)
    await expect(place.read({since: second.token})).rejects.toMatchObject(GONE)
    await expect(place.read({name: 'ws', since: 'nonsense'})).rejects.toMatchObject({code: 'usage'})
    // what nobody publishes lies between the token and the slot's position by now
    await place.db.script('create table unseen as select generate_series(1, 1000)')
    const idle = await place.read({name: 'ws'})
    await expect.poll(async () => (await place.slot('ws'))!.behind).toBeLessThan(10_000)
    await idle.source.close()
    const again = await place.read({name: 'ws', since: second.token})
    await write(3)
    expect(await again.entries()).toEqual(row(3))
  })

  test('it read the queue before: gone, once', async () => {
    await make()
    await place.db.script(`insert into pgext.consumer (name, engine, token, seen) values ('ws', 'queue', 'q', '1:1:')`)
    await expect(place.read({name: 'ws'})).rejects.toMatchObject(GONE)
    await write(1)
    const reading = await place.read({name: 'ws'})
    expect(await reading.entries()).toEqual(row(1))
  })

  test('it is dropped while it reads: gone, and nothing of it stays', async () => {
    await make()
    const reading = await place.read({name: 'ws'})
    await write(1)
    const {token} = (await reading.batch())!
    await dropConsumer(place.db, 'ws')
    await expect(reading.batch()).rejects.toMatchObject(GONE)
    await expect(reading.source.acknowledge(token)).rejects.toMatchObject(GONE)
    expect(await place.slot('ws')).toBeUndefined()
    expect(await place.db.query('select from pgext.consumer')).toEqual([])
  })

  test('its database is dropped and made again while it reads: gone', async () => {
    await make()
    const reading = await place.read({name: 'ws'})
    const {database} = place.db.server
    await place.db.close()
    const admin = await connect(server.url('postgres'))
    await withoutReaders(admin, database, await slotsOf(admin, database), () =>
      admin.script(`drop database ${database} with (force)`),
    )
    await admin.close()
    place = await Place.make(server, database, 'create table t (id int primary key)', 'table public.t')
    opened.push(place)
    await expect(reading.batch()).rejects.toMatchObject(GONE)
  })

  test('a role that owns the database and may replicate is enough', async () => {
    await make()
    await place.db.script(`create role reader login replication; grant usage on schema pgext to reader;
      grant select on pgext.events to reader; grant select, insert, update on pgext.consumer to reader`)
    const source = await openWal(place.url.replace('postgres@', 'reader@'), {name: 'ws'})
    await write(1)
    for await (const {entries, token} of source.read()) {
      expect(entries).toHaveLength(1)
      await source.acknowledge(token)
      break
    }
    await source.close()
    await place.db.script('drop owned by reader; drop role reader')
  })

  test('the publication was made anew: gone, as what was written meanwhile was published by none', async () => {
    await make()
    // it finds out at its next beat: one in between would say that it is missing
    const reading = await place.read({name: 'ws'}, {heartbeat: 1000})
    await place.db.script(
      `begin; drop publication pgext; commit; insert into public.t values (1); commit; create publication pgext for table public.t`,
    )
    await expect(reading.batch()).rejects.toMatchObject(GONE)
    await write(2)
    const again = await place.read({name: 'ws'})
    expect(await again.entries()).toEqual(row(2))
  })

  test('a tail leaves nothing behind, and says so when its connection is ended', async () => {
    await make()
    await write(1)
    const reading = await place.read()
    await write(2)
    expect(await reading.entries()).toEqual(row(2))
    await place.db.query(
      `select pg_terminate_backend(active_pid) from pg_replication_slots where temporary and database = current_database()`,
    )
    await expect(reading.batch()).rejects.toMatchObject(GONE)
    await expect.poll(() => place.db.query('select from pg_replication_slots where database = current_database()')).toEqual([])
    expect(await place.db.query('select from pgext.consumer')).toEqual([])
  })

  test('the server is killed and comes back', async () => {
    await make()
    const reading = await place.read({name: 'ws'})
    await write(1)
    await write(2)
    const first = (await reading.batch())!
    const second = (await reading.batch())!
    await reading.source.acknowledge(first.token)
    await server.kill()
    const acknowledged = reading.source.acknowledge(second.token)
    await server.start()
    await acknowledged
    place = opened[opened.push(await Place.again(place)) - 1]!
    await write(3)
    expect(await reading.entries()).toEqual(row(3))
    await server.kill()
    await server.start()
    place = opened[opened.push(await Place.again(place)) - 1]!
    await write(4)
    expect(await reading.entries()).toEqual(row(4))
    await reading.source.close()
    const again = await place.read({name: 'ws'})
    expect(await again.entries()).toEqual(row(3))
    expect(await again.entries()).toEqual(row(4))
  })

  test('the server does not come back: the connection is lost, in a bounded while', async () => {
    await make()
    const reading = await place.read({name: 'ws'}, {patience: 500})
    await server.kill()
    const began = Date.now()
    await expect(reading.batch()).rejects.toMatchObject({code: 'connection-lost'})
    expect(Date.now() - began).toBeLessThan(5000)
    await server.start()
    place = opened[opened.push(await Place.again(place)) - 1]!
    await write(1)
    expect(await (await place.read({name: 'ws'})).entries()).toEqual(row(1))
  })

  test('what is missing to read the log is said', async () => {
    await make()
    await place.db.script('create role plain login; grant usage on schema pgext to plain; grant select on pgext.events to plain')
    await expect(openWal(place.url.replace('postgres@', 'plain@'), {})).rejects.toMatchObject({code: 'not-allowed'})
    await place.db.script('drop publication pgext; drop owned by plain; drop role plain')
    await expect(openWal(place.url, {})).rejects.toMatchObject({code: 'events-missing'})
    const bare = await Server.start(major)
    try {
      const there = await Place.make(bare, 'bare', 'create table t (id int primary key)')
      await expect(there.read({name: 'ws'})).rejects.toMatchObject({code: 'not-supported'})
      await expect(there.read()).rejects.toMatchObject({code: 'not-supported'})
      await there.close()
    } finally {
      await bare.close()
    }
  })
})

test('slots have names that the cluster takes, and no two databases share one', () => {
  expect(slotName('shop', 'ws')).toBe('pgext_shop_ws')
  const odd: [string, string][] = [
    ['a_b', 'c'],
    ['a', 'b_c'],
    ['Shop', 'ws'],
    ['sHop', 'ws'],
    ['ü'.repeat(40), 'ws'],
    ['ü'.repeat(40), 'wt'],
    ['x'.repeat(63), 'y'.repeat(63)],
    ['x'.repeat(63), `${'y'.repeat(62)}z`],
  ]
  const names = odd.map(([database, name]) => slotName(database, name))
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^pgext_[a-z0-9_]{1,57}$/)
})

/** Of the end of a transaction. */
const lsnOf = (token: string): string => showLsn(BigInt(`0x${token.split('.')[1]}`))
const showLsn = (lsn: bigint): string => `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase()
