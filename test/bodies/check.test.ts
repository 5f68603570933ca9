// Schemas in; where the check of function bodies says what, of whom it may be asked, and that nothing of it stays.
import {readFile} from 'node:fs/promises'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {checkBodies} from '../../src/bodies/check.ts'
import type {Finding} from '../../src/bodies/model.ts'
import type {ObjectId} from '../../src/diff/model.ts'
import type {Db} from '../../src/postgres/db.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

const MAIN = 18

const TABLES = `
  create table public.orders (id int primary key, note text, total numeric(10, 2));
  create function public.wrong(id int) returns int language plpgsql as $$
begin
  perform o.nothing from public.orders o;
  return (select total from public.orders where id = 1);
end$$;
  create function public.fine(n int) returns text language plpgsql as $$
declare
  o public.orders;
begin
  select * into o from public.orders where id = n;
  return o.note;
end$$;
  create function public.later(n int) returns bigint language sql as 'select n'`

const SETUPS: [string, 'native' | 'pglite', number][] = [
  ...(process.env.PGEXT_MAJORS === 'all' ? [14, 15, 16, 17, MAIN] : [MAIN]).map((major): [string, 'native', number] => [
    `PostgreSQL ${major}`,
    'native',
    major,
  ]),
  ['PGlite', 'pglite', MAIN],
]

