// A project in; who uses whom in it, as a list, a tree, a chart and JSON, out.
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

let site: Site
let shop: Project

beforeAll(async () => {
  site = await openSite()
  const schema = await readFile(join(import.meta.dirname, '../bodies/uses/schema.sql'), 'utf8')
  // files hold no rows
  const lines = schema.split('\n').filter((line) => !line.startsWith('insert into'))
  shop = await site.project('shop', {'schema.sql': lines.join('\n')})
})

afterAll(() => site?.close())

test('a list of all functions, of the files', async () => {
  const {out} = await shop.ends(0, 'functions:graph')
  expect(out).toContain(
    [
      'function public.pay(integer)',
      '  calls  function public.with_tax(numeric)',
      '  names  enum public.state',
      '  reads  table public.orders (id, total)',
      '  writes table public.orders (state, touched)',
    ].join('\n'),
  )
  expect(out).toMatch(/function public\.dynamic\(text\)\n {2}runs dynamic SQL/)
  expect(out).toContain('writes table public.log (extra) by name')
  expect(out).toContain('used by trigger public.orders.touch')
  expect(out).toContain('used by policy public.orders.seen')
  expect(out).toContain('used by default public.priced.price')
})

test('who breaks when a column goes', async () => {
  const {out} = await shop.ends(0, 'functions:graph', 'orders.note', '--used-by')
  expect(out).toBe(`column public.orders.note
  used by
    function public.by_cursor() reads
    function public.look(integer) reads
      policy public.orders.seen calls
    function public.returning_one() reads, writes
    function public.sql_notes() reads
    function public.two_ways(public.orders) reads
    view public.open_orders reads
      function public.through() reads
`)
  expect(await shop.fails('functions:graph', 'priced.id')).toContain('no function is or uses priced.id')
})

test('what a function reaches', async () => {
  const {out} = await shop.ends(0, 'functions:graph', 'pay', '--uses')
  expect(out).toContain('    calls  function public.with_tax(numeric)\n      calls  function public.tax(numeric)')
})

test('of a database the same as of its files; as JSON and as a chart', async () => {
  const files = JSON.parse((await shop.ends(0, 'functions:graph', '--json')).out)
  expect(files.edges).toContainEqual({from: 'function public.look(integer)', to: 'column public.orders.note', manner: 'reads'})
  expect(files.dynamic).toEqual(['function public.dynamic(text)'])
  await shop.ask(await shop.read('schema.sql'))
  expect(JSON.parse((await shop.ends(0, 'functions:graph', '--from', 'database', '--json')).out)).toEqual(files)
  const {out} = await shop.ends(0, 'functions:graph', '--mermaid')
  expect(out.split('\n')[0]).toBe('flowchart LR')
  const number = (id: string) => new RegExp(`^ {2}(n\\d+)\\["${id.replace(/[.()]/g, '\\$&')}"\\]$`, 'm').exec(out)?.[1]
  expect(out).toContain(`  ${number('function public.with_tax(numeric)')} -- calls --> ${number('function public.tax(numeric)')}`)
})

test('nothing of it stays in the database', async () => {
  expect(await shop.ask(`select proname from pg_proc where proname like 'pgext%'`)).toEqual([])
})
