// A database with something that pgext does not compare in: named with every diff, and refused where --strict or pgext.json says so.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const SCHEMA = `
  create table a (id int primary key);
  create table b (id int references a);`

let site: Site
let project: Project

beforeAll(async () => {
  site = await openSite()
  project = await site.project('strict', {'schema.sql': SCHEMA, 'pgext.json': '{}'})
  await project.ask(`${SCHEMA} alter table b disable trigger all`)
})

afterAll(() => site?.close())

test('what is not compared is named, or refused', async () => {
  const {err} = await project.ends(0, 'diff')
  expect(err).toContain('not compared: disabled constraint trigger b_id_fkey on public.b')
  const said = await project.fails('diff', '--strict')
  expect(said).toContain('database: disabled constraint trigger b_id_fkey on public.b')
  for (const command of ['deploy-functions', 'migrate:status'])
    expect(await project.fails(command, '--strict')).toContain('database: disabled constraint trigger b_id_fkey on public.b')
  const {out} = await project.ends(1, 'diff', '--strict', '--json')
  expect(JSON.parse(out).error).toMatchObject({code: 'not-supported'})
})

test('"strict" in pgext.json is --strict with every command that compares', async () => {
  await project.write({'pgext.json': '{"strict": true}'})
  expect(await project.fails('diff')).toContain('b_id_fkey')
  // between files and migrations there is nothing that is not compared
  await project.ends(0, 'migrate:new', 'first')
  await project.ask('alter table b enable trigger all')
  await project.ends(0, 'diff')
  await project.write({'pgext.json': '{"strict": "yes"}'})
  expect(await project.fails('diff')).toContain('true or false')
})
