// A database where pgext captures changes in; the same schema as without that out: what is pgext's own shows nowhere.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {asBefore} from '../../src/diff/before.ts'
import {compare} from '../../src/diff/compare.ts'
import {read} from '../../src/diff/read.ts'
import type {Db} from '../../src/postgres/db.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

const FILES = `
  create table public.task (id int primary key, title text);
  create table public.loose (note text);
  create table public.stated (id int primary key);
  alter table public.stated replica identity full;
  create table public.part (id int primary key) partition by range (id);
  create table public.part_1 partition of public.part for values from (0) to (10);
  create function public.own() returns trigger language plpgsql as 'begin return null; end';
  create trigger own after insert on public.task execute function public.own();
  create publication pg_events for table public.task, public.loose, public.part with (publish = '');
`
const OWN = `
  create schema pgext;
  create table pgext.realtime (relid oid primary key, identity "char");
  create function pgext.seen() returns trigger language plpgsql as 'begin return null; end';
  comment on function pgext.seen() is 'of pgext';
  ${['task', 'loose', 'part', 'part_1']
    .map(
      (table) => `
  create trigger pgext_update after update on public.${table} referencing old table as o new table as n for each statement execute function pgext.seen();
  alter table public.${table} enable always trigger pgext_update;
  comment on trigger pgext_update on public.${table} is 'of pgext';`,
    )
    .join('')}
  create publication pgext for table public.task, public.loose, public.part with (publish_via_partition_root);
  comment on publication pgext is 'of pgext';
  alter table public.loose replica identity full;
  insert into pgext.realtime values ('public.loose'::regclass, 'd'), ('public.task'::regclass, null);
`

let shadow: Shadow

beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})

afterAll(() => shadow?.close())

const filled = async (sql: string): Promise<Db> => {
  const db = await (await shadow.create()).connect()
  await db.script(sql)
  return db
}
const told = (changes: ReturnType<typeof compare>) => changes.map(({verb, from, to}) => `${verb} ${(to ?? from)!.id}`)

test('triggers, the publication and an identity that pgext made are no differences', async () => {
  const [plain, captured] = [await filled(FILES), await filled(FILES + OWN)]
  const files = await read(plain)
  expect(told(compare(asBefore(await read(captured), files), files))).toEqual([])
  expect(told(compare(asBefore(await read(captured)), files))).toEqual([])
})

test('an identity that files state is theirs, also where pgext made it before', async () => {
  const captured = await filled(FILES + OWN)
  const files = await read(await filled(`${FILES} alter table public.loose replica identity full`))
  expect(told(compare(asBefore(await read(captured), files), files))).toEqual([])
  const others = await read(await filled(`${FILES} alter table public.loose replica identity nothing`))
  expect(told(compare(asBefore(await read(captured), others), others))).toEqual(['alter replica identity table public.loose'])
})

test('one that somebody changed afterwards is a difference', async () => {
  const captured = await filled(`${FILES} ${OWN} alter table public.loose replica identity nothing`)
  const files = await read(await filled(FILES))
  expect(told(compare(asBefore(await read(captured), files), files))).toEqual(['drop replica identity table public.loose'])
})

test('a role that may not read what pgext keeps can not tell whose an identity is', async () => {
  const captured = await filled(FILES + OWN)
  await captured.script(`create role nobody_of_pgext; set role nobody_of_pgext`)
  const {objects, denied} = await read(captured)
  expect(denied).toEqual([{kind: 'replica identity', why: 'permission denied for table pgext.realtime'}])
  expect([...objects.keys()].filter((id) => id.startsWith('replica'))).toEqual([])
})
