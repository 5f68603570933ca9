// Filters and rows in; that what is decided here is what PostgreSQL decides, and that the rest is asked of it all at once, out.
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Change, Shape} from '../../src/events/model.ts'
import {Types} from '../../src/events/types.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {quoteName} from '../../src/postgres/quote.ts'
import {prepareAll} from '../../src/realtime/filter/asking.ts'
import {Filter} from '../../src/realtime/filter/filter.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {openCluster} from './place.ts'

let cluster: Cluster
let db: Db
beforeAll(async () => {
  cluster = await openCluster()
  db = await connect(cluster.url('postgres'))
})
afterAll(async () => {
  await db?.close()
  await cluster?.close()
})

const SEED = Number(process.env.PGEXT_SEED ?? 5)
const RUNS = Number(process.env.PGEXT_RUNS ?? 40)

const WHOLE = ['0', '1', '-1', '7', '10', '99', '-32768', '32767']
const WIDE = [...WHOLE, '9007199254740993', '9007199254740992', '-9223372036854775808', '9223372036854775807', '123456789012345']
const FLOATS = ['0', '-0', '1', '1.5', '-1.5', '1e20', '1e-20', '0.1', '0.3', 'NaN', 'Infinity', '-Infinity', '16777217', '1.1']
const TEXTS = [
  '',
  'a',
  'b',
  'B',
  'ab',
  'a b',
  'aab',
  'äb',
  'z',
  'Z',
  '_',
  '%',
  'a%b',
  '\\',
  '\uffee',
  '😀',
  '😀b',
  'é',
  'e\u0301',
  'aaaaaaab',
  '10',
  '9',
]
const DAYS = [
  '2026-11-22',
  '0044-03-15 BC',
  '0044-03-14 BC',
  '0100-01-01 BC',
  '0001-01-01',
  '12026-01-01',
  '9999-12-31',
  'infinity',
  '-infinity',
]
const MOMENTS = [
  ...DAYS.map((day) => (day.includes('-0') || day.includes('-1') ? day.replace(/( BC)?$/, ' 10:00:00$1') : day)),
  ...['2026-11-22 10:00:00.5', '2026-11-22 10:00:00.55', '2026-11-22 10:00:00.000001', '2026-11-22 09:59:59.999999'],
]
const UUIDS = ['00000000-0000-0000-0000-000000000000', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'f0eebc999c0b4ef8bb6d6bb9bd380a11']
const NUMERICS = [...FLOATS, ...WIDE, '1.0', '1.00', '1.10', '0.001', '-0.001', '-1.05', '100000000000000000000000.1', '099']

/** By type: values, and whether all comparisons are decided here. */
const TYPES: readonly (readonly [column: string, type: string, values: readonly string[]])[] = [
  ['small', 'int2', WHOLE],
  ['whole', 'int4', WHOLE],
  ['wide', 'int8', WIDE],
  ['number', 'numeric', NUMERICS],
  ['single', 'float4', FLOATS],
  ['double', 'float8', FLOATS],
  ['is', 'bool', ['t', 'f']],
  ['id', 'uuid', UUIDS],
  ['day', 'date', DAYS],
  ['moment', 'timestamp', MOMENTS],
  ['momenttz', 'timestamptz', [...MOMENTS, '2026-11-22 10:00:00+02', '2026-11-22 08:00:00+00']],
  ['body', 'text collate "C"', TEXTS],
  ['title', 'varchar collate "C"', TEXTS],
]

