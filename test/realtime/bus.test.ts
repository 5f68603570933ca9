// A NATS server, a database and nodes in; whoever reads the bus gets each batch once and in order, whatever is killed.
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Batch, Change, Source} from '../../src/events/model.ts'
import {dropConsumer} from '../../src/events/wal/consumer.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {openBus} from '../../src/realtime/bus/bus.ts'
import {Log} from '../../src/realtime/bus/log.ts'
import {Term} from '../../src/realtime/bus/term.ts'
import {Decoder, encode} from '../../src/realtime/bus/wire.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {Balancer} from './balancer.ts'
import {hasNats, Nats} from './nats.ts'
import {Node} from './node.ts'
import {openCluster, openPlace} from './place.ts'
import {Resumer} from './resumer.ts'

const SCHEMA = `
  create table note (id int primary key, body text); grant select on note to web_user; alter table note replica identity full;
  create table wide (id int primary key, a text, b text); grant select on wide to web_user;
  create publication pg_events for table note, wide with (publish = '')`

if (!hasNats()) console.info('the bus is not tested: there is no nats-server on PATH')

let cluster: Cluster
let nats: Nats
beforeAll(async () => {
  if (!hasNats()) return
  cluster = await openCluster()
  nats = await Nats.open()
}, 30_000)
afterAll(async () => {
  await nats?.close()
  await cluster?.close()
})

