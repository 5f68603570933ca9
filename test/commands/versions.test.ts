// Versions of extensions: compared where files say one, and nowhere else.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('versions', {'schema.sql': "create extension hstore version '1.4'; create table t (h hstore);"})
})
afterAll(() => site?.close())

const installed = () => project.ask("select extversion as version from pg_extension where extname = 'hstore'")

test('made of the version that the files say', async () => {
  await project.ends(0, 'migrate', '--name', 'first')
  expect(await installed()).toEqual([{version: '1.4'}])
  await project.ends(0, 'diff')
})

test('brought to a newer one, also of a database that no migration knows, and proven from where it is', async () => {
  await project.write({'schema.sql': "create extension hstore version '1.6'; create table t (h hstore);"})
  expect((await project.ends(2, 'diff', '--sql')).out).toContain("ALTER EXTENSION hstore UPDATE TO '1.6';")
  await project.ends(0, 'migrate', '--name', 'second')
  expect(await installed()).toEqual([{version: '1.6'}])
  await project.ends(0, 'diff')
})

test('not compared where no file says one', async () => {
  await project.write({'schema.sql': 'create extension hstore; create table t (h hstore);'})
  await project.ends(0, 'diff')
  expect((await project.ends(0, 'migrate:new', 'nothing')).out).toContain('cover everything')
  const dumped = await project.ends(0, 'dump', '--out', 'out')
  expect(dumped.out + dumped.err).toContain('schema.sql')
  expect(await project.read('out/schema.sql')).not.toContain('1.6')
})

test('none leads back: said, and nothing is written', async () => {
  await project.write({'schema.sql': "create extension hstore version '1.5'; create table t (h hstore);"})
  expect(await project.fails('migrate', '--name', 'third')).toContain('extension hstore can’t go back from version 1.6 to 1.5')
  expect(await installed()).toEqual([{version: '1.6'}])
})
