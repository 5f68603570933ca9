// Changes at random, in storms and none at all in; that subscribers have what the query has, are told seldom, and that idle queries cost nothing, out.
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {applyDelta} from '../../src/client/delta.ts'
import type {Row} from '../../src/client/protocol.ts'
import {Writers} from '../../src/events/json.ts'
import type {Batch} from '../../src/events/model.ts'
import {Types} from '../../src/events/types.ts'
import {connect} from '../../src/postgres/native.ts'
import {Live} from '../../src/realtime/live/live.ts'
import type {ChangeTold, Query, RefreshFunction} from '../../src/realtime/live/model.ts'
import {Format, Result} from '../../src/realtime/live/result.ts'
import {Snapshot} from '../../src/realtime/live/snapshot.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {plain} from '../events/place.ts'
import {openStage, pause, type Stage} from './stage.ts'

let cluster: Cluster
let stage: Stage
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
  const schema = `create table point (id int primary key, rank int, label text); create table box (a int, b text, v jsonb, primary key (a, b));
    create table bag (n int); create publication pg_events for table point, box, bag`
  stage = await openStage((name) => cluster.url(name), schema, 'wal')
})
afterAll(async () => {
  await stage?.close()
  await cluster?.close()
})

test('deltas make of the rows before what the rows are now, whatever has changed', () => {
  const column = (name: string, type: number) => ({name, type, modifier: -1, table: 0, attribute: 0})
  const format = new Format([column('a', 23), column('b', 25), column('v', 1700)], new Writers(new Types()))
  const row = fc.tuple(
    fc.integer({min: 0, max: 3}).map(String),
    fc.constantFrom('x', 'y"', null),
    fc.constantFrom('1', '1.0', null),
  )
  const result = fc.array(row, {maxLength: 8})
  const keys = [[0], [0, 1]]
  let deltas = 0
  fc.assert(
    fc.property(result, result, fc.boolean(), (before, after, isClose) => {
      // most edits are small
      const edited = isClose ? [...before.slice(0, -1), ...after.slice(0, 1)] : after
      const [then, now] = [Result.of(before, format, keys), Result.of(edited, format, keys)]
      const kept = now.inOrderOf(then)
      expect(kept.rows.toSorted()).toEqual(now.rows.toSorted())
      expect(kept.since(then, 2) ?? '').not.toContain('"order"')
      const delta = now.since(then, 2)
      const whole: Row[] = JSON.parse(`{${now.whole(2)}}`).rows
      expect(now.equals(then)).toBe(
        JSON.stringify(whole) === JSON.stringify(JSON.parse(`{${then.whole(1)}}`).rows) && `${now.key}` === `${then.key}`,
      )
      if (delta === undefined) return
      deltas++
      const {rows, key} = JSON.parse(`{${then.whole(1)}}`)
      expect(applyDelta(rows, key, JSON.parse(`{${delta}}`))).toEqual(whole)
    }),
    {numRuns: 2000},
  )
  expect(deltas).toBeGreaterThan(300)
})

test('a snapshot sees a transaction by the last bits of its id, too', () => {
  const snapshot = new Snapshot('8589934590:8589934600:8589934592,8589934594')
  const seen = ['8589934589', '8589934591', '8589934592', '8589934600', '0', '1', '2', '8', '4294967294', '9']
  expect(seen.map((xid) => snapshot.sees(xid))).toEqual([true, true, false, false, false, true, false, false, true, false])
  expect(new Snapshot('700:700:').sees('699')).toBe(true)
})

