// Tables that change in every way, captured by the queue, in; what its reader hands over, held against what was done.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import {uninstall} from '../../src/events/install.ts'
import type {Source} from '../../src/events/model.ts'
import {openQueue, type QueueOptions} from '../../src/events/queue/queue.ts'
import {connect} from '../../src/postgres/native.ts'
import {readUrl} from '../../src/postgres/url.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {collect, linesOf, openPlace, type Place, plain} from './place.ts'

/** Another one with PGEXT_MAJOR. */
const MAJOR = Number(process.env.PGEXT_MAJOR ?? 18)
let cluster: Cluster
const places: Place[] = []
const sources: Source[] = []
beforeAll(async () => {
  cluster = await startCluster(findBinaries(MAJOR)!)
})
afterAll(async () => {
  for (const source of sources) await source.close()
  for (const {db} of places) await db.close()
  await cluster?.close()
})

async function open(schema: string): Promise<Place> {
  const place = await openPlace((name) => cluster.url(name), schema, 'queue')
  places.push(place)
  return place
}
async function reader({url}: Place, options: QueueOptions = {}): Promise<Source> {
  const source = await openQueue(() => connect(url), options)
  sources.push(source)
  return source
}
const END = `select pgext.emit('end', 'null')`
/** What came of these statements, run one after the other. */
async function told(place: Place, work: string | (() => Promise<unknown>)): Promise<string[]> {
  const source = await reader(place)
  if (typeof work === 'string') await place.ask(work)
  else await work()
  await place.ask(END)
  const lines = linesOf(await collect(source))
  await source.close()
  return lines
}
const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: PgextError) => error.code,
  )

const MERGE = `merge into task t using (values (1, 'm'), (9, 'n')) v(id, title) on t.id = v.id
  when matched then update set title = v.title when not matched then insert values (v.id, v.title, 0)`
const TASKS = `create table task (id int primary key, title text, at numeric(6,2));
  create publication pg_events for table task with (publish = '');`

describe('what is done to rows', () => {
  test('in every way that SQL has; a changed key is a new row', async () => {
    const place = await open(TASKS)
    const lines = await told(
      place,
      `insert into task values (1, 'a', 1.5), (2, null, null);
       update task set title = 'b' where id = 1; update task set title = title; update task set id = 3 where id = 2;
       insert into task values (1, 'c') on conflict (id) do update set title = excluded.title || '!';
       ${MAJOR >= 15 ? MERGE : `update task set title = 'm' where id = 1; insert into task values (9, 'n', 0)`};
       with gone as (delete from task where id = 9 returning *) insert into task select id + 1, title, at from gone;
       update task set title = 'x' where false;
       delete from task where id = 1; truncate task;`,
    )
    expect(lines).toEqual([
      'INSERT task 1|a|1.50',
      'INSERT task 2|ø|ø',
      'UPDATE task 1|a|1.50 → 1|b|1.50',
      'UPDATE task 2|ø|ø → 2|ø|ø',
      'UPDATE task 1|b|1.50 → 1|b|1.50',
      'DELETE task 2|ø|ø',
      'INSERT task 3|ø|ø',
      'UPDATE task 1|b|1.50 → 1|c!|1.50',
      'UPDATE task 1|c!|1.50 → 1|m|1.50',
      'INSERT task 9|n|0.00',
      'DELETE task 9|n|0.00',
      'INSERT task 10|n|0.00',
      'DELETE task 1|m|1.50',
      'TRUNCATE task',
    ])
  })

  test('swapped keys, rows that a BEFORE trigger suppresses or changes, rows without a key that are alike', async () => {
    const place = await open(`
      create table swap (id int primary key deferrable initially deferred, v text);
      create table loose (v text);
      create function guard() returns trigger language plpgsql as $$ begin
        if new.v = 'no' then return null; end if; new.v := new.v || '~'; return new; end $$;
      create trigger guard before insert or update on loose for each row execute function guard();
      create publication pg_events for table swap, loose with (publish = '')`)
    expect(
      await told(
        place,
        `insert into swap values (1, 'a'), (2, 'b'); update swap set id = 3 - id;
      insert into loose values ('x'), ('no'), ('x'); update loose set v = 'y'; delete from loose`,
      ),
    ).toEqual([
      'INSERT swap 1|a',
      'INSERT swap 2|b',
      'DELETE swap 1|a',
      'INSERT swap 2|a',
      'DELETE swap 2|b',
      'INSERT swap 1|b',
      'INSERT loose x~',
      'INSERT loose x~',
      'UPDATE loose x~ → y~',
      'UPDATE loose x~ → y~',
      'DELETE loose y~',
      'DELETE loose y~',
    ])
  })

  test('what AFTER ROW triggers do to the same rows comes after them', async () => {
    const place = await open(`
      create table job (id int primary key, n int);
      create function follow() returns trigger language plpgsql as $$ begin
        if tg_op = 'INSERT' and new.n = 0 then update public.job set n = 1 where id = new.id;
        elsif tg_op = 'INSERT' and new.n = 9 then delete from public.job where id = new.id;
        elsif tg_op = 'UPDATE' and new.n between 1 and 2 then update public.job set n = n + 1 where id = new.id;
        elsif tg_op = 'UPDATE' and new.n = 7 then update public.job set n = old.n where id = new.id; end if;
        return null; end $$;
      create trigger follow after insert or update on job for each row when (new.n is distinct from 6) execute function follow();
      create function before() returns trigger language plpgsql as $$ begin
        delete from public.job where id = new.id; return new; end $$;
      create trigger before before insert on job for each row when (new.n = 8) execute function before();
      create publication pg_events for table job with (publish = '')`)
    expect(byRow(await told(place, 'insert into job values (1, 0), (2, 5), (3, 9)'))).toEqual({
      1: ['INSERT job 1|0', 'UPDATE job 1|0 → 1|1', 'UPDATE job 1|1 → 1|2', 'UPDATE job 1|2 → 1|3'],
      2: ['INSERT job 2|5'],
      3: ['INSERT job 3|9', 'DELETE job 3|9'],
    })
    // back to what it was: both orders would be possible
    expect(byRow(await told(place, 'update job set n = 7 where id = 2'))).toEqual({
      2: ['UPDATE job 2|5 → 2|7', 'UPDATE job 2|7 → 2|5'],
    })
    expect(byRow(await told(place, 'insert into job values (2, 8)'))).toEqual({2: ['DELETE job 2|5', 'INSERT job 2|8']})
  })
})

