// Migrations applied to a real server: what is committed, what the journal says, and what each failure tells.
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import {applyMigrations} from '../../src/migrations/apply.ts'
import {type Migration, migrationFrom} from '../../src/migrations/file.ts'
import {readJournal} from '../../src/migrations/journal.ts'
import type {Db} from '../../src/postgres/db.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

let shadow: Shadow
let database: ShadowDatabase
let db: Db
beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})
afterAll(() => shadow?.close())
beforeEach(async () => {
  database = await shadow.create()
  db = await database.connect()
})
afterEach(async () => {
  await db.close()
  await database.drop()
})

const file = (day: number, text: string): Migration => migrationFrom(`migrations/2026010${day}T000000_m${day}.sql`, text)
const failure = (work: Promise<unknown>): Promise<PgextError> =>
  work.then(
    () => expect.fail('it did not fail'),
    (error) => error,
  )
const tables = async (on = db) => {
  const rows = await on.query(
    "select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') order by 1",
  )
  return rows.map(({name}) => name)
}
const journal = async (on = db) =>
  (await readJournal(on)).map(({name, finished, blocks}) => ({
    name,
    finished,
    blocks: blocks.map(({block, state}) => `${block} ${state}`),
  }))

describe('what is pending', () => {
  test('is applied once, by version, and journalled', async () => {
    const files = [
      file(2, 'BEGIN;\ncreate table b (a int references a);\ninsert into b values (1);\nCOMMIT;\n'),
      file(1, 'create table a (a int primary key);\ninsert into a values (1);'),
    ]
    expect((await applyMigrations(db, files)).map(({migration, statements}) => [migration.name, statements])).toEqual([
      ['m1', 2],
      ['m2', 2],
    ])
    expect(await applyMigrations(db, files)).toEqual([])
    const [m1, m2] = await readJournal(db)
    expect(m1).toMatchObject({
      name: 'm1',
      finished: true,
      statements: 2,
      applied_by: db.server.user,
      checksum: files[1]!.checksum,
    })
    expect(m2!.blocks).toMatchObject([{block: 1, state: 'done', line: 1, statements: 2}])
    expect(await db.query('select count(*)::int as n from public.b')).toEqual([{n: 1}])
  })

  test('is nothing when there are no files, and a file without statements is applied', async () => {
    expect(await applyMigrations(db, [])).toEqual([])
    expect(await applyMigrations(db, [file(1, '-- nothing yet\n')])).toHaveLength(1)
    expect(await journal()).toEqual([{name: 'm1', finished: true, blocks: []}])
  })

  test('may be older than what is applied', async () => {
    await applyMigrations(db, [file(2, 'create table b ()')])
    await applyMigrations(db, [file(1, 'create table a ()'), file(2, 'create table b ()')])
    expect(await tables()).toEqual(['a', 'b'])
  })

  test('starts in a fresh session, whatever the file before it set', async () => {
    await db.script('create role pgext_test_other')
    try {
      await applyMigrations(db, [
        file(
          1,
          'create schema app authorization pgext_test_other; set search_path = app; set role pgext_test_other; create temp table t (); create table a ();',
        ),
        file(
          2,
          'set session authorization pgext_test_other; begin; create table app.b (); commit; create index concurrently on app.b ((1));',
        ),
        file(3, 'create temp table t (); create table c ();'),
      ])
      const rows = await db.query(
        "select oid::regclass::text as name, relowner::regrole::text as owner from pg_class where relname in ('a', 'b', 'c')  and relkind = 'r' order by 1",
      )
      expect(rows).toEqual([
        {name: 'app.a', owner: 'pgext_test_other'},
        {name: 'app.b', owner: 'pgext_test_other'},
        {name: 'public.c', owner: db.server.user},
      ])
    } finally {
      await db.script('drop owned by pgext_test_other; drop role pgext_test_other')
    }
  })

  test('statements that refuse a transaction run outside one', async () => {
    const text = `
      create table a (a int);
      create index concurrently a_a on a (a);
      vacuum a;
      do $$ begin insert into public.a values (1); commit; insert into public.a values (2); end $$;`
    await applyMigrations(db, [file(1, text)])
    expect(await tables()).toEqual(['a', 'a_a'])
    expect(await journal()).toEqual([{name: 'm1', finished: true, blocks: ['1 done', '2 done', '3 done', '4 done']}])
  })

  test('a block that commits on its way and fails is not run again unless somebody says so', async () => {
    await db.script('create table public.acc (v int); insert into public.acc values (0)')
    const body = 'update public.acc set v = v + 1; commit; perform 1 / (select count(*) - 1 from public.acc);'
    const text = `do $$ begin ${body} end $$;`
    const first = await failure(applyMigrations(db, [file(1, text)]))
    expect(first.message).toBe('division by zero (nothing of this file is applied; how far this statement came, nobody knows)')
    const second = await failure(applyMigrations(db, [file(1, text)]))
    expect(second.message).toContain('nobody knows how this statement of migrations/20260101T000000_m1.sql ended')
    expect(await db.query('select v from public.acc')).toEqual([{v: 1}])
    await db.script("update pgext.migration_block set state = 'done'")
    await applyMigrations(db, [file(1, text)])
    expect(await journal()).toEqual([{name: 'm1', finished: true, blocks: ['1 done']}])
  })

  test('many statements go fast and stay in order', async () => {
    const values = Array.from({length: 500}, (_, n) => `insert into a values (${n});`).join('\n')
    await applyMigrations(db, [
      file(1, `begin; create table a (id serial, n int); ${values.replaceAll('into a', 'into a (n)')} commit;`),
    ])
    expect(await db.query('select count(*)::int as n, bool_and(id = n + 1) as sorted from public.a')).toEqual([
      {n: 500, sorted: true},
    ])
  })
})

