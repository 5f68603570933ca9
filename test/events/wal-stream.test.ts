// The stream under a reader that is slow, or has nothing to read: what the server is told, what it keeps, and how much memory is held.
import {type AddressInfo, createConnection, createServer, type Socket} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {openWal} from '../../src/events/wal/source.ts'
import {Stream} from '../../src/events/wal/stream.ts'
import {connect} from '../../src/postgres/native.ts'
import type {Server} from '../chaos/server.ts'
import {MAJORS, Place, Reading, startLog} from './log.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

describe.each(MAJORS)('a stream of PostgreSQL %i', (major) => {
  let server: Server
  const places: Place[] = []

  const make = async (): Promise<Place> => {
    const tables = 'create table t (id int primary key, body text); create table other (body text)'
    const place = await Place.make(server, `place${places.length}`, tables, 'table public.t')
    places.push(place)
    return place
  }

  beforeAll(async () => {
    // a reader that says nothing for two seconds is given up
    server = await startLog(major, ['wal_sender_timeout=2s', 'min_wal_size=32MB', 'max_wal_size=64MB'])
  })

  afterAll(async () => {
    for (const place of places) await place.close()
    await server?.close()
  })

  test('a slow consumer of a large transaction: memory is bounded, and the server does not give it up', async () => {
    const place = await make()
    const reading = await place.read({name: 'slow'})
    const sender = (await place.slot('slow'))!.active
    expect(sender).toBeGreaterThan(0)
    const before = held()
    await place.db.script(`insert into public.t select n, repeat('x', 200) from generate_series(1, 300000) n`)
    const first = (await reading.batch())!
    await sleep(5000)
    let most = held() - before
    let rows = first.entries.length
    for (let last = first.last; !last; ) {
      const batch = (await reading.batch())!
      rows += batch.entries.length
      last = batch.last
      if (rows % 20_000 === 0) most = Math.max(most, held() - before)
    }
    expect(rows).toBe(300_000)
    expect(most).toBeLessThan(40 * 2 ** 20)
    expect((await place.slot('slow'))!.active).toBe(sender)
  })

  test('what was received, and not acknowledged, is not acknowledged by any timer', async () => {
    const place = await make()
    const reading = await place.read({name: 'late'})
    await place.db.script(`insert into public.t values (1, 'x')`)
    const batch = (await reading.batch())!
    const end = BigInt(`0x${batch.token.split('.')[1]}`)
    await place.db.script(`insert into public.other values ('y')`)
    // longer than the library's timer, and the server's patience
    await sleep(12_000)
    expect((await place.slot('late'))!.confirmed).toBeLessThan(end)
    await reading.source.acknowledge(batch.token)
    await expect.poll(async () => (await place.slot('late'))!.confirmed).toBeGreaterThanOrEqual(end)
  }, 30_000)

  test('a table that stands still holds no log that others write', async () => {
    const place = await make()
    const reading = await place.read({name: 'idle'}, {heartbeat: 200})
    await place.db.script(`insert into public.t values (1, 'x')`)
    await reading.source.acknowledge((await reading.batch())!.token)
    for (let n = 0; n < 5; n++) {
      await place.db.script(
        `insert into public.other select repeat(md5(n::text), 10) from generate_series(1, 27000) n; checkpoint`,
      )
    }
    await expect.poll(async () => (await place.slot('idle'))!.behind, {timeout: 5000}).toBeLessThan(100_000)
    // the server writes what it needs to forget more of the log now and then: at checkpoints, and every 15 seconds
    await place.db.script(`checkpoint; insert into public.other values ('z'); checkpoint`)
    await expect.poll(async () => (await place.slot('idle'))!.held, {timeout: 20_000}).toBeLessThan(5_000_000)
    expect(await reading.isQuiet(10)).toBe(true)
  }, 40_000)

  test('heartbeats are written for what others write, and not for one another', async () => {
    const place = await make()
    const reading = await place.read({name: 'quiet'}, {heartbeat: 20})
    await place.db.script(`insert into public.other select repeat('x', 100000)`)
    await sleep(500)
    const where = async () => BigInt((await place.db.query(`select (pg_current_wal_lsn() - '0/0')::text as at`))[0]!.at)
    const before = await where()
    await sleep(1000)
    expect((await where()) - before).toBeLessThan(3000n)
    expect(await reading.isQuiet(10)).toBe(true)
  })

  test('a reader that can’t say anything for a while reads on', async () => {
    const place = await make()
    const reading = await place.read({name: 'busy'})
    await place.db.script(`insert into public.t values (1, 'x')`)
    expect(await reading.entries()).toEqual(['INSERT public.t id*=1 body=x'])
    for (const end = Date.now() + 3500; Date.now() < end; );
    await place.db.script(`insert into public.t values (2, 'x')`)
    expect(await reading.entries()).toEqual(['INSERT public.t id*=2 body=x'])
  })

  test('many small transactions, acknowledged as they come, come once each', async () => {
    const place = await make()
    const reading = await place.read({name: 'many'})
    const writing = place.db.script(
      `do $$ begin for n in 1..2000 loop insert into public.t values (n, 'x'); commit; end loop; end $$`,
    )
    const ids: number[] = []
    const acknowledged: Promise<void>[] = []
    for (let n = 0; n < 2000; n++) {
      const [batch] = await reading.transaction()
      ids.push(Number((batch!.entries[0] as any).row[0]))
      acknowledged.push(reading.source.acknowledge(batch!.token))
    }
    await Promise.all([...acknowledged, writing])
    expect(ids).toEqual(Array.from({length: 2000}, (_, n) => n + 1))
    await expect.poll(async () => (await place.slot('many'))!.behind).toBeLessThan(100_000)
  })

  test('a network that is cut without a word: noticed, and made again', async () => {
    const place = await make()
    const sockets = new Set<Socket>()
    let isCut = false
    const wire = createServer((client) => {
      const there = createConnection(server.socket)
      for (const [from, to] of [
        [client, there],
        [there, client],
      ] as const) {
        sockets.add(from)
        from.on('data', (bytes) => isCut || to.write(bytes))
        from.on('error', () => {})
        from.on('close', () => isCut || to.destroy())
      }
    })
    await new Promise<void>((done) => wire.listen(0, '127.0.0.1', done))
    const {port} = wire.address() as AddressInfo
    const url = `postgresql://postgres@127.0.0.1:${port}/${place.db.server.database}?sslmode=disable&connect_timeout=1`
    const source = await openWal(url, {name: 'cut'}, {heartbeat: 300, silence: 1500})
    const reading = new Reading(source)
    await place.db.script(`insert into public.t values (1, 'x')`)
    const {token} = (await reading.batch())!
    isCut = true
    const acknowledged = source.acknowledge(token)
    await place.db.script(`insert into public.t values (2, 'x')`)
    expect(await reading.isQuiet(4000)).toBe(true)
    isCut = false
    // the server's side is told by its kernel (tcp_keepalives_idle)
    for (const socket of sockets) socket.destroy()
    expect(await reading.entries()).toEqual(['INSERT public.t id*=2 body=x'])
    await acknowledged
    await source.close()
    for (const socket of sockets) socket.destroy()
    wire.close()
  }, 30_000)

  test('large values', async () => {
    const place = await make()
    const reading = await place.read({name: 'large'})
    await place.db.script(`insert into public.t select 1, repeat('0123456789', 5000000)`)
    const [batch] = await reading.transaction()
    expect((batch!.entries[0] as any).row[1]).toHaveLength(50_000_000)
  })

  test('a stream is told by its server when it is over, and closes while it is full', async () => {
    const place = await make()
    const reading = await place.read({name: 'over'})
    await reading.source.close()
    await expect.poll(async () => (await place.slot('over'))!.active).toBeUndefined()
    const {name, confirmed} = (await place.slot('over'))!
    const options = {
      url: place.url,
      slot: name,
      isTemporary: false,
      publication: 'pgext',
      from: confirmed,
      confirmed,
      application: 'x',
      open: () => connect(place.url),
    }
    const stream = await Stream.open(options)
    await place.db.script(`insert into public.t select n, repeat('x', 2000) from generate_series(1, 30000) n`)
    await sleep(1000)
    await stream.close()
    await expect.poll(async () => (await place.slot('over'))!.active).toBeUndefined()
    await expect(Stream.open({...options, slot: 'nowhere'})).rejects.toMatchObject({sqlstate: '42704'})
    const next = await Stream.open({...options})
    await place.db.query('select pg_terminate_backend($1)', [(await place.slot('over'))!.active])
    const drained = async () => {
      for (;;) await next.take()
    }
    await expect(drained()).rejects.toMatchObject({code: 'connection-lost'})
    await next.close()
  })
})

function held(): number {
  collect()
  const {heapUsed, external} = process.memoryUsage()
  return heapUsed + external
}
