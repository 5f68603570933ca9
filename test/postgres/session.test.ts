// What every Db does, on PostgreSQL and on PGlite alike.
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {PGlite} from '@electric-sql/pglite'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {PgextError} from '../../src/errors.ts'
import type {Db} from '../../src/postgres/db.ts'
import {positionOf} from '../../src/postgres/error.ts'
import {connect} from '../../src/postgres/native.ts'
import {openPglite} from '../../src/postgres/pglite.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
})
afterAll(() => cluster.close())

const engines: [name: string, open: () => Promise<Db>][] = [
  ['postgres', () => connect(cluster.url('postgres'))],
  ['pglite', () => openPglite()],
]

/** Reading a logical slot ends PGlite's backend. */
async function mortalPglite(): Promise<PGlite> {
  const engine = await PGlite.create({startParams: [...PGlite.defaultStartParams, '-c', 'wal_level=logical']})
  await engine.exec('create table a (x int); create publication p for all tables')
  await engine.query(`select pg_create_logical_replication_slot('s', 'pgoutput')`)
  await engine.exec('insert into a values (1)')
  return engine
}

describe.each(engines)('a session on %s', (engine, open) => {
  let db: Db

  beforeAll(async () => {
    db = await open()
  })
  afterAll(() => db.close())

  test('knows its server', () => {
    expect(db.server).toMatchObject({major: 18, engine, superuser: true, database: 'postgres'})
  })

  test('runs under the fixed settings', async () => {
    const [row] = await db.query(
      `select current_setting('search_path') as path, current_setting('timezone') as zone, current_setting('datestyle') as dates,
        current_setting('client_encoding') as encoding`,
    )
    expect(row).toEqual({path: '""', zone: 'UTC', dates: 'ISO, YMD', encoding: 'UTF8'})
  })

  test('describes statements without running them, each by itself', async () => {
    const answers = db.query('select 1 as before')
    const described = await db.describe([
      {sql: `select 1 as a, $1::varchar(3) as "é", null::numeric(5, 2)`},
      {sql: `select 'é', nothing`},
      {sql: 'select $1 + $2', types: [20, 0]},
      {sql: 'create table public.never ()'},
    ])
    expect(await answers).toEqual([{before: 1}])
    expect(described[0]).toEqual({
      columns: [
        {name: 'a', type: 23, modifier: -1, table: 0, attribute: 0},
        {name: 'é', type: 1043, modifier: 7, table: 0, attribute: 0},
        {name: 'numeric', type: 1700, modifier: (5 << 16) + 2 + 4, table: 0, attribute: 0},
      ],
      parameters: [1043],
    })
    expect(described[1]).toMatchObject({code: 'sql', sqlstate: '42703'})
    expect(positionOf(described[1] as PgextError)).toBe(12)
    expect(described[2]).toMatchObject({columns: [{type: 20}], parameters: [20, 20]})
    expect(described[3]).toEqual({columns: [], parameters: []})
    expect(await db.describe([])).toEqual([])
    expect(await db.query(`select to_regclass('public.never') as never`)).toEqual([{never: null}])
  })

  test('describes in a transaction, whose locks and errors are taken back', async () => {
    await db.transaction(async () => {
      await db.script('create table public.locked (x int); savepoint here')
      const many = Array.from({length: 300}, (_, n) => ({
        sql: n % 3 ? 'select x from public.locked' : 'delete from public.nothing',
      }))
      const described = await db.describe(many, 'rollback to here')
      expect(described.map((one) => (one instanceof PgextError ? one.sqlstate : one.columns[0]?.name)).slice(0, 4)).toEqual([
        '42P01',
        'x',
        'x',
        '42P01',
      ])
      expect(await db.query('select 1 as a')).toEqual([{a: 1}])
    })
    await db.script('drop table public.locked')
  })

  test('script gives a list of rows for each statement', async () => {
    const script = `create table public.a (x int); select 1 as a; insert into public.a values (1), (2) returning x; create table public.b ();
      select 1 where false; -- a comment
      update public.a set x = x + 1; select 2 as b, 'é' as c; drop table public.a, public.b`
    expect(await db.script(script)).toEqual([[], [{a: 1}], [{x: 1}, {x: 2}], [], [], [], [{b: 2, c: 'é'}], []])
    expect(await db.script('select 1 as a')).toEqual([[{a: 1}]])
    expect(await db.script('select 1 as a where false')).toEqual([[]])
    expect(await db.script(`set work_mem = '8MB'`)).toEqual([[]])
    expect(await db.script('-- nothing')).toEqual([])
    expect(await db.script('')).toEqual([])
    expect(await db.script('select 1 as a; select 1 as a;;')).toEqual([[{a: 1}], [{a: 1}]])
  })

  test('a script is one transaction unless it says otherwise', async () => {
    await expect(db.script('create table public.half (); select 1/0')).rejects.toMatchObject({code: 'sql', sqlstate: '22012'})
    expect(await db.query(`select to_regclass('public.half') as half`)).toEqual([{half: null}])
  })

  test('values come as the same types', async () => {
    const [row] =
      await db.query(`select 1::int as i, 9007199254740993::int8 as big, 1.10::numeric as n, 1.5::float8 as f, true as b, null as none,
      '{"a": [1]}'::jsonb as j, array['a', 'b,c'] as list, '\\x00ff'::bytea as bytes, '2026-01-02 03:04:05Z'::timestamptz as t, 'x'::name as name`)
    expect(row).toEqual({
      i: 1,
      big: '9007199254740993',
      n: '1.10',
      f: 1.5,
      b: true,
      none: null,
      j: {a: [1]},
      list: '{a,"b,c"}',
      bytes: Buffer.from([0, 255]),
      t: new Date('2026-01-02T03:04:05Z'),
      name: 'x',
    })
  })

  test('parameters arrive as they were given', async () => {
    const values = [
      'it\'s "q" \\',
      7,
      2n ** 60n,
      true,
      null,
      {a: [1, 'x']},
      ['a', 'b,"c"\\', null],
      new Date('2026-01-02T03:04:05Z'),
      Buffer.from([1, 2]),
    ]
    const types = ['text', 'int', 'int8', 'bool', 'text', 'jsonb', 'text[]', 'timestamptz', 'bytea']
    const [row] = await db.query(`select ${types.map((type, at) => `$${at + 1}::${type}::text as c${at}`)}`, values)
    expect(Object.values(row!)).toEqual([
      'it\'s "q" \\',
      '7',
      String(2n ** 60n),
      'true',
      null,
      '{"a": [1, "x"]}',
      '{a,"b,\\"c\\"\\\\",NULL}',
      '2026-01-02 03:04:05+00',
      '\\x0102',
    ])
    expect(await db.query('select $1::jsonb as j, $2::timestamp::text as t', ['{"a": 1}', 'infinity'])).toEqual([
      {j: {a: 1}, t: 'infinity'},
    ])
    expect(await db.query('select x from generate_series(1, 5) x where x = any($1::int[])', [[2, 4]])).toEqual([{x: 2}, {x: 4}])
  })

  test('query takes one statement only', async () => {
    await expect(db.query('select 1; select 2')).rejects.toMatchObject({code: 'sql', sqlstate: '42601'})
  })

  test('an error behind rows leaves nothing in the next answer', async () => {
    const failing = 'select 10 / (3 - n) as n from generate_series(1, 3) n'
    await expect(db.query(failing)).rejects.toMatchObject({sqlstate: '22012'})
    expect(await db.query('select 7 as n')).toEqual([{n: 7}])
    await expect(db.query(failing)).rejects.toMatchObject({sqlstate: '22012'})
    expect(await db.query('select 7 as n where false')).toHaveLength(0)
  })

  test('an error tells line and column', async () => {
    const sql = `select 'é𝄞' as a,\n  nope\nfrom pg_class`
    await expect(db.query(sql)).rejects.toMatchObject({
      code: 'sql',
      sqlstate: '42703',
      where: {line: 2, column: 3, text: '  nope'},
    })
    await expect(db.script(`select 1;\n${sql}`)).rejects.toMatchObject({where: {line: 3, column: 3}})
    expect(await db.query('select 1 as fine')).toEqual([{fine: 1}])
  })

  test('detail and hint of an error are kept', async () => {
    await db.script('create table public.k (x int primary key); insert into public.k values (1)')
    await expect(db.query('insert into public.k values (1)')).rejects.toMatchObject({
      sqlstate: '23505',
      hint: 'Key (x)=(1) already exists.',
    })
    await db.script('drop table public.k')
  })

  test('a transaction is all or nothing', async () => {
    await db.script('create table public.t (x int)')
    await expect(
      db.transaction(async (inside) => {
        await inside.query('insert into public.t values (1)')
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await expect(db.transaction((inside) => inside.query('select 1/0'))).rejects.toMatchObject({sqlstate: '22012'})
    expect(await db.query('select * from public.t')).toEqual([])
    expect(await db.transaction((inside) => inside.query('insert into public.t values (2) returning x'))).toEqual([{x: 2}])
    expect(await db.query('select * from public.t')).toEqual([{x: 2}])
    await expect(
      db.transaction((inside) => inside.query('insert into public.t values (3)'), 'begin read only'),
    ).rejects.toMatchObject({sqlstate: '25006'})
    await db.script('drop table public.t')
  })

  test('a commit that can not be made is an error, and leaves no transaction open', async () => {
    await db.script('create table public.d (x int unique deferrable initially deferred)')
    const work = db.transaction((inside) => inside.query('insert into public.d values (1), (1)'))
    await expect(work).rejects.toMatchObject({sqlstate: '23505'})
    expect(await db.query('select count(*)::int as n from public.d')).toEqual([{n: 0}])
    await db.script('drop table public.d')
  })

  test('a failed statement swallowed inside a transaction does not pass for a commit', async () => {
    await db.script('create table public.s (x int)')
    const work = db.transaction(async (inside) => {
      await inside.query('insert into public.s values (1)')
      await inside.query('select 1/0').catch(() => {})
    })
    await expect(work).rejects.toMatchObject({code: 'sql'})
    await db.script('drop table public.s')
  })

  test('listens until told otherwise', async () => {
    const heard: string[] = []
    const stop = await db.listen('My "channel"', (payload) => heard.push(payload))
    await db.query('select pg_notify($1, $2)', ['My "channel"', 'one'])
    await expect.poll(() => heard).toEqual(['one'])
    await stop()
    await db.query('select pg_notify($1, $2)', ['My "channel"', 'two'])
    await db.query('select 1')
    expect(heard).toEqual(['one'])
  })

  test('a notice is not printed', async () => {
    await db.script(
      `set client_min_messages = notice; do $$ begin raise notice 'hello'; raise warning 'there'; end $$; drop table if exists public.nope`,
    )
    await db.script('set client_min_messages = warning')
  })

  test('COPY through the session is refused and harms nothing', async () => {
    await db.script('create table public.c (x int)')
    await expect(db.script('copy public.c from stdin')).rejects.toMatchObject({name: 'PgextError'})
    await expect(db.script('copy public.c to stdout')).rejects.toMatchObject({name: 'PgextError'})
    expect(await db.query('select 1 as fine')).toEqual([{fine: 1}])
    await db.script('drop table public.c')
  })

  test('scripts sent at once: of each its last rows or its error, and those behind an error run', async () => {
    const before = db.query('select 1 as one')
    const landed = db.flight([
      `select 1; select 'ü' as a, null as b union all select 'x', 'y'`,
      'begin; select 1 / 0',
      'select 2',
      'rollback',
      `values ('{1,2}'::int[])`,
      '',
    ])
    const behind = db.query('select 3 as three')
    const shown = (await landed).map((one) => ('sqlstate' in one ? one.sqlstate : one))
    expect(shown).toEqual([
      [
        ['ü', null],
        ['x', 'y'],
      ],
      '22012',
      '25P02',
      [],
      [['{1,2}']],
      [],
    ])
    expect([await before, await behind]).toEqual([[{one: 1}], [{three: 3}]])
    expect(await db.flight([])).toEqual([])
  })

  test('calls made at once run after each other', async () => {
    const answers = await Promise.all(Array.from({length: 50}, (_, n) => db.query('select $1::int as n', [n])))
    expect(answers.map((rows) => rows[0]!.n)).toEqual(Array.from({length: 50}, (_, n) => n))
    const order = ['create table public.o (x int)', 'insert into public.o values (1)', 'drop table public.o']
    await Promise.all(order.map((sql, at) => (at % 2 ? db.script(sql) : db.query(sql))))
  })
})

describe.each(engines)('the end of a session on %s', (engine, open) => {
  test('a backend that is gone is one clear error, now and for ever', {timeout: 20_000}, async () => {
    const db = engine === 'pglite' ? await openPglite({engine: await mortalPglite()}) : await open()
    const deadly =
      engine === 'pglite'
        ? `select * from pg_logical_slot_peek_binary_changes('s', null, null, 'proto_version', '1', 'publication_names', 'p')`
        : 'select pg_terminate_backend(pg_backend_pid())'
    const lost = {code: 'connection-lost', name: 'PgextError'}
    await expect(db.query(deadly)).rejects.toMatchObject(lost)
    await expect(db.query('select 1')).rejects.toMatchObject(lost)
    await expect(db.script('select 1')).rejects.toMatchObject(lost)
    await expect(db.transaction(async () => 1)).rejects.toMatchObject(lost)
    await db.cancel()
    await db.close()
    await db.close()
    await expect(db.query('select 1')).rejects.toMatchObject(lost)
  })

  test('closing twice is fine', async () => {
    const db = await open()
    await Promise.all([db.close(), db.close()])
    await db.close()
  })
})

test('PGlite keeps a folder', {timeout: 30_000}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pgext-pglite-'))
  const one = await openPglite({folder})
  await one.script('create table public.kept (x int); insert into public.kept values (1)')
  await one.close()
  const two = await openPglite({folder})
  expect(await two.query('select * from public.kept')).toEqual([{x: 1}])
  await two.close()
  expect(process.exitCode).toBeUndefined()
  rmSync(folder, {recursive: true})
  await expect(openPglite({folder: '/proc/nowhere/data'})).rejects.toMatchObject({name: 'PgextError', code: 'engine-missing'})
})
