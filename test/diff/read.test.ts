// A database in, its catalog out: two round trips, nothing passed over in silence, no half-seen schema.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {compare} from '../../src/diff/compare.ts'
import {read} from '../../src/diff/read.ts'
import {sentenceOf} from '../../src/diff/unmodelled.ts'
import type {Db} from '../../src/postgres/db.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

let shadow: Shadow
let database: ShadowDatabase
let db: Db

beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
  database = await shadow.create()
  db = await database.connect()
  await db.script(`
    create table public.t (id int primary key, note text);
    create view public.v as select id from public.t;
    create function public.f() returns int language sql as 'select 1'`)
})

afterAll(() => shadow.close())

test('a read is two round trips, whatever is there', async () => {
  let trips = 0
  const counted: Db = {
    ...wrap(db),
    script(sql, seen) {
      trips++
      return db.script(sql, seen)
    },
    query(sql, values) {
      trips++
      return db.query(sql, values)
    },
  }
  await read(counted)
  expect(trips).toBe(2)
})

test('two reads of one state are equal', async () => {
  expect(compare(await read(db), await read(db))).toEqual([])
})

test('limits that a role begins with cut no read off', async () => {
  const limits = ['statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout']
  await db.script(`do $$ begin for n in 1..400 loop execute format('create table public.many_%s (a int primary key, b text default %L, c int references public.t)', n, n);
    end loop; end $$; ${limits.map((name) => `alter role current_user set ${name} = '100ms'`).join(';')}`)
  try {
    const hurried = await database.connect()
    const start = performance.now()
    expect((await read(hurried)).objects.size).toBeGreaterThan(2000)
    expect(performance.now() - start).toBeGreaterThan(100)
    await hurried.query('select pg_sleep(0.2)')
    await hurried.close()
  } finally {
    await db.script(
      `alter role current_user reset all; do $$ begin for n in 1..400 loop execute format('drop table public.many_%s', n); end loop; end $$`,
    )
  }
})

test('a schema that changes between snapshot and print is read again, and refused when it never rests', async () => {
  const other = await database.connect()
  let reads = 0
  const disturbed = (times: number): Db => ({
    ...wrap(db),
    async script(sql, seen) {
      const answers = await db.script(sql, seen)
      if (!sql.includes('pg_get_constraintdef') || reads++ >= times) return answers
      // as if the change had come between the two looks at the catalogs
      await other.script(`create or replace function public.f() returns int language sql as 'select ${reads}'`)
      const late = await db.script('select 1 as stamp')
      return [...answers, ...late]
    },
  })
  expect((await read(disturbed(2))).objects.size).toBeGreaterThan(5)
  expect(reads).toBe(3)
  reads = 0
  await expect(read(disturbed(99))).rejects.toMatchObject({code: 'target-moved'})
  await other.close()
})

test('objects of kinds that are not compared are told, extensions and built-in ones aside', async () => {
  await db.script(`
    create extension citext schema public;
    create foreign data wrapper w;
    create server s foreign data wrapper w;
    create user mapping for public server s options (password 'hidden')`)
  const {unmodelled} = await read(db)
  expect(unmodelled.map(sentenceOf)).toEqual(['not compared: options of user mapping public on s'])
})

test('roles are read only when asked for', async () => {
  await db.script('create role asked; create role unasked')
  const names = async (roles?: ReadonlySet<string>) =>
    [...(await read(db, roles)).objects.values()].filter((o) => o.kind === 'role').map((o) => o.name[0])
  expect(await names()).toEqual([])
  expect(await names(new Set(['asked']))).toEqual(['asked'])
})

function wrap(real: Db): Db {
  return {
    server: real.server,
    query: real.query.bind(real),
    read: real.read.bind(real),
    script: real.script.bind(real),
    describe: real.describe.bind(real),
    flight: real.flight.bind(real),
    transaction: real.transaction.bind(real),
    cancel: real.cancel.bind(real),
    listen: real.listen.bind(real),
    close: real.close.bind(real),
  }
}
