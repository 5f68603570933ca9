// Values of all sorts, written by sessions that have set all that texts depend on, in; each row's text as it is where nothing is set, out.
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {install} from '../../src/events/install.ts'
import type {Db} from '../../src/postgres/db.ts'
import {quoteText} from '../../src/postgres/quote.ts'
import {NATIVE, type Opened, prepare} from './engines.ts'
import {SCALARS} from './zoo.ts'

const VALUES: Readonly<Record<string, readonly string[]>> = {
  cidr: ['10.0.0.0/8'],
  macaddr8: ['08:00:2b:01:02:03:04:05'],
  tsquery: ["'a' & !'b'"],
  xid: ['7'],
  xid8: ['8'],
  lseg: ['[(0.1,0.30000000000000004),(1,1e300)]'],
  path: ['[(0.1,0.30000000000000004),(1,1)]'],
  polygon: ['((0.1,0.30000000000000004),(1,1))'],
  line: ['{0.1,0.30000000000000004,1}'],
  circle: ['<(0.1,0.30000000000000004),1>'],
  daterange: ['[2020-01-02,2020-03-04)'],
  tsmultirange: ['{[2020-01-02 03:04:05,2020-03-04 05:06:07)}'],
  regclass: ['pg_catalog.pg_class', 'public.t0'],
  regproc: ['pg_catalog.now'],
  jsonpath: ['$."a"[*] ? (@ > 1)'],
  'public.pair': ['("2020-01-02 03:04:05+00",0.30000000000000004)'],
  'public.days': ['{2020-01-02}'],
}
const TYPES = [
  ...SCALARS.map(([type, texts]) => ({type, texts: fc.sample(texts, {numRuns: 6, seed: 1})})),
  ...Object.entries(VALUES).map(([type, texts]) => ({type, texts})),
]
const SCHEMA = `
  create type public.mood as enum ('fine', 'so "so"', ''); create type public.pair as (at timestamptz, f float8); create domain public.days as date[];
  ${TYPES.map(({type}, n) => `create domain public.d${n} as ${type}; create table public.t${n} (s ${type}, d public.d${n}, a ${type}[], n int);`).join('\n')}
  create publication pg_events for table ${TYPES.map((_, n) => `public.t${n}`).join(', ')} with (publish = '')`
const SETTINGS = [
  {timezone: 'Asia/Tokyo', datestyle: 'German', intervalstyle: 'sql_standard', bytea_output: 'escape', extra_float_digits: '-10'},
  {timezone: '-11:30', datestyle: 'SQL, DMY', intervalstyle: 'postgres_verbose', bytea_output: 'escape', extra_float_digits: '0'},
  {datestyle: 'Postgres, MDY', intervalstyle: 'postgres', quote_all_identifiers: 'on', search_path: 'public, pg_catalog'},
]

describe.each(NATIVE)('$name', ({open}) => {
  let opened: Opened
  let db: Db
  beforeAll(async () => {
    opened = await open()
    db = opened.db
    await db.script(SCHEMA)
    await install(db, {capture: 'queue'})
  })
  afterAll(() => opened?.close())

  /** As they are captured, and as they are. */
  async function texts(write: string): Promise<{captured: string[]; plain: string[]}> {
    const captured: string[] = []
    const plain: string[] = []
    for (const settings of SETTINGS) {
      await db.script('truncate pgext.event_0, pgext.event_1, pgext.event_2')
      for (const [name, value] of Object.entries(settings)) await db.query('select set_config($1, $2, false)', [name, value])
      await db.script(write)
      await prepare(db)
      const rows = await db.query(`select relid::int8 as relid, new from pgext.event where op <> 'T' order by id`)
      captured.push(...rows.map(({relid, new: text}) => `${relid} ${text}`))
      for (const relid of new Set(rows.map(({relid}) => relid))) {
        const [{name}] = (await db.query('select $1::text::oid::regclass::text as name', [String(relid)])) as [{name: string}]
        plain.push(...(await db.query(`select (t.*)::text as it from ${name} t order by n`)).map(({it}) => `${relid} ${it}`))
      }
    }
    return {captured, plain}
  }
  const insert = ({type, texts}: (typeof TYPES)[number], n: number) =>
    `truncate public.t${n}; insert into public.t${n} (s, d, a, n) values ${texts.map((text, at) => `(${quoteText(text)}, ${quoteText(text)}, array[${quoteText(text)}, null]::${type}[], ${at})`).join(', ')};`

  test('what a session has set changes no text, of any type', async () => {
    await db.script(`set datestyle = 'ISO, YMD'`)
    const {captured, plain} = await texts(TYPES.map(insert).join('\n'))
    expect(captured).toEqual(plain)
  })

  test('nor of columns that capture does not know of yet', async () => {
    await db.script(`alter table public.t0 add at timestamptz default '2020-01-02 03:04:05+00', add f float8 default 0.1::float8 + 0.2;
      create table public.heir (b bytea default 'a', i interval default '1 day 2 hours') inherits (public.t0); alter publication pg_events add table public.heir`)
    const write =
      'truncate public.t0, public.heir; insert into public.t0 (n) values (1); update public.t0 set n = 2; delete from public.t0 where n = 1; insert into public.t0 (n) values (3)'
    const {captured, plain} = await texts(write.replaceAll('public.heir', 'public.t1'))
    expect(new Set(captured)).toEqual(new Set([...plain, ...plain.map((text) => text.replace(',2,', ',1,'))]))
    await db.script('select pgext.sync_events()')
    const rows = await texts(
      `truncate public.heir; ${insert({type: 'bool', texts: ['t']}, 0).replaceAll('public.t0', 'public.heir')}`,
    )
    expect(rows.captured).toEqual(rows.plain)
  })
})