describe('a failure', () => {
  test('tells its place, what is committed, and goes on after that once the rest of the file is mended', async () => {
    const text =
      'begin;\ncreate table a ();\ncommit;\ncreate table b ();\nbegin;\ncreate table c ();\nselect 1,\n  nowhere();\ncommit;\n'
    const error = await failure(applyMigrations(db, [file(1, text)]))
    expect(error).toMatchObject({
      code: 'sql',
      sqlstate: '42883',
      where: {file: 'migrations/20260101T000000_m1.sql', line: 8, column: 3, text: '  nowhere();'},
    })
    expect(error.message).toContain('2 of its 3 parts are committed, up to line 4')
    expect(await tables()).toEqual(['a', 'b'])
    const told: string[] = []
    const mended = file(1, text.replace('nowhere()', '2'))
    const [applied] = await applyMigrations(db, [mended], {tell: (doing) => told.push(doing)})
    expect(applied!.resumed).toBe(true)
    expect(await tables()).toEqual(['a', 'b', 'c'])
    expect((await readJournal(db))[0]).toMatchObject({finished: true, checksum: mended.checksum})
  })

  test('leaves nothing of its transaction; without a character of its own it stands at the statement', async () => {
    const error = await failure(
      applyMigrations(db, [file(1, 'begin;\ncreate table a (a int primary key);\n insert into a values (1), (1);\ncommit;')]),
    )
    expect(error).toMatchObject({sqlstate: '23505', where: {line: 3, column: 2}})
    expect(error.message).toContain('nothing of this file is applied')
    expect(await tables()).toEqual([])
    expect(await readJournal(db)).toEqual([])
  })

  test('at COMMIT stands at COMMIT', async () => {
    const text =
      'begin;\ncreate table a (a int primary key, b int references a deferrable initially deferred);\ninsert into a values (1, 2);\ncommit;'
    expect(await failure(applyMigrations(db, [file(1, text)]))).toMatchObject({sqlstate: '23503', where: {line: 4, column: 1}})
    expect(await readJournal(db)).toEqual([])
  })

  test('of a later file is told before the first runs, when it does not even parse', async () => {
    const error = await failure(applyMigrations(db, [file(1, 'create table a ()'), file(2, 'select 1;\ncreate tabel b ()')]))
    expect(error).toMatchObject({sqlstate: '42601', where: {file: 'migrations/20260102T000000_m2.sql', line: 2, column: 8}})
    expect(await tables()).toEqual([])
  })

  test.each([
    ['begin;\nselect 1;', 'BEGIN without COMMIT'],
    ['select 1;\ncommit;', 'COMMIT without BEGIN'],
    ['begin;\nbegin;\ncommit;', 'BEGIN inside'],
    ['begin;\nrollback;', "can't hold rollback"],
    ['begin;\ncommit and chain;', "can't hold commit and chain"],
    ['copy a from stdin;\n', 'COPY from stdin'],
    ['create table a ();\ncopy a from stdin;\n1\n\\.\n', 'COPY from stdin'],
    ['select 1;\n\\d\n', 'a psql command'],
  ])('text that is no migration is refused: %j', async (text, message) => {
    const error = await failure(applyMigrations(db, [file(1, text)]))
    expect(error).toMatchObject({code: 'bad-file', where: {file: 'migrations/20260101T000000_m1.sql'}})
    expect(error.message).toContain(message)
    expect(await tables()).toEqual([])
  })

  test('of CREATE INDEX CONCURRENTLY leaves no invalid index behind, and can be run again', async () => {
    const text = 'create table a (a int);\ninsert into a values (1), (1);\ncreate unique index concurrently a_a on a (a);'
    await failure(applyMigrations(db, [file(1, text)]))
    expect(await db.query("select to_regclass('public.a_a') as index")).toEqual([{index: null}])
    await db.script('truncate public.a')
    await applyMigrations(db, [file(1, text)])
    expect(await journal()).toEqual([{name: 'm1', finished: true, blocks: ['1 done', '2 done', '3 done']}])
  })
})

