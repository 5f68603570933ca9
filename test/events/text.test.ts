// Values in; rows and arrays as PostgreSQL writes them are read as it reads them, and arrays written so that it reads them.
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type Elements, readArray, writeArray} from '../../src/events/text/array.ts'
import {readRecord} from '../../src/events/text/record.ts'
import type {Db} from '../../src/postgres/db.ts'
import {ENGINES, type Opened} from './engines.ts'

const RUNS = {numRuns: Number(process.env.PGEXT_RUNS ?? 30)}

/** Mostly of what quoting is about. */
const value = fc.oneof(
  fc.constantFrom(null, '', ' ', 'NULL', 'null', '()', '{}', '"', '\\', '""', '\\"', 't', '\u00a0', '\v'),
  fc.string({unit: fc.constantFrom(...'"\\(){}[],;=: \n\r\t\v\f\'aN1ü€😀'), maxLength: 8}),
  fc.string({unit: 'binary', maxLength: 6}).map((text) => text.replaceAll('\0', '')),
)

const WIDTH = 4
const record = fc.array(value, {minLength: WIDTH, maxLength: WIDTH})

for (const {name, open} of ENGINES) {
  describe(`texts of ${name}`, () => {
    let opened: Opened
    let db: Db

    beforeAll(async () => {
      opened = await open()
      db = opened.db
      await db.script(`create type public.one as (a text); create type public.four as (a text, b text, c text, d text);
        create type public.none as ()`)
    })
    afterAll(() => opened?.close())

    test('rows: what PostgreSQL wrote is read, and reads as PostgreSQL reads it', async () => {
      const batch = fc.array(record, {minLength: 1, maxLength: 40})
      await fc.assert(
        fc.asyncProperty(batch, async (records) => {
          const columns = Array.from({length: WIDTH}, (_, at) => records.map((values) => values[at]!))
          const rows = await db.query(
            `select at, r::text as text, (r::text::public.four).*
             from unnest($1::text[], $2::text[], $3::text[], $4::text[]) with ordinality u (a, b, c, d, at),
               lateral (select row(a, b, c, d) as r) r order by at`,
            columns,
          )
          expect(rows.map(({text}) => readRecord(text))).toEqual(records)
          expect(rows.map(({a, b, c, d}) => [a, b, c, d])).toEqual(records)
        }),
        RUNS,
      )
    })

    test('rows of one column', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(value, {minLength: 1, maxLength: 40}), async (values) => {
          const rows = await db.query(
            'select row(v)::public.one::text as text from unnest($1::text[]) with ordinality u (v, at) order by at',
            [values],
          )
          expect(rows.map(({text}) => readRecord(text))).toEqual(values.map((value) => [value]))
        }),
        RUNS,
      )
    })

    test('arrays: of any dimensions and lower bounds', async () => {
      const shape = fc.record({
        sizes: fc.array(fc.integer({min: 1, max: 3}), {minLength: 1, maxLength: 3}),
        values: fc.array(value, {minLength: 27, maxLength: 27}),
        from: fc.integer({min: -2, max: 2}),
      })
      await fc.assert(
        fc.asyncProperty(shape, async ({sizes, values, from}) => {
          const expected = nest(values, sizes)
          // made by subscripts, element by element: nothing of ours writes what is read here
          const places = cells(sizes)
          const flat = values.slice(0, places.length)
          const assigned = places.map((place, at) => `a${place.map((n) => `[${n + from}]`).join('')} := v[${at + 1}];`).join('\n')
          const fill = `a := array_fill(null::text, array[${sizes.join()}], array[${sizes.map(() => from).join()}]);`
          await db.script(`create or replace function pg_temp.made(v text[]) returns text language plpgsql as $made$
            declare a text[]; begin ${fill} ${assigned} return a::text; end $made$`)
          const [row] = await db.query('select pg_temp.made($1) as text', [flat])
          expect(readArray(row!.text)).toEqual(expected)
        }),
        RUNS,
      )
    })

    test('arrays: what is written is read by PostgreSQL', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(value, {maxLength: 40}), async (values) => {
          const text = writeArray(values)
          const rows = await db.query(
            'select v, $1::text[]::text as text from unnest($1::text[]) with ordinality u (v, at) order by at',
            [text],
          )
          expect(rows.map(({v}) => v)).toEqual(values)
          if (rows.length > 0) expect(readArray(rows[0]!.text)).toEqual(values)
        }),
        RUNS,
      )
    })

    test('by hand', async () => {
      const texts = await db.query(`select '{}'::int[]::text as empty, '[0:1]={1,2}'::int[]::text as bounds,
        '{(1,1),(0,0);(2,2),(1,1)}'::box[]::text as boxes, array[row(1, array['a"', null])]::text as rows,
        row(null)::public.one::text as null_one, row('')::public.one::text as empty_one, row()::public.none::text as none`)
      const {empty, bounds, boxes, rows, null_one, empty_one, none} = texts[0]!
      expect(readArray(empty)).toEqual([])
      expect(readArray(bounds)).toEqual(['1', '2'])
      expect(readArray(boxes, ';')).toEqual(['(1,1),(0,0)', '(2,2),(1,1)'])
      const [inner] = readArray(rows) as string[]
      const [number, array] = readRecord(inner!)
      expect([number, readArray(array!)]).toEqual(['1', ['a"', null]])
      expect([null_one, empty_one, none].map((text) => readRecord(text))).toEqual([[null], [''], [null]])
      const [box] = await db.query('select $1::box[]::text as text', [writeArray(['(1,1),(0,0)', null], ';')])
      expect(readArray(box!.text, ';')).toEqual(['(1,1),(0,0)', null])
    })
  })
}

test('what PostgreSQL never writes is told', () => {
  for (const text of ['', '(', ')', '1', '("a)', '("a"b)', '(a', 'a)', '("', '(")'])
    expect(() => readRecord(text), text).toThrow(/can't be read/)
  for (const text of ['', '{', '}', '1', '{"a}', '{"a"b}', '{a', '{1}}', '{{1}', '{1}x', '[0:1]=']) {
    expect(() => readArray(text), text).toThrow(/can't be read/)
  }
})

function nest(values: readonly (string | null)[], [size, ...rest]: readonly number[]): Elements {
  const each = rest.reduce((product, n) => product * n, 1)
  return Array.from({length: size!}, (_, at) =>
    rest.length === 0 ? values[at]! : nest(values.slice(at * each, (at + 1) * each), rest),
  )
}

function cells([size, ...rest]: readonly number[]): number[][] {
  const own = Array.from({length: size!}, (_, n) => [n])
  return rest.length === 0 ? own : own.flatMap((place) => cells(rest).map((inner) => [...place, ...inner]))
}
