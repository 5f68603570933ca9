// A database with realtime tables in; events as a program gets them, by either engine, out.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type Events, type EventsOptions, events} from '../../src/events/events.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {openPlace, type Place} from './place.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
})
afterAll(async () => {
  await cluster?.close()
})

const SCHEMA = `create schema sales; create table task (id bigint primary key, title text, price numeric, meta jsonb, due timestamptz);
  create table sales.line (id int primary key, n int);
  create publication pg_events for table task, sales.line with (publish = '')`

describe.each(['queue', 'wal'] as const)('%s', (engine) => {
  async function open(): Promise<{
    place: Place
    follow: (options?: EventsOptions) => Promise<Events>
    close: () => Promise<void>
  }> {
    const place = await openPlace((name) => cluster.url(name), SCHEMA, engine)
    const streams: Events[] = []
    return {
      place,
      follow: async (options = {}) => {
        const stream = await events({url: place.url, ...options})
        streams.push(stream)
        return stream
      },
      close: async () => {
        for (const stream of streams) await stream.close()
        await place.db.close()
      },
    }
  }
  /** The next so many; typed loosely, as tests look at what is there. */
  async function next(stream: Events, count: number, each: (event: any) => unknown = () => {}): Promise<any[]> {
    const found = []
    for await (const event of stream) {
      found.push(event)
      await each(event)
      if (found.length === count) break
    }
    return found
  }

  test('by the lists and filters of the declaration, as it stands', async () => {
    const {place, follow, close} = await open()
    await place.ask(`alter publication pg_events set table task (id, price) where (title <> 'draft'), sales.line`)
    await place.ask('select pgext.sync_events()')
    const stream = await follow()
    await place.ask(`insert into task values (1, 'draft', 1, '{}'), (2, 'a', 2, '{}')`)
    await place.ask(`update task set title = 'b', price = 3 where id = 1`)
    await place.ask(`update task set title = 'draft' where id = 2`)
    await place.ask(`insert into sales.line values (1, 1)`)
    const seen = await next(stream, 4)
    expect(seen.map(({op, table, key, row, old}) => [op, table, key.id, row, old])).toEqual([
      ['INSERT', 'task', '2', {id: '2', price: '2'}, undefined],
      ['INSERT', 'task', '1', {id: '1', price: '3'}, undefined],
      ['DELETE', 'task', '2', null, {id: '2', price: '2'}],
      ['INSERT', 'line', 1, {id: 1, n: 1}, undefined],
    ])
    expect(JSON.stringify(seen)).not.toMatch(/title|draft|meta/)
    await close()
  })

  test('where a filter ends in an error, events are gone once, and what came before is not', async () => {
    const {place, follow, close} = await open()
    await place.ask(`alter publication pg_events set table sales.line where (10 / n > 1)`)
    await place.ask('select pgext.sync_events()')
    let stream = await follow({name: 'divider'})
    await place.ask('insert into sales.line values (1, 2), (2, 2)')
    for (const row of ['3, 2', '4, 0', '5, 3', '6, 0', '7, 1']) await place.ask(`insert into sales.line values (${row})`)
    const read = async (isDealtWith: boolean) => {
      const seen: {key: {id: number}; token: string}[] = []
      const all = (async () => {
        for await (const event of stream) {
          seen.push(event as unknown as (typeof seen)[number])
          if (isDealtWith) await stream.acknowledge(event)
        }
      })()
      await expect(all).rejects.toMatchObject({code: 'events-gone', sqlstate: '22012'})
      return seen
    }
    const again = async () => {
      await stream.close()
      stream = await follow({name: 'divider'})
    }
    const ids = (seen: Awaited<ReturnType<typeof read>>) => seen.map(({key}) => key.id)
    expect(ids(await read(false))).toEqual([1, 2, 3])
    await again()
    // some of it
    const [, second] = await read(false)
    await stream.acknowledge(second!)
    await again()
    // all of it, late
    const [third, ...others] = await read(false)
    expect([third!.key.id, others]).toEqual([3, []])
    await stream.acknowledge(third!)
    await again()
    // each at once
    expect(ids(await read(true))).toEqual([5])
    await again()
    expect(await next(stream, 1)).toMatchObject([{key: {id: 7}}])
    await close()
  })

  test('events are objects: bigint and numeric are strings, json is read, times are ISO 8601', async () => {
    const {place, follow, close} = await open()
    const stream = await follow()
    expect(stream.engine).toBe(engine)
    await place.ask(`insert into task values (9007199254740993, 'a', 1.50, '{"n": [1, null]}', '2026-01-02 03:04:05.6+00')`)
    await place.ask(`update task set title = 'b'`)
    const [made, changed] = await next(stream, 2)
    expect(made).toMatchObject({
      schema: 'public',
      table: 'task',
      op: 'INSERT',
      key: {id: '9007199254740993'},
      row: {id: '9007199254740993', title: 'a', price: '1.50', meta: {n: [1, null]}, due: '2026-01-02T03:04:05.6+00:00'},
    })
    expect(made.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+\+00:00$/)
    expect(changed).toMatchObject({op: 'UPDATE', row: {title: 'b'}, changed: engine === 'queue' ? ['title'] : null})
    await close()
  })

  test('tables and channels that are wanted, and no others; messages of emit with their transaction, those of NOTIFY as text', async () => {
    const {place, follow, close} = await open()
    const [some, sent] = [await follow({tables: ['sales.line']}), await follow({channels: ['room', 'Other "one"']})]
    const told = next(sent, 3)
    const lines = next(some, 1)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await place.ask(
      `begin; insert into task values (1); select pgext.emit('elsewhere', '1'); select pgext.emit('room', '{"b": 1.0}'); insert into sales.line values (7, 1); commit`,
    )
    await place.ask(`begin; select pgext.emit('room', '"lost"'); insert into task values (2); rollback`)
    await place.ask(`notify "Other ""one""", '{"raw": true}'; select pgext.emit('room', '"last"')`)
    expect((await lines).map(({table, key}) => [table, key])).toEqual([['line', {id: 7}]])
    const found = await told
    const on = (name: string) => found.filter(({channel}) => channel === name).map(({payload}) => payload)
    expect([on('room'), on('Other "one"')]).toEqual([[{b: 1}, 'last'], ['{"raw": true}']])
    await close()
  })

  test.runIf(engine === 'queue')(
    'an event comes again only if it was not acknowledged, also from the middle of a transaction',
    async () => {
      const {place, follow, close} = await open()
      const first = await follow({name: 'mailer'})
      await place.ask('insert into sales.line select i, 0 from generate_series(1, 10) i')
      await place.ask('insert into sales.line select i, 0 from generate_series(11, 15) i')
      await next(first, 13, async (event) => {
        if (event.key.id === 4 || event.key.id === 7) await first.acknowledge(event)
      })
      await first.close()
      const second = await follow({name: 'mailer'})
      const rest = await next(second, 8)
      expect(rest.map(({key}) => key.id)).toEqual([8, 9, 10, 11, 12, 13, 14, 15])
      await second.acknowledge(rest.at(-1))
      await second.close()
      const third = await follow({name: 'mailer'})
      await place.ask('insert into sales.line values (16, 0)')
      expect((await next(third, 1)).map(({key}) => key.id)).toEqual([16])
      await close()
    },
  )

  test('acknowledging never goes back, nor to what was not handed over; a loop goes on where the one before it ended', async () => {
    const {place, follow, close} = await open()
    const first = await follow({name: 'steady'})
    await place.ask('insert into sales.line select i, 0 from generate_series(1, 4) i')
    await place.ask('insert into sales.line values (5, 0)')
    const some = await next(first, 2)
    const more = await next(first, 3)
    expect([...some, ...more].map(({key}) => key.id)).toEqual([1, 2, 3, 4, 5])
    await first.acknowledge(more[1])
    await first.acknowledge(some[0])
    await first.close()
    const second = await follow({name: 'steady'})
    await expect(second.acknowledge(more[2])).rejects.toMatchObject({code: 'usage'})
    for (const token of ['x', 'q1', `q${'0'.repeat(36)}.99999999999999999999:1:`])
      await expect(second.acknowledge({token})).rejects.toMatchObject({code: expect.stringMatching(/^(usage|events-gone)$/)})
    expect((await next(second, 1)).map(({key}) => key.id)).toEqual([5])
    await close()
  })

  test('what is not for a consumer does not hold what is kept for it', async () => {
    const {place, follow, close} = await open()
    const stream = await follow({name: 'lines', tables: ['sales.line']})
    const reading = next(stream, 1)
    const held = async () =>
      (await place.ask(`select coalesce(token, lsn::text) as it from pgext.consumer where name = 'lines'`))[0]!.it
    const before = await held()
    await place.ask('insert into task (id) select i from generate_series(1, 20) i')
    for (let tries = 0; (await held()) === before; tries++) {
      expect(tries).toBeLessThan(100)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await place.ask('insert into sales.line values (1, 0)')
    expect((await reading).map(({table}) => table)).toEqual(['line'])
    await close()
  })

  test('without pg_events there is nothing to read', async () => {
    const place = await openPlace((name) => cluster.url(name), SCHEMA)
    await expect(events({url: place.url})).rejects.toMatchObject({code: 'events-missing'})
    await place.db.close()
  })
})
