// Statements in; the tables and columns that they are said to read, whichever way they reach them, and who may share their rows, out.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {Types} from '../../src/events/types.ts'
import {connect} from '../../src/postgres/native.ts'
import {arraysOf} from '../../src/realtime/live/input.ts'
import {Pool} from '../../src/realtime/live/pool.ts'
import {type Prepared, prepare} from '../../src/realtime/live/prepared.ts'
import type {Viewer} from '../../src/realtime/model.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {NATIVE} from '../events/engines.ts'
import {openPlace, type Place} from '../events/place.ts'
import {viewerOf} from './stage.ts'

const SCHEMA = `
  create table a (id int primary key, v text, w int, gen int generated always as (w * 2) stored);
  create table b (id int primary key, a int, z text);
  create table c (id int primary key, z text);
  create table away (id int);
  create view va as select id, v from a where w > 0;
  create view vva as select x.id, (select count(*) from b where b.a = x.id) as n from va x;
  create view vwhole as select to_json(c) as c from c;
  create function closed(i int) returns text language plpgsql stable as $$ begin return (select z from c where id = i); end $$;
  create function run(i int) returns text language plpgsql stable as $$ declare x text; begin execute 'select z from c where id = ' || i into x; return x; end $$;
  create function said(i int) returns text language sql stable as $$ select z from c where id = i; -- as a text
  $$;
  create function via(i int) returns text language sql stable as $$ select said(via.i) $$;
  create function rows_of(i int) returns setof b language plpgsql stable as $$ begin return query select * from b where a = i; end $$;
  create function seen(i int) returns boolean language plpgsql stable security definer set search_path = public as $$ begin return exists (select 1 from secret where room = i); end $$;
  create schema other; grant usage on schema other to public; create function other.pathed(i int) returns text language sql stable set search_path = other as $$ select public.said(i) $$;
  create function same(x anyelement) returns anyelement language sql immutable as $$ select x $$;
  create function me() returns text language sql immutable as $$ select current_setting('request.jwt.claims', true)::json ->> 'sub' $$;
  create function mine(w text default current_setting('request.jwt.claims', true)) returns text language sql immutable begin atomic; select w; end;
  create function open(i int) returns text language sql stable begin atomic; select z from c where id = i; end;
  create function deep(i int) returns text language sql stable begin atomic; select open(i); end;
  create function pure(i int) returns int language plpgsql immutable as $$ begin return i; end $$;
  create function eq(x int, y int) returns boolean language sql immutable as $$ select x % 7 = y % 7 $$;
  create operator === (leftarg = int, rightarg = int, function = eq);
  create function add(s int, i int) returns int language sql immutable as $$ select s + i $$;
  create aggregate total (int) (sfunc = add, stype = int);
  create table parent (id int, x text); create table child (y text) inherits (parent);
  create table part (id int, k int, x text, primary key (id, k)) partition by list (k);
  create table part_1 partition of part for values in (1); create table part_2 partition of part for values in (2) partition by list (id);
  create table part_2_1 partition of part_2 default;
  create table half (id int, k int) partition by list (k); create table half_1 partition of half for values in (1); create table half_2 partition of half for values in (2);
  create foreign data wrapper fdw; create server srv foreign data wrapper fdw; create foreign table afar (id int) server srv;
  create role viewer nologin; create role owner nologin;
  create table secret (id int primary key, who text, room int); create table seat (room int, who text); create table hidden (id int);
  alter table secret enable row level security; alter table seat enable row level security;
  create policy p on secret for select using (who = 'x' or exists (select from seat s where s.room = secret.room));
  create policy w on secret for update using (id in (select id from hidden));
  create policy s on seat using (who = current_setting('request.jwt.claims', true)::json ->> 'sub');
  create view vsecret as select id from secret;
  create materialized view m as select 1 as n;
  create sequence q;
  grant select on all tables in schema public to viewer; grant usage on sequence q to viewer;
  create publication pg_events for table a, b, c, child, parent, part, half_1, secret, seat;`

