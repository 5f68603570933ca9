// Conditions as PostgreSQL prints them, rows and viewers' values in; the same three-valued answers as PostgreSQL's out.
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {columnsOf, disjunctsOf} from '../../src/realtime/predicate/disjunct.ts'
import {binder, decided} from '../../src/realtime/predicate/evaluate.ts'
import {elementsReader, readerOf} from '../../src/realtime/predicate/kind.ts'
import type {Value} from '../../src/realtime/predicate/model.ts'
import {readPredicate, Unfit, type Wanted} from '../../src/realtime/predicate/read.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'

let cluster: Cluster
let db: Db
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
  db = await connect(cluster.url('postgres'))
  await db.script(
    `set search_path = public; create table t (i int, b bigint, w text, v varchar(9), c char(3), f bool, n numeric, l int[]); alter table t enable row level security`,
  )
})
afterAll(async () => {
  await db?.close()
  await cluster?.close()
})

const TYPES = new Map([
  ['i', 23],
  ['b', 20],
  ['w', 25],
  ['v', 1043],
  ['c', 1042],
  ['f', 16],
  ['n', 1700],
  ['l', 1007],
])
const ROWS: readonly (readonly (string | null)[])[] = [
  ['1', '9007199254740993', 'a', 'a', 'a  ', 't', '1.00', '{1,NULL}'],
  ['2', '9007199254740992', 'A', 'b', 'ab ', 'f', '1', '{}'],
  [null, null, null, null, null, null, null, null],
  ['-10', '5', '', '', '   ', 't', '-0.0', '{{1,2},{3,4}}'],
]

/** As PostgreSQL prints them where search_path is empty. */
async function printed(condition: string): Promise<string> {
  await db.script(
    `set search_path = public; drop policy if exists p on t; create policy p on t using (${condition}); set search_path = ''`,
  )
  const [row] = await db.query(`select pg_get_expr(polqual, polrelid) as sql from pg_policy`)
  return row!.sql
}

const read = (sql: string, wanted: Wanted[]) => readPredicate(sql, {types: TYPES, enums: new Set()}, () => undefined, wanted)

async function valuesOf(wanted: readonly Wanted[]): Promise<Value[]> {
  const found: Value[] = []
  for (const {sql, of} of wanted) {
    const [row] = await db.query(`select ${sql}::text as text, pg_typeof(${sql})::oid as type`)
    const element = {1007: 23, 1009: 25, 1016: 20}[row!.type as number]
    found.push(row!.text === null ? null : of.isArray ? elementsReader(element!)(row!.text) : readerOf(row!.type)(row!.text))
  }
  return found
}

const CONDITIONS = [
  'i = 1',
  '1 = i',
  'i <> 1',
  'i < 2 and i >= -10',
  '2 > i',
  'b > 9007199254740992',
  `w = 'a' or w = ''`,
  `v = 'a'`,
  `v in ('a', 'b')`,
  `c = 'a'`,
  `c = 'ab   '`,
  'f',
  'not f',
  'f is not true',
  'f is unknown',
  '(i = 1) is true',
  'n = 1.0',
  'n = 0',
  'i is null or f',
  'i is not null',
  `w is distinct from 'a'`,
  `w is not distinct from null`,
  'i = any (array[1, null])',
  'i <> all (array[1, 2])',
  'i not in (1, 2)',
  '1 = any (l)',
  '7 = any (l)',
  'null = any (l)',
  'i = any (null::int[])',
  `i = any ('{}'::int[])`,
  'b = i',
  '((i = 1 and f) or (w is null and not f)) and not (n = 2)',
  'i = 1 and null',
  'i = 1 or null',
  'true',
  'i::bigint = 2::bigint',
  `i::text = '1'`,
  `c::text = 'a'`,
  `f::text = 'true'`,
  `n::text = '1.00'`,
]
const UNFIT = new Set(['b = i'])

test.each(CONDITIONS)('%s', async (condition) => {
  const wanted: Wanted[] = []
  const reading = read(await printed(condition), wanted)
  if (UNFIT.has(condition)) {
    await expect(reading).rejects.toThrow(Unfit)
    return
  }
  const predicate = await reading
  const names = [...TYPES.keys()]
  const place = (name: string) => names.indexOf(name)
  const values = await valuesOf(wanted)
  for (const row of ROWS) {
    const columns = row.map(
      (text, at) =>
        `${text === null ? 'null' : `'${text}'`}::${['int', 'bigint', 'text', 'varchar', 'char(3)', 'bool', 'numeric', 'int[]'][at]} as ${names[at]}`,
    )
    const [truth] = await db.query(`select (${condition}) as it from (select ${columns.join(', ')}) t`)
    expect(decided(binder(predicate, place)(row), values)).toBe(truth!.it)
    const ways = disjunctsOf(
      predicate,
      place,
      values.map((value, at) => (wanted[at]!.isConstant ? value : null)),
    ).map(({bind}) => decided(bind(row), values))
    expect(ways.includes(true)).toBe(truth!.it === true)
  }
  expect([...columnsOf(predicate)].every((name) => TYPES.has(name))).toBe(true)
})
