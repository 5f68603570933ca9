// Statements that run outside transactions: what others have left there stays, what an earlier run of ours has left is taken up.
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {type ApplyOptions, applyMigrations} from '../../src/migrations/apply.ts'
import {type Migration, migrationFrom} from '../../src/migrations/file.ts'
import {readJournal} from '../../src/migrations/journal.ts'
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
  await other.script(`
    create table public.a (n int, note text);
    insert into public.a select n, repeat('x', 3000) || n from generate_series(1, 200) n;
    create index a_n on public.a (n)`)
})
afterEach(async () => {
  await db.close()
  await other.close()
  await database.drop()
})

const file = (text: string): Migration => migrationFrom('migrations/20260101T000000_lone.sql', text)
const states = async () => (await readJournal(other))[0]?.blocks.map(({state}) => state) ?? []
const indexes = async () =>
  (
    await other.query(
      "select c.relname::text as name, x.indisvalid as valid from pg_index x join pg_class c on c.oid = x.indexrelid where x.indrelid >= 16384 and relname !~ '^(pg_toast_\\d+_index|migration|journal)' order by 1",
    )
  ).map(({name, valid}) => `${name}${valid ? '' : ', invalid'}`)

/** Runs it, held up by a transaction that reads the table, until it waits for that; then its backend dies. */
async function cutOff(text: string, options: ApplyOptions = {}): Promise<void> {
  const victim = await database.connect()
  const [row] = await victim.query('select pg_backend_pid() as pid')
  const holder = await database.connect()
  await holder.script('begin isolation level repeatable read; select from public.a')
  const applied = applyMigrations(victim, [file(text)], options).catch((error) => error)
  const waits = () => other.query("select 1 from pg_stat_activity where pid = $1::int and wait_event_type = 'Lock'", [row!.pid])
  await expect.poll(waits, {timeout: 10_000}).not.toEqual([])
  await sleep(50)
  await other.query('select pg_terminate_backend($1::int)', [row!.pid])
  expect(await applied).toMatchObject({code: 'connection-lost'})
  await holder.close()
  await victim.close()
}

describe('cut off, and taken up by the next run', () => {
  test('a build', async () => {
    const text = 'create index concurrently a_note on a (left(note, 9));'
    await cutOff(text)
    expect(await indexes()).toEqual(['a_n', 'a_note, invalid'])
    expect(await states()).toEqual(['begun'])
    const told: string[] = []
    await applyMigrations(db, [file(text)], {tell: (doing) => told.push(doing)})
    expect(told.join()).toContain('DROP INDEX CONCURRENTLY IF EXISTS public.a_note')
    expect(await indexes()).toEqual(['a_n', 'a_note'])
    expect(await states()).toEqual(['done'])
  })

  test.each(['reindex index concurrently a_n;', 'reindex table concurrently a;', 'reindex schema concurrently public;'])(
    '%s',
    async (text) => {
      await cutOff(text)
      expect((await indexes()).join()).toMatch(/_cc(new|old), invalid/)
      await applyMigrations(db, [file(text)])
      expect(await indexes()).toEqual(['a_n'])
      expect(await states()).toEqual(['done'])
    },
  )

  test('the removal of an index', async () => {
    await cutOff('drop index concurrently a_n;')
    expect(await indexes()).toEqual(['a_n, invalid'])
    await applyMigrations(db, [file('drop index concurrently a_n;')])
    expect(await indexes()).toEqual([])
  })

  test('a partition that leaves', async () => {
    await other.script(`
      drop table public.a; create table public.a (n int) partition by range (n);
      create table public.a_old partition of public.a for values from (0) to (9); insert into public.a values (1)`)
    const text = 'alter table a detach partition a_old concurrently;'
    await cutOff(text)
    const pending = () => other.query('select inhdetachpending as pending from pg_inherits')
    expect(await pending()).toEqual([{pending: true}])
    await applyMigrations(db, [file(text)])
    expect(await pending()).toEqual([])
    expect(await other.query('select count(*)::int as n from public.a_old')).toEqual([{n: 1}])
    expect(await states()).toEqual(['done'])
  })

  test('what nothing tells of: it stops with the question', async () => {
    const text = 'create index concurrently on a (left(note, 9));'
    await cutOff(text)
    await expect(applyMigrations(db, [file(text)])).rejects.toMatchObject({
      code: 'journal',
      hint: expect.stringContaining('drop it'),
    })
    expect(await indexes()).toEqual(['a_left_idx, invalid', 'a_n'])
  })
})

describe('what others have left', () => {
  beforeEach(async () => {
    await other.script('insert into public.a values (1, 1)')
    await other.script('create unique index concurrently a_once on public.a (n)').catch(() => {})
    expect(await indexes()).toEqual(['a_n', 'a_once, invalid'])
  })

  test.each(['create index concurrently a_once on a (n);', 'create index concurrently if not exists a_once on a (n);'])(
    'an invalid index is not dropped, and not taken for one: %s',
    async (text) => {
      await expect(applyMigrations(db, [file(text)])).rejects.toMatchObject({
        message: expect.stringContaining('not valid'),
        hint: expect.stringContaining('DROP INDEX CONCURRENTLY'),
      })
      expect(await indexes()).toEqual(['a_n', 'a_once, invalid'])
      expect(await states()).toEqual([])
    },
  )

  test('an index that stands already is told by PostgreSQL, and nothing is thought to be begun', async () => {
    await expect(applyMigrations(db, [file('create index concurrently a_n on a (n);')])).rejects.toMatchObject({
      sqlstate: '42P07',
    })
    expect(await states()).toEqual([])
    await applyMigrations(db, [file('create index concurrently if not exists a_n on a (n);')])
    expect(await states()).toEqual(['done'])
  })
})

test('a block that may be repeated is begun once: what it took from a sequence is not taken twice', async () => {
  await other.script('create sequence public.s')
  const body = '-- pgext:repeatable\nBEGIN PERFORM nextval($s$public.s$s$); COMMIT; END'
  await applyMigrations(db, [file(`DO $$${body}$$;`)])
  expect(await other.query('select last_value::int as last from public.s')).toEqual([{last: 1}])
  expect(await states()).toEqual(['done'])
})

test('a second session tells how far it is, and whom it waits for', async () => {
  const holder = await database.connect()
  await holder.script("set application_name = 'report'; begin isolation level repeatable read; select from public.a")
  const reports: string[] = []
  const applied = applyMigrations(db, [file('create index concurrently a_note on a (left(note, 9));')], {
    connect: () => database.connect(),
    report: (state) => reports.push(state),
  })
  await expect
    .poll(() => reports.join('\n'), {timeout: 10_000})
    .toMatch(/^waits for pid \d+, report, as \S+, for \d+ s: set application_name/m)
  await holder.close()
  await applied
  expect(await indexes()).toContain('a_note')
})

test('a second session that can’t be had is no reason to fail', async () => {
  let opened = 0
  const connect = () => {
    opened++
    return Promise.reject(new Error('too many connections'))
  }
  await applyMigrations(db, [file('select pg_sleep(1.5); create table b ();')], {
    connect,
    report: () => expect.fail('nothing to see'),
  })
  expect(opened).toBe(1)
})
