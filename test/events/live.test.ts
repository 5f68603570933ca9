// Writers that go on while their table is altered again and again in; each of their rows told once, each value under its column's name, out.
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import {openSource} from '../../src/events/events.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {collect, openPlace, plain} from './place.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
})
afterAll(async () => {
  await cluster?.close()
})

const SCHEMA = `create table t (a int, id int primary key, n int default 7, v text, x text default 'x');
  create table p (id int, k int, v text, n int default 7, primary key (id, k)) partition by list (k); create table p0 partition of p default;
  create publication pg_events for table t, p with (publish = '')`

/** Each may be refused, where a round before it was cut short. */
const ALTERED = [
  'alter table t add c int default 1',
  'alter table t alter n type bigint',
  'alter table t rename x to y',
  'alter table t drop c; alter table t add c text',
  'alter table t alter n type numeric(9,2); alter table t drop a',
  'begin; alter table t rename to u; alter table u rename x to z; alter table u rename to t; commit',
  'alter table t rename y to x; alter table t add a text; alter table t drop c',
  'alter table t drop constraint t_pkey, add primary key (id)',
  'create table p1 (v text, gone int, n int, k int not null, id int not null); alter table p1 drop gone; alter table p attach partition p1 for values in (1)',
  'alter table p alter n type text; alter table p add c int',
  'delete from p where k = 1; alter table p detach partition p1; drop table p1; alter table p drop c',
]

test.each(['queue', 'wal'] as const)('%s: nothing is lost, told twice or misread while tables are altered', async (engine) => {
  const place = await openPlace((name) => cluster.url(name), SCHEMA, engine)
  const {source, side} = await openSource({url: place.url})
  const until = Date.now() + 4000
  const kept = new Set<string>()
  const writers = Array.from({length: 4}, async (_, writer) => {
    const db = await plain(place.url)
    await db.script('prepare ins as insert into t (id, v) values ($1, $2)')
    for (let turn = 0; Date.now() < until; turn++) {
      const id = writer * 1_000_000 + turn
      const level = turn % 4 === 3 ? 'repeatable read' : 'read committed'
      const isKept = turn % 5 !== 4
      try {
        await db.script(`begin isolation level ${level}; select 1`)
        await db.script(`execute ins(${id}, 'v${id}'); insert into p (id, k, v) values (${id}, ${turn % 2}, 'p${id}')`)
        await db.script(`update t set v = v || '!' where id = ${id}; ${isKept ? 'commit' : 'rollback'}`)
        if (isKept) kept.add(String(id))
      } catch (error) {
        // what an altered table refuses a transaction that is older, or ends it for
        expect((error as PgextError).sqlstate).toMatch(/^(40001|40P01|0A000|23514|42P01|55P03)$/)
        await db.script('rollback')
      }
    }
    await db.close()
  })
  const altering = (async () => {
    const db = await plain(place.url)
    await db.script(`set lock_timeout = '300ms'`)
    for (let turn = 0; Date.now() < until; turn++) {
      const sql = ALTERED[turn % ALTERED.length]!
      await db
        .script(turn % 3 === 0 && !sql.startsWith('begin') ? `begin; ${sql}; select pgext.sync_events(); commit` : sql)
        .catch(() => db.script('rollback'))
      if (turn % 5 === 0) await db.script('select pgext.sync_events()').catch(() => {})
    }
    await db.close()
    return db
  })()
  const ended = Promise.all([...writers, altering]).then(() => place.ask(`select pgext.emit('end', '0')`))
  const told = new Map<string, string[]>()
  for (const {entries} of await collect(source)) {
    for (const entry of entries) {
      if (entry.kind !== 'change' || entry.operation === 'DELETE') continue
      const {table, columns} = entry.shape
      expect(entry.row).toHaveLength(columns.length)
      const value = (name: string) => entry.row![columns.findIndex((column) => column.name === name)]
      expect(columns.filter(({key}) => key).map(({name}) => name)).toEqual(table === 'p' ? ['id', 'k'] : ['id'])
      expect(String(value('n'))).toMatch(/^7(\.00)?$/)
      const id = value('id')!
      told.set(id, [...(told.get(id) ?? []), `${entry.operation} ${value('v')}`])
    }
  }
  await ended
  expect(kept.size).toBeGreaterThan(50)
  expect([...told.keys()].toSorted()).toEqual([...kept].toSorted())
  for (const [id, lines] of told) expect(lines).toEqual([`INSERT v${id}`, `INSERT p${id}`, `UPDATE v${id}!`])
  await source.close()
  await side.close()
  await place.db.close()
})

test('a key that is made anew is the key of what older transactions write; columns that its index only includes are not', async () => {
  const place = await openPlace((name) => cluster.url(name), SCHEMA, 'queue')
  const {source, side} = await openSource({url: place.url})
  const old = await plain(place.url)
  await old.script('begin isolation level repeatable read; select 1')
  await place.ask('alter table t drop constraint t_pkey, add primary key (id) include (n)')
  await old.script('insert into t (id) values (1); commit')
  await place.ask(`insert into t (id) values (2); select pgext.emit('end', '0')`)
  const keys = (await collect(source)).flatMap(({entries}) =>
    entries.map((entry) => (entry.kind === 'change' ? entry.shape.columns.filter(({key}) => key).map(({name}) => name) : [])),
  )
  expect(keys).toEqual([['id'], ['id']])
  await Promise.all([source.close(), side.close(), old.close(), place.db.close()])
})
