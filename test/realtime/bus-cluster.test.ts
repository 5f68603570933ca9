// A cluster of three NATS servers and three nodes in; that nothing is lost or told twice, whichever server is killed, and what the bus carries, out.
import {spawnSync} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {jetstreamManager} from '@nats-io/jetstream'
import {connect as dial} from '@nats-io/transport-node'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Change, Source} from '../../src/events/model.ts'
import {connect} from '../../src/postgres/native.ts'
import {openBus} from '../../src/realtime/bus/bus.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {hasNats, Nats} from './nats.ts'
import {openCluster, openPlace} from './place.ts'

const isWanted = hasNats() && process.env.PGEXT_LOAD === 'full'
const isRecent = isWanted && isLater()
if (!isWanted) console.info('a cluster of NATS, and load on the bus, are for npm run test:all where there is a nats-server')
if (isWanted && !isRecent) console.info('servers of a cluster are killed from nats-server 2.15 on')

const SCHEMA = `create table note (id int primary key, body text); grant select on note to web_user;
  create publication pg_events for table note with (publish = '')`

function isLater(): boolean {
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(spawnSync('nats-server', ['--version'], {encoding: 'utf8'}).stdout) ?? []
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 15)
}

let cluster: Cluster
beforeAll(async () => {
  if (!isWanted) return
  cluster = await openCluster()
})
afterAll(async () => {
  await cluster?.close()
})

interface Read {
  ids: number[]
  /** milliseconds for which nothing came, at most */
  silence: number
  error?: unknown
}

/** What a node reads, as ids. */
function reading(source: Source): Read {
  const read: Read = {ids: [], silence: 0}
  void (async () => {
    let at = performance.now()
    for await (const batch of source.read()) {
      read.silence = Math.max(read.silence, performance.now() - at)
      at = performance.now()
      for (const entry of batch.entries) read.ids.push(Number((entry as Change).row![0]))
    }
  })().catch((error) => {
    read.error = error
  })
  return read
}

describe.skipIf(!isWanted)('the bus', () => {
  test.skipIf(!isRecent).each(['wal', 'queue'] as const)(
    '%s: the server that leads the stream is killed while rows are written',
    async (engine) => {
      const servers = await Nats.cluster()
      const bus = servers.map(({url}, n) => (n === 0 ? `${url}?replicas=3` : url)).join(',')
      const connection = await dial({servers: servers.map(({url}) => url), maxReconnectAttempts: -1, reconnectTimeWait: 100})
      const admin = await jetstreamManager(connection, {checkAPI: false})
      await expect
        .poll(
          () =>
            admin.getAccountInfo().then(
              () => true,
              () => false,
            ),
          {timeout: 20_000},
        )
        .toBe(true)
      const place = await openPlace(cluster, SCHEMA, engine)
      const said: unknown[] = []
      const open = () => openBus({url: place.url, bus, history: 300, complain: (error) => said.push(error)})
      const sources = [await open(), await open(), await open()]
      const reads = sources.map(reading)
      const [row] = await place.db.query<{name: string}>(
        `select 'pgext_' || replace(incarnation::text, '-', '') as name from pgext.events`,
      )
      const leaderOf = async () => (await admin.streams.info(row!.name)).cluster?.leader
      expect((await admin.streams.info(row!.name)).config.num_replicas).toBe(3)
      let id = 0
      let isWriting = true
      const writer = await connect(place.url)
      const written = (async () => {
        for (; isWriting; await sleep(10))
          await writer.query('insert into public.note values ($1, $2)', [++id, 'x'.repeat(id % 25 === 0 ? 600_000 : 9)])
      })()
      for (let n = 0; n < 3; n++) {
        await sleep(1000)
        const leader = await leaderOf()
        const killed = servers[Number(leader!.slice(1))]!
        await killed.stop()
        await expect
          .poll(
            () =>
              leaderOf().then(
                (now) => now !== undefined && now !== leader,
                () => false,
              ),
            {timeout: 30_000},
          )
          .toBe(true)
        // with two of three servers, everybody is told what was written meanwhile
        const so = id
        for (const read of reads) await expect.poll(() => read.ids.length, {timeout: 15_000}).toBeGreaterThanOrEqual(so)
        await killed.start()
        await expect
          .poll(
            () =>
              admin.streams.info(row!.name).then(
                ({cluster}) => cluster!.replicas!.every(({current}) => current),
                () => false,
              ),
            {timeout: 30_000},
          )
          .toBe(true)
      }
      isWriting = false
      await written
      for (const read of reads) {
        await expect.poll(() => read.ids.length + (read.error ? 1e9 : 0), {timeout: 30_000}).toBe(id)
        expect(read.ids.every((one, n) => one === n + 1)).toBe(true)
      }
      console.info(
        `${engine}: ${id} rows, nothing told for at most ${Math.round(Math.max(...reads.map(({silence}) => silence)))} ms`,
      )
      for (const source of sources) await source.close()
      await writer.close()
      await place.close()
      await connection.close()
      for (const server of servers) await server.close()
    },
    180_000,
  )

  test('10,000 events a second for ten seconds, by one leader to three nodes', async () => {
    const nats = await Nats.open()
    const place = await openPlace(cluster, SCHEMA, 'wal')
    const open = () => openBus({url: place.url, bus: nats.url, history: 300})
    const sources = [await open(), await open(), await open()]
    const reads = sources.map(reading)
    const writer = await connect(place.url)
    const began = performance.now()
    let slowest = 0
    for (let n = 0; n < 1000; n++) {
      await writer.query(`insert into public.note select n, 'body of ' || n from generate_series($1::int, $2::int) n`, [
        n * 100 + 1,
        (n + 1) * 100,
      ])
      const wait = began + (n + 1) * 10 - performance.now()
      if (wait > 0) await sleep(wait)
      if (n % 50 === 49) slowest = Math.max(slowest, ...reads.map(({ids}) => (n + 1) * 100 - ids.length))
    }
    const wrote = performance.now() - began
    for (const read of reads) await expect.poll(() => read.ids.length, {timeout: 60_000, interval: 10}).toBe(100_000)
    console.info(
      `written in ${Math.round(wrote)} ms, read ${Math.round(performance.now() - began - wrote)} ms later; at most ${slowest} events behind`,
    )
    for (const {ids} of reads) expect(ids.every((one, n) => one === n + 1)).toBe(true)
    for (const source of sources) await source.close()
    await writer.close()
    await place.close()
    await nats.close()
  }, 180_000)
})
