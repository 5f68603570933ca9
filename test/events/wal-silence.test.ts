// Networks and servers that stop without a word, for each of a reader's lines and at each time: it is noticed, and read on; who is only at
// work is waited for. And what else a reader must not wait for in vain.
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {Session} from '../../src/events/wal/session.ts'
import {openWal} from '../../src/events/wal/source.ts'
import type {Db} from '../../src/postgres/db.ts'
import {goneError} from '../../src/postgres/error.ts'
import {connect} from '../../src/postgres/native.ts'
import type {Server} from '../chaos/server.ts'
import {Lines} from './line.ts'
import {MAJORS, Place, Reading, startLog} from './log.ts'

const SILENCE = 500

/** They wait for most of their time. */
const SOME = process.env.PGEXT_MAJORS === 'all' ? MAJORS : MAJORS.slice(-1)

describe.each(SOME)('a reader of PostgreSQL %i', (major) => {
  let server: Server
  let place: Place
  let lines: Lines
  let url: string
  let count = 0

  beforeAll(async () => {
    server = await startLog(major)
  })

  const make = async () => {
    place = await Place.make(server, `still${count++}`, 'create table t (id int primary key)', 'table public.t')
    lines = new Lines(server.socket)
    url = await lines.url(place.db.server.database)
  }
  const open = async (options = {}, reader: {name?: string; signal?: AbortSignal} = {name: 'ws'}) => {
    const source = await openWal(url, reader, {heartbeat: 100, silence: SILENCE, ...options})
    return {source, reading: new Reading(source)}
  }
  const write = (id: number) => place.db.script(`insert into public.t values (${id})`)
  const row = (id: number) => [`INSERT public.t id*=${id}`]

  afterEach(async () => {
    await lines.close()
    await place.close()
  })
  afterAll(() => server?.close())

  test.each(['log', 'session'] as const)('its %s stands still', async (use) => {
    await make()
    const {source, reading} = await open()
    await write(1)
    const {token} = (await reading.batch())!
    expect(lines.still(use)).toBe(1)
    const acknowledged = Promise.all([source.acknowledge(token), source.acknowledge(token)])
    await sleep(SILENCE * 4)
    lines.cut()
    await acknowledged
    await write(2)
    expect(await reading.entries()).toEqual(row(2))
    await source.close()
  })

  test('new lines stand still as soon as the server has greeted, and later do not', async () => {
    await make()
    const {source, reading} = await open()
    lines.areStill = true
    await place.end('walsender', 'ws')
    await place.end('client backend', 'ws')
    await sleep(SILENCE * 8)
    lines.areStill = false
    lines.cut()
    await write(1)
    expect(await reading.entries()).toEqual(row(1))
    await source.close()
  })

  test('opened over lines that stand still: it fails, and can be stopped', async () => {
    await make()
    lines.areStill = true
    await expect(open({}, {})).rejects.toMatchObject({code: 'connection-failed'})
    const stop = new AbortController()
    const opening = open({}, {signal: stop.signal})
    setTimeout(() => stop.abort(), 100)
    const began = performance.now()
    await expect(opening).rejects.toMatchObject({code: 'stopped'})
    expect(performance.now() - began).toBeLessThan(8000)
  })

  test('closed while all stands still: soon', async () => {
    await make()
    const {source, reading} = await open({silence: 30_000})
    await write(1)
    const {token} = (await reading.batch())!
    lines.still('log')
    lines.still('session')
    lines.areStill = true
    const acknowledged = source.acknowledge(token)
    const began = performance.now()
    await Promise.all([source.close(), expect(acknowledged).rejects.toMatchObject({code: 'stopped'})])
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  test('a slot that takes longer to be made, as others write, is waited for', async () => {
    await make()
    for (const reader of [{name: 'late'}, {}]) {
      await place.db.script('begin; insert into public.t values (1)')
      const opening = open({}, reader)
      await sleep(SILENCE * 6)
      await place.db.script('rollback')
      const {source, reading} = await opening
      await write(2)
      expect(await reading.entries()).toEqual(row(2))
      await source.close()
      await place.db.script('delete from public.t')
    }
  })

  test('the log of a large transaction that nobody publishes is read through', async () => {
    await make()
    const {source, reading} = await open({silence: 200})
    await place.db.script('create table public.other (id int)')
    let sends = 0
    const admin = await connect(place.url)
    await admin.script('insert into public.other select generate_series(1, 1500000)')
    await write(1)
    const pids = new Set<number>()
    for (let entries: string[] | undefined; !entries; sends++) {
      const [sender] = await admin.query(`select active_pid as pid from pg_replication_slots where database = current_database()`)
      if (sender?.pid) pids.add(sender.pid)
      entries = await Promise.race([reading.entries(), sleep(20_000).then(() => undefined)])
      if (sends > 2) throw new Error('nothing comes')
    }
    expect(pids.size).toBe(1)
    await admin.close()
    await source.close()
  })

  test('what is acknowledged survives a crash of a database whose commits do not', async () => {
    await make()
    await place.db.script(`alter database ${place.db.server.database} set synchronous_commit = off`)
    const {source, reading} = await open()
    await write(1)
    await source.acknowledge((await reading.batch())!.token)
    await server.kill()
    await source.close()
    await server.start()
    place = await Place.again(place)
    await write(2)
    const next = await open()
    expect(await next.reading.entries()).toEqual(row(2))
    await next.source.close()
  })

  test('a database that lets nobody in for a while', async () => {
    await make()
    const {source, reading} = await open()
    await write(1)
    const {token} = (await reading.batch())!
    const admin = await connect(server.url('postgres'))
    const {database} = place.db.server
    await admin.query(`alter database ${database} with allow_connections false`)
    await place.end('walsender', 'ws')
    await place.end('client backend', 'ws')
    const acknowledged = source.acknowledge(token)
    await sleep(1000)
    await admin.query(`alter database ${database} with allow_connections true`)
    await admin.close()
    await acknowledged
    await write(2)
    expect(await reading.entries()).toEqual(row(2))
    await source.close()
  })

  test('the clock goes back, and forth', async () => {
    await make()
    const {source, reading} = await open({patience: 1000})
    const now = Date.now
    try {
      for (const hours of [-5, 5]) {
        Date.now = () => now() + hours * 3_600_000
        await place.end('walsender', 'ws')
        await write(hours)
        expect(await reading.entries()).toEqual(row(hours))
        await place.end('client backend', 'ws')
      }
      Date.now = () => now() - 1e9
      await server.kill()
      await expect(reading.batch()).rejects.toMatchObject({code: 'connection-lost'})
    } finally {
      Date.now = now
    }
    await source.close()
    await server.start()
    place = await Place.again(place)
  })
})

test('those who find out late that a session was lost leave the next one alone: two would wait for each other’s lock', async () => {
  const {signal} = new AbortController()
  let opened = 0
  const db = {server: {engine: 'pglite'}, close: async () => {}} as unknown as Db
  const open = async () => {
    await sleep(opened++ * 50)
    return db
  }
  const session = new Session({open, begin: async () => undefined, patience: 1000, silence: 1000, signal})
  const lost = (after: number) => session.once(() => sleep(after).then(() => Promise.reject(goneError())))
  await session.open()
  const [first, second] = [lost(0), lost(30)]
  await expect(first).rejects.toMatchObject({code: 'connection-lost'})
  const next = session.open()
  await expect(second).rejects.toMatchObject({code: 'connection-lost'})
  expect(await session.open()).toBe(await next)
  expect(opened).toBe(2)
})
