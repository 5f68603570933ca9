// A schema with functions of all sorts in; what is said to be used held against what fails, when it goes by another name or goes away.
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {type Usage, usesOf} from '../../src/bodies/uses.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'

/** How each is called; what is not here can't be. */
const CALLS: Record<string, string> = {
  'function public.add_order(integer, numeric)': 'select add_order(1, 5)',
  'function public.any_of(anyelement, anyelement)': 'select any_of(1, 2)',
  'function public.constant()': 'select constant()',
  'function public.elsewhere()': 'select elsewhere()',
  'function public.kinds(public.state)': `select kinds('open')`,
  'function public.look(integer)': 'select look(1)',
  'function public.merged()': 'select merged()',
  'function public.next_number()': 'select next_number()',
  'function public.pay(integer)': 'select pay(1)',
  'function public.positions()': 'select positions()',
  'function public.sql_named(integer)': 'select sql_named(1)',
  'function public.sql_notes()': 'select * from sql_notes()',
  'function public.sql_rows(integer)': 'select * from sql_rows(1)',
  'function public.tax(numeric)': 'select tax(1)',
  'function public.temporary()': 'select temporary()',
  'function public.through()': 'select through()',
  'function public.touch()': 'update orders set total = coalesce(total, 0) + 1',
  'function public.exists_any()': 'select exists_any()',
  'function public.by_cursor()': 'select by_cursor()',
  'function public.returning_one()': 'select returning_one()',
  'function public.in_cte()': 'select in_cte()',
  'function public.moved()': 'select moved()',
  'function public.whole()': 'select whole()',
  'function public.in_table(numeric)': 'select * from in_table(1)',
  'function public.kept(integer)': 'select kept(1)',
  'function public.handled()': 'select handled()',
  'function public.looped()': 'select looped()',
  'function public.two_ways(public.orders)': 'select two_ways(o) from orders o',
  'function public.ordinal()': 'select * from ordinal()',
  'function public.unused_by_all()': 'select unused_by_all()',
  'function public.with_tax(numeric)': 'select with_tax(1)',
  'procedure public.close_all()': 'call close_all()',
  'procedure public.note(text)': `call note('x')`,
}

let cluster: Cluster
let db: Db
let usage: Usage

const SCHEMA = join(import.meta.dirname, 'uses/schema.sql')

beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
  db = await connect(cluster.url('postgres'))
  await db.script(`set search_path = public; ${await readFile(SCHEMA, 'utf8')}`)
  await db.script('alter table orders disable trigger touch')
  usage = await usesOf(db)
})

afterAll(async () => {
  await db?.close()
  await cluster?.close()
})

/** Those that fail, of all that can be called, after this. */
async function failing(change: string): Promise<string[]> {
  await db.script(`begin; set local search_path = public; ${change}`)
  const failed: string[] = []
  for (const [id, call] of Object.entries(CALLS)) {
    await db.script('savepoint call')
    if (id.includes('touch()')) await db.script('alter table orders enable trigger touch')
    await db.script(call).catch(() => failed.push(id))
    await db.script('rollback to call')
  }
  await db.script('rollback')
  return failed.sort()
}

/** Those that use it, and those that call these. */
function users(of: string, isRename: boolean): string[] {
  const found = new Set<string>()
  for (const {routine, on, placed} of usage.uses) if (on === of && !(isRename && placed)) found.add(routine)
  for (const id of found) for (const {routine, on, manner} of usage.uses) if (on === id && manner === 'calls') found.add(routine)
  return [...found].filter((id) => CALLS[id]).sort()
}

const COLUMNS = `
  select 'column ' || n.nspname || '.' || c.relname || '.' || a.attname as id, format('alter table %I.%I', n.nspname, c.relname) as head, a.attname as name
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname in ('public', 'other') and a.attnum > 0 and not a.attisdropped order by 1`

test('all of them can be called', async () => {
  expect(await failing('select')).toEqual([])
})

test('a column under another name fails those that are said to use it, and nobody else', async () => {
  const columns = await db.query(COLUMNS)
  expect(columns.length).toBeGreaterThan(15)
  for (const {id, head, name} of columns) {
    expect({[id]: await failing(`${head} rename column ${name} to "Renamed"`)}).toEqual({[id]: users(id, true)})
  }
})