describe('partitions and families', () => {
  test('rows of partitions carry the root’s name and order of columns, however they were written', async () => {
    const place = await open(`
      create table sale (id int, day int, what text, primary key (id, day)) partition by range (day);
      create table sale_a partition of sale for values from (0) to (10);
      create table sale_b (gone int, what text, day int not null, id int not null) ;
      alter table sale_b drop column gone; alter table sale attach partition sale_b for values from (10) to (20);
      create table sale_c partition of sale for values from (20) to (40) partition by list (day);
      create table sale_c1 partition of sale_c for values in (20, 21);
      create function swallow() returns trigger language plpgsql as $$ begin return null; end $$;
      create trigger swallow before insert on sale_c1 for each row when (new.what like 'no%') execute function swallow();
      create publication pg_events for table sale with (publish = '')`)
    expect(
      await told(
        place,
        `insert into sale values (1, 1, 'a'), (2, 11, 'b'), (3, 20, 'c'), (5, 5, 'no');
      insert into sale_b (id, day, what) values (4, 12, 'd'); update sale_c set what = 'e';
      update sale set day = day + 10 where id = 1; update sale set what = 'f' where id in (1, 2);
      update sale set what = what || '2', day = case when id = 5 then 20 else day end where id in (3, 5)`,
      ),
    ).toEqual([
      'INSERT sale 1|1|a',
      'INSERT sale 2|11|b',
      'INSERT sale 3|20|c',
      'INSERT sale 5|5|no',
      'INSERT sale 4|12|d',
      'UPDATE sale 3|20|c → 3|20|e',
      'DELETE sale 1|1|a',
      'INSERT sale 1|11|a',
      'UPDATE sale 2|11|b → 2|11|f',
      'UPDATE sale 1|11|a → 1|11|f',
      // one of the two was swallowed by the partition that it was to move to
      'DELETE sale 5|5|no',
      'UPDATE sale 3|20|e → 3|20|e2',
    ])
    expect(await place.ask('select id, day, what from sale order by id')).toHaveLength(4)
    await place.ask(`create table other (id int); alter publication pg_events add table other; select pgext.sync_events()`)
    expect(await told(place, 'truncate sale_b; truncate sale_c; truncate sale, other')).toEqual([
      'TRUNCATE sale (sale_b)',
      'TRUNCATE sale (sale_c)',
      'TRUNCATE sale (sale_c1)',
      'TRUNCATE sale',
      'TRUNCATE other',
    ])
  })

  test('a partition that somebody made is found while somebody reads; its root’s statements were always captured', async () => {
    const place =
      await open(`create table part (id int primary key) partition by range (id); create table part_a partition of part for values from (0) to (10);
      create publication pg_events for table part with (publish = '')`)
    const source = await reader(place, {tend: 100})
    await place.ask('create table part_b partition of part for values from (10) to (20); insert into part values (11)')
    const isCovered = async () => (await place.ask(`select from pgext.sync_events(false)`)).length === 0
    expect(await isCovered()).toBe(false)
    const reading = collect(source)
    for (let tries = 0; tries < 100 && !(await isCovered()); tries++) await new Promise((resolve) => setTimeout(resolve, 50))
    await place.ask(`insert into part_b values (12); ${END}`)
    expect(linesOf(await reading)).toEqual(['INSERT part 11', 'INSERT part 12'])
  })

  test('a foreign table among partitions is written to as before, and the rows of the others are captured', async () => {
    const place = await open('create table far (id int, v text); create extension postgres_fdw')
    const {host, port, database, user, password} = readUrl(place.url)
    await place.ask(`create server loop foreign data wrapper postgres_fdw options (host '${host}', port '${port}', dbname '${database}');
      create user mapping for current_user server loop options (user '${user}', password '${password}');
      create table near (id int, v text) partition by range (id); create table near_a partition of near for values from (0) to (10);
      create foreign table near_f partition of near for values from (10) to (20) server loop options (schema_name 'public', table_name 'far');
      create publication pg_events for table near with (publish = ''); select pgext.sync_events()`)
    expect(
      await told(place, `insert into near values (1, 'a'), (11, 'b'); update near set v = 'c'; delete from near where id = 1`),
    ).toEqual(['INSERT near 1|a', 'UPDATE near 1|a → 1|c', 'DELETE near 1|c'])
    expect(await place.ask('select * from far')).toEqual([{id: 11, v: 'c'}])
  })

  test('of tables that inherit, each row is told under the name of the table that holds it', async () => {
    const place = await open(`create table being (id int primary key, name text); create table bird (wings int) inherits (being);
      create publication pg_events for table being with (publish = '')`)
    expect(
      await told(
        place,
        `insert into bird values (1, 'a', 2); insert into being values (2, 'b'); update being set name = 'c'; delete from being`,
      ),
    ).toEqual([
      'INSERT bird 1|a|2',
      'INSERT being 2|b',
      'UPDATE being 2|b → 2|c',
      'UPDATE bird 1|a|2 → 1|c|2',
      'DELETE being 2|c',
      'DELETE bird 1|c|2',
    ])
  })
})