describe.each(['queue', 'wal'] as const)('%s', (engine) => {
  test('edits at random: what is told adds up to what the query has', async () => {
    const schema = `create table point (id int primary key, rank int, label text); create table box (a int, b text, v jsonb, primary key (a, b));
      create table bag (n int); create table part (id int, k int, x text, primary key (id, k)) partition by list (k);
      create table part_0 partition of part for values in (0); create table part_1 partition of part default;
      create view high as select id, label from point where rank > 6;
      create publication pg_events for table point, box, bag, part; ${Math.random() < 0.5 ? 'alter table point replica identity full' : ''}`
    const place = await openStage((name) => cluster.url(name), schema, engine)
    const queries: Query[] = [
      {sql: 'select id, rank, label from point order by rank, id'},
      {sql: 'select label, id from point where rank > 5 order by id desc limit 5'},
      {sql: 'select p.id, b.a, b.b, b.v from point p join box b on b.a = p.id order by 1, 2, 3'},
      {sql: 'select label, count(*)::int as n from point group by 1'},
      {sql: 'select n, (select max(id) from point) as top from bag'},
      {sql: 'select to_json(b) as whole from box b order by a, b'},
      {sql: 'select id, x from part order by k, id'},
      {sql: 'select id, x from part_0'},
      {sql: 'select h.id, h.label, p.x from high h left join part p on p.id = h.id and k = 1'},
      {
        sql: 'select p.id, count(b.a)::int as boxes from point p left join box b on b.a = p.id where p.rank > 5 group by 1',
        refresh: {box: {a: ':result/id'}},
      },
      {
        sql: 'select p.id, count(b.a)::int as boxes from point p left join box b on b.a = p.id where p.rank > 5 group by 1',
        refresh: (_, result, {table, row}) => (table === 'box' ? result.some(({id}) => id === row.a) : 'tracked'),
      },
      {sql: 'select id, rank from point where rank = 3', refresh: {point: {rank: [3]}}},
    ]
    const told = queries.map((query, n) => place.open({...query, throttleMs: (n % 3) * 15}))
    const writer = await plain(place.url)
    const any = fc.integer({min: 0, max: 12})
    const edit = fc.oneof(
      fc
        .tuple(any, any)
        .map(
          ([id, rank]) =>
            `insert into point values (${id}, ${rank}, 'l${rank % 3}') on conflict (id) do update set rank = excluded.rank`,
        ),
      any.map((id) => `delete from point where id = ${id}`),
      any.map((id) => `update point set label = label || '!' where id = ${id} and length(label) < 5`),
      fc.tuple(any, any).map(([a, b]) => `insert into box values (${a}, 'b${b % 3}', '{"x": 1.50}') on conflict do nothing`),
      any.map((a) => `update box set v = v || '{"y": ${a}}' where a = ${a}`),
      any.map((a) => `delete from box where a = ${a}`),
      any.map((n) => `insert into bag values (${n})`),
      fc.tuple(any, any).map(([id, k]) => `insert into part values (${id}, ${k % 3}, 'x') on conflict do nothing`),
      fc
        .tuple(any, any)
        .map(
          ([id, k]) =>
            `delete from part where id = ${id} and k = ${k % 2}; update part set k = ${k % 2}, x = x || '.' where id = ${id} and k = 2`,
        ),
      fc.constantFrom(
        ...['truncate bag', 'delete from box', 'update point set id = id + 100 where id > 10 and id < 100', 'truncate point'],
        ...['truncate part_0', 'delete from part_1 where k = 1'],
      ),
    )
    for (const batch of fc.sample(fc.array(edit, {minLength: 1, maxLength: 4}), {
      numRuns: Number(process.env.PGEXT_RUNS ?? 30) * 5,
    })) {
      // a key that is taken takes the others back
      await writer.script(`begin; ${batch.join('; ')}; commit`).catch(() => writer.script('rollback'))
      if (Math.random() < 0.3) await pause(10)
    }
    await writer.close()
    await place.caughtUp()
    const sorted = (rows: readonly unknown[] | undefined, sql: string) =>
      sql.includes('order by') ? rows : rows?.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
    for (const [at, {sql}] of queries.entries()) {
      const rows = sorted(await place.ask(sql!), sql!)
      await expect.poll(() => sorted(told[at]!.rows, sql!), {timeout: 5000, message: sql}).toEqual(rows)
      expect(told[at]!.errors).toEqual([])
    }
    expect(told[0]!.messages.some(({type}) => type === 'delta')).toBe(true)
    // nobody asked for an order: none is told
    expect(told[3]!.messages.every(({order}) => order === undefined)).toBe(true)
    await place.close()
  })
})

test('a storm of changes: the first is told at once, the last one too, and not many in between; what leaves the rows as they are is not told', async () => {
  await stage.ask('truncate point; insert into point values (1, 0, null)')
  await stage.caughtUp()
  const told = stage.open({sql: 'select id, rank from point where id = 1', throttleMs: 400})
  await told.first()
  await pause(50)
  const before = stage.runs.length
  const begun = Date.now()
  for (let n = 1; n <= 100; n++) {
    await stage.ask(`update point set rank = ${n} where id = 1`)
    await pause(5)
  }
  await told.becomes([{id: 1, rank: 100}])
  const runs = stage.runs.length - before
  expect(runs).toBeGreaterThanOrEqual(2)
  expect(runs).toBeLessThanOrEqual(2 + Math.ceil((Date.now() - begun) / 400))
  await pause(450)
  const [count, then] = [told.count, stage.runs.length]
  await stage.ask('insert into point values (2, 0, null)')
  await expect.poll(() => stage.runs.length).toBe(then + 1)
  await pause(100)
  expect(told.count).toBe(count)
  told.handle.close()
})