describe.skipIf(!hasNats())('the bus', () => {
  test.each(['queue', 'wal'] as const)(
    '%s: what one reads from the database all read from the bus',
    async (engine) => {
      const place = await openPlace(cluster, SCHEMA, engine, {bus: nats.url})
      const complaints: unknown[] = []
      const open = (since?: string) =>
        openBus({url: place.url, bus: nats.url, history: 300, complain: (e) => complaints.push(e), ...(since && {since})})
      const [first, second] = [await open(), await open()]
      const big = 'ä'.repeat(1_500_000)
      await place.db.script(`insert into note values (1, 'a'), (2, null)`)
      await place.db.query(`insert into note values (3, $1)`, [big])
      await place.db.query(`update wide set b = 'x'`)
      await place.db.script(
        `select pgext.emit('c', '{"a": [1, null]}'); update note set body = 'b' where id = 1; delete from note where id = 2`,
      )
      await place.db.script(`truncate note; insert into note values (4, 'end')`)
      const [one, other] = await Promise.all([first, second].map((source) => take(source, isEnd)))
      expect(one).toEqual(other)
      expect(one!.flatMap(linesOf)).toEqual([
        'INSERT 1,a',
        'INSERT 2,',
        `INSERT 3,${big.length}`,
        'c {"a": [1, null]}',
        'UPDATE 1,b',
        'DELETE 2,',
        'TRUNCATE',
        'INSERT 4,end',
      ])
      const third = await open(one![0]!.token)
      expect(await take(third, isEnd)).toEqual(one!.slice(1))
      const fourth = await open()
      const past: Batch[] = []
      for await (const batch of fourth.past!()) past.push(batch)
      expect(past).toEqual(one)
      expect(past.at(-1)!.token).toBe(fourth.start)
      expect(complaints).toEqual([])
      for (const source of [first, second, third, fourth]) await source.close()
      await place.close()
    },
    30_000,
  )

  test.each(['wal', 'queue'] as const)(
    '%s: leader, node, sessions and NATS are killed while rows are written',
    async (engine) => {
      const place = await openPlace(cluster, SCHEMA, engine)
      const said: string[] = []
      const balancer = await Balancer.open()
      const start = () => Node.open(place.url, {PGEXT_BUS: nats.url}, (line) => said.push(line))
      const leader = await start()
      const nodes = [leader, ...(await Promise.all([start(), start()]))]
      balancer.ports = nodes.map(({port}) => port)
      const clients = Array.from({length: 6}, () => new Resumer(balancer.port, 'note'))
      await Promise.all(clients.map(({ready}) => ready))
      let id = 0
      const writing = {is: true}
      const writer = await connect(place.url)
      const written = (async () => {
        for (; writing.is; await sleep(4))
          await writer.query('insert into public.note values ($1, $2)', [++id, 'x'.repeat(id % 50 === 0 ? 700_000 : 5)])
      })()
      const told = () => clients.every(({lines}) => lines.length >= id - 50)
      const settle = async () => {
        await sleep(300)
        await expect.poll(told, {timeout: 15_000, interval: 50}).toBe(true)
      }
      await settle()
      await leader.kill()
      await settle()
      const fourth = await start()
      balancer.ports = [...nodes.slice(1).map(({port}) => port), fourth.port]
      await nodes[1]!.kill()
      await settle()
      const admin = await connect(cluster.url('postgres'))
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid not in (pg_backend_pid(), $2, $3)`,
        [place.db.server.database, ...(await Promise.all([writer, place.db].map(pidOf)))],
      )
      await settle()
      await nats.stop()
      await sleep(200)
      await nats.start()
      await settle()
      writing.is = false
      await written
      const wanted = Array.from({length: id}, (_, n) => `INSERT ${n + 1}`)
      for (const client of clients) {
        await expect.poll(() => client.lines.length, {timeout: 10_000}).toBeGreaterThanOrEqual(id)
        expect(client.gone).toBe(0)
        expect(client.lines).toEqual(wanted)
      }
      for (const client of clients) await client.close()
      for (const node of [...nodes, fourth]) await node.kill()
      balancer.close()
      for (const db of [admin, writer]) await db.close()
      await place.close()
    },
    60_000,
  )

  test('who is a leader no more is refused, and closes its source', async () => {
    const logs = await Promise.all([1, 2].map(() => Log.open({bus: nats.url, name: 'deposed', history: 60})))
    await logs[0]!.make()
    const sources = logs.map(() => new Fake())
    const begin = async (n: number) => {
      const extent = (await logs[n]!.extent())!
      const nothing = {sequence: 0, place: 0, gap: 0, token: ''}
      const standing = (await logs[n]!.standing(extent)) ?? nothing
      const term = new Term({log: logs[n]!, source: sources[n]!, standing, isGap: standing === nothing, still: 60_000})
      await term.begin()
      return term.relay()
    }
    const first = begin(0)
    sources[0]!.tell('f1')
    await expect.poll(() => sources[0]!.acknowledged).toBe('f1')
    const second = begin(1)
    await expect.poll(async () => (await logs[1]!.extent())!.last).toBe(3)
    const refused = expect(first).rejects.toThrow('wrong last')
    for (const token of ['f2', 'f3', 'f4']) sources[0]!.tell(token)
    await refused
    expect(sources[0]!.isClosed).toBe(true)
    expect(sources[0]!.acknowledged).toBe('f1')
    sources[1]!.tell('s2')
    await expect.poll(() => sources[1]!.acknowledged).toBe('s2')
    await sources[1]!.close()
    await second
    const {incarnation, last} = (await logs[0]!.extent())!
    const tokens: string[] = []
    for await (const {sequence, head} of logs[0]!.read(1, incarnation, new AbortController().signal)) {
      tokens.push(`${head.kind} ${head.token}`)
      if (sequence === last) break
    }
    expect(tokens).toEqual(['gap start', 'part f1', 'begin f1', 'part s2'])
    for (const log of logs) await log.close()
  })

  test.each(['queue', 'wal'] as const)(
    '%s: where something may be missing, readers are told so, and go on from there',
    async (engine) => {
      const place = await openPlace(cluster, SCHEMA, engine)
      const open = (since?: string) => openBus({url: place.url, bus: nats.url, history: 300, ...(since && {since})})
      const source = await open()
      const gone = expect(take(source, () => false)).rejects.toMatchObject({code: 'events-gone'})
      await place.db.script(`insert into note values (1, 'a')`)
      const db = await connect(place.url)
      if (engine === 'wal') await dropConsumer(db, 'bus')
      else await db.query('update pgext.events set incarnation = gen_random_uuid()')
      await place.db.script(`insert into note values (2, 'b')`)
      await gone
      await source.close()
      await expect(open(source.start)).rejects.toMatchObject({code: 'events-gone'})
      const again = await open()
      await place.db.script(`insert into note values (3, 'end')`)
      const batches = await take(again, isEnd)
      expect(batches.flatMap(linesOf).at(-1)).toBe('INSERT 3,end')
      await again.close()
      await db.close()
      await place.close()
    },
  )

  test('a node that is new tells what others have told before it, and what was emitted', async () => {
    const place = await openPlace(cluster, SCHEMA, 'wal', {bus: nats.url, channels: {room: 'web_user'}})
    const first = await place.client({role: 'web_user', sub: 'ann'})
    const {token} = await first.subscribe({table: 'note'})
    await place.db.script(`insert into note values (1, 'a')`)
    await place.db.script(`insert into note values (2, 'b')`)
    await first.until(() => first.lines().length === 2)
    const node = await place.another()
    const second = await node.client({role: 'web_user', sub: 'ann'})
    await second.subscribe({table: 'note', since: token!})
    second.say({type: 'listen', channel: 'room'})
    await second.next('listening')
    await place.db.script(`insert into note values (3, 'c'); select pgext.emit('room', '{"n": 1}')`)
    await second.next('notify', ({payload}) => JSON.stringify(payload) === '{"n":1}')
    expect(second.lines()).toEqual(['INSERT 1', 'INSERT 2', 'INSERT 3'])
    const third = await node.client({role: 'web_user', sub: 'bob'})
    await third.subscribe({id: 'n', table: 'note', snapshot: true})
    await third.next('snapshot', ({last}) => last)
    await place.db.script(`insert into note values (4, 'd')`)
    await third.until(() => third.rows('n').size === 4)
    expect(third.lines('n')).toEqual(['INSERT 4'])
    expect([...first.answers, ...second.answers].filter(({type}) => type === 'gone')).toEqual([])
    await place.close()
  })

  test('what is older than the stream keeps is gone, but where nothing came since', async () => {
    const place = await openPlace(cluster, SCHEMA, 'queue')
    const open = (since?: string) => openBus({url: place.url, bus: nats.url, history: 1, ...(since && {since})})
    const source = await open()
    await place.db.script(`insert into note values (1, 'a')`)
    await place.db.script(`insert into note values (2, 'end')`)
    const [first, second] = await take(source, isEnd)
    await sleep(2500)
    await expect(open(first!.token)).rejects.toMatchObject({code: 'events-gone'})
    const again = await open(second!.token)
    // what the leader says meanwhile, to say that it is there, is thrown away before it is read
    await sleep(1500)
    await place.db.script(`insert into note values (3, 'end')`)
    expect((await take(again, isEnd)).flatMap(linesOf)).toEqual(['INSERT 3,end'])
    for (const one of [source, again]) await one.close()
    await place.close()
  })

  test('a stream that is made anew is another one', async () => {
    const place = await openPlace(cluster, SCHEMA, 'queue')
    const open = () => openBus({url: place.url, bus: nats.url, history: 300})
    const source = await open()
    const [row] = await place.db.query<{name: string}>(
      `select 'pgext_' || replace(incarnation::text, '-', '') as name from pgext.events`,
    )
    const gone = expect(take(source, () => false)).rejects.toMatchObject({code: 'events-gone'})
    await nats.remove(row!.name)
    await place.db.script(`insert into note values (1, 'a')`)
    await gone
    await source.close()
    const again = await open()
    await place.db.script(`insert into note values (2, 'end')`)
    expect((await take(again, isEnd)).flatMap(linesOf).at(-1)).toBe('INSERT 2,end')
    await again.close()
    await place.close()
  })

  test('a server that is not there is named without what it is logged in with', async () => {
    const place = await openPlace(cluster, SCHEMA, 'queue')
    const opening = openBus({url: place.url, bus: 'nats://someone:secret@127.0.0.1:1', history: 300})
    const error = await opening.catch((error: Error) => error)
    expect(error).toMatchObject({code: 'connection-failed'})
    expect((error as Error).message).toContain('127.0.0.1:1')
    expect(JSON.stringify([(error as Error).message, (error as {hint?: string}).hint])).not.toMatch(/secret|someone/)
    await place.close()
  })
})

test('what nobody sent stays so on the bus', () => {
  const shape = {
    relid: 7,
    schema: 'public',
    table: 't',
    columns: [
      {name: 'id', type: 23, key: true},
      {name: 'a', type: 25, key: false},
    ],
  }
  const batch: Batch = {
    xid: '1',
    time: '2026-01-02 03:04:05+00',
    before: 'w1',
    token: 'w2',
    last: false,
    entries: [
      {kind: 'change', operation: 'UPDATE', shape, row: ['1', undefined], old: ['1', null]},
      {kind: 'change', operation: 'DELETE', shape, old: ['0', undefined]},
      {kind: 'change', operation: 'TRUNCATE', shape, partition: {schema: 's', table: 'p'}},
      {kind: 'message', channel: 'M', payload: '0'},
    ],
  }
  const decoder = new Decoder()
  const read = decoder.decode(encode(batch), 'b1', 'b2')
  expect(read).toStrictEqual({...batch, before: 'b1', token: 'b2'})
  const again = decoder.decode(encode(batch), 'b2', 'b3').entries[0] as Change
  expect(again.shape).toBe((read.entries[0] as Change).shape)
})

/** Hands over what it is told to. */
class Fake implements Source {
  readonly engine = 'wal'
  readonly start = 'start'
  acknowledged?: string
  isClosed = false
  #waiting: Batch[] = []
  #before = 'start'

  tell(token: string): void {
    this.#waiting.push({xid: '1', time: '2026-01-02 03:04:05+00', last: true, entries: [], before: this.#before, token})
    this.#before = token
  }

  async *read(): AsyncGenerator<Batch> {
    for (; !this.isClosed; await sleep(5)) yield* this.#waiting.splice(0)
  }

  async acknowledge(token: string): Promise<void> {
    this.acknowledged = token
  }

  async close(): Promise<void> {
    this.isClosed = true
  }
}

const pidOf = async (db: Db): Promise<unknown> => (await db.query('select pg_backend_pid() as pid'))[0]!.pid

const isEnd = (batch: Batch) => batch.entries.some((entry) => entry.kind === 'change' && entry.row?.[1] === 'end')

async function take(source: Source, isLast: (batch: Batch) => boolean): Promise<Batch[]> {
  const taken: Batch[] = []
  for await (const batch of source.read()) {
    taken.push(batch)
    if (isLast(batch)) break
  }
  return taken
}

const linesOf = (batch: Batch): string[] =>
  batch.entries.map((entry) => {
    if (entry.kind === 'message') return `${entry.channel} ${entry.payload}`
    const values = (entry.row ?? entry.old)?.map((value) => (value && value.length > 100 ? value.length : (value ?? '')))
    return values ? `${entry.operation} ${values.join()}` : entry.operation
  })
