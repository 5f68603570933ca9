// A column whose default differs from row to row, on a table that others write to: all rows get a value, whoever is cut off meanwhile.
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {compare} from '../../src/diff/compare.ts'
import {plan} from '../../src/diff/plan.ts'
import {read} from '../../src/diff/read.ts'
import {renderSql} from '../../src/diff/render.ts'
import {applyMigrations} from '../../src/migrations/apply.ts'
import {migrationFrom} from '../../src/migrations/file.ts'
import {readJournal} from '../../src/migrations/journal.ts'
import type {Db} from '../../src/postgres/db.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

const ROWS = 30_000
const BEFORE = `create table public.orders (id int primary key, n int not null);
  create table public.parted (id int primary key, n int not null) partition by range (id);
  create table public.parted_1 partition of public.parted for values from (0) to (1000);`
const COLUMN = 'add column token uuid not null default gen_random_uuid()'

let shadow: Shadow
const places: ShadowDatabase[] = []
beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})
afterAll(async () => {
  for (const place of places) await place.drop()
  await shadow?.close()
})

async function open(sql: string): Promise<{place: ShadowDatabase; db: Db}> {
  const place = await shadow.create()
  places.push(place)
  const db = await place.connect()
  await db.script(sql)
  return {place, db}
}

test('rows written meanwhile have one too, and a run that was cut off goes on', async () => {
  const {place, db} = await open(BEFORE)
  const wanted = await open(`${BEFORE}; alter table public.orders ${COLUMN}; alter table public.parted ${COLUMN};`)
  const desired = await read(wanted.db)
  const steps = plan(await read(db), desired, {busy: () => true})
  const file = migrationFrom('migrations/20260101T000000_tokens.sql', renderSql(steps, {transactions: true}))
  await db.script(`insert into public.orders select i, 0 from generate_series(1, ${ROWS}) i;
    create table public.nobody_names_it partition of public.parted for values from (1000) to (${ROWS + 1});
    insert into public.parted select i, 0 from generate_series(1, ${ROWS}) i`)

  await applyMigrations(db, [])
  const [writer, watcher] = [await place.connect(), await place.connect()]
  let isOver = false
  const writing = (async () => {
    for (let at = 1; !isOver; at++) {
      await writer.script(`update public.orders set n = n + 1 where id % 97 = ${at % 97};
        insert into public.orders (id, n) values (${ROWS + at}, 0)`)
    }
  })()
  // whoever fills the rows is ended once, in the middle of it
  const ending = (async () => {
    for (let tries = 0; tries < 4000; tries++) {
      const [row] = await watcher.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where query like 'DO %' and pid <> pg_backend_pid() and datname = current_database()
          and exists (select from pgext.migration_block where state = 'begun')`)
      if (row) return true
      await sleep(1)
    }
    return false
  })()
  const first = await applyMigrations(db, [file]).catch((error) => error)
  const wasEnded = await ending
  if (wasEnded) {
    expect(first).toMatchObject({code: 'connection-lost'})
    expect((await readJournal(watcher)).flatMap(({blocks}) => blocks.map(({state}) => state))).toContain('begun')
    const again = await place.connect()
    await applyMigrations(again, [file])
    await again.close()
  }
  isOver = true
  await writing
  expect(wasEnded).toBe(true)

  for (const table of ['orders', 'parted']) {
    const [row] = await watcher.query(
      `select count(*) = count(distinct token) as each, count(*) >= ${ROWS} as all, bool_or(token is null) as some from public.${table}`,
    )
    expect(row).toEqual({each: true, all: true, some: false})
  }
  await watcher.script('drop schema pgext cascade; drop table public.nobody_names_it')
  expect(compare(await read(watcher), desired)).toEqual([])
  for (const one of [writer, watcher, wanted.db]) await one.close()
})
