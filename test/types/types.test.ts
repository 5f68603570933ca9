// A schema of all sorts in; what its types say of rows held against what PostgreSQL takes and gives.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {idOf} from '../../src/diff/id.ts'
import {quoteName} from '../../src/postgres/quote.ts'
import type {Field} from '../../src/types/model.ts'
import {shapeOf} from '../../src/types/types.ts'
import {openShop, type Shop} from './state.ts'

let shop: Shop

beforeAll(async () => {
  shop = await openShop()
}, 120_000)

afterAll(() => shop?.close())

describe('what may be inserted', () => {
  const VALUES: Record<string, unknown> = {
    string: 'a',
    number: 1,
    Json: {a: 1},
    'string[]': ['a'],
    at: '2025-06-01',
    email: 'first@example.org',
    date: '2025-06-01',
  }
  const sampleOf = ({name, code}: Field) => VALUES[name] ?? VALUES[code]

  test('is what PostgreSQL takes: what is required, what takes null, what it writes itself', async () => {
    const schema = (await shapeOf(shop.catalog, {external: []})).find(({name}) => name === 'public')!
    let looked = 0
    for (const name of ['customers', 'orders', 'notes', 'events']) {
      const fields = schema.tables.find((table) => table.name === name)!.insert!
      const least = new Map(fields.filter(({optional}) => !optional).map((field) => [field.name, sampleOf(field)]))
      const insert = async (row: Map<string, unknown>) => {
        const names = [...row.keys()]
        const columns = names.map(quoteName).join(', ')
        const typed = names.map(
          (column) => `${quoteName(column)} ${shop.catalog.objects.get(idOf('column', ['public', name, column]))!.body.type}`,
        )
        // as PostgREST does
        const sql = `insert into public.${name} (${columns}) select ${columns} from json_to_record($1::text::json) as r (${typed.join(', ')})`
        if (names.length === 0) return shop.db.query(`insert into public.${name} default values`)
        return shop.db.query(sql, [JSON.stringify(Object.fromEntries(row))])
      }
      const tries = async (row: Map<string, unknown>) => {
        looked++
        await shop.db.script('begin')
        const code = await insert(row).then(
          () => 'taken',
          (error) => error.sqlstate as string,
        )
        await shop.db.script('rollback')
        return code
      }
      const about = async (field: Field, row: Map<string, unknown>) => `${name}.${field.name} ${await tries(row)}`
      for (const field of fields) {
        const without = new Map([...least].filter(([column]) => column !== field.name))
        const isClosed = field.code === 'never'
        if (!field.optional) expect(await about(field, without)).toBe(`${name}.${field.name} 23502`)
        else expect(await about(field, without)).toBe(`${name}.${field.name} taken`)
        const expected = isClosed ? '428C9' : field.nullable ? 'taken' : '23502'
        // a JSON null is a value of its own
        if (field.code !== 'Json')
          expect(await about(field, new Map(least).set(field.name, null))).toBe(`${name}.${field.name} ${expected}`)
      }
      await insert(least)
      // numbers that were tried are gone
      for (const [column, table] of [
        ['customer_id', 'customers'],
        ['order_id', 'orders'],
      ] as const)
        VALUES[column] = (await shop.db.query(`select coalesce(max(id), 1)::int as id from public.${table}`))[0]!.id
    }
    expect(looked).toBeGreaterThan(40)
  })

  test('through views is what PostgreSQL takes', async () => {
    const schema = (await shapeOf(shop.catalog, {external: []})).find(({name}) => name === 'public')!
    const able = await shop.db.query(`
      select table_name as name, is_insertable_into = 'YES' or is_trigger_insertable_into = 'YES' as inserts, is_updatable = 'YES' or is_trigger_updatable = 'YES' as updates
      from information_schema.views where table_schema = 'public'`)
    expect(able.length).toBeGreaterThan(5)
    for (const {name, inserts, updates} of able) {
      const view = schema.views.find((one) => one.name === name)!
      expect([name, view.insert !== undefined, view.update !== undefined]).toEqual([name, inserts, updates])
    }
  })
})