describe('order and loss', () => {
  test('within a row, by when it was written: a lower transaction that waited for it comes later', async () => {
    const place = await open(`create table t (id int primary key, v text); insert into t values (1, ''), (2, '');
      create publication pg_events for table t with (publish = '')`)
    const source = await reader(place, {busy: 400, idle: 400})
    const [low, high] = [await plain(place.url), await plain(place.url)]
    await low.script(`begin; update t set v = 'low' where id = 2`)
    await high.script(`begin; update t set v = 'high' where id = 1`)
    const waits = low.script(`update t set v = v || ' low' where id = 1; commit`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await high.script('commit')
    await waits
    await place.ask(END)
    const batches = await collect(source)
    expect(batches.map(({entries}) => linesOf([{entries}] as never))).toEqual([
      ['UPDATE t 1| → 1|high'],
      ['UPDATE t 2| → 2|low', 'UPDATE t 1|high → 1|high low'],
    ])
    expect(BigInt(batches[0]!.xid)).toBeGreaterThan(BigInt(batches[1]!.xid))
    await Promise.all([low.close(), high.close()])
  })

  test('writers with savepoints, rollbacks and long transactions: each event once, and each row in order', async () => {
    const place =
      await open(`create table n (id int, step int, primary key (id)); insert into n select i, 0 from generate_series(1, 20) i;
      create table log (id bigint generated always as identity primary key, writer int);
      create publication pg_events for table n, log with (publish = '')`)
    const source = await reader(place, {busy: 1, idle: 5})
    const long = await plain(place.url)
    await long.script('begin; insert into log (writer) values (-1)')
    const writers = Array.from({length: 8}, async (_, writer) => {
      const db = await plain(place.url)
      for (let turn = 0; turn < 60; turn++) {
        const id = 1 + ((writer * 7 + turn * 3) % 20)
        await db.script(`begin; insert into log (writer) values (${writer}); savepoint a; insert into log (writer) values (99);
          ${turn % 3 === 0 ? 'rollback to a' : 'release a'}; update n set step = step + 1 where id = ${id}; ${turn % 5 === 4 ? 'rollback' : 'commit'}`)
      }
      await db.close()
    })
    const ended = Promise.all(writers).then(async () => {
      await long.script('commit')
      await long.close()
      await place.ask(END)
    })
    const lines = linesOf(await collect(source))
    await ended
    const logged = lines.filter((line) => line.startsWith('INSERT log')).map((line) => line.slice(11))
    expect(logged.toSorted()).toEqual((await place.ask(`select id || '|' || writer as it from log`)).map(({it}) => it).toSorted())
    for (const {id, step} of await place.ask('select id, step from n')) {
      const steps = lines.filter((line) => line.startsWith(`UPDATE n ${id}|`))
      expect(steps).toEqual(Array.from({length: step}, (_, at) => `UPDATE n ${id}|${at} → ${id}|${at + 1}`))
    }
  })

  test('a token inside of a large transaction goes on there; others began meanwhile', async () => {
    const place = await open(`create table t (id int primary key); create publication pg_events for table t with (publish = '')`)
    const source = await reader(place)
    await place.ask(`insert into t select i from generate_series(1, 3500) i`)
    let token = ''
    const first: string[] = []
    for await (const batch of source.read()) {
      first.push(...linesOf([batch]))
      token = batch.token
      if (first.length >= 2000) break
    }
    await source.close()
    await place.ask(`insert into t values (-1); ${END}`)
    const second = linesOf(await collect(await reader(place, {since: token})))
    const ids = [...first, ...second].map((line) => Number(line.split(' ')[2]))
    expect(ids).toEqual([...Array.from({length: 3500}, (_, at) => at + 1), -1])
  })

  test('after a long time away: very many transactions, and rows that are large', async () => {
    const place = await open(
      `create table t (id int primary key, v text); create publication pg_events for table t with (publish = '')`,
    )
    const from = await reader(place, {name: 'away'})
    await from.close()
    await place.ask(`do $$ begin for i in 1..20100 loop insert into t values (i); commit; end loop; end $$`)
    await place.ask(`insert into t select i, repeat('x', 3000000) from generate_series(30001, 30012) i`)
    for (let id = 40_001; id <= 40_008; id++) await place.ask(`insert into t values (${id}, repeat('y', 5000000))`)
    await place.ask(END)
    const ids: number[] = []
    let source = await reader(place, {name: 'away'})
    const take = async (enough: number) => {
      for await (const batch of source.read()) {
        for (const entry of batch.entries) if (entry.kind === 'change') ids.push(Number(entry.row![0]))
        await source.acknowledge(batch.token)
        if (ids.length >= enough) break
      }
      await source.close()
      source = await reader(place, {name: 'away'})
    }
    for (const enough of [10, 20_050, 20_103, 20_115]) await take(enough)
    await collect(source, (batch) =>
      ids.push(...batch.entries.flatMap((entry) => (entry.kind === 'change' ? [Number(entry.row![0])] : []))),
    )
    const expected = (from: number, count: number) => Array.from({length: count}, (_, at) => from + at)
    expect(ids).toEqual([...expected(1, 20_100), ...expected(30_001, 12), ...expected(40_001, 8)])
  })

  test('a named reader begins where it acknowledged; two of one name take turns; one that was dropped is told', async () => {
    const place = await open(TASKS)
    const first = await reader(place, {name: 'ws'})
    for (const id of [1, 2, 3]) await place.ask(`insert into task values (${id})`)
    const seen: string[] = []
    for await (const batch of first.read()) {
      seen.push(...linesOf([batch]))
      if (seen.length === 2) await first.acknowledge(batch.token)
      if (seen.length === 3) break
    }
    const waiting = reader(place, {name: 'ws'})
    expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(() => resolve('waits'), 600))])).toBe('waits')
    await first.close()
    const second = await waiting
    await place.ask(END)
    const rest = await collect(second)
    expect(linesOf(rest)).toEqual(['INSERT task 3|ø|ø'])
    await place.ask(`delete from pgext.consumer where name = 'ws'`)
    expect(await codeOf(second.acknowledge(rest[0]!.token))).toBe('events-gone')
  })

  test('what was thrown away is gone, and nothing else is', async () => {
    const place = await open(TASKS)
    const tail = await reader(place)
    await place.ask(`update pgext.events set period = 1; select pgext.sync_events(); insert into task values (1)`)
    let token = ''
    for await (const batch of tail.read()) {
      token = batch.token
      break
    }
    await tail.close()
    await place.ask('insert into task values (2)')
    const emptied = async () => {
      for (let tries = 0; tries < 60; tries++) {
        if ((await place.ask('select pgext.empty_events() as it'))[0]!.it) return true
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      return false
    }
    // an open transaction that wrote to it keeps it
    const writer = await plain(place.url)
    await writer.script('begin; insert into task values (3)')
    const before = Date.now()
    while (Date.now() - before < 3500) {
      const [{it}] = (await place.ask('select pgext.empty_events() as it')) as [{it: boolean}]
      if (it) expect((await place.ask('select count(*)::int as n from pgext.event'))[0]!.n).toBeLessThanOrEqual(1)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const now = await reader(place)
    await writer.script('commit')
    await writer.close()
    await place.ask(END)
    expect(linesOf(await collect(now))).toEqual(['INSERT task 3|ø|ø'])
    expect(await emptied()).toBe(true)
    expect(await codeOf(reader(place, {since: token}))).toBe('events-gone')
    await place.ask(`update pgext.events set place = 'elsewhere'`)
    const other = (await place.ask('select incarnation from pgext.events'))[0]!.incarnation
    const anew = await reader(place)
    expect((await place.ask('select incarnation from pgext.events'))[0]!.incarnation).not.toBe(other)
    await place.ask(`insert into task values (4); ${END}`)
    expect(linesOf(await collect(anew))).toEqual(['INSERT task 4|ø|ø'])
  })
})

