// A live state, and a throwaway database that is nearly in it, in; a copy that is exactly in it out, made of that one where nothing else is in it.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {compare} from '../../src/diff/compare.ts'
import {read} from '../../src/diff/read.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {copy, type Standing} from '../../src/walk/copy.ts'

const LIVE = `
  create table "odd ""Name" (id int generated always as identity primary key, state text not null default 'new', check (state <> ''));
  create table parts (id serial primary key, whole int not null references "odd ""Name", size numeric(8, 2), note text);
  create index on parts (whole, size);
  create view large as select * from parts where size > 10;
  create function total(of int) returns numeric language sql stable as 'select sum(size) from public.parts where whole = $1';
  create materialized view counted as select count(*) from parts;
  comment on column parts.note is 'about it';`
const MORE = 'alter table parts add column extra int; create function new_one() returns int language sql as $$ select 1 $$;'

let shadow: Shadow
beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})
afterAll(() => shadow?.close())

async function standing(...scripts: string[]): Promise<Standing> {
  const database = await shadow.create()
  const db = await database.connect()
  for (const script of scripts) await db.script(`set search_path = public; ${script}; set search_path = ''`)
  const catalog = await read(db)
  await db.close()
  return {database, catalog}
}

async function ask(database: ShadowDatabase, sql: string): Promise<unknown> {
  const db = await database.connect()
  const [row] = await db.query(sql)
  await db.close()
  return Object.values(row!)[0]
}

/** A column that was dropped leaves its place behind. */
const TRACES = 'select count(*)::int from pg_attribute where attisdropped'
const ROWS = 'select (select count(*) from public.parts)::int + (select count(*) from public."odd ""Name")::int'

const around = {external: {schemas: [], extensions: []}, load: async () => {}}

test.each([
  ['nearly in that state', [LIVE, MORE], 1],
  ['with a row', [LIVE, MORE, `insert into "odd ""Name" (state) values ('one')`], 0],
  ['with a row that is gone', [LIVE, MORE, `insert into "odd ""Name" (state) values ('one'); delete from "odd ""Name"`], 0],
  ['with a sequence that has counted', [LIVE, MORE, `select nextval('parts_id_seq')`], 0],
  ['far from it', [MORE.slice(MORE.indexOf('create'))], 0],
] as const)('from a database %s', async (_, scripts, traces) => {
  const live = await standing(LIVE)
  const made = await copy(live.catalog, shadow, true, around, undefined, await standing(...scripts))
  const db = await made.database.connect()
  expect(compare(await read(db), live.catalog)).toEqual([])
  await db.close()
  expect(await ask(made.database, TRACES)).toBe(traces)
  expect(await ask(made.database, ROWS)).toBe(0)
})
