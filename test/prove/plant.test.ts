// Rows planted in small schemas that hold every type and every kind of constraint; all constraints hold afterwards.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {plant} from '../../src/prove/plant.ts'
import {snapshotRows} from '../../src/prove/snapshot.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {databaseOf} from './fixture.ts'

let shadow: Shadow
beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})
afterAll(() => shadow?.close())

/** Rows by column, after planting in the named tables of `public`. */
async function planted(sql: string, ...names: string[]) {
  const {db} = await databaseOf(shadow, sql)
  const result = await plant(
    db,
    names.map((name) => ({schema: 'public', name})),
  )
  const rows = new Map<string, Record<string, string | null>[]>()
  for (const table of await snapshotRows(db, result.tables)) {
    const list = table.rows.map((row) => Object.fromEntries(table.columns.map((column, n) => [column.name, row[n]!])))
    rows.set(table.name, list)
  }
  return {...result, rows, db}
}

test('one row holds no NULL, one only NULLs, others the bounds and every label', async () => {
  const {rows, unplanted} = await planted(
    `create type mood as enum ('sad', 'ok', 'happy', 'angry', 'calm', 'wild'); create table t (a int, b text, m mood)`,
    't',
  )
  expect(unplanted).toEqual([])
  const t = rows.get('t')!
  expect(t.some((row) => Object.values(row).every((value) => value !== null))).toBe(true)
  expect(t.some((row) => Object.values(row).every((value) => value === null))).toBe(true)
  expect(t.map((row) => row.a)).toEqual(expect.arrayContaining(['2147483647', '-2147483648']))
  expect(t.map((row) => row.b)).toContain('')
  expect(new Set(t.map((row) => row.m))).toEqual(
    new Set(['sad', 'ok', 'happy', 'angry', 'calm', 'wild', null].filter((m) => t.some((row) => row.m === m))),
  )
  expect(t.filter((row) => row.m !== null).length).toBeGreaterThanOrEqual(5)
})

test('every built-in type gets values', async () => {
  const {db} = await databaseOf(shadow, '')
  const types = await db.query<{name: string; sql: string}>(`
    select typname as name, format_type(t.oid, null) as sql from pg_type t
    where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm') and typcategory not in ('X', 'Z') and typisdefined
      and typname !~ '^_?(pg_(node_tree|ndistinct|dependencies|mcv_list|brin|ddl)|gtsvector|unknown)' and typrelid = 0
      and typelem not in (select oid from pg_type where typtype in ('c', 'p')) order by 1`)
  const columns = types.map(({name, sql}) => `"${name}" ${sql} not null`).join(', ')
  const {rows, unplanted} = await planted(`create table t (id int, ${columns})`, 't')
  expect(unplanted).toEqual([])
  expect(rows.get('t')!.length).toBeGreaterThanOrEqual(2)
})

test('lengths, precisions, domains, composites, ranges and arrays of them', async () => {
  const {unplanted, rows} = await planted(
    `create domain email as text check (value ~ '^[a-z]+@[a-z]+\\.(com|org)$');
     create domain year as int not null check (value >= 1901 and value <= 2155);
     create domain code as char(3) check (value in ('DEF', 'XYZ'));
     create type address as (street varchar(10), zip char(5), year year);
     create type floats as range (subtype = float8);
     create table t (id bigint generated always as identity primary key, v varchar(3) not null, n numeric(3, 2) not null, c char(2) not null, b bit(4) not null,
       e email not null, y year, k code not null, a address not null, aa address[] not null, ys year[] not null, f floats not null, fm nummultirange not null,
       es email[] not null, ts timestamp(0) not null, iv interval day to second(2) not null, tb time(3) with time zone not null,
       twice int generated always as (id * 2) stored)`,
    't',
  )
  expect(unplanted).toEqual([])
  expect(rows.get('t')!.length).toBeGreaterThanOrEqual(2)
})

test('checks over one and many columns, generated columns, patterns and lengths', async () => {
  const {unplanted, rows} = await planted(
    `create table t (id int primary key,
       a int, b int, c int, constraint one check (num_nonnulls(a, b, c) = 1),
       low date not null, high date not null check (high > low),
       sha bytea not null check (octet_length(sha) = 20),
       slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) >= 12),
       version text not null check (version ~ '^[0-9]{14}$'),
       kind text not null check (kind in ('north', 'south')), depth int check ((kind = 'north') = (depth is not null)),
       settings jsonb not null check (jsonb_typeof(settings) = 'array'),
       ratio float not null check (ratio >= 0.25 and ratio <= 0.75),
       total int generated always as (coalesce(a, 0) + 10) stored check (total > 10),
       major int generated always as (split_part(version, '.', 1)::numeric::bigint % 1000) stored not null)`,
    't',
  )
  expect(unplanted).toEqual([])
  expect(new Set(rows.get('t')!.map((row) => row.kind))).toEqual(new Set(['north', 'south']))
})