test('a query or parameters in the place of others: what was asked before is not told any more', async () => {
  await stage.ask(`truncate point; insert into point values (1, 1, 'a'), (2, 2, 'b')`)
  const sql = 'select id, label from point where id = $1'
  const told = stage.open({sql, params: [1], throttleMs: 0})
  await told.becomes([{id: 1, label: 'a'}])
  told.handle.replace({sql, params: [2], throttleMs: 0})
  await told.becomes([{id: 2, label: 'b'}])
  expect(stage.live.size).toBe(1)
  await stage.ask(`update point set label = label || '!'`)
  await told.becomes([{id: 2, label: 'b!'}])
  told.handle.replace({sql: 'select count(*)::int as n from point', throttleMs: 0})
  await told.becomes([{n: 2}])
  for (let n = 0; n < 20; n++) told.handle.replace({sql, params: [n % 2 ? 2 : 1], throttleMs: 0})
  await told.becomes([{id: 2, label: 'b!'}])
  told.handle.replace({sql: 'select nothing from point'})
  await expect.poll(() => told.errors.map(({message}) => message)).toEqual(['column "nothing" does not exist'])
  told.handle.close()
  expect(stage.live.size).toBe(0)
  expect(told.rows).toEqual([{id: 2, label: 'b!'}])
})

test('2,000 queries that nothing happens to ask nothing; one of them that a change concerns is found among them', async () => {
  await stage.ask(
    'truncate point; insert into point select n, n, null from generate_series(1, 2000) n; alter table point replica identity full',
  )
  await stage.caughtUp()
  const sql = 'select id, rank from point where id = $1'
  const told = Array.from({length: 2000}, (_, n) =>
    stage.open({sql, params: [n + 1], refresh: {point: {id: n + 1}}, throttleMs: 0}),
  )
  await expect.poll(() => told.filter(({rows}) => rows).length, {timeout: 20_000}).toBe(2000)
  await pause(100)
  const before = stage.runs.length
  await pause(500)
  await stage.ask('insert into bag values (1)')
  await stage.ask(`update point set label = 'unread'`)
  await stage.caughtUp()
  await pause(50)
  expect(stage.runs.length).toBe(before)
  await stage.ask('update point set rank = -1 where id = 1234')
  await told[1233]!.becomes([{id: 1234, rank: -1}])
  expect(stage.runs.length).toBe(before + 1)
  expect(told.filter(({count}) => count > 1)).toHaveLength(1)
  for (const {handle} of told) handle.close()
})

test('columns that are defined otherwise are told as they are now', async () => {
  await stage.ask(`truncate point; insert into point values (1, 7, 'a')`)
  const told = stage.open({sql: 'select * from point', throttleMs: 0})
  await told.becomes([{id: 1, rank: 7, label: 'a'}])
  await stage.ask(`alter table point rename label to name; alter table point alter rank type text; alter table point add more bigint default 5;
    update point set rank = 'seven'`)
  await told.becomes([{id: 1, rank: 'seven', name: 'a', more: '5'}])
  expect(told.errors).toEqual([])
  told.handle.close()
})

test('a transaction that is told of before others see it is waited for', async () => {
  await stage.ask(`truncate point; alter table point alter rank type int using 1`)
  const live = new Live({open: () => connect(stage.url)})
  const [{relid}] = (await stage.ask(`select 'point'::regclass::oid::int as relid`)) as any
  const writer = await plain(stage.url)
  const begin = async (id: number): Promise<Batch> => {
    const rows = await writer.script(
      `begin; insert into point (id) values (${id}); select (pg_current_xact_id()::text::numeric % 4294967296)::text as xid`,
    )
    const columns = ['id', 'rank'].map((name, at) => ({name, type: 23, key: at === 0}))
    const shape = {relid, schema: 'public', table: 'point', columns}
    const entries = [{kind: 'change' as const, operation: 'INSERT' as const, shape, row: [String(id), null]}]
    return {xid: rows.at(-1)![0]!.xid, time: '', entries, before: '', token: '', last: true}
  }
  live.changed(await begin(1))
  const told: string[] = []
  const asked: ChangeTold[] = []
  const refresh: RefreshFunction = async (db, _, change) => {
    asked.push(change)
    return (await db.query('select from point where id = 2')).length > 0
  }
  const options = {
    id: 'q',
    sql: 'select id from point order by id',
    throttleMs: 0,
    onError: (error: Error) => told.push(error.message),
  }
  live.open({...options, send: (text) => told.push(text)})
  live.open({...options, refresh, send: (text) => told.push(text.replace('"q"', '"f"'))})
  await pause(200)
  expect(told).toEqual([])
  await writer.script('commit')
  const first = [
    `{"type":"rows","id":"f","rows":[{"id":1}],"key":["id"],"version":1}`,
    `{"type":"rows","id":"q","rows":[{"id":1}],"key":["id"],"version":1}`,
  ]
  await expect.poll(() => told.toSorted()).toEqual(first)
  live.changed(await begin(2))
  await pause(200)
  expect(told).toHaveLength(2)
  await writer.script('commit')
  await expect
    .poll(() =>
      told
        .slice(2)
        .toSorted()
        .map((text) => JSON.parse(text).upserted),
    )
    .toEqual([[{id: 2}], [{id: 2}]])
  expect(asked).toHaveLength(1)
  await live.close()
  await writer.close()
})
