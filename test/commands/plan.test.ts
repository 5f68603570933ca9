// A plan as a file: reviewed in one place, applied in another, and refused when anything has moved in between.
import {rm, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const FIRST = 'create table orders (id int primary key, note text);\n'
const SECOND = "create table orders (id int primary key, remark text not null default 'x');\ncreate index on orders (remark);\n"
const RENAME = ['--rename', 'column public.orders.note=remark']

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('plan', {
    'schema.sql': FIRST,
    'functions/one.sql': 'create function one() returns int language sql as $$ select 1 $$;\n',
  })
  await project.ends(0, 'migrate', '--name', 'first')
  await project.ends(0, 'deploy-functions')
  await project.write({'schema.sql': SECOND})
  await project.ends(2, 'diff', '--out', 'plan.json', ...RENAME)
  await project.ask("insert into orders values (1, 'a')")
})
afterAll(() => site?.close())

const plan = async () => JSON.parse(await project.read('plan.json'))
const refused = async (...args: string[]) => {
  const before = await project.state()
  const said = await project.fails('migrate', '--plan', 'plan.json', '--name', 'second', '--yes', ...args)
  expect(await project.state()).toEqual(before)
  return said
}

test('it says what it was made of, is nobody else’s to read, and holds no password', async () => {
  const file = await plan()
  expect(file).toMatchObject({
    format: 1,
    from: {side: 'database'},
    to: {side: 'files'},
    online: true,
    proven: {major: 18, target: 18},
  })
  expect(file.target).toMatchObject({database: project.url.split('/').at(-1)!.split('?')[0]})
  expect(file.statements).toContain('ALTER TABLE public.orders RENAME COLUMN note TO remark')
  expect(file.difference.steps.map(({sql}: {sql: string}) => sql)).toEqual(file.statements)
  expect((await stat(join(project.folder, 'plan.json'))).mode & 0o077).toBe(0)
})

test('refused: a file that was edited, or is none', async () => {
  const text = await project.read('plan.json')
  await project.write({'plan.json': text.replaceAll('RENAME COLUMN note TO remark', 'DROP COLUMN note')})
  expect(await refused()).toContain('plan.json was edited after it was made')
  await project.write({'plan.json': '{}'})
  expect(await refused()).toContain('plan.json is no plan of pgext’s')
  await project.write({'plan.json': text})
})

test('refused: a database that has changed, and another one', async () => {
  await project.ask('create table stray (id int)')
  expect(await refused()).toMatch(/the database has changed since the plan was made \(20.*\): nothing was written or applied/)
  await project.ask('drop table stray')
  const other = await site.project('other', {'schema.sql': FIRST})
  await other.ends(0, 'migrate', '--name', 'first')
  await other.write({'schema.sql': SECOND, 'plan.json': await project.read('plan.json')})
  expect(await other.fails('migrate', '--plan', 'plan.json', '--name', 'second', '--yes')).toContain(
    'the plan was made for another database, plan',
  )
})

test('refused: files that have changed', async () => {
  await project.write({'schema.sql': SECOND.replace("'x'", "'y'")})
  expect(await refused()).toContain('your files have changed since the plan was made')
  await project.write({'schema.sql': SECOND})
})

test('refused: a migration that slipped in', async () => {
  await project.write({'migrations/20300101T000000_sneak.sql': 'DELETE FROM orders;'})
  await project.ends(0, 'migrate:sum')
  expect(await refused()).toContain('your migrations have changed since the plan was made')
  await rm(join(project.folder, 'migrations/20300101T000000_sneak.sql'))
  await project.ends(0, 'migrate:sum')
})

test('what was reviewed is written and applied, without proving it again', async () => {
  const {statements} = await plan()
  const {err} = await project.ends(0, 'migrate', '--plan', 'plan.json', '--name', 'second', '--yes')
  expect(err).toContain('as planned and proven at 20')
  const written = await project.read(`migrations/${(await project.migrations()).at(-1)}`)
  for (const sql of statements) expect(written).toContain(sql)
  expect(await project.ask('select remark from orders')).toEqual([{remark: 'a'}])
  await project.ends(0, 'diff')
  expect(await refused()).toContain('the database has changed since the plan was made')
})
