// Rows of all sorts of types in; their JSON is to_json's, to the byte, but for bigint and numeric, which are strings.
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {rowJson, Writers} from '../../src/events/json.ts'
import {readRecord} from '../../src/events/text/record.ts'
import {Types} from '../../src/events/types.ts'
import type {Db} from '../../src/postgres/db.ts'
import {ENGINES, type Opened} from './engines.ts'
import {shapeOf} from './shapes.ts'
import {COLUMNS, ROW, SCHEMA} from './zoo.ts'

const RUNS = {numRuns: Number(process.env.PGEXT_RUNS ?? 12), endOnFailure: true}

for (const {name, open} of ENGINES) {
  describe(`values of ${name}`, () => {
    let opened: Opened
    let db: Db

    beforeAll(async () => {
      opened = await open()
      db = opened.db
    })
    afterAll(() => opened?.close())

    /** JSON of all rows of a table, as it is read from the rows' texts. */
    async function shown(table: string, types = new Types()): Promise<string[]> {
      const shape = await shapeOf(db, table)
      await types.know(
        db,
        shape.columns.map(({type}) => type),
      )
      const writers = new Writers(types).of(shape)
      const rows = await db.query(`select (t.*)::text as text from ${table} t`)
      return rows.map(({text}) => rowJson(writers, readRecord(text)))
    }

    const said = async (table: string): Promise<string[]> =>
      (await db.query(`select to_json(t.*)::text as json from ${table} t`)).map(({json}) => json)

    test('of many types, in domains, arrays and composites', async () => {
      await db.script(SCHEMA)
      const names = COLUMNS.map(({name}) => name)
      await fc.assert(
        fc.asyncProperty(fc.array(ROW, {minLength: 4, maxLength: 8}), async (rows) => {
          await db.script('truncate public.zoo, public.twin')
          for (const row of rows) {
            await db.query(
              `insert into public.zoo (${names.join(', ')}) values (${COLUMNS.map(({type}, at) => `$${at + 1}::${type}`).join(', ')})`,
              row,
            )
          }
          const texts = COLUMNS.map(({name, type, twin}) => (type === twin ? name : `${name}::text::${twin}`))
          await db.query(`insert into public.twin (${names.join(', ')}) select ${texts.join(', ')} from public.zoo`)
          expect(await shown('public.zoo')).toEqual(await said('public.twin'))
        }),
        RUNS,
      )
    })

    test('a type that is gone, and one that has other fields since', async () => {
      await db.script(`create type public.pair as (a int, b numeric);
        create type public.left as enum ('x');
        create table public.changing (p public.pair, l public.left)`)
      const [first] = await db.query(`select row(row(1, 2.50)::public.pair, 'x'::public.left)::public.changing::text as text`)
      const shape = await shapeOf(db, 'public.changing')
      const oids = shape.columns.map(({type}) => type)
      const types = new Types()
      const writers = new Writers(types)
      await types.know(db, oids)
      const read = (text: string) => rowJson(writers.of(shape), readRecord(text))
      expect(read(first!.text)).toBe('{"p":{"a":1,"b":"2.50"},"l":"x"}')

      await db.script(`alter type public.pair add attribute c bool`)
      const [second] = await db.query(
        `select row(row(1, 2.50, true)::public.pair, 'x'::public.left)::public.changing::text as text`,
      )
      // at once it is not noticed, and said as it was written
      expect(read(second!.text)).toBe('{"p":"(1,2.50,t)","l":"x"}')
      await new Promise((resolve) => setTimeout(resolve, 1100))
      await types.know(db, oids)
      expect(read(second!.text)).toBe('{"p":{"a":1,"b":"2.50","c":true},"l":"x"}')
      expect(read(first!.text)).toBe('{"p":"(1,2.50)","l":"x"}')

      await db.script('drop table public.changing; drop type public.pair, public.left')
      const late = new Types()
      await late.know(db, oids)
      expect(rowJson(new Writers(late).of(shape), readRecord(second!.text))).toBe('{"p":"(1,2.50,t)","l":"x"}')
      // who knew it still does
      await new Promise((resolve) => setTimeout(resolve, 1100))
      await types.know(db, oids)
      expect(read(second!.text)).toBe('{"p":{"a":1,"b":"2.50","c":true},"l":"x"}')
    })

    test('types with a cast to json of their own come as text', async () => {
      await db.script(`create type public.degrees as enum ('hot', 'cold');
        create function public.degrees_json(public.degrees) returns json language sql immutable return '{"own": 1}'::json;
        create cast (public.degrees as json) with function public.degrees_json(public.degrees);
        create table public.weather (d public.degrees); insert into public.weather values ('hot')`)
      expect(await shown('public.weather')).toEqual(['{"d":"hot"}'])
    })

    test('what was not sent is left out', async () => {
      await db.script('create table public.parts (a int, b text, c bool)')
      const types = new Types()
      const shape = await shapeOf(db, 'public.parts')
      await types.know(
        db,
        shape.columns.map(({type}) => type),
      )
      const writers = new Writers(types).of(shape)
      expect(rowJson(writers, [undefined, null, 't'])).toBe('{"b":null,"c":true}')
      expect(rowJson(writers, ['1', undefined, undefined])).toBe('{"a":1}')
      expect(rowJson(writers, [undefined, undefined, undefined])).toBe('{}')
    })
  })
}
