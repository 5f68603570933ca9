// One list of what clients rely on, held against a native PostgreSQL and against PGlite behind the wire.
import pg from 'pg'
import type postgres from 'postgres'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {codeOf, open, pause, type Served, startNative, startWire} from './engines.ts'

describe.each([
  ['native', startNative],
  ['wire', () => startWire({args: ['--idle-in-transaction', '1000']})],
] as const)('%s', (engine, start) => {
  let served: Served
  let a: postgres.Sql
  let b: postgres.Sql

  beforeAll(async () => {
    served = await start()
    a = open(served.address)
    b = open(served.address)
  })

  afterAll(async () => {
    await a?.end({timeout: 1})
    await b?.end({timeout: 1})
    await served?.stop()
  })

  const pidOf = async (sql: postgres.Sql) => (await sql`select pg_backend_pid() as pid`)[0]!.pid as number

  test('each session has a process number of its own', async () => {
    expect(await pidOf(a)).not.toBe(await pidOf(b))
    expect(await pidOf(a)).toBe(await pidOf(a))
  })

  test('pg_stat_activity shows each', async () => {
    const c = open(served.address, {connection: {application_name: 'watched'}})
    const pid = await pidOf(c)
    const seen = () =>
      b`select usename, datname, application_name, state, query, backend_type from pg_stat_activity where pid = ${pid}`
    expect(await seen()).toEqual([
      {
        usename: served.address.user,
        datname: 'postgres',
        application_name: 'watched',
        state: 'idle',
        query: 'select pg_backend_pid() as pid',
        backend_type: 'client backend',
      },
    ])
    expect(await c`select state, pid from pg_stat_activity where pid = pg_backend_pid()`).toEqual([{state: 'active', pid}])
    await c.end()
    await expect.poll(seen).toEqual([])
  })

  test('settings are a session’s own, and RESET goes back to what it began with', async () => {
    await a.unsafe(`set app.x = 'A'; set search_path = ''`)
    await b.unsafe(`set app.x = 'B'; set work_mem = '7MB'`)
    expect(await a`select current_setting('app.x') as x, current_setting('search_path') as path`).toEqual([{x: 'A', path: '""'}])
    expect(await b`select current_setting('app.x') as x, current_setting('work_mem') as m`).toEqual([{x: 'B', m: '7MB'}])
    await a.unsafe('reset search_path')
    expect((await a`show search_path`)[0]!.search_path).toBe('"$user", public')
    const c = open(served.address, {connection: {application_name: 'mine'}})
    await c.unsafe(`set application_name = 'other'`)
    await b`select 1`
    expect((await c`show application_name`)[0]!.application_name).toBe('other')
    await c.unsafe('reset application_name')
    expect((await c`show application_name`)[0]!.application_name).toBe('mine')
    await c.end()
  })

  test('roles are a session’s own', async () => {
    await a.unsafe('create role reader; set role reader')
    expect(await b`select current_user::text as u`).toEqual([{u: served.address.user}])
    expect(await a`select current_user::text as u`).toEqual([{u: 'reader'}])
    expect(await codeOf(a.unsafe('create role another'))).toBe('42501')
    await a.unsafe('reset role')
    expect(await a`select current_user::text as u`).toEqual([{u: served.address.user}])
  })

  test('a login is who it says, with its role’s settings, and does not become another', async () => {
    await a.unsafe(
      `create role anon; create role app login password 'secret'; grant anon to app; alter role app set work_mem = '9MB'`,
    )
    const c = open({...served.address, user: 'app', password: 'secret'}, {prepare: false})
    const who = () => c`select current_user::text as c, session_user::text as s, current_setting('work_mem') as m`
    expect(await who()).toEqual([{c: 'app', s: 'app', m: '9MB'}])
    await c.unsafe('set role anon')
    await a`select 1`
    expect(await who()).toEqual([{c: 'anon', s: 'app', m: '9MB'}])
    await c.unsafe('discard all')
    expect(await who()).toEqual([{c: 'app', s: 'app', m: '9MB'}])
    expect(await codeOf(c.unsafe(`set session authorization ${served.address.user}`))).toBe('42501')
    await c.begin(async (sql) => {
      await sql.unsafe('set local role anon')
      expect(await sql`select current_user::text as c`).toEqual([{c: 'anon'}])
    })
    expect(await who()).toEqual([{c: 'app', s: 'app', m: '9MB'}])
    await c.end()
    expect(await codeOf(open({...served.address, user: 'nobody'})`select 1`)).toMatch(/^28/)
    expect(await codeOf(open({...served.address, database: 'nowhere'})`select 1`)).toBe('3D000')
  })

  test('prepared statements are a session’s own', async () => {
    await a.unsafe(`prepare p as select 'A' as x`)
    await b.unsafe(`prepare p as select 'B' as x`)
    expect(await a.unsafe('execute p')).toEqual([{x: 'A'}])
    expect(await b.unsafe('execute p')).toEqual([{x: 'B'}])
    const c = open(served.address)
    await c.unsafe('deallocate all')
    await c.end()
    expect(await a.unsafe('execute p')).toEqual([{x: 'A'}])
    await a.unsafe('deallocate p')
    await b.unsafe('deallocate p')
  })

  test('temporary tables are a session’s own', async () => {
    await a.unsafe('create temp table t (i int); insert into t values (1)')
    await b.unsafe('create temp table t (i int, j int); insert into t values (2, 3)')
    expect(await a.unsafe('select * from t')).toEqual([{i: 1}])
    expect(await b.unsafe('select * from t')).toEqual([{i: 2, j: 3}])
    await b.unsafe('drop table t')
    expect(await codeOf(b.unsafe('select * from t'))).toBe('42P01')
    expect(await a.unsafe('select * from t')).toEqual([{i: 1}])
    await a.unsafe('discard temp')
    expect(await codeOf(a.unsafe('select * from t'))).toBe('42P01')
  })

  test('lastval, currval and cursors with hold are a session’s own', async () => {
    await a.unsafe('create table s (id int generated always as identity)')
    await a.unsafe('insert into s default values')
    await b.unsafe('insert into s default values')
    expect(await a`select lastval()::int as v`).toEqual([{v: 1}])
    expect(await b`select currval('s_id_seq')::int as v`).toEqual([{v: 2}])
    await a.unsafe('declare h cursor with hold for select generate_series(1, 3) as i')
    await b`select 1`
    expect(await a.unsafe('fetch all h')).toHaveLength(3)
    await a.unsafe('close h')
  })

  test('advisory locks exclude, are waited for, and end with their session', async () => {
    const got = async (sql: postgres.Sql, call: string) => (await sql.unsafe(`select ${call} as got`))[0]!.got
    expect(await got(a, 'pg_try_advisory_lock(7)')).toBe(true)
    expect(await got(b, 'pg_try_advisory_lock(7)')).toBe(false)
    expect(await b`select distinct pid from pg_locks where locktype = 'advisory'`).toEqual([{pid: await pidOf(a)}])
    let isGot = false
    const waits = b`select pg_advisory_lock(7)`.then(() => {
      isGot = true
    })
    await pause(150)
    expect(isGot).toBe(false)
    expect(await got(a, 'pg_advisory_unlock(7)')).toBe(true)
    await waits
    expect(await got(a, 'pg_try_advisory_xact_lock(7)')).toBe(false)
    expect(await got(b, 'pg_advisory_unlock(7)')).toBe(true)
    expect(await got(b, 'pg_advisory_unlock(7)')).toBe(false)
    await a`select pg_advisory_lock_shared(1, 2)`
    expect(await got(b, 'pg_try_advisory_lock_shared(1, 2)')).toBe(true)
    expect(await got(b, 'pg_try_advisory_lock(1, 2)')).toBe(false)
    await a`select pg_advisory_unlock_all()`
    await b`select pg_advisory_unlock_all()`
    const c = open(served.address)
    await c`select pg_advisory_lock(9)`
    await c.end()
    await expect.poll(() => got(a, 'pg_try_advisory_lock(9)')).toBe(true)
    await a`select pg_advisory_unlock_all()`
  })

  test('notifications reach all who listen, once, from whoever sent them', async () => {
    const heard: string[] = []
    const c = open(served.address)
    await c.listen('ch', (payload) => heard.push(payload))
    await b.notify('ch', 'one')
    await b.begin(async (sql) => {
      await sql`select pg_notify('ch', 'two')`
      await sql`select 1`
    })
    await b
      .begin(async (sql) => {
        await sql`select pg_notify('ch', 'never')`
        throw new Error('rolled back')
      })
      .catch(() => {})
    await b.unsafe('unlisten *')
    await b.notify('ch', 'three')
    await expect.poll(() => heard).toEqual(['one', 'two', 'three'])
    const client = new pg.Client(served.address)
    await client.connect()
    const seen: string[] = []
    client.on('notification', ({channel, payload, processId}) => seen.push(`${channel} ${payload} ${processId}`))
    await client.query('listen ch; listen other')
    await client.query('unlisten ch')
    await a.notify('ch', 'four')
    await a.notify('other', 'five')
    await expect.poll(() => seen).toEqual([`other five ${await pidOf(a)}`])
    await expect.poll(() => heard).toHaveLength(4)
    await client.end()
    await c.end()
  })

  test('transactions are isolated', async () => {
    await a.unsafe('create table counter (n int); insert into counter values (0)')
    const pool = open(served.address, {max: 5})
    const add = () =>
      pool.begin(async (sql) => {
        const [{n}] = (await sql`select n from counter for update`) as unknown as [{n: number}]
        await sql`update counter set n = ${n + 1}`
      })
    await Promise.all(Array.from({length: 40}, add))
    expect(await a`select n from counter`).toEqual([{n: 40}])
    await pool.end()
  })

  test('pools of pg, with named statements and without', async () => {
    const pool = new pg.Pool({...served.address, max: 10})
    const rows = await Promise.all(
      Array.from({length: 300}, (_, i) =>
        pool.query({...(i % 2 && {name: `n${i % 3}`}), text: `select $1::int + ${i % 3} as i`, values: [i]}),
      ),
    )
    expect(rows.map(({rows: [row]}) => row.i)).toEqual(Array.from({length: 300}, (_, i) => i + (i % 3)))
    await pool.end()
  })

  test.each([true, false])('pools of postgres.js, prepare %s', async (prepare) => {
    const pool = open(served.address, {max: 10, prepare})
    const rows = await Promise.all(Array.from({length: 300}, (_, i) => pool`select ${i}::int as i, ${`x${i}`} as s`))
    expect(rows.map(([row]) => [row!.i, row!.s])).toEqual(Array.from({length: 300}, (_, i) => [i, `x${i}`]))
    await pool.end()
  })

  test('COPY takes rows from a client and gives them', async () => {
    await a.unsafe('create table copied (a int, b text)')
    const c = open(served.address)
    const into = await c`copy copied from stdin`.writable()
    for (let i = 0; i < 20_000; i++) if (!into.write(`${i}\trow ${i}\n`)) await new Promise((done) => into.once('drain', done))
    await new Promise((done) => into.end(done))
    expect(await b`select count(*)::int as n, sum(a)::int as s from copied`).toEqual([{n: 20_000, s: 199_990_000}])
    const out = await c`copy copied to stdout`.readable()
    let lines = 0
    for await (const chunk of out) lines += String(chunk).split('\n').length - 1
    expect(lines).toBe(20_000)
    await c.end({timeout: 1})
  })

  test('large rows and parameters', async () => {
    const rows = await a`select repeat('x', 1000000) as s from generate_series(1, 20)`
    expect(rows.map(({s}) => s.length)).toEqual(Array.from({length: 20}, () => 1_000_000))
    expect(await a`select length(${'y'.repeat(3_000_000)}) as n`).toEqual([{n: 3_000_000}])
  })

  test('what runs can be cancelled, and ends at statement_timeout', async () => {
    for (const sql of [
      'select count(*) from generate_series(1, 2000000000)',
      'select pg_sleep(60)',
      'do $$begin loop end loop; end$$',
    ]) {
      const c = open(served.address)
      await c`select 1`
      const query = c.unsafe(sql).execute()
      setTimeout(() => query.cancel(), 300)
      expect(await codeOf(query)).toBe('57014')
      expect(await c`select 1 as a`).toEqual([{a: 1}])
      await c.end()
    }
    await b.unsafe('set statement_timeout = 200')
    await expect(b`select pg_sleep(5)`).rejects.toThrow('canceling statement due to statement timeout')
    await b.unsafe('reset statement_timeout')
    expect(await b`select pg_sleep(0.3), 1 as a`).toMatchObject([{a: 1}])
  })

  test('errors have their codes, and a failed transaction is one', async () => {
    expect(await codeOf(a.unsafe('select * from nowhere'))).toBe('42P01')
    expect(await codeOf(a`select ${1}::int / 0`)).toBe('22012')
    await a.unsafe('begin')
    expect(await codeOf(a.unsafe('select 1/0'))).toBe('22012')
    expect(await codeOf(a.unsafe('select 1'))).toBe('25P02')
    await a.unsafe('rollback')
    expect(await a`select 1 as a`).toEqual([{a: 1}])
  })

  test('whoever goes away in a transaction leaves nothing', async () => {
    const client = new pg.Client(served.address)
    client.on('error', () => {})
    await client.connect()
    await client.query('begin; create table left_behind (i int); select pg_advisory_lock(11)')
    ;(client as unknown as {connection: {stream: {destroy(): void}}}).connection.stream.destroy()
    expect(await b`select to_regclass('left_behind') as r`).toEqual([{r: null}])
    await expect.poll(async () => (await b`select pg_try_advisory_lock(11) as got`)[0]!.got).toBe(true)
    await b`select pg_advisory_unlock_all()`
  })

  test('a session can be ended by another', async () => {
    const client = new pg.Client(served.address)
    const errors: unknown[] = []
    client.on('error', (error) => errors.push((error as {code?: string}).code))
    await client.connect()
    const {rows} = await client.query('select pg_backend_pid() as pid')
    await a`select pg_terminate_backend(${rows[0].pid})`
    await expect.poll(() => errors).toContain('57P01')
    await client.end().catch(() => {})
  })

  test.runIf(engine === 'wire')('whoever is silent in a transaction while others wait is told to go', async () => {
    const client = new pg.Client(served.address)
    const errors: unknown[] = []
    client.on('error', (error) => errors.push((error as {code?: string}).code))
    await client.connect()
    await client.query('begin')
    expect(await b`select 1 as a`).toEqual([{a: 1}])
    expect(errors).toContain('25P03')
    await client.end().catch(() => {})
  })
})
