// Two types in; whether PostgreSQL rounds or cuts values on their way without a word, as losesDigits() says.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {castExpression, losesDigits} from '../../src/diff/kinds/cast.ts'
import type {Shadow, ShadowDatabase} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

let shadow: Shadow
let database: ShadowDatabase
beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
  database = await shadow.create()
})
afterAll(() => shadow?.close())

/** Types with a value that a narrower one can't hold. */
const VALUES: Readonly<Record<string, string>> = {
  'numeric(10,3)': '1.239',
  numeric: '1.239',
  'double precision': '2.71828182845',
  real: '2.5',
  bigint: '9007199254740993',
  integer: '16777217',
  'timestamp without time zone': '2020-01-01 10:11:12.345678',
  'timestamp(3) without time zone': '2020-01-01 10:11:12.345',
  'time without time zone': '10:11:12.345678',
  interval: '1 mon 2 days 03:04:05.678',
  inet: '10.1.2.3/8',
  text: 'more than one',
  'bit(8)': '10101010',
  'bit varying(8)': '10101010',
  'bit varying': '10101010',
  'character(8)': '10101010',
  'character varying(8)': '10101010',
  'bit(8)[]': '{10101010}',
  'character varying(8)[]': '{10101010}',
}
const TARGETS = [
  ...['numeric(10,1)', 'numeric(12,3)', 'numeric', 'double precision', 'real', 'bigint', 'integer', 'text'],
  ...['timestamp(0) without time zone', 'timestamp(3) without time zone', 'timestamp without time zone', 'date'],
  ...['bit(4)', 'bit varying(4)', 'bit varying', 'character varying(4)', 'character(4)'],
  ...['bit(4)[]', 'bit varying(4)[]', 'character varying(4)[]', 'character(4)[]', 'text[]', 'integer[]'],
  ...['time without time zone', 'time(0) without time zone', 'interval', 'interval(0)', 'interval day', 'cidr', 'name', '"char"'],
]

test('values that come back otherwise were rounded or cut, and nothing else is said to be', async () => {
  const db = await database.connect()
  const wrong: string[] = []
  for (const [from, value] of Object.entries(VALUES)) {
    for (const to of TARGETS) {
      const using = castExpression('v', from, to)
      // what has no cast of its own means another thing there
      if (from === to || (using?.includes('::text::') && !to.startsWith('bit'))) continue
      // what is no number or date prints otherwise
      if (from.startsWith('character') && !/^(bit|character|text)/.test(to)) continue
      await db.script(
        `drop table if exists public.t; create table public.t as select $v$${value}$v$::${from} as v, $v$${value}$v$::${from} as w`,
      )
      const changed = await db.script(`alter table public.t alter v type ${to}${using ? ` using ${using}` : ''}`).then(
        () => true,
        () => false,
      )
      if (!changed) continue
      const [row] = await db
        .query(`select (v::text::${from} is distinct from w) as lost from public.t`)
        .catch(() => [{lost: false}])
      // a text keeps all that can be printed, and finer digits than a type has are none
      if (row!.lost && !losesDigits(from, to)) wrong.push(`${from} → ${to}: lost in silence`)
    }
  }
  expect(wrong).toEqual([])
  expect(losesDigits('numeric(10,3)', 'numeric(12,3)')).toBe(false)
  expect(losesDigits('integer', 'bigint')).toBe(false)
  expect(losesDigits('character varying(10)', 'text')).toBe(false)
  await db.close()
})
