// Random edits in, while connections are cut at any byte; that the rows a client holds are those of the table in the end, out.
import {setTimeout as sleep} from 'node:timers/promises'
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {WebSocket} from 'ws'
import {type Collection, connect as connectClient} from '../../src/client/index.ts'
import type {Row} from '../../src/client/protocol.ts'
import {connect} from '../../src/postgres/native.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {tokenOf} from './client.ts'
import {openCluster, openPlace, type Place} from './place.ts'
import {openProxy, type Proxied} from './proxy.ts'

/** Long texts stand outside of their rows, and are not in the log where an UPDATE leaves them as they are. */
const SCHEMA = `
  create table item (id int primary key, owner text, room int, body text, extra bigint); alter table item alter body set storage external;
  alter table item enable row level security; grant select on item to web_user;
  create policy own on item to web_user using (owner = current_setting('request.jwt.claims', true)::json ->> 'sub');
  create table plain (id int primary key, room int, body text); alter table plain alter body set storage external; grant select on plain to web_user;
  create publication pg_events for table item, plain with (publish = '')`

const SEED = Number(process.env.PGEXT_SEED ?? 11)
const TRANSACTIONS = Number(process.env.PGEXT_RUNS ?? 60)

let cluster: Cluster
beforeAll(async () => {
  cluster = await openCluster()
})
afterAll(async () => {
  await cluster?.close()
})

const id = fc.integer({min: 1, max: 25})
const room = fc.integer({min: 1, max: 3})
const who = fc.constantFrom('ann', 'bob')
const body = fc.oneof(fc.constantFrom('a', 'b'), fc.constant('x'.repeat(4000)))
const statement = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(id, who, room, body)
      .map(
        ([id, who, room, body]) =>
          `insert into item values (${id}, '${who}', ${room}, '${body}', 9007199254740993) on conflict (id) do update set room = excluded.room`,
      ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(id, room, body)
      .map(
        ([id, room, body]) =>
          `insert into plain values (${id}, ${room}, '${body}') on conflict (id) do update set room = excluded.room`,
      ),
  },
  {weight: 4, arbitrary: fc.tuple(id, room).map(([id, room]) => `update item set room = ${room} where id = ${id}`)},
  {weight: 4, arbitrary: fc.tuple(id, room).map(([id, room]) => `update plain set room = ${room} where id = ${id}`)},
  {weight: 2, arbitrary: fc.tuple(id, who).map(([id, who]) => `update item set owner = '${who}' where id = ${id}`)},
  {weight: 2, arbitrary: fc.tuple(id, body).map(([id, body]) => `update plain set body = '${body}' where id >= ${id}`)},
  {
    weight: 2,
    arbitrary: fc
      .tuple(id, id)
      .map(
        ([id, other]) => `update plain set id = ${other} where id = ${id} and not exists (select from plain where id = ${other})`,
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(id, fc.constantFrom('item', 'plain'))
      .map(([id, table]) => `delete from ${table} where id between ${id} and ${id + 2}`),
  },
  {weight: 1, arbitrary: fc.constantFrom('truncate plain', 'truncate item, plain')},
)
const transaction = fc.record({
  statements: fc.array(statement, {minLength: 1, maxLength: 6}),
  end: fc.constantFrom('commit', 'commit', 'commit', 'rollback'),
})
const pause = fc.integer({min: 0, max: 25})

describe.each(['queue', 'wal'] as const)('%s', (engine) => {
  let place: Place
  let proxy: Proxied
  beforeAll(async () => {
    place = await openPlace(cluster, SCHEMA, engine)
    proxy = await openProxy(() => place.running.port)
  })
  afterAll(async () => {
    await proxy?.close()
    await place?.close()
  })

  test('what a client holds is the table, be the connection cut ever so often', async () => {
    const client = connectClient(`ws://127.0.0.1:${proxy.port}`, {
      WebSocket,
      token: () => tokenOf({role: 'web_user', sub: 'ann'}),
      delay: () => Math.random() * 30,
    })
    const all: [Collection<Row>, string][] = [
      [client.table('plain').snapshot(), 'select * from plain'],
      [client.table('plain', {filter: 'room=eq.1'}).snapshot(), 'select * from plain where room = 1'],
      [client.table('plain', {filter: 'room=gt.1', columns: ['body']}).snapshot(), 'select id, body from plain where room > 1'],
      [client.table('item').snapshot(), `select id, owner, room, body, extra::text from item where owner = 'ann'`],
      [
        client.table('item', {filter: 'room=in.(1,2)'}).snapshot(),
        `select id, owner, room, body, extra::text from item where owner = 'ann' and room in (1, 2)`,
      ],
    ]
    // what is told of each row makes sense by itself: nothing comes into being that is there, or goes that is not
    const wrong: string[] = []
    const there = new Set<unknown>()
    const told = client.table('plain', {snapshot: true})
    told.on('snapshot', (rows) => {
      there.clear()
      for (const row of rows) there.add(row.id)
    })
    told.on('*', ({op, key}) => {
      if (op === 'TRUNCATE') there.clear()
      else if (op === 'INSERT' ? there.has(key!.id) : !there.has(key!.id)) wrong.push(`${op} ${key!.id}`)
      if (op === 'INSERT') there.add(key!.id)
      if (op === 'DELETE') there.delete(key!.id)
    })
    let isOver = false
    const pauses = fc.sample(pause, {numRuns: 1000, seed: SEED})
    const cutting = (async () => {
      for (let n = 0; !isOver; n++) {
        await sleep(20 + pauses[n % 1000]! * 8)
        proxy.cut()
      }
    })()
    const writers = [1, 2].map(async (writer) => {
      const db = await connect(place.url)
      const transactions = fc.sample(transaction, {numRuns: TRANSACTIONS, seed: SEED * 100 + writer})
      for (const [n, {statements, end}] of transactions.entries()) {
        await db.script(`set search_path = public; begin; ${statements.join('; ')}; ${end}`).catch(async (error) => {
          // two of them may meet
          if (!/deadlock|duplicate key/.test(String(error.message))) throw error
          await db.script('rollback')
        })
        await sleep(pauses[(n * 7) % 1000]!)
      }
      await db.close()
    })
    await Promise.all(writers)
    isOver = true
    await cutting
    for (const [rows, sql] of all) {
      const wanted = (await place.db.query(sql)).sort((a, b) => a.id - b.id)
      await expect
        .poll(() => rows.isKnown && [...rows.rows].sort((a, b) => (a.id as number) - (b.id as number)), {
          timeout: 15_000,
          interval: 50,
        })
        .toEqual(wanted)
    }
    expect(wrong).toEqual([])
    expect(proxy.count).toBeGreaterThan(5)
    client.close()
  })
})