const CASES: readonly [sql: string, watched: string, viewer?: true][] = [
  ['select id from a where w = $1', 'a(id,w)'],
  ['select * from a', 'a(gen,id,v,w)'],
  ['select count(*) from a', 'a(*)'],
  ['select count(*) from a where v = $1 and w > $2', 'a(v,w)'],
  ['select a from a where id > 0', 'a(*)'],
  ['select row_to_json(x) from (select id, v from a) x', 'a(*)'],
  ['select ctid from a', 'a(*)'],
  ['select 1 as one from a join b on a.id = b.a', 'a(id) b(a)'],
  ['select z from a join b using (id)', 'a(id) b(id,z)'],
  ['select id from a where exists (select from b where b.a = a.id and b.z like $1)', 'a(id) b(a,z)'],
  [
    'with recursive t as (select id, a from b where id = $1 union all select b.id, b.a from b join t on b.a = t.id) select * from t',
    'b(a,id)',
  ],
  ['select id from a union select id from c order by 1 limit $1 offset $2', 'a(id) c(id)'],
  ['select id from va', 'a(id,v,w)'],
  ['select n from vva', 'a(id,v,w) b(a)'],
  ['select c from vwhole', 'c(*)'],
  ['select open(id) as o from a', 'a(id) c(id,z)'],
  ['select deep(id) as o from a', 'a(id) c(id,z)'],
  ['select closed(id) as z from a', 'a(id) c(*)'],
  ['select said(id) as z from a', 'a(id) c(id,z)'],
  ['select via(id) as z from a', 'a(id) c(id,z)'],
  ['select id from rows_of($1)', 'b(*)'],
  ['select seen(id) as s from a', 'a(id) seat(*) secret(*)'.replace('seat(*)', 'seat(room,who)')],
  ['select pure(id) as o from a where id === 3', 'a(id)'],
  ['select total(w) from a', 'a(w)'],
  ['select id, x from parent', 'child(*) parent(id,x)'],
  ['select id, x from part where k = 1', 'part(id,k,x)'],
  ['select x from part_1', 'part(x)'],
  ['select x from part_2_1', 'part(x)'],
  ['select id from half_1', 'half_1(id)'],
  ['select distinct on (v) v, rank() over (partition by w order by id) from a', 'a(id,v,w)'],
  ['select id from secret', 'secret(id)'],
  ['select id from secret', 'seat(room,who) secret(id,room,who)', true],
  ['select id from vsecret', 'seat(room,who) secret(id,room,who)', true],
  ['values (1), ($1::int)', ''],
  ['select gen from a', 'a(gen)'],
  ['table b', 'b(a,id,z)'],
]

const REFUSED: readonly [sql: string, hint: string][] = [
  ['select id from away', 'ALTER PUBLICATION pg_events ADD TABLE public.away;'],
  ['select id from half', 'ALTER PUBLICATION pg_events ADD TABLE public.half;'],
  ['select id from half_2, a x(i)', 'ALTER PUBLICATION pg_events ADD TABLE public.half_2;'],
  ['select id from afar', "another server's tables"],
  ['select relname from pg_class', 'static'],
  ['select table_name from information_schema.tables', 'static'],
  ['select name from pg_settings', 'static'],
]

