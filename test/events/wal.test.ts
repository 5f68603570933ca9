// What is written in SQL in; the changes and messages that come out of the log, on each major.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Change} from '../../src/events/model.ts'
import type {Server} from '../chaos/server.ts'
import {MAJORS, Place, type Reading, show, startLog} from './log.ts'

describe.each(MAJORS)('the log of PostgreSQL %i', (major) => {
  let server: Server
  const places: Place[] = []

  const make = async (sql: string): Promise<Place> => {
    const place = await Place.make(server, `place${places.length}`, sql)
    places.push(place)
    return place
  }

  /** What one transaction gives. */
  const given = async (tables: string, statements: string): Promise<string[]> => {
    const place = await make(tables)
    const reading = await place.read()
    await place.db.script(`begin; set local search_path = public; ${statements}; commit`)
    return reading.entries()
  }

  beforeAll(async () => {
    server = await startLog(major)
  })

  afterAll(async () => {
    for (const place of places) await place.close()
    await server?.close()
  })

  test('rows that are inserted, updated and deleted, in one transaction', async () => {
    const entries = await given(
      'create table task (id bigint primary key, name text, done bool)',
      `insert into task values (1, 'one', null), (2, '', false);
       update task set done = true where id = 1;
       update task set id = 3 where id = 2;
       delete from task where id = 1`,
    )
    expect(entries).toEqual([
      'INSERT public.task id*=1 name=one done=∅',
      'INSERT public.task id*=2 name= done=f',
      'UPDATE public.task id*=1 name=one done=t',
      'DELETE public.task ← id*=2 name=… done=…',
      'INSERT public.task id*=3 name= done=f',
      'DELETE public.task ← id*=1 name=… done=…',
    ])
  })

  test('REPLICA IDENTITY FULL: the whole old row, and the key of the primary key', async () => {
    const entries = await given(
      'create table task (name text, id int primary key, note text); alter table task replica identity full',
      `insert into task values ('one', 1, 'x');
       update task set note = 'y';
       update task set id = 2;
       delete from task`,
    )
    expect(entries).toEqual([
      'INSERT public.task name=one id*=1 note=x',
      'UPDATE public.task name=one id*=1 note=y ← name=one id*=1 note=x',
      'DELETE public.task ← name=one id*=1 note=y',
      'INSERT public.task name=one id*=2 note=y',
      'DELETE public.task ← name=one id*=2 note=y',
    ])
  })

  test('FULL without a primary key: no key, and each UPDATE stays one', async () => {
    const entries = await given(
      'create table task (a int, b int); alter table task replica identity full',
      'insert into task values (1, 1), (1, 1); update task set a = 2; delete from task where b = 1',
    )
    expect(entries).toEqual([
      'INSERT public.task a=1 b=1',
      'INSERT public.task a=1 b=1',
      'UPDATE public.task a=2 b=1 ← a=1 b=1',
      'UPDATE public.task a=2 b=1 ← a=1 b=1',
      'DELETE public.task ← a=2 b=1',
      'DELETE public.task ← a=2 b=1',
    ])
  })

  test('the key is the index that REPLICA IDENTITY names', async () => {
    const entries = await given(
      `create table task (a int not null, b int, c text not null); create unique index pair on task (c, a);
       alter table task replica identity using index pair`,
      `insert into task values (1, 2, 'x'); update task set c = 'y'; update task set b = 3`,
    )
    expect(entries).toEqual([
      'INSERT public.task a*=1 b=2 c*=x',
      'DELETE public.task ← a*=1 b=… c*=x',
      'INSERT public.task a*=1 b=2 c*=y',
      'UPDATE public.task a*=1 b=3 c*=y',
    ])
  })

  test('values that stand unchanged outside the row are not sent, unless the identity is FULL', async () => {
    const long = `(select string_agg(md5(n::text), '') from generate_series(1, 300) n)`
    const tables = `
      create table thin (id int primary key, body text, n int);
      create table wide (id int primary key, body text, n int); alter table wide replica identity full;
      create table odd (body text primary key, n int); alter table odd alter body set storage external`
    const place = await make(tables)
    const reading = await place.read()
    await place.db.script(`
      insert into public.thin select 1, ${long}, 1; insert into public.wide select 1, ${long}, 1;
      insert into public.odd select left(${long}, 2500), 1`)
    await reading.transaction()
    const [{body}] = (await place.db.query('select body from public.thin')) as [{body: string}]
    await place.db.script(
      'begin; update public.thin set n = 2; update public.wide set n = 2; update public.odd set n = 2; commit',
    )
    const changes = (await reading.transaction()).flatMap(({entries}) => entries as Change[])
    expect(changes.map(({operation, row, old}) => ({operation, row, old}))).toEqual([
      {operation: 'UPDATE', row: ['1', undefined, '2'], old: undefined},
      {operation: 'UPDATE', row: ['1', body, '2'], old: ['1', body, '1']},
      // PostgreSQL sends the key too when it lies outside the row, though nobody changed it
      {operation: 'UPDATE', row: [body.slice(0, 2500), '2'], old: undefined},
    ])
  })

  test('values are the text that PostgreSQL writes, whatever their type', async () => {
    const place = await make(`
      create type mood as enum ('so', 'la');
      create table v (id int primary key, at timestamptz, d date, i interval, n numeric, f float8, big bigint, b bytea, j jsonb, a int[],
        t text, m mood, r money, o regclass, y bool);
      alter role postgres set datestyle = 'German'; alter role postgres set bytea_output = 'escape';
      alter role postgres set timezone = 'Asia/Tokyo'; alter role postgres set extra_float_digits = -5`)
    const reading = await place.read()
    await place.db.script(`insert into public.v values (1, '2024-02-29 12:34:56.789+02', '0044-03-15 BC', '1 day 2 hours', 1.500, 0.1::float8 + 0.2,
      9223372036854775807, '\\x00ff', '{"a": null}', '[0:1]={1,2}', E'\\ufeffbegin', 'la', 12.5, 'pg_catalog.pg_class', true)`)
    await place.db.script('alter role postgres reset all')
    const [batch] = await reading.transaction()
    const {row, shape} = batch!.entries[0] as Change
    expect(row).toEqual([
      '1',
      '2024-02-29 10:34:56.789+00',
      '0044-03-15 BC',
      'P1DT2H',
      '1.500',
      '0.30000000000000004',
      '9223372036854775807',
      '\\x00ff',
      '{"a": null}',
      '[0:1]={1,2}',
      '\ufeffbegin',
      'la',
      '$12.50',
      'pg_class',
      't',
    ])
    const [{oid}] = (await place.db.query(`select 'public.mood'::regtype::oid as oid`)) as [{oid: number}]
    expect(shape.columns.find(({name}) => name === 'm')!.type).toBe(oid)
  })

  test('when a transaction was committed, to the microsecond', async () => {
    const place = await make('create table t (id int primary key)')
    const reading = await place.read()
    const [{before}] = (await place.db.query('select clock_timestamp()::text as before')) as [{before: string}]
    await place.db.script('insert into public.t values (1)')
    const [{after}] = (await place.db.query('select clock_timestamp()::text as after')) as [{after: string}]
    const {time} = (await reading.transaction())[0]!
    const [said] = await place.db.query(
      'select $1::timestamptz::text = $1::text as is_exact, $1::timestamptz between $2::timestamptz and $3::timestamptz as is_then',
      [time, before, after],
    )
    expect(said, `${before} ${time} ${after}`).toEqual({is_exact: true, is_then: true})
  })

  test('names and values that would be special to JavaScript, and names that must be quoted', async () => {
    const entries = await given(
      `create table "Ta ""ble" ("__proto__" int primary key, "constructor" text, "ümlaut" text)`,
      `insert into "Ta ""ble" values (1, 'null', 'undefined')`,
    )
    expect(entries).toEqual(['INSERT public.Ta "ble __proto__*=1 constructor=null ümlaut=undefined'])
  })

  test('TRUNCATE is one change for each table it empties', async () => {
    const entries = await given(
      `create table a (id int primary key); create table b (id int primary key references a); create table c (id int)`,
      'insert into a values (1); truncate a cascade; truncate c restart identity',
    )
    expect(entries[0]).toBe('INSERT public.a id*=1')
    expect(entries.slice(1).sort()).toEqual(['TRUNCATE public.a', 'TRUNCATE public.b', 'TRUNCATE public.c'])
  })

  test('changes of partitions are the root’s, in the order of its columns', async () => {
    const place = await make(`
      create table m (id int, kind text, note text, primary key (id, kind)) partition by list (kind);
      create table m_a partition of m for values in ('a');
      create table m_b (note text, junk int, kind text not null, id int not null, primary key (id, kind));
      alter table m_b drop junk; alter table m attach partition m_b for values in ('b')`)
    const reading = await place.read()
    await place.db.script(`
      begin; set local search_path = public;
      insert into m values (1, 'a', 'x'); insert into m_b (id, kind, note) values (2, 'b', 'y');
      update m set kind = 'b' where id = 1; truncate m;
      insert into m values (3, 'b', 'z'); truncate m_b;
      commit`)
    const changes = (await reading.transaction()).flatMap(({entries}) => entries as Change[])
    expect(changes.map(show)).toEqual([
      'INSERT public.m id*=1 kind*=a note=x',
      'INSERT public.m id*=2 kind*=b note=y',
      'DELETE public.m ← id*=1 kind*=a note=…',
      'INSERT public.m id*=1 kind*=b note=x',
      'TRUNCATE public.m',
      'INSERT public.m id*=3 kind*=b note=z',
      'TRUNCATE public.m (public.m_b)',
    ])
    const [{oid}] = (await place.db.query(`select 'public.m'::regclass::oid as oid`)) as [{oid: number}]
    expect(new Set(changes.map(({shape}) => shape.relid))).toEqual(new Set([oid]))
  })

  test('a partition that is emptied first of all has the shape of its root', async () => {
    const entries = await given(
      `create table m (id int primary key) partition by range (id); create table m_1 partition of m for values from (0) to (10)`,
      'truncate m_1',
    )
    expect(entries).toEqual(['TRUNCATE public.m (public.m_1)'])
  })

  test('messages stand where they were sent; what was rolled back, and what others send, does not come', async () => {
    const place = await make('create table t (id int primary key)')
    const reading = await place.read()
    const [{mark}] = (await place.db.query('select mark from pgext.events')) as [{mark: string}]
    await place.db.script(`begin; select pgext.emit('lost', '{}'); rollback`)
    await place.db.script(`select pg_logical_emit_message(true, 'other', 'x'), pg_logical_emit_message(true, 'pgext:forged', '1'),
      pg_logical_emit_message(true, 'pgext.truncate', '{}'), pg_logical_emit_message(false, 'pgext${mark}:loud', '{}')`)
    await place.db.script(`
      begin;
      insert into public.t values (1);
      savepoint s; insert into public.t values (9); select pgext.emit('undone', '1'); rollback to s;
      select pgext.emit('room 1:ü', '{"a": "ä"}');
      select pg_logical_emit_message(true, 'pgext${mark}.truncate', 'no json'), pg_logical_emit_message(true, 'pgext${mark}.truncate', '{"relid": "x"}');
      insert into public.t values (2);
      commit`)
    expect(await reading.entries()).toEqual(['INSERT public.t id*=1', 'MESSAGE room 1:ü {"a": "ä"}', 'INSERT public.t id*=2'])
    expect(await reading.isQuiet()).toBe(true)
  })

  test('tables that change their shape: each change has the one it was written under', async () => {
    const place = await make('create table t (id int primary key, a text)')
    const reading = await place.read()
    await place.db.script(`
      begin; set local search_path = public;
      insert into t values (1, 'x'); alter table t add b int default 7; insert into t values (2, 'y', 8);
      alter table t rename a to c; alter table t drop b; insert into t values (3, 'z');
      alter table t alter c type int using id + 4; update t set c = 8 where id = 3;
      alter table t rename to u; insert into u values (4, 9); alter table u drop constraint t_pkey; alter table u add primary key (c);
      insert into u values (5, 11);
      commit;
      drop table public.u`)
    expect(await reading.entries()).toEqual([
      'INSERT public.t id*=1 a=x',
      'INSERT public.t id*=2 a=y b=8',
      'INSERT public.t id*=3 c=z',
      'UPDATE public.t id*=3 c=8',
      'INSERT public.u id*=4 c=9',
      'INSERT public.u id=5 c*=11',
    ])
  })

  test('FULL, read late: the key’s columns are found though they have other names by now', async () => {
    const place = await make('create table t (id int primary key, a text); alter table t replica identity full')
    const first = await place.read({name: 'late'})
    await first.source.close()
    await place.db.script(`insert into public.t values (1, 'x')`)
    await place.db.script('update public.t set id = 2; alter table public.t rename id to key')
    const reading = await place.read({name: 'late'})
    expect(await reading.entries()).toEqual(['INSERT public.t id*=1 a=x'])
    expect(await reading.entries()).toEqual(['DELETE public.t ← id*=1 a=x', 'INSERT public.t id*=2 a=x'])
  })

  test('prepared transactions come when they are committed', async (context) => {
    const place = await make('create table t (id int primary key)')
    const [{most}] = (await place.db.query(`select current_setting('max_prepared_transactions')::int as most`)) as [
      {most: number},
    ]
    if (most === 0) return context.skip('max_prepared_transactions = 0')
    const reading = await place.read()
    await place.db.script(`begin; insert into public.t values (1); prepare transaction 'p'`)
    await place.db.script('insert into public.t values (2)')
    expect(await reading.entries()).toEqual(['INSERT public.t id*=2'])
    await place.db.script(`commit prepared 'p'`)
    expect(await reading.entries()).toEqual(['INSERT public.t id*=1'])
  })

  test('large transactions come in parts, and can be gone on with behind each of them', async () => {
    const place = await make('create table t (id int primary key, a int); create table other (id int primary key)')
    const limits = {entries: 1000, bytes: 1e9}
    const reading = await place.read({name: 'parts'}, {limits})
    await place.db.script(`
      begin;
      insert into public.t select n, n from generate_series(1, 2500) n;
      update public.t set id = id + 10000 where id <= 700;
      commit`)
    const whole = await reading.transaction()
    expect(whole.map(({entries, last}) => [entries.length, last])).toEqual([
      [1000, false],
      [1000, false],
      [1000, false],
      [900, true],
    ])
    expect(new Set(whole.map(({xid, time}) => `${xid} ${time}`)).size).toBe(1)
    const flat = (some: typeof whole) => some.flatMap(({entries}) => entries.map(show))
    await reading.source.close()
    for (const [at, {token}] of whole.entries()) {
      // by a token, and then by what was acknowledged
      const rest: Reading = await place.read({name: 'parts', since: token}, {limits: {entries: 300, bytes: 1e9}})
      if (at < 3) expect(flat(await rest.transaction())).toEqual(flat(whole.slice(at + 1)))
      await rest.source.close()
      const again = await place.read({name: 'parts'}, {limits})
      await place.db.script(`insert into public.other values (${at})`)
      if (at < 3) expect(flat(await again.transaction())).toEqual(flat(whole.slice(at + 1)))
      for (let n = 0; n <= at; n++) expect(await again.entries()).toEqual([`INSERT public.other id*=${n}`])
      await again.source.close()
    }
  })

  test('parts are small in bytes too', async () => {
    const place = await make('create table t (id int primary key, a text)')
    const reading = await place.read()
    await place.db.script(`insert into public.t select n, repeat('x', 1000000) from generate_series(1, 10) n`)
    const parts = await reading.transaction()
    expect(parts.map(({entries}) => entries.length)).toEqual([5, 5])
  })
})
