// Nothing in; a database with rows in it, and what pending migrations would be told of them, out.
import {migrationFrom} from '../../src/migrations/file.ts'
import {type Preflight, preflight} from '../../src/migrations/preflight.ts'
import type {Db} from '../../src/postgres/db.ts'
import type {ShadowDatabase} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

const ROWS = `
create schema "Odd S";
create table users (id int primary key, email text, born date);
insert into users select n, case when n % 10 = 0 then null else 'user' || n % 90 end, '2000-01-01' from generate_series(1, 100) n;
create table "Odd S"."Or ders" (a int, "B b" int, note text, total numeric, code varchar(30), big bigint, primary key (a, "B b"));
insert into "Odd S"."Or ders" select n, n, case when n < 3 then 'x' else '7' end, n * 100, repeat('c', n), n * 1000000000::bigint from generate_series(1, 20) n;
create table parts (id int, kind text) partition by range (id);
create table parts_1 partition of parts for values from (0) to (10);
create table parts_2 partition of parts for values from (10) to (20);
insert into parts values (1, null), (11, null), (12, 'a');
create table empty (id int);
create domain filled as int default 5 not null;
`

export interface Rows {
  readonly db: Db
  readonly database: ShadowDatabase
  readonly look: (...texts: string[]) => Promise<Preflight>
  readonly one: (...texts: string[]) => Promise<ReturnType<typeof told>>
  readonly close: () => Promise<void>
}

export async function openRows(): Promise<Rows> {
  const shadow = await openShadow({want: 'native'})
  const database = await shadow.create()
  const db = await database.connect()
  await db.script(`set search_path = public; ${ROWS}`)
  const look = (...texts: string[]) =>
    preflight(
      db,
      texts.map((text, n) => ({migration: migrationFrom(`migrations/2026010${n + 1}T000000_m.sql`, text)})),
    )
  const close = async () => {
    await db.close()
    await shadow.close()
  }
  return {db, database, look, one: async (...texts) => told(await look(...texts)), close}
}

/** `rule on table: rows`, with what is shown of the first rows */
export const told = ({broken, unseen}: Preflight) => [
  ...broken.map(({demand, rows, samples, said}) => [`${demand.rule} on ${demand.table}: ${rows ?? said}`, ...samples]),
  ...unseen.map(({demand, why}) => [`unseen ${demand.rule}: ${why}`]),
]