for (const [name, want, major] of SETUPS) {
  describe.skipIf(want === 'native' && !findBinaries(major))(`checking bodies on ${name}`, () => {
    let shadow: Shadow
    let database: ShadowDatabase
    let db: Db

    beforeAll(async () => {
      shadow = await openShadow({want, major})
      database = await shadow.create()
      db = await database.connect()
      await db.script(TABLES)
    })
    afterAll(() => shadow?.close())

    test('errors stand where they are', async () => {
      const found = await checkBodies(db)
      expect(found.filter(({level}) => level === 'error').map(({routine, sqlstate, at}) => [routine, sqlstate, at])).toEqual([
        ['function public.wrong(integer)', '42703', 17],
        ['function public.wrong(integer)', '42702', 97],
      ])
    })

    test.skipIf(want === 'pglite')(
      'the server’s log says nothing of what is refused, where the role may ask for that',
      async () => {
        const [log] = await db.query(`select current_setting('data_directory') || '/../log' as path`)
        const logged = async () =>
          (await readFile(log!.path, 'utf8')).split('\n').filter((line) => line.includes('o.nothing')).length
        await db.script(`drop role if exists bodies_plain; create role bodies_plain; grant create, usage on schema public to bodies_plain;
        grant select on public.orders to bodies_plain; set log_min_messages = error`)
        const before = await logged()
        expect((await checkBodies(db)).filter(isWrong)).toHaveLength(2)
        expect(await logged()).toBe(before)
        expect(await db.query(`select current_setting('log_min_messages') as it`)).toEqual([{it: 'error'}])
        // one that may not is told all the same
        await db.script('set role bodies_plain')
        expect((await checkBodies(db)).filter(isWrong)).toHaveLength(2)
        await db.script('reset role')
        expect(await logged()).toBeGreaterThan(before)
        if (major >= 15) {
          await db.script('grant set on parameter log_min_messages to bodies_plain; set role bodies_plain')
          const then = await logged()
          expect((await checkBodies(db)).filter(isWrong)).toHaveLength(2)
          expect(await logged()).toBe(then)
          await db.script('reset role; revoke set on parameter log_min_messages from bodies_plain')
        }
        await db.script(`reset log_min_messages; drop owned by bodies_plain; drop role bodies_plain`)
      },
    )

    test('of some routines alone', async () => {
      const only = (id: string) => checkBodies(db, new Set([id as ObjectId]))
      expect((await only('function public.fine(integer)')).filter(isWrong)).toEqual([])
      expect((await only('function public.wrong(integer)')).filter(isWrong)).toHaveLength(2)
      expect(await checkBodies(db, new Set())).toEqual([])
    })

    test('within a transaction: nothing is locked, nothing stays, and it goes on', async () => {
      await db.transaction(async () => {
        await db.script(`create table public.fresh (x int);
          create function public.fresh() returns void language plpgsql as 'begin update public.fresh set y = 1 where x in (select id from public.orders); end'`)
        const locks = () =>
          db.query(`select count(*)::int as n from pg_catalog.pg_locks where relation = 'public.orders'::regclass`)
        const [before] = await db.query('select pg_current_xact_id_if_assigned()::text as xact')
        const found = await checkBodies(db, new Set(['function public.fresh()' as ObjectId]))
        expect(found.filter(isWrong)).toMatchObject([{sqlstate: '42703', level: 'error'}])
        expect(await locks()).toEqual([{n: 0}])
        expect(await db.query('select pg_current_xact_id_if_assigned()::text as xact')).toEqual([before])
        expect(await db.query(`select current_setting('search_path') as path`)).toEqual([{path: '""'}])
        await db.script('drop function public.fresh()')
      })
      expect(await db.query(`select to_regclass('public.fresh')::text as it`)).toEqual([{it: 'public.fresh'}])
      await db.script('drop table public.fresh')
    })

    test('a comment silences what is said of its line, or of the routine', async () => {
      await db.script(`create function public.loud(a text) returns void language plpgsql security definer as $$
-- pgext:ignore definer-path
declare
  b int;
  c int; -- pgext:ignore unused-variable
begin
  execute 'select ' || a;
  -- pgext:ignore statement, dynamic-sql
  execute 'select 1 from ' || a || missing;
end$$`)
      const found = await checkBodies(db, new Set(['function public.loud(text)' as ObjectId]))
      expect(found.map(({rule}) => rule)).toEqual(['unused-variable', 'dynamic-sql'])
      await db.script('drop function public.loud(text)')
    })

    test('plpgsql_check is asked where it is: a function of its signature', async () => {
      await db.script(`create function public.plpgsql_check_function_tb(funcoid regprocedure, relid regclass default 0, fatal_errors boolean default true)
          returns table (functionid regproc, lineno int, statement text, sqlstate text, message text, detail text, hint text, level text,
            "position" int, query text, context text) language sql as $$
          select funcoid::oid::regproc, 5, 'SQL statement', '00000', 'too few attributes', null, 'look', 'warning', 8, 'select * into o', null
          union all select funcoid::oid::regproc, 3, null, '00000', 'never read', null, null, 'warning extra', null, null, null $$`)
      const found = await checkBodies(db, new Set(['function public.fine(integer)' as ObjectId]), {
        checker: 'public.plpgsql_check_function_tb',
      })
      expect(found.map(({rule, level, at, message}) => [rule, level, at, message])).toEqual([
        ['plpgsql-check', 'note', 11, 'never read'],
        ['plpgsql-check', 'warning', 43, 'too few attributes'],
      ])
      expect(await checkBodies(db, new Set(['function public.fine(integer)' as ObjectId]), {checker: 'public.nothing'})).toEqual(
        [],
      )
      await db.script('drop function public.plpgsql_check_function_tb')
    })

    test.skipIf(want === 'pglite')('a lock that does not come is no fault of a body', async () => {
      const other = await database.connect()
      await other.script('begin; lock table public.orders')
      await db.script(`set lock_timeout = '100ms'`)
      await expect(checkBodies(db)).rejects.toMatchObject({sqlstate: '55P03'})
      // at once: what the first had still to ask must not come between
      await expect(checkBodies(db)).rejects.toMatchObject({sqlstate: '55P03'})
      await other.script('rollback')
      expect((await checkBodies(db)).filter(isWrong)).toHaveLength(2)
      await db.script('reset lock_timeout')
      await other.close()
    })

    test('by a role that may do nothing', async () => {
      await db.script(`create role nobody_much; revoke execute on all functions in schema public from public`)
      const other = await database.connect({role: 'nobody_much'})
      expect((await checkBodies(other)).filter(isWrong)).toHaveLength(2)
      await other.close()
    })
  })
}

const isWrong = ({level}: Finding): boolean => level === 'error'