test('a statement outside transactions that fails leaves nothing, so that its file may go', async () => {
  await failure(applyMigrations(db, [file(1, 'create index concurrently a_a on nowhere (a);')]))
  expect(await readJournal(db)).toEqual([])
  expect(await applyMigrations(db, [])).toEqual([])
})

describe('a backend that dies', () => {
  test('in the middle of a file: the rest is done by the next run', async () => {
    const die =
      "do $$ begin if to_regclass('public.survive') is null then perform pg_terminate_backend(pg_backend_pid()); end if; end $$;"
    const text = `begin;\ncreate table a ();\ncommit;\nset search_path = public, pg_temp;\nbegin;\ncreate table b ();\n${die}\ncommit;\ncreate table c ();`
    const error = await failure(applyMigrations(db, [file(1, text)]))
    expect(error).toMatchObject({code: 'connection-lost', where: {line: 5}})
    expect(error.message).toContain('1 of its 3 parts are committed, up to line 3')
    expect(error.hint).toContain('goes on')
    const next = await database.connect()
    expect(await tables(next)).toEqual(['a'])
    expect(await journal(next)).toEqual([{name: 'm1', finished: false, blocks: ['1 done']}])
    await next.script('create table public.survive ()')
    await applyMigrations(next, [file(1, text)])
    expect(await tables(next)).toEqual(['a', 'b', 'c', 'survive'])
    await next.close()
  })

  test('outside a transaction: nobody knows, so the next run stops and says what to do', async () => {
    const text = 'create table a ();\ncall stop();\n'
    await db.script(`create procedure public.stop() language plpgsql as $$
      begin commit; if to_regclass('public.survive') is null then perform pg_terminate_backend(pg_backend_pid()); end if; end $$`)
    expect(await failure(applyMigrations(db, [file(1, text)]))).toMatchObject({code: 'connection-lost'})
    const next = await database.connect()
    expect(await journal(next)).toEqual([{name: 'm1', finished: false, blocks: ['1 done', '2 begun']}])
    const error = await failure(applyMigrations(next, [file(1, text)]))
    expect(error).toMatchObject({code: 'journal', where: {line: 2, column: 1}})
    expect(error.message).toContain('call stop()')
    expect(error.hint).toContain('if it did not: pgext migrate:repair --undone 20260101T000000;')
    await next.script(`delete from pgext.migration_block where state = 'begun'; create table public.survive ()`)
    await applyMigrations(next, [file(1, text)])
    expect(await journal(next)).toEqual([{name: 'm1', finished: true, blocks: ['1 done', '2 done']}])
    await next.close()
  })

  test('settings outside a transaction are said again', async () => {
    const die =
      "do $$ begin if to_regclass('public.survive') is null then perform pg_terminate_backend(pg_backend_pid()); end if; end $$;"
    const text = `create schema app;\nselect set_config('search_path', 'app', false);\n${die}\ncreate table here ();`
    await failure(applyMigrations(db, [file(1, text)]))
    const next = await database.connect()
    await next.script('create table public.survive ()')
    await applyMigrations(next, [file(1, text)])
    expect(await next.query("select 'app.here'::regclass::text as name")).toEqual([{name: 'app.here'}])
    await next.close()
  })
})

describe('edited files', () => {
  test('are an error that names them, and nothing is applied', async () => {
    await applyMigrations(db, [file(1, 'create table a ()'), file(2, 'create table b ()')])
    const error = await failure(
      applyMigrations(db, [file(1, 'create table a (a int)'), file(2, 'create table b (b int)'), file(3, 'create table c ()')]),
    )
    expect(error).toMatchObject({code: 'migration-changed'})
    expect(error.message).toContain('migrations/20260101T000000_m1.sql, migrations/20260102T000000_m2.sql')
    expect(await tables()).toEqual(['a', 'b'])
  })

  test('with other line ends are the same', async () => {
    await applyMigrations(db, [file(1, 'create table a\n();\n')])
    expect(await applyMigrations(db, [file(1, '\uFEFFcreate table a\r\n();\r\n')])).toEqual([])
  })

  test('where a part of a half-applied file was committed already are an error', async () => {
    await failure(applyMigrations(db, [file(1, 'create table a ();\nselect nowhere();')]))
    const error = await failure(applyMigrations(db, [file(1, 'create table aa ();\nselect 1;')]))
    expect(error).toMatchObject({code: 'migration-changed', message: expect.stringContaining('line 1')})
    expect(await failure(applyMigrations(db, []))).toMatchObject({
      code: 'journal',
      message: expect.stringContaining('20260101T000000_m1'),
    })
  })
})
