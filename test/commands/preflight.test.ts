// Rows that break what is about to be demanded: said before anything is written or applied, with three of them.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const TABLE = 'create table orders (id int primary key, "e mail" text, total int);\n'
const STRICT = 'create table orders (id int primary key, "e mail" text not null, total int check (total > 0));\n'

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('preflight', {'schema.sql': TABLE})
  await project.ends(0, 'migrate', '--name', 'first')
  await project.ask(`insert into orders select n, nullif('a' || n, 'a3'), n - 2 from generate_series(1, 6) n`)
  await project.write({'schema.sql': STRICT})
})
afterAll(() => site?.close())

test('nothing is written or applied while rows break a rule; they are counted and shown', async () => {
  const before = await project.state()
  const said = await project.fails('migrate', '--name', 'strict')
  expect(said).toContain('rows in the database break what is about to be demanded of them')
  expect(said).toContain('1 row of public.orders breaks NOT NULL of "e mail"\n    id = "3", e mail = NULL')
  expect(said).toContain(
    '2 rows of public.orders break check orders_total_check\n    id = "1", total = "-1"\n    id = "2", total = "0"',
  )
  expect(await project.state()).toEqual(before)
  expect(await project.migrations()).toHaveLength(1)
})

test('a migration that mends them first is applied, and what it mends is only noted', async () => {
  await project.ends(0, 'migrate:new', 'strict')
  const name = (await project.migrations()).at(-1)!
  const text = await project.read(`migrations/${name}`)
  expect(await project.fails('migrate', '--yes')).toContain(`break check orders_total_check (migrations/${name}:`)
  await project.write({
    [`migrations/${name}`]: text.replace(
      'ALTER TABLE',
      `UPDATE public.orders SET "e mail" = '-' WHERE "e mail" IS NULL;\nDELETE FROM public.orders WHERE total <= 0;\nALTER TABLE`,
    ),
  })
  await project.ends(0, 'migrate:sum')
  const told = JSON.parse((await project.ends(2, 'migrate', '--dry-run', '--json')).out).preflight
  expect(told.unseen).toEqual([])
  expect(told.broken.map(({rule, rows, certain}: Record<string, unknown>) => [rule, rows, certain])).toContainEqual([
    'check orders_total_check',
    2,
    false,
  ])
  const {err, out} = await project.ends(0, 'migrate', '--yes')
  expect(err).toContain('note: as the rows are now, 2 rows of public.orders break check orders_total_check')
  expect(out).toContain('applied')
  expect(await project.ask('select count(*)::int as n from orders')).toEqual([{n: 4}])
})

test('--no-preflight leaves it to PostgreSQL', async () => {
  await project.ask('insert into orders values (10, $$x$$, 7), (11, $$x$$, 8)')
  await project.write({'schema.sql': `${STRICT}create unique index on orders ("e mail");\n`})
  expect(await project.fails('migrate', '--name', 'once')).toContain('2 rows of public.orders break unique index')
  const {err} = await project.ends(1, 'migrate', '--name', 'once', '--no-preflight', '--yes')
  expect(err).toContain('could not create unique index')
  expect(await project.ask('select count(*)::int as n from pg_index where not indisvalid')).toEqual([{n: 0}])
})