describe('tables that change while they are captured', () => {
  test('no event is lost or misread, by sessions whose plans and snapshots are old', async () => {
    const place = await open(`create table t (id int primary key, a text, b int); insert into t values (0, 'old', 0);
      create publication pg_events for table t with (publish = '')`)
    const source = await reader(place)
    const old = await plain(place.url)
    const writes = async (id: number, isolation = 'read committed', between = '') => {
      await old.script(`begin isolation level ${isolation}; select 1`)
      if (between) await place.ask(between)
      await old.script(`insert into t (id) values (${id}); commit`)
    }
    await writes(1)
    await place.ask('alter table t rename a to "A ""é"')
    await writes(2)
    await writes(
      3,
      'repeatable read',
      'alter table t add c int[]; alter table t alter b type text; alter table t alter c set default array[1]',
    )
    await writes(4, 'serializable', 'alter table t drop b')
    await place.ask('alter table t rename to u; create table t (id int, n int)')
    await old.script('insert into u (id) values (5)')
    await place.ask(`alter table u drop constraint t_pkey; insert into u (id) values (6); drop table t; ${END}`)
    const batches = await collect(source)
    const shapes = batches.flatMap(({entries}) =>
      entries.map((entry) => {
        if (entry.kind !== 'change') throw new Error('no change')
        const {table, columns} = entry.shape
        return `${table}(${columns.map(({name, type, key}) => `${name} ${type}${key ? ' key' : ''}`).join(', ')}) ${entry.row!.map((value) => value ?? 'ø').join('|')}`
      }),
    )
    expect(shapes).toEqual([
      't(id 23 key, a 25, b 23) 1|ø|ø',
      't(id 23 key, A "é 25, b 23) 2|ø|ø',
      't(id 23 key, A "é 25, b 25, c 1007) 3|ø|ø|{1}',
      't(id 23 key, A "é 25, c 1007) 4|ø|{1}',
      'u(id 23 key, A "é 25, c 1007) 5|ø|{1}',
      'u(id 23, A "é 25, c 1007) 6|ø|{1}',
    ])
    await old.close()
  })

  test('columns named like what the capture uses', async () => {
    const place =
      await open(`create table odd (n text, o text, r text, at text, old text, new text, "new_rows" text, "it's ""odd""" text, id int generated always as (1) stored);
      create publication pg_events for table odd with (publish = '')`)
    expect(
      await told(
        place,
        `insert into odd values ('a', 'b', '(', ',', '"', E'\\\\', '', null); update odd set n = 'ä'; delete from odd`,
      ),
    ).toEqual([
      String.raw`INSERT odd a|b|(|,|"|\||ø|1`,
      String.raw`UPDATE odd a|b|(|,|"|\||ø|1 → ä|b|(|,|"|\||ø|1`,
      String.raw`DELETE odd ä|b|(|,|"|\||ø|1`,
    ])
  })

  test('what a session has set changes no text', async () => {
    const place = await open(`create table t (id int primary key, at timestamptz, d date, i interval, b bytea, f float8, m money);
      create publication pg_events for table t with (publish = '')`)
    expect(
      await told(
        place,
        `set timezone = 'Asia/Tokyo'; set datestyle = 'German'; set intervalstyle = 'sql_standard'; set bytea_output = 'escape';
      set extra_float_digits = -10; insert into t values (1, '2026-01-02 03:04:05+00', '2026-01-02', '1 day 2 hours', 'ab', 0.1::float8 + 0.2, 1.5)`,
      ),
    ).toEqual(['INSERT t 1|2026-01-02 03:04:05+00|2026-01-02|P1DT2H|\\x6162|0.30000000000000004|$1.50'])
  })
})

