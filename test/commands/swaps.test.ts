// Two names that are swapped, by directive and by flag: rows stay with their tables, and nothing is swapped twice.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const BEFORE = `
create table cat (id int primary key, lives int not null);
create table dog (id int primary key, owner text);
create table t (a int not null, b text not null);
create table even (n int);
create table odd (n int);
`
const AFTER = `
-- pgext:renamed-from dog
create table cat (id int primary key, owner text);
-- pgext:renamed-from cat
create table dog (id int primary key, lives int not null);
create table t (
  -- pgext:renamed-from a
  b int not null,
  -- pgext:renamed-from b
  a text not null);
create table even (n int);
create table odd (n int);
`

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('swaps', {'schema.sql': BEFORE})
  await project.ends(0, 'migrate', '--name', 'first')
  await project.ask("insert into cat values (1, 9); insert into dog values (2, 'me'); insert into t values (3, 'x')")
  await project.ask('insert into even values (2); insert into odd values (1)')
})
afterAll(() => site?.close())

test('by directive, once', async () => {
  await project.write({'schema.sql': AFTER})
  const {out} = await project.ends(0, 'migrate', '--name', 'second')
  for (const words of ['ALTER TABLE public.dog RENAME TO dog__swap', 'RENAME COLUMN a TO a__swap']) expect(out).toContain(words)
  expect(out).not.toMatch(/DROP|ADD/)
  const rows = `select (select lives from dog) as lives, (select owner from cat) as owner, (select a || b from t) as t`
  expect(await project.ask(rows)).toEqual([{lives: 9, owner: 'me', t: 'x3'}])
  expect((await project.ends(0, 'migrate', '--dry-run')).out).toBe('nothing to do\n')
  await project.ends(0, 'diff')
})

test('of two that are alike only by flag: a directive can’t tell whether it was done', async () => {
  const both = AFTER.replace('create table even', '-- pgext:renamed-from odd\ncreate table even').replace(
    'create table odd',
    '-- pgext:renamed-from even\ncreate table odd',
  )
  await project.write({'schema.sql': `${both}create table more (n int);`})
  expect(await project.fails('migrate', '--name', 'third')).toMatch(/both exist(.|\n)*--rename/)
  await project.write({'schema.sql': `${AFTER}create table more (n int);`})
  const flags = ['--rename', 'table public.odd=even', '--rename', 'table public.even=odd']
  await project.ends(0, 'migrate', '--name', 'third', ...flags)
  expect(await project.ask('select n from even')).toEqual([{n: 1}])
  await project.ends(0, 'diff')
})
