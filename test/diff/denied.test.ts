// A role that may not see all catalogs in; what it may see, as it is, and by kind what it may not, out.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {catalogsIn} from '../../src/diff/denied.ts'
import {kinds} from '../../src/diff/kinds/index.ts'
import type {Catalog} from '../../src/diff/model.ts'
import {read} from '../../src/diff/read.ts'
import type {Db} from '../../src/postgres/db.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

let shadow: Shadow
let db: Db
let hosted: Db
let whole: Catalog

beforeAll(async () => {
  const shadowUrl = process.env.PGEXT_FIXTURES_URL
  shadow = await openShadow({want: 'native', ...(shadowUrl && {shadowUrl})})
  const database = await shadow.create()
  db = await database.connect()
  await db.script(`
    drop role if exists hosted_reader; create role hosted_reader;
    create schema app; comment on schema app is 'one';
    create type app.mood as enum ('ok', 'bad'); create domain app.short as text check (length(value) < 9);
    create type app.pair as (a int, b text collate "C"); create type app.span as range (subtype = int);
    create collation app.german (provider = icu, locale = 'de'); create sequence app.numbers;
    create table app.t (id bigint generated always as identity primary key, mood app.mood default 'ok', short app.short, note text collate app.german,
      up int references app.t (id) , n int default nextval('app.numbers'), check (n > 0));
    comment on column app.t.note is 'a column'; comment on constraint t_n_check on app.t is 'a check';
    alter table app.t enable row level security; create policy own on app.t using (n > 1); create index on app.t (lower(note));
    create table app.p (id int, at date) partition by range (at); create table app.p1 partition of app.p for values from ('2026-01-01') to ('2027-01-01');
    create view app.v as select id, note from app.t; comment on column app.v.note is 'of a view'; create materialized view app.m as select id from app.t;
    create rule r as on insert to app.v do instead nothing; create statistics app.s on n, note from app.t;
    create function app.f(a int) returns int language sql return a; create procedure app.pr() language sql as ''; create aggregate app.agg(int) (sfunc = int4pl, stype = int);
    create function app.tr() returns trigger language plpgsql as 'begin return new; end'; create trigger tr before insert on app.t for each row execute function app.tr();
    create operator app.=== (leftarg = int, rightarg = int, function = int4eq); create cast (app.pair as text) with inout;
    create text search configuration app.c (copy = simple); create text search dictionary app.d (template = simple);
    create publication pub for table app.t; create foreign data wrapper w; create server s foreign data wrapper w options (host 'h');
    create user mapping for public server s options (password 'hidden'); create foreign table app.ft (id int) server s;
    create function app.ev() returns event_trigger language plpgsql as 'begin end'; create event trigger ev on ddl_command_end execute function app.ev();
    create access method myheap type table handler heap_tableam_handler; create conversion app.conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
    grant select on app.t to hosted_reader; grant select (note) on app.t to public; grant execute on function app.f(int) to hosted_reader;
    grant usage on foreign server s to hosted_reader; comment on function app.f(int) is 'f'; comment on statistics app.s is 's';
    comment on index app.t_lower_idx is 'i'; comment on event trigger ev is 'e'; comment on server s is 'srv';
    alter default privileges in schema app grant select on tables to hosted_reader;
    alter table app.t replica identity full; alter function app.f(int) owner to hosted_reader; alter view app.v owner to hosted_reader`)
  hosted = await database.connect({role: 'hosted_reader'})
  whole = await read(db)
}, 60_000)

afterAll(async () => {
  await hosted?.close()
  await db?.close()
  await shadow?.close()
})

test('a role that is not superuser, and may use no schema, sees all there is', async () => {
  const seen = await read(hosted)
  expect(seen.denied).toEqual([])
  expect(seen.fingerprint).toBe(whole.fingerprint)
})

const names = [...new Set(kinds.flatMap((kind) => catalogsIn(kind.query({major: 18} as never))))].sort()

test('any catalog closed: what is seen is as it is, what is not is told by kind', async () => {
  const wrong: string[] = []
  for (const name of names) {
    const [open] = await db.query(
      `select relkind::text as kind from pg_class where oid = to_regclass('pg_catalog.${name}') and has_table_privilege('hosted_reader', oid, 'select')`,
    )
    if (!open) continue
    await db.script(`revoke select on pg_catalog.${name} from public`)
    const seen = await read(hosted).catch((error) => error)
    await db.script(`grant select on pg_catalog.${name} to public`)
    if (seen instanceof Error) {
      if (!/may not look at the schema/.test(seen.message) || !/^pg_(depend|class)$/.test(name)) wrong.push(`${name}: ${seen}`)
      continue
    }
    const denied = new Set(seen.denied.map((one: {kind: string}) => one.kind))
    if (denied.size === 0 && seen.fingerprint !== whole.fingerprint) wrong.push(`${name}: nothing is told`)
    const isTold = (catalog: Catalog, id: string): boolean => {
      const o = catalog.objects.get(id as never)
      return o !== undefined && (denied.has(o.kind) || (o.parent !== undefined && isTold(catalog, o.parent)))
    }
    for (const o of whole.objects.values()) {
      const there = seen.objects.get(o.id)
      if (there ? there.hash !== o.hash && !isTold(seen, o.id) : !isTold(whole, o.id))
        wrong.push(`${name}: ${there ? 'other' : 'missing'} ${o.id}`)
    }
    for (const id of seen.objects.keys()) if (!whole.objects.has(id) && !isTold(seen, id)) wrong.push(`${name}: more ${id}`)
  }
  expect(wrong).toEqual([])
}, 240_000)

test('a function of PostgreSQL that may not be called', async () => {
  await db.script('revoke execute on function pg_get_triggerdef(oid), pg_get_triggerdef(oid, boolean) from public')
  const seen = await read(hosted)
  expect(seen.denied).toEqual([{kind: 'trigger', why: 'permission denied for function pg_get_triggerdef'}])
  expect(seen.objects.size).toBeLessThan(whole.objects.size)
  await db.script('grant execute on function pg_get_triggerdef(oid), pg_get_triggerdef(oid, boolean) to public')
})
