// Tables and values as large as PostgreSQL has them, and writers of every manner, in; what either engine tells of them out.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {events} from '../../src/events/events.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {openPlace, type Place} from './place.ts'

const MAJOR = Number(process.env.PGEXT_MAJOR ?? 18)
let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(findBinaries(MAJOR)!)
})
afterAll(() => cluster?.close())

/** characters */
const LARGE = process.env.PGEXT_LOAD === 'full' ? 100_000_000 : 20_000_000
const END = `select pgext.emit('end', 'null')`

describe.each(['queue', 'wal'] as const)('%s', (engine) => {
  const open = (schema: string) => openPlace((name) => cluster.url(name), schema, engine)

  /** What is told of all that happens meanwhile. */
  async function told({url, ask}: Place, work: () => Promise<unknown>): Promise<any[]> {
    const stream = await events({url})
    await work()
    await ask(END)
    const found: unknown[] = []
    for await (const event of stream) {
      if ('channel' in event) break
      found.push(event)
    }
    await stream.close()
    return found
  }
  const lines = (found: any[]) => found.map(({op, table, key, row, old}) => [op, table, key ?? old ?? row, row?.v])

  test('a table of 1,600 columns, some of them dropped', async () => {
    const names = Array.from({length: 1599}, (_, n) => `c${n}`)
    const place = await open(
      `create table wide (id int primary key, ${names.map((name) => `${name} int`).join(', ')});
       alter table wide drop c7, drop c1598; create publication pg_events for table wide with (publish = '')`,
    )
    const found = await told(place, async () => {
      await place.ask(`insert into wide (id, c0, c1597) values (1, 2, 3)`)
      await place.ask(`update wide set c1597 = 4`)
      await place.ask(`update wide set id = 2`)
      await place.ask(`delete from wide`)
    })
    expect(found.map(({op, key, row}) => [op, key.id, row?.c1597])).toEqual([
      ['INSERT', 1, 3],
      ['UPDATE', 1, 4],
      ['DELETE', 1, undefined],
      ['INSERT', 2, 4],
      ['DELETE', 2, undefined],
    ])
    expect(Object.keys(found[0].row)).toHaveLength(1598)
    await place.db.close()
  })

  test(`a value of ${LARGE / 1e6} MB`, async () => {
    const place = await open(
      `create table t (id int primary key, v text, n int); create publication pg_events for table t with (publish = '')`,
    )
    const found = await told(place, async () => {
      await place.ask(`insert into t select 1, repeat('0123456789', ${LARGE / 10}), 1`)
      await place.ask(`update t set n = 2`)
      await place.ask(`insert into t values (2, 'small', 1)`)
    })
    expect(found.map(({op, key, row}) => [op, key.id, row.n])).toEqual([
      ['INSERT', 1, 1],
      ['UPDATE', 1, 2],
      ['INSERT', 2, 1],
    ])
    expect(found[0].row.v).toHaveLength(LARGE)
    if (engine === 'queue') expect(found[1].row.v).toHaveLength(LARGE)
    await place.db.close()
  }, 120_000)

  test('serializable writers do not stand in each other’s way, and what they commit is told', async () => {
    const place = await open(
      `create table t (id int primary key, v int); create table u (id int primary key, v int);
       insert into t select n, 0 from generate_series(1, 20) n; create publication pg_events for table t, u with (publish = '')`,
    )
    const dbs = await Promise.all(Array.from({length: 8}, () => connect(place.url)))
    const found = await told(place, async () => {
      // all of them are open at once, and each writes what no other reads
      for (let round = 0; round < 4; round++) {
        // shapes are new to all of them
        if (round === 2) await place.ask('alter table t add w int; alter table u add w int; select pgext.sync_events()')
        for (const db of dbs) await db.script('begin isolation level serializable; select')
        await Promise.all(dbs.map((db, n) => db.script(`update public.t set v = v + 1 where id = ${n + 1}`)))
        await Promise.all(dbs.map((db, n) => db.script(`insert into public.u (id, v) values (${round * 100 + n}, 0)`)))
        for (const db of dbs) await db.script('commit')
      }
    })
    expect(found).toHaveLength(4 * 8 * 2)
    for (const db of dbs) await db.close()
    await place.db.close()
  })

  test('rules and views that write to realtime tables', async () => {
    const place = await open(`
      create table t (id int primary key, v text); create table log (id int, v text); create table inbox (id int, v text);
      create view plain as select * from t;
      create view other as select id, upper(v) as v from t;
      create function instead() returns trigger language plpgsql as $$ begin
        if tg_op = 'DELETE' then delete from t where id = old.id; return old; end if;
        if tg_op = 'UPDATE' then update t set v = lower(new.v) where id = old.id;
        else insert into t values (new.id, lower(new.v)); end if; return new; end $$;
      create trigger instead instead of insert or update or delete on other for each row execute function instead();
      create rule also as on insert to t do also insert into log values (new.id, new.v);
      create rule aside as on insert to inbox do instead insert into t values (new.id, new.v);
      create rule kept as on delete to log do instead nothing;
      create publication pg_events for table t, log with (publish = '')`)
    const found = await told(place, async () => {
      await place.ask(`insert into plain values (1, 'a')`)
      await place.ask(`insert into other values (2, 'B')`)
      await place.ask(`update other set v = 'C' where id = 2`)
      await place.ask(`insert into inbox values (3, 'd')`)
      await place.ask(`update plain set v = 'e' where id = 3`)
      await place.ask('delete from log')
      await place.ask('delete from other where id = 2')
      await place.ask(`with gone as (delete from plain where id = 1 returning *) update t set v = 'f' where id = 3`)
    })
    const sorted = lines(found).map((line) => JSON.stringify(line))
    expect(sorted).toMatchInlineSnapshot(`
      [
        "["INSERT","t",{"id":1},"a"]",
        "["INSERT","log",{"id":1,"v":"a"},"a"]",
        "["INSERT","t",{"id":2},"b"]",
        "["INSERT","log",{"id":2,"v":"b"},"b"]",
        "["UPDATE","t",{"id":2},"c"]",
        "["INSERT","t",{"id":3},"d"]",
        "["INSERT","log",{"id":3,"v":"d"},"d"]",
        "["UPDATE","t",{"id":3},"e"]",
        "["DELETE","t",{"id":2},null]",
        "["UPDATE","t",{"id":3},"f"]",
        "["DELETE","t",{"id":1},null]",
      ]
    `)
    await place.db.close()
  })
})