describe('what is read', () => {
  test('is what to_json makes of each type', async () => {
    const fields = (await shapeOf(shop.catalog, {external: []}))
      .find(({name}) => name === 'public')!
      .tables.find(({name}) => name === 'kinds')!.row
    await shop.db.script(`set search_path = public, app; ${KINDS}; set search_path = ''`)
    const rows = await shop.db.query(`select to_json(one)::text as row from public.kinds one`)
    const seen = new Map<string, unknown>()
    for (const {row} of rows)
      for (const [name, value] of Object.entries(JSON.parse(row))) if (value !== null) seen.set(name, value)
    for (const {name, code} of fields)
      expect(`${name} ${fits(seen.get(name), code)}`, `${code}: ${JSON.stringify(seen.get(name))}`).toBe(`${name} true`)
  })

  test('is null only where it is said to be', async () => {
    await shop.db.script(`
      begin;
      insert into public.customers (email, "Full Name") values ('second@example.org', 'b');
      insert into public.orders (customer_id, total, label, words, class) select id, 1, 'a', '{}', 'b' from public.customers;
    `)
    const schema = (await shapeOf(shop.catalog, {external: []})).find(({name}) => name === 'public')!
    const empty = new Set<string>()
    for (const {name, row} of schema.views) {
      const rows = await shop.db.query(`select to_json(v)::text as row from public.${name} v`)
      for (const one of rows.map(({row}) => JSON.parse(row)))
        for (const field of row) {
          if (one[field.name] === null) empty.add(`${name}.${field.name}`)
          if (!field.nullable) expect([name, field.name, one[field.name]]).not.toEqual([name, field.name, null])
        }
    }
    await shop.db.script('rollback')
    // the joins and groups that make them so have been seen to
    expect([...empty].sort()).toEqual(['full_orders.note', 'full_orders.shout', 'full_orders.text', 'sums.customer_id'])
    const [none] = await shop.db.query('select to_json(o)::text as row from public.order_of(-1) o')
    expect(new Set(Object.values(JSON.parse(none!.row)))).toEqual(new Set([null]))
  })

  test('labels are those of the enums, in their order', async () => {
    const {Constants} = await import('./shop.database.ts')
    const rows = await shop.db.query(`select to_json(enum_range(null::public.state))::text as labels`)
    expect([...Constants.public.Enums.state]).toEqual(JSON.parse(rows[0]!.labels))
  })
})

/** Everything of one row's kind, most of it from text. */
const KINDS = `
  insert into public.kinds select * from json_populate_record(null::public.kinds, '{
    "a": 1, "b": 2, "c": 3, "d": 4.5, "e": 1.5, "f": 2.5, "g": true, "h": "a", "i": "b", "j": "c", "k": "d", "l": "e",
    "m": "5e0a8d6c-0f0e-4d0e-8d0e-0123456789ab", "n": "\\\\x00ff", "o": "<a/>", "p": "$1.50", "q": "101", "r": "1", "s": "2025-01-02", "t": "10:11:12.123",
    "u": "10:11:12+01", "v": "2025-01-02T10:11:12", "w": "2025-01-02T10:11:12Z", "x": "1 day", "y": "10.0.0.1", "z": "10.0.0.0/8",
    "aa": "08:00:2b:01:02:03", "ab": "08:00:2b:01:02:03:04:05", "ac": "a b", "ad": "a & b", "ae": "$.a", "af": "(1,2)", "ag": "{1,2,3}",
    "ah": "[(0,0),(1,1)]", "ai": "(1,1),(0,0)", "aj": "((0,0),(1,1))", "ak": "((0,0),(1,1))", "al": "<(0,0),1>",
    "am": "[1,2)", "an": "[1,2)", "ao": "[1,2)", "ap": "[2025-01-01,2025-01-02)", "aq": "[2025-01-01,2025-01-02)", "ar": "[2025-01-01,2025-01-02)",
    "as": "{[1,2)}", "at": "{[2025-01-01,2025-01-02)}", "au": "1", "av": "pg_class", "aw": "integer", "ax": "1", "ay": "1", "az": "1", "ba": "(0,1)",
    "bb": "0/1", "bc": "1:1:", "bd": "1 2", "be": "1 2", "bf": "a", "bg": {"a": [1]}, "bh": [1], "bi": [1, 2], "bj": [1.5], "bk": ["2025-01-02T10:11:12Z"],
    "bl": [true], "bm": "A", "bo": "red", "bp": ["red"], "bq": "[1,2)", "br": 1.5, "bs": ["a"],
    "bt": {"street": "a", "Town": "b", "colour": "red"}, "bu": [{"street": "a"}], "bv": {"price": 1, "stops": [{"street": "a"}]},
    "bw": {"order_id": 1, "text": "a"}, "bx": {"id": 1}, "by": "a", "bz": 1, "ca": "1 year", "cb": 1.5, "cc": "now"}');
  update public.kinds set bn = 'a=>1'`

function fits(value: unknown, code: string): boolean {
  if (code.endsWith('[]')) return Array.isArray(value) && value.length > 0 && value.every((one) => fits(one, code.slice(0, -2)))
  if (code === 'string' || code === 'number' || code === 'boolean') return typeof value === code
  if (code === 'Json') return value !== undefined
  if (code.includes("['Enums']")) return typeof value === 'string'
  return code !== 'unknown' && typeof value === 'object' && value !== null && !Array.isArray(value)
}