describe.each(NATIVE.map(({major}) => major))('PostgreSQL %s', (major) => {
  let cluster: Cluster
  let place: Place
  let pool: Pool
  beforeAll(async () => {
    cluster = await startCluster(findBinaries(major)!)
    place = await openPlace((name) => cluster.url(name), SCHEMA, 'queue')
    pool = new Pool(() => connect(place.url), 2)
  })
  afterAll(async () => {
    await pool?.close()
    await place?.db.close()
    await cluster?.close()
  })

  const of = (sql: string, viewer?: Viewer, more = {}): Promise<Prepared> =>
    prepare(pool, new Types(), sql, viewer, {static: false, reads: [], rows: 100, ...more})
  const shown = ({watched}: Prepared): string =>
    [...watched.values()]
      .map(({table, columns}) => `${table}(${columns === 'all' ? '*' : [...columns].sort().join()})`)
      .sort()
      .join(' ')

  test.each(CASES)('%s → %s', async (sql, watched, asViewer) => {
    const prepared = await of(sql, asViewer && viewerOf('viewer', {sub: 'x'}))
    expect(shown(prepared)).toBe(watched)
    expect(prepared.warnings).toEqual([])
    // it runs, alone and for many
    const parameters = prepared.inputs.map(() => '1')
    await pool.query(prepared.single, parameters)
    if (prepared.batched) await pool.query(prepared.batched, arraysOf(prepared.inputs, [parameters, parameters.map(() => null)]))
  })

  test.each(REFUSED)('%s is refused', async (sql, hint) => {
    await expect(of(sql)).rejects.toMatchObject({code: 'not-realtime', hint: expect.stringContaining(hint)})
    expect((await of(sql, undefined, {static: true})).warnings.length).toBeGreaterThan(0)
  })

  test('what nobody can see is said, but for what is named', async () => {
    const said = async (sql: string, more = {}) => (await of(sql, viewerOf('viewer'), more)).warnings
    for (const name of ['run', 'other.pathed'])
      expect(await said(`select ${name}(id) as z from a`)).toEqual([expect.stringContaining('nobody can see what function')])
    expect(shown(await of('select run(id) as z from a', undefined, {reads: ['c']}))).toBe('a(id) c(*)')
    expect(await said('select run(id) as z from a', {reads: ['c']})).toEqual([])
    await expect(said('select id from a', {reads: ['none']})).rejects.toThrow('reads names none')
    for (const [sql, words] of [
      ['select id, random() as r from a', 'random() gives another answer each time'],
      ['select id, gen_random_uuid() as r from a', 'gen_random_uuid() gives'],
      [`select id from a where age('2026-01-01'::timestamptz) > '1 day'`, 'reads the clock'],
      [`select id from a where w < extract(day from 'today'::date)`, 'reads the clock'],
      ['select id from a tablesample system (50)', 'TABLESAMPLE gives'],
      [`select id from a where pg_notify('x', v) is not null`, ''],
    ] as const)
      expect(await said(sql), sql).toEqual(words ? [expect.stringContaining(words)] : [])
    expect(await said('select n from m')).toEqual([expect.stringContaining('materialized view')])
    expect(await said(`select nextval('q') as n from a`)).toEqual([expect.stringContaining('sequence public.q')])
    expect(await said(`select query_to_xml('select 1', true, true, '') as x from a`)).toEqual([
      expect.stringContaining('query_to_xml'),
    ])
    await place.ask('create policy h on secret for select using (id in (select id from hidden))')
    expect(await said('select id from secret')).toEqual([expect.stringContaining('a policy reads public.hidden')])
    await place.ask('drop policy h on secret')
  })

  test('who may share its rows', async () => {
    const share = async (sql: string) => (await of(sql, viewerOf('viewer'))).share
    const claims = `current_setting('request.jwt.claims', true)`
    expect(await share('select id from a')).toBe('none')
    expect(await share('select id, pure(id) as p, open(id) as o from a')).toBe('none')
    expect(await share('select id from secret')).toBe('lasting')
    expect(await share('select id from vsecret')).toBe('lasting')
    expect(await share(`select id from a where v = nullif(${claims}, '')::jsonb ->> 'sub'`)).toBe('lasting')
    expect(await share(`select id from a where v = (${claims}::jsonb -> 'app' ->> 'exp')`)).toBe('lasting')
    expect(await share(`select id from a where v = ${claims}::jsonb ->> 'exp'`)).toBe('all')
    expect(await share(`select id from a where v = ${claims}`)).toBe('all')
    expect(await share(`select id from a where v = ${claims}::jsonb ->> v`)).toBe('all')
    expect(await share(`select id from a where v = ${claims}::jsonb ->> 'sub' and v <> current_setting('app.x', true)`)).toBe(
      'all',
    )
    expect(await share(`select id, set_config('app.x', v, true) as c from a`)).toBe('all')
    expect(await share('select closed(id) as z from a')).toBe('none')
    expect(await share('select run(id) as z from a')).toBe('all')
    // declared immutable, and they are not: or nobody can tell
    for (const call of ['me()', 'mine()', 'same(v)']) expect(await share(`select id from a where v = ${call}`)).toBe('all')
    await place.ask(
      `create view vclaims as select id from a where v = current_setting('request.jwt.claims', true)::jsonb ->> 'sub'; grant select on vclaims to viewer`,
    )
    expect(await share('select id from vclaims')).toBe('all')
    await place.ask('drop view vclaims')
  })

  test('a role that may not make a temporary function is told what it takes', async () => {
    await place.ask('do $$ begin execute format($f$revoke temporary on database %I from public$f$, current_database()); end $$')
    await expect(of('select id from a', viewerOf('viewer'))).rejects.toMatchObject({
      code: 'not-allowed',
      hint: expect.stringContaining('GRANT TEMPORARY'),
    })
    await place.ask('do $$ begin execute format($f$grant temporary on database %I to public$f$, current_database()); end $$')
  })

  test('nothing stays of what it takes to find that out', async () => {
    expect(await place.ask(`select proname from pg_proc where proname = 'pgext_live'`)).toEqual([])
  })
})
