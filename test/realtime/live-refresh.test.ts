// Queries that say which changes matter to them in; which changes ran them again out.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {ChangeTold, Query, Refresh} from '../../src/realtime/live/model.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {openStage, pause, type Stage} from './stage.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
})
afterAll(async () => {
  await cluster?.close()
})

const SCHEMA = `
  create table member (id int primary key, mail text, nick text, picture text, state text not null);
  insert into member values (1, 'ann@x', 'ann', null, 'active'), (2, 'bob@x', 'bob', null, 'gone'), (3, 'cat@x', 'cat', null, 'active');
  create table purchase (id bigint primary key, code text, state text, placed timestamptz default now());
  create table line (id int primary key, purchase_id bigint, price numeric(9, 2));
  insert into purchase values (1, 'A', 'pending'), (2, 'B', 'shipped'), (3, 'C', 'pending');
  insert into line values (1, 1, 5), (2, 1, 6), (3, 2, 7), (4, 3, 8);
  create schema store; create table store.item (id int primary key, kind char(5), weight numeric, tag text collate "C");
  create publication pg_events for table member, purchase, line, store.item;
  alter table member replica identity full; alter table purchase replica identity full; alter table line replica identity full;`

const ACTIVE: Query = {sql: `select id, mail, nick from member where state = 'active' order by id`}
const PENDING: Query = {
  sql: `select p.id, p.code, count(*) as lines, sum(l.price) as total from purchase p join line l on l.purchase_id = p.id
    where p.state = 'pending' group by 1, 2 order by 1`,
}

let stage: Stage
/** So often the query runs because of this. */
async function runs(times: number, sql: string): Promise<void> {
  const before = stage.runs.length
  await stage.ask(sql)
  await stage.caughtUp()
  await expect.poll(() => stage.runs.length - before, {timeout: 5000}).toBeGreaterThanOrEqual(times)
  await pause(60)
  expect(stage.runs.length - before, sql).toBe(times)
}