describe('rights', () => {
  test('who may only INSERT is captured, and can neither read nor forge an event', async () => {
    const place = await open(`create table t (id int primary key); create table mine (id int);
      drop role if exists events_writer; create role events_writer; grant insert on t to events_writer; grant usage, create on schema public to events_writer;
      create publication pg_events for table t with (publish = '')`)
    expect(await told(place, 'set role events_writer; insert into t values (1); reset role')).toEqual(['INSERT t 1'])
    const [{oid}] = (await place.ask(`select 't'::regclass::oid::int8 as oid`)) as [{oid: number}]
    const denied = [
      'select * from pgext.event',
      'select * from pgext.event_0',
      'table pgext.events',
      `insert into pgext.event_1 (relid, op) values (1, 'I')`,
      `select pgext.emit('c', '{}')`,
      `select nextval('pgext.event_id')`,
      'select pgext.sync_events()',
      'select pgext.empty_events()',
      `create table own (id int); create trigger forge after insert on own referencing new table as new_rows for each statement execute function pgext.capture_${oid}_insert()`,
    ]
    for (const sql of denied) {
      const db = await plain(place.url)
      await db.script('set role events_writer')
      expect(
        await db.script(sql).then(
          () => undefined,
          (error: PgextError) => error.sqlstate,
        ),
        sql,
      ).toBe('42501')
      await db.close()
    }
    await place.ask('grant usage on schema pgext to events_writer; grant execute on function pgext.emit to events_writer')
    expect(await told(place, `set role events_writer; select pgext.emit('c', '{"a":1}'); reset role`)).toEqual(['c: {"a": 1}'])
  })
})

