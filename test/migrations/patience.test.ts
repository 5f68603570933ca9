// A lock that somebody else holds; the migration waits in turns, lets others through, and says for whom it waits.
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, afterEach, beforeAll, beforeEach, expect, test} from 'vitest'
import {applyMigrations} from '../../src/migrations/apply.ts'
import {migrationFrom} from '../../src/migrations/file.ts'
import type {Db} from '../../src/postgres/db.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

let shadow: Shadow
let database: ShadowDatabase
let db: Db
let other: Db
beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})
afterAll(() => shadow?.close())
beforeEach(async () => {
  database = await shadow.create()
  db = await database.connect()
  other = await database.connect()
  await db.script('create table public.orders (id int)')
})
afterEach(async () => {
  await db.close()
  await other.close()
  await database.drop()
})

const FILES = [migrationFrom('migrations/20260101T000000_note.sql', 'alter table orders add column note text;')]
const columns = async () =>
  (await db.query("select attname from pg_attribute where attrelid = 'public.orders'::regclass and attnum > 0")).length

test('is waited for in turns, and those who come later do not queue behind for long', async () => {
  await other.script("set application_name = 'report'; begin; select * from public.orders")
  const told: string[] = []
  const applied = applyMigrations(db, FILES, {
    tell: (doing) => told.push(doing),
    connect: () => database.connect(),
    turn: 1500,
    limit: 60_000,
  })
  const reader = await database.connect()
  const waits: number[] = []
  for (let n = 0; n < 25; n++) {
    const start = performance.now()
    await reader.query('select count(*) from public.orders')
    waits.push(performance.now() - start)
    await sleep(100)
  }
  await reader.close()
  await other.script('commit')
  await applied
  expect(await columns()).toBe(2)
  expect(told.filter((line) => line.includes('report')).join()).toContain('select * from public')
  // at worst behind one turn
  expect(Math.max(...waits)).toBeLessThan(1500 + 1000)
})

test('is given up in the end, with nothing applied, and the next run goes on', async () => {
  await other.script('begin; lock table public.orders')
  const patience = {connect: () => database.connect(), turn: 1500, limit: 1600}
  await expect(applyMigrations(db, FILES, patience)).rejects.toMatchObject({
    sqlstate: '55P03',
    message: expect.stringContaining('lock table public.orders'),
    hint: expect.stringContaining('run the same command again'),
  })
  expect(await columns().catch(() => 0)).toBeLessThan(2)
  await other.script('commit')
  await applyMigrations(db, FILES, patience)
  expect(await columns()).toBe(2)
})

test('a limit that the file sets is kept', async () => {
  await other.script('begin; lock table public.orders')
  const files = [
    migrationFrom('migrations/20260101T000000_note.sql', "set lock_timeout = '50ms';\nalter table orders add column note text;"),
  ]
  const start = performance.now()
  await expect(applyMigrations(db, files, {turn: 30_000, limit: 100})).rejects.toMatchObject({sqlstate: '55P03'})
  expect(performance.now() - start).toBeLessThan(20_000)
  await other.script('commit')
})