describe.each(['queue', 'wal'] as const)('%s', (engine) => {
  beforeAll(async () => {
    stage = await openStage((name) => cluster.url(name), SCHEMA, engine)
  })
  afterAll(async () => {
    await stage?.close()
  })

  async function following(query: Query, refresh: Refresh, work: () => Promise<void>): Promise<void> {
    const told = stage.open({throttleMs: 0, ...query, refresh})
    await told.first()
    await stage.caughtUp()
    await pause(60)
    await work()
    expect(told.errors).toEqual([])
    // whatever was passed over, what it has is what the query has
    await stage.caughtUp()
    const rows = JSON.parse((await stage.ask(`select coalesce(json_agg(q), '[]')::text as rows from (${query.sql}) q`))[0]!.rows)
    await told.becomes(
      rows.map((row: any) => ({
        ...row,
        ...('total' in row && {total: row.total.toFixed(2), lines: `${row.lines}`, id: `${row.id}`}),
      })),
    )
    told.handle.close()
  }

  test('a value of a column: rows that have it, had it, or come to have it', () =>
    following(ACTIVE, {member: {state: 'active'}}, async () => {
      await runs(1, `insert into member values (4, 'dan@x', 'dan', null, 'active')`)
      await runs(1, `update member set state = 'active' where id = 2`)
      await runs(1, `update member set nick = 'robert' where id = 2`)
      await runs(1, `update member set state = 'gone' where id = 2`)
      await runs(1, `delete from member where id = 4`)
      // nothing of theirs is asked for
      await runs(0, `update member set picture = 'p.png'`)
      await runs(0, `insert into member values (5, 'eve@x', 'eve', null, 'gone')`)
      await runs(0, `update member set nick = 'eva' where id = 5`)
      await runs(0, `delete from member where id = 5`)
      await runs(0, `update member set state = 'asleep' where id = 2`)
    }))

  test('tables that are left out go by the columns that are read', () =>
    following(PENDING, {purchase: {state: 'pending'}}, async () => {
      await runs(1, `insert into line values (5, 2, 1)`)
      await runs(0, `update purchase set code = 'BB' where id = 2`)
      await runs(0, `update purchase set placed = now() where id = 1`)
      await runs(1, `update purchase set code = 'AA' where id = 1`)
      await runs(1, `delete from line where id = 5`)
    }))

  test('values of the last result: of many rows, or of one', async () => {
    const refresh = {line: {purchase_id: ':result/id'}, purchase: {state: 'pending'}}
    await following(PENDING, refresh, async () => {
      await runs(1, 'insert into line values (10, 1, 1.5)')
      await runs(0, 'insert into line values (11, 2, 1.5)')
      await runs(1, 'update line set price = 2 where id = 10')
      await runs(1, 'update line set purchase_id = 2 where id = 10')
      await runs(0, 'update line set price = 3 where id = 10')
      await runs(1, 'update line set purchase_id = 3 where id = 10')
      await runs(1, `update purchase set state = 'pending' where id = 2`)
      // now it is in the result
      await runs(1, 'delete from line where id = 11')
      await runs(1, `update purchase set state = 'shipped' where id = 2`)
      await runs(1, 'delete from line where id in (3, 10)')
      await runs(1, 'truncate line')
    })
    await stage.ask('insert into line values (1, 1, 5), (2, 1, 6), (3, 2, 7), (4, 3, 8)')
    await following({sql: PENDING.sql!.replace(`p.state = 'pending'`, 'p.id = 1')}, refresh, async () => {
      await runs(1, 'update line set price = 9 where purchase_id = 1')
      await runs(0, 'update line set price = 9 where purchase_id = 3')
    })
  })

  test('a function decides, knows what has changed, the last result, and may ask the database', async () => {
    const changes: ChangeTold[] = []
    const refresh: Refresh = async (db, result, change) => {
      changes.push(change)
      if (change.table === 'line') {
        if (result.some(({id}) => id === change.row.purchase_id)) return true
        const found = await db.query(`select from purchase where id = $1 and state = 'pending'`, [change.row.purchase_id])
        return found.length > 0
      }
      if (change.op === 'DELETE') return 'tracked'
      return change.changes?.state?.includes('pending') || change.row.state === 'pending'
    }
    await following(PENDING, refresh, async () => {
      await runs(1, `insert into purchase values (7, 'G', 'pending', '2026-01-02 03:04:05+00')`)
      await runs(1, 'insert into line values (20, 7, 4)')
      await runs(0, 'insert into line values (21, 2, 4)')
      await runs(1, `update purchase set state = 'shipped' where id = 7`)
      await runs(0, `update purchase set code = 'X' where id = 7`)
      await runs(0, `update purchase set placed = '2026-01-02 03:04:06+00' where id = 7`)
      await runs(1, 'delete from purchase where id = 7')
    })
    expect(changes.slice(0, 4)).toEqual([
      {
        op: 'INSERT',
        table: 'purchase',
        row: {id: '7', code: 'G', state: 'pending', placed: '2026-01-02T03:04:05+00:00'},
        changes: {},
      },
      {op: 'INSERT', table: 'line', row: {id: 20, purchase_id: '7', price: '4.00'}, changes: {}},
      {op: 'INSERT', table: 'line', row: {id: 21, purchase_id: '2', price: '4.00'}, changes: {}},
      {
        op: 'UPDATE',
        table: 'purchase',
        row: {id: '7', code: 'G', state: 'shipped', placed: '2026-01-02T03:04:05+00:00'},
        changes: {state: ['pending', 'shipped']},
      },
    ])
    expect(changes.at(-1)).toMatchObject({op: 'DELETE', row: {id: '7', code: 'X'}})
  })

  test('a function that fails, writes or takes too long is told of, and the query is run', async () => {
    const said: string[] = []
    const refresh: Refresh = async (db, _, {row}) => {
      if (row.id === 91) throw new Error('oh')
      if (row.id === 92) await db.query('delete from member')
      if (row.id === 93) await db.query('select pg_sleep(5)')
      if (row.id === 94) await new Promise(() => {})
      return false
    }
    const told = stage.open({...ACTIVE, throttleMs: 0, refresh})
    await told.first()
    for (const id of [91, 92, 93, 94, 95]) {
      const before = stage.runs.length
      await stage.ask(`insert into member values (${id}, 'm', 'n', null, 'gone')`)
      await stage.caughtUp()
      if (id < 95) await expect.poll(() => stage.runs.length, {timeout: 4000}).toBe(before + 1)
      said.push(...told.errors.splice(0).map(({message}) => message))
    }
    expect(said).toEqual([
      'the refresh function failed: oh',
      'cannot execute DELETE in a read-only transaction',
      expect.stringMatching(/took more than 1000 ms|statement timeout/),
      'the refresh function took more than 1000 ms',
    ])
    told.handle.close()
    await stage.ask('delete from member where id > 90')
  })
})

test('values are compared as their types are; what can not be compared is refused', async () => {
  stage = await openStage(
    (name) => cluster.url(name),
    `${SCHEMA} alter table store.item replica identity full;
    create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false); alter table store.item add name text collate nocase, add price interval`,
  )
  const sql = 'select id, kind, weight, name, price from store.item'
  const open = (refresh: Refresh) => stage.open({sql, refresh, throttleMs: 0})
  const byKind = open({'store.item': {kind: 'a'}})
  const byWeight = open({item: {weight: [1, '2.50']}})
  const byNull = open({item: {weight: null, kind: 'b'}})
  await Promise.all([byKind.first(), byWeight.first(), byNull.first()])
  await pause(60)
  await runs(1, `insert into store.item values (1, 'a', 3)`)
  await runs(1, `insert into store.item values (2, 'c', 1.00), (3, 'c', 2.5)`)
  await runs(1, `insert into store.item values (4, 'b', null)`)
  await runs(0, `insert into store.item values (5, 'c', null), (6, 'b', 0)`)
  const wrong = [
    open({item: {name: 'a'}}),
    open({item: {price: '1 day'}}),
    open({item: {none: 1}}),
    open({member: {id: 1}}),
    open({item: {kind: ':result/none'}}),
    open({item: {kind: ':result/id'}}),
    open({item: {weight: 'heavy'}}),
  ]
  await expect
    .poll(() => wrong.map(({errors}) => errors[0]?.message))
    .toEqual([
      expect.stringContaining(`can't compare values of item.name`),
      expect.stringContaining(`can't compare values of item.price`),
      'refresh names item.none, which does not exist',
      'refresh names member, which the query does not read',
      'refresh names :result/none, but the query has no such column',
      expect.stringContaining('different types'),
      expect.stringContaining('invalid input syntax for type numeric'),
    ])
  await stage.close()
})
