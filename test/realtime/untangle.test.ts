// Transactions under a deferrable key in; that who keeps rows by their key holds what the table holds, on both engines, out.
import {setTimeout as sleep} from 'node:timers/promises'
import fc from 'fast-check'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {WebSocket} from 'ws'
import {connect as connectClient} from '../../src/client/index.ts'
import {Writers} from '../../src/events/json.ts'
import type {Change, Operation, Shape} from '../../src/events/model.ts'
import {Types} from '../../src/events/types.ts'
import {Message} from '../../src/realtime/message.ts'
import {Pile} from '../../src/realtime/pile.ts'
import {untangle} from '../../src/realtime/untangle.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {tokenOf} from './client.ts'
import {openCluster, openPlace} from './place.ts'

const SHAPE: Shape = {
  relid: 1,
  schema: 'public',
  table: 'note',
  columns: [
    {name: 'id', type: 25, key: true},
    {name: 'body', type: 25, key: false},
  ],
}
const WRITERS = new Writers(new Types())
const SEED = Number(process.env.PGEXT_SEED ?? 7)

interface Act {
  readonly kind: 'put' | 'remove' | 'move' | 'write' | 'empty'
  readonly n: number
  readonly id: string
  readonly body: string
}

/** What a transaction says of rows that may bear the same key while it lasts; undefined: it fails at its end. */
function transact(
  table: readonly [string, string][],
  acts: readonly Act[],
): {changes: Change[]; rows: [string, string][]} | undefined {
  const rows = table.map((row): [string, string] => [...row])
  const changes: Change[] = []
  const say = (operation: Operation, given: Partial<Change>) => changes.push({kind: 'change', operation, shape: SHAPE, ...given})
  for (const {kind, n, id, body} of acts) {
    if (kind === 'empty') {
      rows.length = 0
      say('TRUNCATE', {})
    } else if (kind === 'put') {
      rows.push([id, body])
      say('INSERT', {row: [id, body]})
    } else if (rows.length > 0) {
      const at = n % rows.length
      const old = rows[at]!
      if (kind === 'remove') {
        rows.splice(at, 1)
        say('DELETE', {old})
        continue
      }
      rows[at] = kind === 'move' ? [id, old[1]] : [old[0], body]
      if (rows[at][0] === old[0]) say('UPDATE', {row: rows[at], old})
      else {
        say('DELETE', {old})
        say('INSERT', {row: rows[at]})
      }
    }
  }
  return new Set(rows.map(([id]) => id)).size === rows.length ? {changes, rows} : undefined
}

function take(rows: Map<string, string>, changes: readonly Change[]): Map<string, string> {
  for (const {operation, row, old} of changes) {
    if (operation === 'TRUNCATE') rows.clear()
    else if (operation === 'DELETE') rows.delete(old![0]!)
    else rows.set(row![0]!, row![1]!)
  }
  return rows
}

const id = fc.constantFrom('1', '2', '3')
const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom('put', 'put', 'remove', 'move', 'move', 'move', 'write', 'empty'),
  n: fc.nat(5),
  id,
  body: fc.constantFrom('a', 'b', 'c', 'd'),
})

test('who keeps rows by their key holds those of the table, told at once or put together', () => {
  let known = 0
  const begin = fc.uniqueArray(fc.tuple(id, fc.constantFrom('a', 'b', 'c', 'd')), {selector: ([id]) => id, maxLength: 3})
  fc.assert(
    fc.property(begin, fc.array(act, {minLength: 1, maxLength: 9}), (table, acts) => {
      const done = transact(table, acts)
      const order = done && untangle(done.changes)
      if (!order) return
      known++
      const changes = order.map((at) => done.changes[at]!)
      const rows = [...done.rows].sort()
      expect([...take(new Map(table), changes)].sort()).toEqual(rows)
      if (changes.length === 0) return
      const moment = {token: 't', xid: '1', time: '2026-11-22 00:00:00+00', last: true}
      const [first, ...others] = changes.map((change) => new Message(moment, [change], WRITERS))
      const pile = new Pile(first!)
      for (const message of others) pile.add(message)
      expect([...take(new Map(table), pile.message().changes)].sort()).toEqual(rows)
    }),
    {numRuns: 2000, seed: SEED},
  )
  expect(known).toBeGreaterThan(200)
})

