// A schema of all sorts in; its types held against TypeScript, against a client, and against what PostgreSQL does.
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import ts from 'typescript'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {idOf} from '../../src/diff/id.ts'
import {quoteName} from '../../src/postgres/quote.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import type {Field} from '../../src/types/model.ts'
import {shapeOf, typesOf} from '../../src/types/types.ts'
import {committed, DATABASE, openShop, type Shop} from './state.ts'

let shop: Shop

beforeAll(async () => {
  shop = await openShop()
}, 120_000)

afterAll(() => shop?.close())

describe('the text', () => {
  test('is the one that is committed, to be read', async () => {
    expect(shop.types).toBe(await committed(shop.types))
  })

  test('compiles, with all that is said of it', () => {
    expect(faultsIn([join(import.meta.dirname, 'shop.check.ts')])).toEqual([])
  })

  test('compiles as a file of declarations', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'database.d.ts')
      await writeFile(file, await typesOf(shop.catalog, {external: [], declares: true}))
      await writeFile(
        join(folder, 'use.ts'),
        `import type {Tables} from './database'\nexport const id: Tables<'orders'>['id'] = 1\n`,
      )
      expect(faultsIn([file, join(folder, 'use.ts')])).toEqual([])
    })
  })

  test('of one schema holds what it needs of others', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'database.ts')
      await writeFile(file, await typesOf(shop.catalog, {external: [], schemas: ['public'], declares: false}))
      await writeFile(
        join(folder, 'use.ts'),
        `import type {Database, Tables} from './database.ts'
export const home: Tables<'customers'>['home'] = {street: null, Town: 'a', colour: 'red'}
export const shades: Tables<'customers'>['shades'] = ['red', 'green']
// @ts-expect-error no label
export const none: Tables<'customers'>['shades'] = ['blue']
export const schema: keyof Database = 'public'
// @ts-expect-error not asked for
export const other: keyof Database = 'app'
`,
      )
      expect(faultsIn([file, join(folder, 'use.ts')])).toEqual([])
    })
  })

  test.each([14, 15, 16, 17])('is the same on PostgreSQL %i', async (major) => {
    const binaries = findBinaries(major)
    if (!binaries) return
    const other = await openShop(binaries)
    await other.close()
    expect(other.types).toBe(shop.types)
  })

  // a dependency of the tests alone
  const client = '@supabase/postgrest-js'
  test.skipIf(!isInstalled(client))('is what postgrest-js takes', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'use.ts'), USE)
      expect(faultsIn([join(folder, 'use.ts')])).toEqual([])
    })
  })
})

const USE = `import {PostgrestClient} from '@supabase/postgrest-js'
import type {Database, Tables} from '../shop.database.ts'
const client = new PostgrestClient<Database>('http://localhost')

export async function use() {
  const all = await client.from('orders').select('*').limit(1).single()
  const row: Tables<'orders'> | null = all.data
  const some = await client.from('orders').select('id, state, customers(email), notes!notes_order_id_fkey(text)').eq('id', 1).single()
  if (some.data) {
    const state: 'open' | 'paid' | "it's gone" | 'back\\\\slash' | 'double "quote"' = some.data.state
    const email: string = some.data.customers.email
    // a note is the only one of its order
    const text: string | undefined = some.data.notes?.text
    void [state, email, text]
    // @ts-expect-error not asked for
    void some.data.total
  }
  await client.from('orders').insert({customer_id: 1, total: 1, label: 'a', words: []})
  // @ts-expect-error something is missing
  await client.from('orders').insert({customer_id: 1})
  // @ts-expect-error PostgreSQL numbers them
  await client.from('customers').insert({id: 1, email: 'a', 'Full Name': 'b'})
  await client.from('orders').update({class: null}).eq('id', 1)
  // @ts-expect-error it takes no null
  await client.from('orders').update({label: null}).eq('id', 1)
  const views = await client.from('full_orders').select('id, text, customers(email)')
  const id: number | undefined = views.data?.[0]?.id
  // @ts-expect-error nothing can be written through a join
  await client.from('full_orders').insert({id: 1})
  await client.from('open_orders').insert({customer_id: 1, total: 2})
  const sum = await client.rpc('add', {a: 1})
  const added: number | null = sum.data
  // @ts-expect-error it takes no such argument
  await client.rpc('add', {c: 1})
  // @ts-expect-error it has to be given
  await client.rpc('add', {b: 1})
  const found = await client.rpc('search', {words: ['a']})
  const sure: string | undefined = found.data?.[0]?.sure
  const orders = await client.rpc('orders_of', {customer: 1}).select('id, customers(email)').order('id')
  const mail: string | undefined = orders.data?.[0]?.customers.email
  const over = await client.rpc('over', {a: 1, b: 'b'})
  const text: string | null = over.data
  const bare = await client.rpc('over')
  const flag: boolean | null = bare.data
  const hidden = await client.schema('app').from('hidden').select('*')
  void [row, id, added, sure, mail, text, flag, hidden.data?.[0]?.order_id]
}
`

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

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name)
    return true
  } catch {
    return false
  }
}

/** Beside the committed types, where packages are found. */
async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(DATABASE, '..', '.try-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

function faultsIn(files: readonly string[]): string[] {
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    strict: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    skipLibCheck: true,
    verbatimModuleSyntax: true,
    isolatedModules: true,
    allowImportingTsExtensions: true,
    noEmit: true,
  })
  return ts.getPreEmitDiagnostics(program).map(({file, start = 0, messageText}) => {
    const line = file ? `${file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1}: ` : ''
    return line + ts.flattenDiagnosticMessageText(messageText, '\n')
  })
}
