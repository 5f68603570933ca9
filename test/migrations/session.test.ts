// Who may apply and when: one run at a time, in a session of its own, on a server that can be written to, with a whole journal.
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import {applyMigrations} from '../../src/migrations/apply.ts'
import {type Migration, migrationFrom} from '../../src/migrations/file.ts'
import {readJournal} from '../../src/migrations/journal.ts'
import {replay} from '../../src/migrations/replay.ts'
import type {Db} from '../../src/postgres/db.ts'
import {openPglite} from '../../src/postgres/pglite.ts'
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
})
afterEach(async () => {
  await db.close()
  await other.close()
  await database.drop()
})

const file = (day: number, text: string): Migration => migrationFrom(`migrations/2026010${day}T000000_m${day}.sql`, text)
const failure = (work: Promise<unknown>): Promise<PgextError> =>
  work.then(
    () => expect.fail('it did not fail'),
    (error) => error,
  )
const nothing = async () => expect(await other.query("select to_regclass('public.a')::text as a")).toEqual([{a: null}])

/** The same session, but for what `change` makes of it. */
const changed = (real: Db, change: Partial<Db>): Db =>
  new Proxy(real, {
    get(target, key) {
      const value = (change as any)[key] ?? (target as any)[key]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

describe('one run at a time', () => {
  test('the second waits, says for whom, and finds nothing left to do', async () => {
    const files = [file(1, 'create table a (); select pg_sleep(0.5)')]
    const told: string[] = []
    const first = applyMigrations(db, files)
    await new Promise((done) => setTimeout(done, 150))
    const second = applyMigrations(other, files, {tell: (doing) => told.push(doing)})
    expect(await first).toHaveLength(1)
    expect(await second).toEqual([])
    expect(told[0]).toMatch(/^waiting for another run: pid \d+, pgext/)
  })

  test('CREATE INDEX CONCURRENTLY does not wait for those who wait', async () => {
    const files = [file(1, 'create table a (a int); select pg_sleep(0.2); create index concurrently on a (a)')]
    const both = await Promise.all([applyMigrations(db, files), applyMigrations(other, files)])
    expect(both.map((applied) => applied.length).sort()).toEqual([0, 1])
  })

  test('whoever waits too long is told who is at work', async () => {
    await other.script(`set application_name = 'deploy of monday'; select pg_advisory_lock(${0x70676578}, 1)`)
    const [{pid} = {pid: 0}] = await other.query('select pg_backend_pid() as pid')
    const error = await failure(applyMigrations(db, [file(1, 'create table a ()')], {wait: 100}))
    expect(error).toMatchObject({code: 'journal', message: expect.stringContaining(`pid ${pid}, deploy of monday`)})
    await nothing()
  })

  test('the lock is let go, after a failure too', async () => {
    await failure(applyMigrations(db, [file(1, 'set search_path = nowhere; select nowhere()')]))
    expect(await db.query('show search_path')).toEqual([{search_path: '""'}])
    await applyMigrations(other, [file(1, 'create table a ()')], {wait: 0})
  })
})

describe('a target that will not do', () => {
  test('statements that reach different backends: a transaction pooler', async () => {
    let turn = 0
    const query: Db['query'] = (sql, values) => (turn++ % 2 === 0 ? db : other).query(sql, values)
    const error = await failure(applyMigrations(changed(db, {query}), [file(1, 'create table a ()')]))
    expect(error).toMatchObject({code: 'not-supported', hint: expect.stringContaining('direct URL')})
    await nothing()
  })

  test('a lock lost between two files', async () => {
    const files = [file(1, 'select pg_advisory_unlock_all()'), file(2, 'create table a ()')]
    expect(await failure(applyMigrations(db, files))).toMatchObject({
      code: 'journal',
      message: expect.stringContaining('the lock that keeps other runs away is gone'),
    })
    await nothing()
  })

  test.each(['reset all;', 'discard all;', 'begin; reset all; commit;', "do $$ begin execute 'reset all'; end $$;"])(
    'what a migration resets is its own affair: %s',
    async (text) => {
      await db.script("alter role current_user set statement_timeout = '300ms'")
      try {
        const limited = await database.connect()
        const slow = text.startsWith('do') ? '' : 'select pg_sleep(0.5);'
        const files = [
          file(1, `create table a (); ${text} ${slow} create table b ();`),
          file(2, 'select pg_sleep(0.5); create table c ();'),
        ]
        expect(await applyMigrations(limited, files, {connect: () => database.connect()})).toHaveLength(2)
        expect(await other.query("select to_regclass('public.c')::text as c")).toEqual([{c: 'public.c'}])
        expect(await applyMigrations(limited, files)).toEqual([])
        await limited.close()
      } finally {
        await other.script('alter role current_user reset statement_timeout')
      }
    },
  )

  test('the lock that DISCARD ALL lets go of is taken by nobody else', async () => {
    const files = [file(1, 'discard all; select pg_sleep(0.6); create table a ();')]
    const first = applyMigrations(db, files)
    await new Promise((done) => setTimeout(done, 300))
    const error = await failure(applyMigrations(other, files, {wait: 0}))
    expect(error).toMatchObject({code: 'journal', message: expect.stringContaining('another run is applying')})
    expect(await first).toHaveLength(1)
  })

  test('a read-only database', async () => {
    const reader = await database.connect()
    await reader.script('set default_transaction_read_only = on')
    expect(await failure(applyMigrations(reader, [file(1, 'create table a ()')]))).toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('read-only'),
    })
    await reader.close()
  })

  test('a standby', async () => {
    const query: any = async (sql: string, values: unknown[]) => {
      const rows = await db.query(sql, values)
      return sql.includes('pg_is_in_recovery') ? [{...rows[0], standby: true}] : rows
    }
    const error = await failure(applyMigrations(changed(db, {query}), [file(1, 'create table a ()')]))
    expect(error).toMatchObject({code: 'not-allowed', hint: expect.stringContaining('primary')})
    await nothing()
  })

  test('a role that may not make the journal, and one that may not read it', async () => {
    await other.script('drop role if exists pgext_test_weak; create role pgext_test_weak')
    try {
      const weak = await database.connect({role: 'pgext_test_weak'})
      const first = await failure(applyMigrations(weak, []))
      expect(first).toMatchObject({code: 'journal', hint: expect.stringContaining('GRANT CREATE ON DATABASE')})
      await applyMigrations(other, [])
      expect(await failure(readJournal(weak))).toMatchObject({code: 'journal', sqlstate: '42501'})
      await weak.close()
    } finally {
      await other.script('drop role pgext_test_weak')
    }
  })
})

describe('the journal', () => {
  test('reading it makes nothing', async () => {
    expect(await readJournal(db)).toEqual([])
    expect(await db.query("select 1 from pg_namespace where nspname = 'pgext'")).toEqual([])
  })

  test('is nobody else’s', async () => {
    await db.script(
      'alter default privileges grant all on tables to public; alter default privileges grant all on schemas to public',
    )
    await applyMigrations(db, [])
    const open = await db.query(`
      select 1 from pg_class c, aclexplode(relacl) where relnamespace = 'pgext'::regnamespace and relkind = 'r' and grantee = 0
      union all select 1 from pg_namespace, aclexplode(nspacl) where nspname = 'pgext' and grantee = 0`)
    expect(open).toEqual([])
  })

  test('is made beside what else stands in schema pgext', async () => {
    await db.script('create schema pgext; create table pgext.queue ()')
    expect(await applyMigrations(db, [file(1, 'create table a ()')])).toHaveLength(1)
  })

  test.each([
    ['drop table pgext.migration_block', 'pgext.migration_block missing'],
    ['alter table pgext.migration drop column checksum', 'pgext.migration.checksum missing'],
    ['truncate pgext.journal', 'holds 0 rows'],
    ['update pgext.journal set format = 7; alter table pgext.migration rename column name to label', 'has format 7'],
  ])('damaged or newer, it is told: %s', async (damage, message) => {
    await applyMigrations(db, [])
    await db.script(damage)
    const error = await failure(applyMigrations(db, [file(1, 'create table a ()')]))
    expect(error).toMatchObject({code: 'journal', message: expect.stringContaining(message)})
    expect(error.hint).toBeTruthy()
    expect(await failure(readJournal(db))).toMatchObject({code: 'journal'})
    await nothing()
  })
})

describe('replay', () => {
  test('has the effect of applying, without a journal', async () => {
    await replay(db, [
      file(
        1,
        "begin; create type mood as enum ('a'); commit; create table t (m mood); alter type mood add value 'b'; insert into t values ('b');",
      ),
      file(2, 'create schema app; set search_path = app; create index concurrently on public.t (m); create table u ();'),
      file(3, 'create table v ()'),
    ])
    const rows = await db.query(
      "select oid::regclass::text as name from pg_class where relname in ('t', 't_m_idx', 'u', 'v') order by 1",
    )
    expect(rows.map(({name}) => name)).toEqual(['app.u', 'public.t', 'public.t_m_idx', 'public.v'])
    expect(await db.query("select 1 from pg_namespace where nspname = 'pgext'")).toEqual([])
    expect(await db.query('show search_path')).toEqual([{search_path: '""'}])
  })

  test('limits that a file sets for those who wait are none here, and others are told', async () => {
    const limits = "set statement_timeout = '50ms'; set lock_timeout = '1ms'; begin; set local statement_timeout = 50; commit;"
    await replay(db, [file(1, `${limits} select pg_sleep(0.2); create table a ();`)])
    const text = "select set_config('statement_timeout', '50ms', false); select pg_sleep(1);"
    expect(await failure(replay(db, [file(1, text)]))).toMatchObject({
      sqlstate: '57014',
      hint: expect.stringContaining('a statement_timeout ended it'),
      where: {line: 1},
    })
  })

  test('tells the place of a failure', async () => {
    const error = await failure(
      replay(db, [
        file(1, 'begin;\ncreate table a (a int primary key);\ninsert into a values (1);\n  insert into a values (1);\ncommit;'),
      ]),
    )
    expect(error).toMatchObject({sqlstate: '23505', where: {file: 'migrations/20260101T000000_m1.sql', line: 4, column: 3}})
  })

  test('refuses what only psql understands', async () => {
    expect(await failure(replay(db, [file(1, '\\d\n')]))).toMatchObject({code: 'bad-file'})
  })
})

test('PGlite takes migrations as well', async () => {
  const lite = await openPglite()
  try {
    const text = "begin; create type mood as enum ('a'); create table t (m mood); commit; create index concurrently on t (m);"
    expect(await applyMigrations(lite, [file(1, text)], {connect: () => expect.fail('it has one backend only')})).toHaveLength(1)
    expect(await applyMigrations(lite, [file(1, text)])).toEqual([])
    expect(
      await failure(applyMigrations(lite, [file(1, text), file(2, 'begin;\ncreate table u ();\n select nowhere();\ncommit;')])),
    ).toMatchObject({
      sqlstate: '42883',
      where: {line: 3, column: 9},
    })
    expect(await readJournal(lite)).toMatchObject([{name: 'm1', finished: true, blocks: [{block: 1}, {block: 2, state: 'done'}]}])
  } finally {
    await lite.close()
  }
}, 60_000)
