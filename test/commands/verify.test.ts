// All migrations on an empty database, held against all that names what they make: what is otherwise is said, with its file.
import {afterAll, beforeAll, expect, test} from 'vitest'
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
  expect(failed.findings[0]).toMatchObject({code: 'replay', where: {file: 'migrations/20991231T000000_branch.sql', line: 1}})
})
