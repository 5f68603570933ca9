// All migrations on an empty database, held against all that names what they make: what is otherwise is said, with its file.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {drift} from '../../src/check/drift.ts'
import {givenOf} from '../../src/check/given.ts'
import {openProject} from '../../src/project/open.ts'
import {openWalk} from '../../src/walk/open.ts'
import {openSite, type Project, type Site} from './site.ts'

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('verify', {
    'schema.sql': 'create role "ver ifier" nologin;\ncreate table a (id int primary key);\ngrant select on a to "ver ifier";\n',
  })
  await project.ends(0, 'migrate', '--name', 'first')
  await project.write({'schema.sql': (await project.read('schema.sql')).replace('primary key', 'primary key, b text')})
  await project.ends(0, 'migrate', '--name', 'second')
})
afterAll(() => site?.close())

test('a history that is whole is verified, and each thing that is not is said', async () => {
  expect((await project.ends(0, 'migrate:verify')).out).toMatch(/^verified 2 migrations replayed on PostgreSQL 18/)
  const [first, second] = await project.migrations()
  const text = await project.read(`migrations/${second}`)
  // a branch, written for the state after the first; the files know nothing of it
  const at = /-- from: (\S+)/.exec(text)![1]
  await project.write({
    'migrations/20991231T000000_branch.sql': `-- pgext migration, format 1\n-- from: ${at}\n\nalter table a add c int;\n`,
  })
  await project.ask('create index by_hand on a (b)')
  const {out} = await project.ends(2, 'migrate:verify')
  expect(out).toContain(`20991231T000000_branch.sql was written for the state after migrations/${first}`)
  expect(out).toContain('20991231T000000_branch.sql: has no line')
  expect(out).toContain('- column public.a.c')
  expect(out).toContain('the database has index public.by_hand')
  // what can't be replayed is the file's, at its line
  await project.write({'migrations/20991231T000000_branch.sql': 'alter table nowhere add c int;\n'})
  const failed = JSON.parse((await project.ends(2, 'migrate:verify', '--json')).out)
  expect(failed).toMatchObject({fine: false, replayed: 2})
  expect(failed.notes).toContain('not looked at, until that is mended: what is behind it, the files, the database')
  expect(failed.findings[0]).toMatchObject({code: 'replay', where: {file: 'migrations/20991231T000000_branch.sql', line: 1}})
})

test('what is applied while a database is looked at is no drift of it', async () => {
  const one = await site.project('moving', {'schema.sql': 'create table a (id int primary key);\n'})
  await one.ends(0, 'migrate', '--name', 'first', '--yes')
  const opened = await openProject(one.folder, {url: one.url})
  const given = await givenOf(opened)
  await one.write({'schema.sql': 'create table a (id int primary key, b int);\n'})
  const walk = await openWalk(opened)
  const looked = drift(given, one.url, {
    ...walk,
    // somebody deploys behind the first look
    async workplace(sides) {
      await one.ends(0, 'migrate', '--name', 'second', '--yes')
      return walk.workplace(sides)
    },
  })
  await expect(looked.finally(() => walk.close())).rejects.toMatchObject({code: 'target-moved'})
})