test('foreign keys: composite, to itself, in cycles with and without NULLs, sharing columns, to a unique key', async () => {
  const {unplanted, rows, db} = await planted(
    `create table tenants (id int primary key, boss int, code text unique not null);
     create table users (tenant int references tenants, id int, mentor int, primary key (tenant, id), foreign key (tenant, mentor) references users);
     alter table tenants add foreign key (id, boss) references users (tenant, id);
     create table docs (tenant int not null, author int not null, editor int, code text references tenants (code),
       foreign key (tenant, author) references users, foreign key (tenant, editor) references users);
     create table a (id int primary key, b int not null); create table b (id int primary key, a int not null references a); alter table a add foreign key (b) references b;
     create table nodes (id uuid primary key, parent uuid not null references nodes, other uuid references nodes check (other <> id));
     create table one (id int primary key references tenants, exclude using gist (int4range(id, id, '[]') with &&));`,
    'docs',
    'a',
    'nodes',
    'one',
  )
  expect(unplanted).toEqual([])
  for (const name of ['tenants', 'users', 'docs', 'a', 'b', 'nodes', 'one'])
    expect(rows.get(name)?.length, name).toBeGreaterThanOrEqual(2)
  await expectKeysHold(db)
})

test('partitions: range, list, hash, default, nested; keys to and from them', async () => {
  const {unplanted, rows, db} = await planted(
    `create table days (id int, day date not null, primary key (id, day)) partition by range (day);
     create table days_1 partition of days for values from ('2024-01-01') to ('2025-01-01');
     create table days_x partition of days default;
     create table parts (day date, id int, region text) partition by list (region);
     create table parts_eu partition of parts for values in ('de', 'fr') partition by hash (id);
     create table parts_eu_0 partition of parts_eu for values with (modulus 3, remainder 0);
     create table parts_eu_1 partition of parts_eu for values with (modulus 3, remainder 1);
     create table parts_eu_2 partition of parts_eu for values with (modulus 3, remainder 2);
     create table notes (id int, extra text, day date); alter table notes drop column extra;
     alter table notes add foreign key (id, day) references days;
     create table days_2 (day date not null, junk int, id int not null, unique (id, day)); alter table days_2 drop column junk;
     alter table days attach partition days_2 for values from ('2025-01-01') to ('2026-01-01');
     create table empty (id int) partition by range (id);`,
    'notes',
    'parts_eu_1',
    'days_2',
    'days_x',
    'empty',
  )
  expect(unplanted).toEqual([{table: 'public.empty', why: 'it has no partition'}])
  for (const name of ['days_1', 'days_2', 'days_x', 'notes']) expect(rows.get(name)?.length, name).toBeGreaterThanOrEqual(2)
  await expectKeysHold(db)
})

test('triggers and rules do not run, and are as they were afterwards', async () => {
  const {unplanted, db} = await planted(
    `create function never() returns trigger language plpgsql as $$ begin raise 'never'; end $$;
     create table t (id int primary key); create table u (id int);
     create trigger a before insert on t for each row execute function never();
     create trigger b before insert on t for each row execute function never(); alter table t enable always trigger b;
     create trigger c before insert on t for each row execute function never(); alter table t enable replica trigger c;
     create trigger d before insert on t for each row execute function never(); alter table t disable trigger d;
     create rule r as on insert to u do instead nothing;
     alter table t enable row level security; alter table t force row level security`,
    't',
    'u',
  )
  expect(unplanted).toEqual([])
  const [row] = await db.query(`select string_agg(tgenabled::text, '' order by tgname) as states from pg_trigger`)
  expect(row!.states).toBe('OARD')
  const [left] = await db.query(`select count(*)::int as n from pg_proc where proname like 'pgext%'`)
  expect(left!.n).toBe(0)
  expect((await db.query('show search_path'))[0]!.search_path).toBe('""')
})

test('a table that can not be filled is named with the reason', async () => {
  const {unplanted, filled} = await planted(
    `create table never (id int check (false)); create table fine (id int); create table after (id int primary key, n int not null);
     create table odd (n int primary key check (n = 4711 and n <> 4711)); alter table after add foreign key (n) references odd`,
    'never',
    'fine',
    'after',
  )
  expect(filled).toEqual(['public.fine'])
  expect(unplanted.map(({table}) => table)).toEqual(['public.never', 'public.after'])
  expect(unplanted[0]!.why).toContain('never')
  expect(unplanted[1]!.why).toContain('references holds no row')
})

test('names that need quotes, no columns at all, rows that are there already', async () => {
  const {unplanted, rows} = await planted(
    `create table "Wei""rd Näme" ("sel ect" int primary key, "a'b" text check ("a'b" <> 'it''s')); create table nothing (); create table seeded (id int primary key, name text not null unique); insert into seeded values (1, 'a'), (2, 'b')`,
    'Wei"rd Näme',
    'nothing',
    'seeded',
  )
  expect(unplanted).toEqual([])
  expect(rows.get('seeded')!.length).toBeGreaterThan(2)
})

/** Keys were off while planting: rows are checked by making every key anew. */
async function expectKeysHold(db: Awaited<ReturnType<typeof databaseOf>>['db']) {
  const keys = await db.query(
    `select conrelid::regclass::text as of, quote_ident(conname) as name, pg_get_constraintdef(oid) as def from pg_constraint where contype = 'f' and conparentid = 0`,
  )
  expect(keys.length).toBeGreaterThan(0)
  await db.transaction(async () => {
    for (const {of, name, def} of keys)
      await db.script(`alter table ${of} drop constraint ${name}; alter table ${of} add constraint ${name} ${def}`)
  })
}