describe('following the declaration', () => {
  test('statements once, then none; tables leave and come; it goes without a trace but the journal', async () => {
    const place =
      await open(`create schema pgext; create table pgext.migration (version text); create table "a b"(id int primary key); create table t (id int primary key);
      create publication pg_events for all tables with (publish = '')`)
    expect(await place.ask('select * from pgext.sync_events()')).toEqual([])
    expect(
      await place.ask(`select distinct tgrelid::regclass::text as it from pg_trigger where tgname like 'pgext%' order by 1`),
    ).toEqual([{it: '"a b"'}, {it: 't'}])
    await place.ask(`drop publication pg_events; create publication pg_events for table "a b" with (publish = '')`)
    expect(await place.ask(`select it from pgext.sync_events(false) it where it like 'DROP TRIGGER%'`)).toHaveLength(4)
    await place.ask('select pgext.sync_events()')
    expect(await place.ask(`select distinct tgrelid::regclass::text as it from pg_trigger where tgname like 'pgext%'`)).toEqual([
      {it: '"a b"'},
    ])
    await place.ask('drop table "a b"; select pgext.sync_events()')
    expect(await place.ask(`select proname from pg_proc where proname like 'capture\\_%\\_%'`)).toEqual([])
    const own = await connect(place.url)
    await uninstall(own)
    await own.close()
    expect(
      await place.ask(
        `select relname from pg_class where relnamespace = 'pgext'::regnamespace union all select proname from pg_proc where pronamespace = 'pgext'::regnamespace`,
      ),
    ).toEqual([{relname: 'migration'}])
    expect(await codeOf(reader(place))).toBe('events-missing')
  })
})

function byRow(lines: readonly string[]): Record<string, string[]> {
  const rows: Record<string, string[]> = {}
  for (const line of lines) {
    const key = line.split(' ')[2]!.split('|')[0]!
    rows[key] = [...(rows[key] ?? []), line]
  }
  return rows
}