test('a column that goes fails nobody but those', async () => {
  for (const {id, head, name} of await db.query(COLUMNS)) {
    const failed = await failing(`${head} drop column ${name} cascade`)
    const gone = ['id', 'note', 'total', 'state'].some((one) => id === `column public.orders.${one}`)
    // the view goes along
    const wanted = [...users(id, false), ...(gone ? users('view public.open_orders', false) : [])]
    expect(
      failed.filter((one) => !wanted.includes(one)),
      id,
    ).toEqual([])
    if (wanted.length === 0) expect({[id]: failed}).toEqual({[id]: []})
  }
})

test('tables, functions, types and sequences fail those that use them', async () => {
  const renames: Record<string, string> = {
    'table public.customers': 'alter table customers rename to clients',
    'table public.log': 'alter table log rename to logged',
    'table other.orders': 'alter table other.orders rename to ordered',
    'view public.open_orders': 'alter view open_orders rename to opened',
    'function public.tax(numeric)': 'alter function tax(numeric) rename to taxed',
    'function public.with_tax(numeric)': 'alter function with_tax(numeric) rename to taxed',
    'procedure public.note(text)': 'alter procedure note(text) rename to noted',
    'sequence public.numbers': 'alter sequence numbers rename to numbered',
  }
  for (const [id, change] of Object.entries(renames))
    expect({[id]: await failing(change)}).toEqual({[id]: withOwn(id, users(id, true))})
})

/** Its own name is gone, too. */
const withOwn = (id: string, found: readonly string[]): string[] => [...(CALLS[id] ? [id] : []), ...found].sort()

describe('what is said of them', () => {
  const of = (routine: string) =>
    usage.uses
      .filter((use) => use.routine.includes(` public.${routine}(`))
      .map(({manner, on, guessed}) => `${manner} ${on}${guessed ? ' ?' : ''}`)

  test('what is written is not what is read', () => {
    expect(of('pay')).toEqual([
      'reads column public.orders.id',
      'writes column public.orders.state',
      'reads column public.orders.total',
      'writes column public.orders.touched',
      'names enum public.state',
      'calls function public.with_tax(numeric)',
      'reads table public.orders',
      'writes table public.orders',
    ])
    expect(of('touch')).toContain('writes column public.orders.copied')
    expect(of('merged')).not.toContain('reads column public.customers.unused')
  })

  test('bodies in standard SQL', () => {
    expect(of('atomic_total')).toEqual([
      'reads column public.orders.customer_id',
      'reads column public.orders.total',
      'reads table public.orders',
    ])
  })

  test('what can’t be asked about is guessed, and what is put together when it runs is said to be', () => {
    expect(of('constant')).toContain('writes column public.log.extra ?')
    expect(of('close_all')).toContain('calls procedure public.note(text) ?')
    expect(usage.dynamic).toEqual(['function public.dynamic(text)'])
    expect(usage.unread).toEqual([])
  })

  test('nothing stays behind', async () => {
    const [left] = await db.query(`select count(*)::int as count from pg_proc where proname like 'pgext_draft%'`)
    expect(left).toEqual({count: 0})
  })

  test('some of them alone', async () => {
    const some = await usesOf(db, new Set(['function public.tax(numeric)', 'function public.with_tax(numeric)'] as never[]))
    expect(some.uses).toEqual([
      {routine: 'function public.with_tax(numeric)', on: 'function public.tax(numeric)', manner: 'calls'},
    ])
  })
})

test.each([14, 15, 16, 17])('PostgreSQL %i says the same', async (major) => {
  const binaries = findBinaries(major)
  if (!binaries) return
  const other = await startCluster(binaries)
  const session = await connect(other.url('postgres'))
  await session.script(`set search_path = public; ${await readFile(SCHEMA, 'utf8')}`)
  expect(await usesOf(session)).toEqual(usage)
  await session.close()
  await other.close()
})

test('PGlite says the same', async () => {
  const {openPglite} = await import('../../src/postgres/pglite.ts')
  const session = await openPglite()
  await session.script(`set search_path = public; ${await readFile(SCHEMA, 'utf8')}`)
  expect(await usesOf(session)).toEqual(usage)
  await session.close()
})
