// A database's schema in; its types as text out, held against the compiler, the committed file and other majors.
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {createRequire} from 'node:module'
import {join} from 'node:path'
import ts from 'typescript'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {typesOf} from '../../src/types/types.ts'
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