describe('comparisons', () => {
  test.each(TYPES)('%s (%s) are as PostgreSQL has them', async (column, type, values) => {
    const [name, bare] = [`public.filtered_${column}`, `filtered_${column}`]
    await db.script(`drop table if exists ${name}; create table ${name} (${quoteName(column)} ${type})`)
    for (const value of values) await db.query(`insert into ${name} values ($1::text::${type.split(' ')[0]})`, [value])
    await db.query(`insert into ${name} values (null)`)
    const [{relid, oid}] = (await db.query(
      `select attrelid as relid, atttypid as oid from pg_attribute where attrelid = '${name}'::regclass and attnum = 1`,
    )) as [{relid: number; oid: number}]
    const shape: Shape = {relid, schema: 'public', table: bare, columns: [{name: column, type: oid, key: false}]}
    const isText = type.includes('C')
    const value = fc.constantFrom(...values)
    const quoted = (one: string) => `"${one.replace(/[\\"]/g, '\\$&')}"`
    const operator = fc.constantFrom('gt', 'gte', 'lt', 'lte', 'eq')
    const some = fc.array(value, {minLength: 1, maxLength: 3})
    const pattern = fc
      .array(fc.constantFrom('a', 'b', '%', '_', '*', '\\\\', '\\%', 'ä', '😀'), {maxLength: 5})
      .map((parts) => parts.join(''))
    const condition = fc.oneof(
      fc.tuple(fc.oneof(operator, fc.constantFrom('neq', 'isdistinct')), value).map(([operator, one]) => `${operator}.${one}`),
      fc
        .tuple(operator, fc.constantFrom('any', 'all'), some)
        .map(([operator, each, some]) => `${operator}(${each}).{${some.map(quoted).join(',')}}`),
      some.map((some) => `in.(${some.map(quoted).join(',')})`),
      ...(isText ? [pattern.map((pattern) => `like.${pattern}`)] : []),
    )
    const table = {relid, schema: 'public', table: bare, columns: new Set([column])}
    const filters = fc.sample(fc.tuple(fc.boolean(), condition), {numRuns: RUNS, seed: SEED})
    for (const [not, text] of filters) {
      const given = new URLSearchParams([[column, `${not ? 'not.' : ''}${text}`]]).toString()
      const filter = await Filter.read(db, table, given)
      expect(filter.isCompiled, text).toBe(true)
      const rows = await db.query<{value: string | null; met: boolean}>(
        `select case when ${quoteName(column)} is not null then format('%s', ${quoteName(column)}) end as value, (${filter.sql}) is true as met from ${name}`,
      )
      for (const {value, met} of rows)
        if (filter.met(shape, [value]) !== met) expect.fail(`${not ? 'not ' : ''}${text} of ${value}: ${met} to PostgreSQL`)
    }
  })
})

test('what is not decided here is asked in one statement; one that raises ends alone', async () => {
  await db.script(
    `drop table if exists public.asked; create table public.asked (id int, body text, tags text[], german text collate "de-x-icu")`,
  )
  const [{relid}] = (await db.query(`select 'public.asked'::regclass::oid as relid`)) as [{relid: number}]
  const types = new Types()
  const shape: Shape = {
    relid,
    schema: 'public',
    table: 'asked',
    columns: [
      {name: 'id', type: 23, key: true},
      {name: 'body', type: 25, key: false},
      {name: 'tags', type: 1009, key: false},
      {name: 'german', type: 25, key: false},
    ],
  }
  await types.know(db, new Set([23, 25, 1009]))
  const table = {relid, schema: 'public', table: 'asked', columns: new Set(['id', 'body', 'tags', 'german'])}
  const texts = [
    ...Array.from({length: 300}, (_, n) => `body=ilike.*${n}*`),
    ...Array.from({length: 20}, (_, n) => `tags=cs.{${n}}`),
    'german=gt.Z',
    'body=like.x\\',
    'and=(body.match.^1,id.gt.3)',
  ]
  const filters = await Promise.all(texts.map((text) => Filter.read(db, table, text)))
  const rows: Change[] = Array.from({length: 30}, (_, n) => ({
    kind: 'change',
    operation: 'INSERT',
    shape,
    row: [String(n), n === 29 ? undefined : `x${n * 7}`, n % 3 === 0 ? null : `{${n},${n + 1}}`, n % 2 ? 'ä' : 'zz'],
  }))
  let asked = 0
  const counting = {
    query: ((sql: string, values?: readonly unknown[]) => {
      asked++
      return db.query(sql, values as unknown[])
    }) as Db['query'],
  }
  const failed = await prepareAll(filters, counting, types, rows)
  expect(asked).toBeLessThan(100)
  expect([...failed.keys()].map(({text}) => text)).toEqual(['body=like.x\\'])
  for (const filter of filters) {
    if (failed.has(filter)) continue
    for (const {row} of rows) {
      const [id, body, tags, german] = row!
      if (body === undefined && filter.text.includes('body')) {
        expect(filter.met(shape, row!)).toBe(undefined)
        continue
      }
      const [wanted] = await db.query(
        `select (${filter.sql}) is true as met from (select $1::int as id, $2::text as body, $3::text[] as tags, $4::text collate "de-x-icu" as german) r`,
        [id, body ?? null, tags, german],
      )
      expect(filter.met(shape, row!), filter.text).toBe(wanted!.met)
    }
  }
}, 60_000)