test('keys that move along are told; a row that came and went may have hidden another one', () => {
  const told = (acts: Act[]) => {
    const {changes} = transact(
      [
        ['1', 'a'],
        ['2', 'b'],
        ['3', 'c'],
      ],
      acts,
    )!
    return untangle(changes)?.map((at) => `${changes[at]!.operation[0]}${(changes[at]!.row ?? changes[at]!.old)!.join('')}`)
  }
  const move = (n: number, id: string): Act => ({kind: 'move', n, id, body: ''})
  expect(told([move(0, '2'), move(1, '3'), move(2, '4')])).toEqual(['D1a', 'D2b', 'I2a', 'D3c', 'I3b', 'I4c'])
  expect(told([move(0, '2'), move(1, '1')])).toEqual(['D1a', 'I1b', 'D2b', 'I2a'])
  expect(
    told([
      {kind: 'put', n: 0, id: '3', body: 'x'},
      {kind: 'remove', n: 3, id: '', body: ''},
    ]),
  ).toBeUndefined()
})

let cluster: Cluster
beforeAll(async () => {
  cluster = await openCluster()
})
afterAll(async () => {
  await cluster?.close()
})

const TABLES = `
  create table late (id int primary key deferrable, body text); create table last (id int primary key deferrable initially deferred, body text);
  create table bare (id int primary key deferrable); create table plain (id int primary key, body text);
  grant select on late, last, bare, plain to web_user;
  create publication pg_events for table late, last, bare, plain with (publish = '')`

const NAMES = ['late', 'last', 'bare', 'plain']

/** Statements that move keys; some fail, and their transactions with them. */
const statement = (table: string) => {
  const number = fc.integer({min: 1, max: 8})
  const body = table === 'bare' ? '' : `, chr(97 + floor(random() * 4)::int)`
  return fc.oneof(
    number.map(
      (n) =>
        `insert into ${table} select n${body} from generate_series(${n}, ${n + 2}) n where not exists (select from ${table} t where t.id = n)`,
    ),
    fc.constantFrom(1, -1, 3).map((by) => `update ${table} set id = id + ${by}`),
    number.map((n) => `update ${table} set id = ${n} - id where id < ${n}`),
    fc.tuple(number, number).map(([a, b]) => `update ${table} set id = ${a} + ${b} - id where id in (${a}, ${b})`),
    number.map((n) => `with gone as (delete from ${table} where id <= ${n} returning *) insert into ${table} select * from gone`),
    number.map(
      (n) => `merge into ${table} t using generate_series(${n}, ${n + 3}) n on t.id = n when matched and n % 2 = 0 then delete
        when matched then update set id = t.id + 20 when not matched then insert (id) values (n)`,
    ),
    number.map((n) => `delete from ${table} where id % 3 = ${n % 3}`),
    number.map((n) =>
      table === 'bare' ? `delete from bare where id = ${n}` : `update ${table} set body = body || '${n}' where id > ${n}`,
    ),
    number.map((n) =>
      table === 'last'
        ? `insert into last values (${n}, 'new'); delete from last where body = 'a' and id = ${n}`
        : `delete from ${table} where id > ${n + 5}`,
    ),
  )
}

test.each(['queue', 'wal'] as const)(
  '%s: a collection ends as the table is, whatever is done to its keys',
  async (engine) => {
    const place = await openPlace(cluster, TABLES, engine)
    await place.db.script(
      NAMES.map((name) => `insert into ${name} select n${name === 'bare' ? '' : ", 'r' || n"} from generate_series(1, 5) n`).join(
        ';',
      ),
    )
    const client = connectClient(`http://127.0.0.1:${place.running.port}`, {
      WebSocket,
      token: () => tokenOf({role: 'web_user', sub: 'ann'}),
    })
    const tables = NAMES.map((name) => client.table(name).snapshot())
    await expect.poll(() => tables.every(({isKnown}) => isKnown), {timeout: 10_000}).toBe(true)
    const transactions = fc.sample(
      fc.constantFrom(...NAMES).chain((name) => fc.array(statement(name), {minLength: 1, maxLength: 3})),
      {numRuns: Number(process.env.PGEXT_UNTANGLE ?? 30), seed: SEED},
    )
    const isSame = async () => {
      for (const [n, name] of NAMES.entries()) {
        const wanted = await place.db.query(`select * from ${name} order by id`)
        const held = [...tables[n]!.rows].sort((one, other) => Number(one.id) - Number(other.id))
        if (!tables[n]!.isKnown || JSON.stringify(held) !== JSON.stringify(wanted)) return JSON.stringify({name, held, wanted})
      }
      return 'the same'
    }
    for (const [n, statements] of transactions.entries()) {
      await place.db.script(`begin; ${statements.join('; ')}; commit`).catch(() => place.db.script('rollback'))
      if (n % 10 === 0) await sleep(20)
      if (n % 20 === 19) await expect.poll(isSame, {timeout: 10_000, interval: 20}).toBe('the same')
    }
    await expect.poll(isSame, {timeout: 10_000, interval: 20}).toBe('the same')
    client.close()
    await place.close()
  },
  60_000,
)
