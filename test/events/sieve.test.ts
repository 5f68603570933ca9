// Declarations and changes in; what is left of each change, as PostgreSQL itself judges filters.
import fc from 'fast-check'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {PgextError} from '../../src/errors.ts'
import {readDeclared} from '../../src/events/declared.ts'
import type {Change, Row, Shape} from '../../src/events/model.ts'
import {Sieve} from '../../src/events/sieve.ts'
import {readRecord} from '../../src/events/text/record.ts'
import {Types} from '../../src/events/types.ts'
import {Where} from '../../src/events/where.ts'
import type {Db} from '../../src/postgres/db.ts'
import {ENGINES, type Opened} from './engines.ts'
import {show} from './log.ts'
import {shapeOf} from './shapes.ts'
import {SCALARS, SCHEMA} from './zoo.ts'

for (const {name, major, open} of ENGINES) {
  describe(`the declaration on ${name}`, () => {
    let opened: Opened
    let db: Db

    beforeAll(async () => {
      opened = await open()
      db = opened.db
    })
    afterEach(() =>
      db.script('drop publication if exists pg_events; drop schema if exists s cascade; drop schema if exists other cascade'),
    )
    afterAll(() => opened?.close())

    const make = (sql: string) => db.script(`create schema s; create schema other; ${sql}`)
    const insert = (shape: Shape, row: Row): Change => ({kind: 'change', operation: 'INSERT', shape, row})
    const update = (shape: Shape, row: Row, old?: Row): Change => ({
      kind: 'change',
      operation: 'UPDATE',
      shape,
      row,
      ...(old && {old}),
    })
    const remove = (shape: Shape, old: Row): Change => ({kind: 'change', operation: 'DELETE', shape, old})

    async function sift(changes: readonly Change[], sieve = new Sieve(new Types())): Promise<(string | undefined)[]> {
      const left = await sieve.sift(db, changes)
      return left!.map((one) => (one instanceof PgextError ? `${one.code}: ${one.message}` : one && show(one)))
    }

    async function declared(): Promise<Record<string, unknown>> {
      const {tables, overruled} = await readDeclared(db)
      const names = [...tables.values()].map(({schema, table, excerpt, filter}) => [
        `${schema}.${table}${excerpt ? ` (${[...excerpt.columns].join()})` : ''}${filter ? ` ${filter.sql}` : ''}`,
      ])
      return {tables: names.flat().sort(), overruled: overruled.map(({schema, table}) => `${schema}.${table}`).sort()}
    }

    test('none', async () => {
      await make('create table s.a (id int primary key)')
      expect(await declared()).toEqual({tables: [], overruled: []})
      expect(await sift([insert(await shapeOf(db, 's.a'), ['1'])])).toEqual([undefined])
    })

    test('a condition of somebody’s, over columns of composite types and of arrays of them', async () => {
      await make(`create type s.p as (x int, y text); create domain s.d as s.p check ((value).x > 0);
        create table s.c (id int primary key, p s.p, d s.d, l s.p[], n int[])`)
      const shape = await shapeOf(db, 's.c')
      const changes = [
        insert(shape, ['1', '(1,"a,""b")', '(2,c)', '{"(3,d)","(4,)"}', '{5,6}']),
        insert(shape, ['2', '(1,z)', '(2,c)', '{"(3,d)"}', '{}']),
        insert(shape, ['3', null, null, null, null]),
      ]
      const where = await Where.read(`(p).y like 'a,%' and (d).x = 2 and (l[2]).x = 4 and n[1] = 5`)
      expect([...(await where.met(db, new Types(), changes))]).toEqual([changes[0]])
    })

    test('all tables; partitions go by their root', async () => {
      await make(`create table s.a (id int); create unlogged table s.u (id int); create schema if not exists pgext; create table if not exists pgext.own (id int);
        create table s.p (id int) partition by list (id); create table s.p1 partition of s.p for values in (1) partition by list (id);
        create table other.p11 partition of s.p1 for values in (1);
        create publication pg_events for all tables with (publish = '')`)
      expect(await declared()).toEqual({tables: ['s.a', 's.p'], overruled: []})
      await db.script('drop schema pgext cascade')
    })

    test('a partition of a root that is not declared', async () => {
      await make(`create table s.p (id int) partition by list (id); create table s.p1 partition of s.p for values in (1) partition by list (id);
        create table s.p11 partition of s.p1 for values in (1); create publication pg_events for table s.p1, s.p11 with (publish = '')`)
      expect(await declared()).toEqual({tables: ['s.p1'], overruled: []})
      const [p, p1] = [await shapeOf(db, 's.p'), await shapeOf(db, 's.p1')]
      expect(await sift([insert(p, ['1']), insert(p1, ['1'])])).toEqual([undefined, 'INSERT s.p1 id=1'])
    })

    test('a table that was dropped keeps what was declared', async () => {
      await make(
        `create table s.a (id int primary key); create table s.b (id int primary key); create publication pg_events for table s.a, s.b with (publish = '')`,
      )
      const [a, b] = [await shapeOf(db, 's.a'), await shapeOf(db, 's.b')]
      const sieve = new Sieve(new Types())
      await sieve.refresh(db)
      await db.script('drop table s.a; alter publication pg_events drop table s.b')
      await sieve.refresh(db)
      expect(await sift([insert(a, ['1']), insert(b, ['1'])], sieve)).toEqual(['INSERT s.a id*=1', undefined])
    })

    describe.skipIf(major < 15)('lists and filters', () => {
      test('as PostgreSQL has them', async () => {
        await make(
          `create table s.a (id int primary key, b text collate "C", "c d" text); create table other.x (id int);
          create table s.p (id int) partition by list (id); create table s.p1 partition of s.p for values in (1);
          create publication pg_events for table s.a where (b < 'x' and id > 1), s.p, s.p1 where (id = 1), tables in schema other
            with (publish = '')`,
        )
        expect(await declared()).toEqual({
          tables: ['other.x', "s.a ((b < 'x'::text) AND (id > 1))", 's.p'],
          overruled: ['s.p1'],
        })
        // what its schema publishes, it publishes whole
        await db.script(`alter publication pg_events add table other.x where (id = 1)`)
        expect((await declared()).tables).toContain('other.x')
      })

      test('columns that the list leaves out appear nowhere', async () => {
        await make(
          `create table s.a (id int primary key, secret text, note text); create publication pg_events for table s.a (note, id) where (secret = 'x') with (publish = '')`,
        )
        const a = await shapeOf(db, 's.a')
        expect(
          await sift([
            insert(a, ['1', 'x', 'n']),
            insert(a, ['1', 'y', 'n']),
            update(a, ['1', 'x', 'm'], ['1', 'x', 'n']),
            remove(a, ['1', 'x', 'n']),
            {kind: 'change', operation: 'TRUNCATE', shape: a},
          ]),
        ).toEqual([
          'INSERT s.a id*=1 note=n',
          undefined,
          'UPDATE s.a id*=1 note=m ← id*=1 note=n',
          'DELETE s.a ← id*=1 note=n',
          'TRUNCATE s.a',
        ])
      })

      test('both images are judged', async () => {
        await make(
          `create table s.a (id int primary key, on_ bool, big text); create publication pg_events for table s.a where (on_) with (publish = '')`,
        )
        const a = await shapeOf(db, 's.a')
        const [seen, unseen, unsure]: Row[] = [
          ['1', 't', 'b'],
          ['1', 'f', 'b'],
          ['1', null, 'b'],
        ]
        expect(
          await sift([
            update(a, seen!, seen),
            update(a, seen!, unseen),
            update(a, unseen!, seen),
            update(a, unsure!, seen),
            update(a, unseen!, unsure),
          ]),
        ).toEqual([
          'UPDATE s.a id*=1 on_=t big=b ← id*=1 on_=t big=b',
          'INSERT s.a id*=1 on_=t big=b',
          'DELETE s.a ← id*=1 on_=t big=b',
          'DELETE s.a ← id*=1 on_=t big=b',
          undefined,
        ])
      })

      test('a row before that is not known', async () => {
        await make(
          `create table s.a (id int primary key, on_ bool, big text); create publication pg_events for table s.a where (on_) with (publish = '')`,
        )
        const a = await shapeOf(db, 's.a')
        const key: Row = ['1', undefined, undefined]
        expect(
          await sift([
            update(a, ['1', 't', undefined]),
            update(a, ['1', 'f', 'b']),
            remove(a, key),
            update(a, ['1', undefined, 'b']),
          ]),
        ).toEqual([
          'UPDATE s.a id*=1 on_=t big=…',
          'DELETE s.a ← id*=1 on_=… big=…',
          'DELETE s.a ← id*=1 on_=… big=…',
          expect.stringMatching(/^events-gone: a change of table s.a came without a value/),
        ])
      })

      test('a filter on the key is judged by the key alone, whatever else the list names', async () => {
        await make(
          `create table s.a (id int primary key, on_ bool, big text); create publication pg_events for table s.a (id, on_) where (id > 1) with (publish = '')`,
        )
        const a = await shapeOf(db, 's.a')
        const sieve = new Sieve(new Types())
        for (let round = 0; round < 2; round++) {
          expect(
            await sift(
              [remove(a, ['1', undefined, undefined]), remove(a, ['2', undefined, undefined]), insert(a, ['2', 't', 'b'])],
              sieve,
            ),
          ).toEqual([undefined, 'DELETE s.a ← id*=2 on_=…', 'INSERT s.a id*=2 on_=t'])
        }
      })

      test('one value for which the filter raises an error hides none of the others', async () => {
        await make(
          `create table s.a (id int primary key, n int); create publication pg_events for table s.a where (10 / n > 1) with (publish = '')`,
        )
        const a = await shapeOf(db, 's.a')
        const left = await sift(['1', '0', '20', '5', '2'].map((n) => insert(a, [n, n])))
        expect(left).toEqual([
          'INSERT s.a id*=1 n=1',
          expect.stringMatching(/^events-gone: .* s\.a .*22012/),
          undefined,
          'INSERT s.a id*=5 n=5',
          'INSERT s.a id*=2 n=2',
        ])
      })

      test('columns by the names they had; what can not be told is said', async () => {
        await make(
          `create table s.status (id int primary key, status text, n int); create publication pg_events for table s.status where (status is not null) with (publish = '')`,
        )
        const before = await shapeOf(db, 's.status')
        const sieve = new Sieve(new Types())
        expect(await sift([insert(before, ['1', 'x', '1'])], sieve)).toHaveLength(1)
        await db.script(`alter table s.status rename column status to state; alter table s.status rename column n to status`)
        const after = await shapeOf(db, 's.status')
        expect(await sift([insert(after, ['1', null, '1']), insert(after, ['1', 'x', null])], sieve)).toEqual([
          undefined,
          'INSERT s.status id*=1 state=x status=∅',
        ])
        // the filter now speaks of a column that was not there then
        expect(await sift([insert(before, ['1', 'x', '1'])], sieve)).toEqual([
          expect.stringMatching(/^events-gone: .*other columns then/),
        ])
      })

      test('a column of another type since', async () => {
        await make(`create table s.a (id int primary key, n int); create publication pg_events for table s.a with (publish = '')`)
        const before = await shapeOf(db, 's.a')
        await db.script(`alter table s.a alter n type text; alter publication pg_events set table s.a where (n like 'a%')`)
        const after = await shapeOf(db, 's.a')
        expect(await sift([insert(after, ['1', 'ab'])])).toEqual(['INSERT s.a id*=1 n=ab'])
        expect(await sift([insert(before, ['1', '7'])])).toEqual([expect.stringMatching(/^events-gone: /)])
      })

      test('names that this room uses itself, and filters that speak of no column', async () => {
        await make(`create table s.r (r int, n int, u int, c2 int, "ord ""x" text collate "C"); create table s.none ();
          create publication pg_events for table s.r where (r = 1 and n = 2 and u = 3 and c2 = 4 and "ord ""x" < 'a'), s.none where (1 = 1) with (publish = '')`)
        const [r, none] = [await shapeOf(db, 's.r'), {...(await shapeOf(db, 's.r')), columns: []}]
        expect(await sift([insert(r, ['1', '2', '3', '4', 'B']), insert(r, ['1', '2', '3', '4', 'b'])])).toEqual([
          'INSERT s.r r=1 n=2 u=3 c2=4 ord "x=B',
          undefined,
        ])
        const [{oid}] = (await db.query(`select 's.none'::regclass::oid as oid`)) as [{oid: number}]
        expect(await sift([insert({...none, relid: oid, table: 'none'}, [])])).toEqual(['INSERT s.none '])
      })

      test('values of all types are what they were', async () => {
        await db.script(
          `create schema s; create schema other; ${SCHEMA.replaceAll(' public.', ' s.').replaceAll('as public.', 'as s.')}`,
        )
        const types = SCALARS.filter(([type]) => !/^(json|point|box|"char"|public|regtype|money)/.test(type))
        const list = types.map(([type], n) => `c${n} ${type}`).join(', ')
        await db.script(`create table s.many (id int primary key, ${list})`)
        const row = fc.tuple(...types.map(([, texts]) => texts))
        await fc.assert(
          fc.asyncProperty(row, async (values) => {
            await db.script('truncate s.many; drop publication if exists pg_events')
            const cast = types.map(([type], n) => `$${n + 1}::${type}`).join(', ')
            await db.query(`insert into s.many select 1, ${cast}`, values)
            const [text] = await db.query('select t::text as text, t.* from s.many t')
            const [, ...texts] = readRecord(text!.text)
            // each column is the very value that its text says
            const same = types.map(([type], n) => `c${n} = ${quote(texts[n]!)}::${type}`)
            await db.script(`create publication pg_events for table s.many where (${same.join(' and ')}) with (publish = '')`)
            const shape = await shapeOf(db, 's.many')
            expect(await sift([insert(shape, ['1', ...texts])])).not.toEqual([undefined])
            const other = types.findIndex(([type]) => type === 'bool')
            const wrong = texts.map((text, n) => (n === other ? (text === 't' ? 'f' : 't') : text))
            expect(await sift([insert(shape, ['1', ...wrong])])).toEqual([undefined])
          }),
          {numRuns: 5, endOnFailure: true},
        )
      })
    })
  })
}

const quote = (text: string): string => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
