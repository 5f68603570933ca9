// Two branches of a real repository, each with its migrations, merged: the conflict seen, one line of migrations made, and databases that have applied one side brought on.
import {execFileSync} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {openSite, type Project, type Site} from './site.ts'

const SCHEMA = `create table orders (
  id int primary key,
  notes text
);

-- a line between

create table people (
  id int primary key
);
`
const CODE = (type: string) => SCHEMA.replace('  notes text', `  notes text,\n  code ${type}`)
const NAME = SCHEMA.replace(/(people \(\n {2}id int primary key)/, '$1,\n  name text')

let site: Site
beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site.close())

const IDENTITY = ['-c', 'user.name=t', '-c', 'user.email=t@localhost', '-c', 'commit.gpgsign=false', '-c', 'core.editor=true']

/** undefined: git said no. */
function git({folder}: Project, ...args: string[]): string | undefined {
  try {
    return execFileSync('git', [...IDENTITY, ...args], {cwd: folder, stdio: 'pipe'})
      .toString()
      .trim()
  } catch {
    return undefined
  }
}

const commit = (project: Project, message: string) => {
  git(project, 'add', '-A')
  git(project, 'commit', '-qm', message)
}

/** A repository whose branch main has a first migration, applied to its database, with rows. */
async function start(name: string): Promise<Project> {
  const project = await site.project(name, {'schema.sql': SCHEMA})
  git(project, 'init', '-q', '-b', 'main')
  await project.ends(0, 'migrate', '--name', 'first', '--yes', '--no-prove')
  await project.ask("insert into orders values (1, 'a'); insert into people values (7)")
  commit(project, 'first')
  return project
}

/** One more migration on the branch. */
async function adds(project: Project, branch: string, name: string, schema: string): Promise<void> {
  git(project, 'switch', '-q', branch) ?? git(project, 'switch', '-qc', branch)
  await project.write({'schema.sql': schema})
  // which is the younger one is told by the second
  await sleep(1001 - (Date.now() % 1000))
  await project.ends(0, 'migrate:new', name, '--no-prove')
  commit(project, name)
}

const conflicts = (project: Project) => git(project, 'diff', '--name-only', '--diff-filter=U')?.split('\n')
const names = async (project: Project) => (await project.migrations()).map((file) => file.slice(16, -4))

test('changes that know nothing of each other are kept; databases that had either go on, and nothing runs twice', async () => {
  const production = await start('apart')
  await adds(production, 'feature', 'code', CODE('int'))
  const mine = await site.copy(production, 'apart_mine')
  await mine.ends(0, 'migrate', '--yes', '--no-prove')
  git(production, 'switch', '-q', 'main')
  await adds(production, 'main', 'name', NAME)
  await production.ends(0, 'migrate', '--yes', '--no-prove')
  git(production, 'switch', '-q', 'feature')
  expect(git(production, 'merge', 'main')).toBeUndefined()
  expect(conflicts(production)).toEqual(['migrations/pgext.sum'])
  const before = await production.migrations()
  expect(await production.fails('migrate', '--yes')).toMatch(/migrations\/pgext\.sum:3:1\n[\s\S]*hint: pgext migrate:rebase/)

  const {out} = await production.ends(2, 'migrate:rebase', '--dry-run')
  expect(out).toMatch(/^MERGE_HEAD \(.*\) stays: 2 migrations; behind it: \d+T\d+_code\.sql\nmoves /)
  expect(await production.migrations()).toEqual(before)
  const text = await production.read(`migrations/${before[1]}`)
  expect((await production.ends(0, 'migrate:rebase')).out).toContain('then: git add migrations')
  expect(await names(production)).toEqual(['first', 'name', 'code'])
  const moved = (await production.migrations())[2]!
  const bodyOf = (sql: string) => sql.slice(sql.indexOf('BEGIN;'))
  expect(bodyOf(await production.read(`migrations/${moved}`))).toBe(bodyOf(text))
  commit(production, 'merged')

  // a run that was cut off leaves both
  await production.write({[`migrations/${before[1]}`]: text})
  expect((await production.ends(0, 'migrate:rebase')).out).toContain(`removes ${before[1]}`)
  expect((await production.ends(0, 'migrate:rebase', '--onto', 'main')).out).toContain('nothing to do')
  expect(git(production, 'status', '--porcelain')).toBe('')

  await production.ends(0, 'migrate', '--yes', '--no-prove')
  await production.ends(0, 'diff', '--summary')
  expect(await production.ask('select o.id, code, p.id as p, name from orders o, people p')).toEqual([
    {id: 1, code: null, p: 7, name: null},
  ])

  // the author's own database has applied it under its old name, and before the other
  const files = await Promise.all(
    (await production.migrations()).map(async (file) => [file, await production.read(`migrations/${file}`)]),
  )
  git(mine, 'switch', '-q', '-c', 'away')
  git(mine, 'rm', '-qr', 'migrations')
  await mine.write(Object.fromEntries(files.map(([file, sql]) => [`migrations/${file}`, sql!])))
  await mine.write({
    'migrations/pgext.sum': await production.read('migrations/pgext.sum'),
    'schema.sql': await production.read('schema.sql'),
  })
  const {out: status} = await mine.ends(2, 'migrate:status')
  expect(status).toMatch(/applied {2}\d+T\d+_code\.sql {2}by the migration that it came instead of/)
  const {out: applied} = await mine.ends(0, 'migrate', '--yes', '--no-prove')
  expect(applied).toMatch(/applied \d+T\d+_name\.sql/)
  expect(applied).not.toContain('_code.sql')
  await mine.ends(0, 'migrate:status')
  await mine.ends(0, 'diff', '--summary')
  await mine.ends(0, 'migrate', '--yes', '--no-prove')

  // what somebody forgot to put in order
  await mine.write({'migrations/20200101T000000_old.sql': 'select 1;\n'})
  await mine.ends(0, 'migrate:sum')
  const refused = await mine.fails('migrate', '--yes', '--no-prove')
  expect(refused).toMatch(
    /older than \d+T\d+_code\.sql, which is applied to apart_mine[\s\S]*\n {2}older {3}20200101T000000_old\.sql\n/,
  )
  expect(refused).toMatch(/hint: pgext migrate:rebase.*--out-of-order/)
  expect((await mine.ends(2, 'migrate', '--dry-run', '--no-prove')).err).toContain('would be refused without --out-of-order')
  const {out: old} = await mine.ends(0, 'migrate', '--yes', '--no-prove', '--out-of-order')
  expect(old).toContain('applied 20200101T000000_old.sql')
})

test('what another run applies while one waits for it puts the younger file behind, too', async () => {
  const mine = await start('waits')
  await adds(mine, 'main', 'code', CODE('int'))
  const theirs = await connect(mine.url)
  await theirs.query('select pg_catalog.pg_advisory_lock(1885824376, 1)')
  const waiting = mine.fails('migrate', '--yes', '--no-prove')
  const asking =
    "select from pg_stat_activity where datname = 'waits' and query like '%pg_try_advisory_lock%' and pid <> pg_backend_pid()"
  await expect.poll(async () => (await theirs.query(asking)).length, {timeout: 60_000}).toBe(1)
  await theirs.script(`insert into pgext.migration (version, name, checksum, statements, finished) values ('29990101T000000', 'theirs', '', 0, true);
    select pg_catalog.pg_advisory_unlock(1885824376, 1)`)
  expect(await waiting).toContain('older than 29990101T000000_theirs.sql')
  expect((await mine.ask('select version from pgext.migration')).length).toBe(2)
  await theirs.close()
})

test('one column with two types: the younger is written anew behind what is applied, rows kept, and refused where its old form is', async () => {
  const production = await start('types')
  await adds(production, 'feature', 'code', CODE('text'))
  const mine = await site.copy(production, 'types_mine')
  await mine.ends(0, 'migrate', '--yes', '--no-prove')
  git(production, 'switch', '-q', 'main')
  await adds(production, 'main', 'number', CODE('int'))
  await production.ends(0, 'migrate', '--yes', '--no-prove')
  await production.ask('update orders set code = 42')
  git(production, 'switch', '-q', 'feature')
  // commits put on main, one after the other, end the same way as a merge
  expect(git(production, 'rebase', 'main')).toBeUndefined()
  expect(conflicts(production)).toEqual(['migrations/pgext.sum', 'schema.sql'])
  const marks = await production.fails('migrate:rebase')
  expect(marks).toMatch(/marks of a merge.*\n {2}schema\.sql:4:1\n/)
  await production.write({'schema.sql': CODE('text')})
  // the database that counts has applied the other one
  const {out} = await production.ends(0, 'migrate:rebase', '--json')
  const told = JSON.parse(out)
  expect(told).toMatchObject({onto: 'HEAD', kept: [], anew: [{file: expect.stringMatching(/_code\.sql$/)}], left: 0, done: true})
  expect(told.anew[0].why).toMatch(/column "code" of relation "orders" already exists/)
  expect(told.anew[0].where).toMatchObject({file: expect.stringMatching(/_code\.sql$/)})
  expect(await names(production)).toEqual(['first', 'number', 'code'])
  git(production, 'add', '-A')
  expect(git(production, 'rebase', '--continue')).toBeDefined()
  await production.ends(0, 'migrate', '--yes', '--no-prove')
  await production.ends(0, 'diff', '--summary')
  expect(await production.ask('select * from orders')).toEqual([{id: 1, notes: 'a', code: '42'}])

  // where the old form is applied, the new one is another way
  git(mine, 'rm', '-qr', '--cached', 'migrations')
  for (const file of await production.migrations())
    await mine.write({[`migrations/${file}`]: await production.read(`migrations/${file}`)})
  execFileSync('rm', [`migrations/${told.anew[0].file}`], {cwd: mine.folder})
  await mine.write({'migrations/pgext.sum': await production.read('migrations/pgext.sum')})
  const refused = await mine.fails('migrate', '--yes', '--no-prove', '--out-of-order')
  expect(refused).toMatch(/_code\.sql stands for \d+T\d+_code\.sql, which is applied here/)
})

test('what is applied in a database decides nothing unasked; named by --url it stays, and the other moves', async () => {
  const project = await start('counts')
  await adds(project, 'feature', 'code', CODE('text'))
  await project.ends(0, 'migrate', '--yes', '--no-prove')
  git(project, 'switch', '-q', 'main')
  await adds(project, 'main', 'number', CODE('int'))
  git(project, 'switch', '-q', 'feature')
  git(project, 'merge', 'main')
  await project.write({'schema.sql': CODE('text')})
  const said = await project.fails('migrate:rebase')
  expect(said).toMatch(/applied to counts, and to be written anew.*\n.*_code\.sql/)
  expect(said).toMatch(/--onto MERGE_HEAD.*--url/)
  const {out} = await project.ends(0, 'migrate:rebase', '--url', project.url)
  expect(out).toContain('nothing is left to be written')
  expect(await names(project)).toEqual(['first', 'code'])
  await project.ends(0, 'migrate', '--yes', '--no-prove')
  await project.ends(0, 'diff', '--summary')
})

test('by hand: kept where it runs behind the others, with a word on rows; what breaks there is told at its place, and nothing is touched', async () => {
  const project = await start('hand')
  git(project, 'switch', '-qc', 'feature')
  // its author's clock is a year ahead
  const [first] = await project.migrations()
  const ahead = (years: number, name: string) => `${Number(first!.slice(0, 8)) + years * 10000}T000000_${name}.sql`
  await project.write({
    'schema.sql': SCHEMA.replace('notes text', 'remarks text'),
    [`migrations/${ahead(1, 'early')}`]: "update orders set notes = 'b';\nalter table orders rename notes to remarks;\n",
  })
  await project.ends(0, 'migrate:sum')
  commit(project, 'by hand')
  git(project, 'switch', '-q', 'main')
  await adds(project, 'main', 'name', NAME)
  git(project, 'switch', '-q', 'feature')
  git(project, 'merge', 'main')
  expect(conflicts(project)).toEqual(['migrations/pgext.sum'])
  const {err} = await project.ends(0, 'migrate:rebase')
  expect(err).toMatch(/_early\.sql:1 may change rows/)
  expect(await names(project)).toEqual(['first', 'name', 'early'])
  commit(project, 'merged')
  await project.ends(0, 'migrate', '--yes', '--no-prove')
  await project.ends(0, 'diff', '--summary')
  expect(await project.ask('select remarks from orders')).toEqual([{remarks: 'b'}])

  git(project, 'switch', '-qc', 'other', 'main')
  await project.write({'schema.sql': NAME.replace('notes text', 'notes text not null')})
  const other = ahead(2, 'strict')
  await project.write({[`migrations/${other}`]: 'select 1;\nalter table orders alter notes set not null;\n'})
  await project.ends(0, 'migrate:sum')
  commit(project, 'strict')
  git(project, 'merge', 'feature')
  await project.write({'schema.sql': (await project.read('schema.sql')).replace(/<{7}[\s\S]*>{7}.*/, '  remarks text not null')})
  const before = await project.state()
  const said = await project.fails('migrate:rebase', '--onto', 'feature')
  expect(said).toMatch(/_strict\.sql can't be kept, and it was written by hand/)
  expect(said).toMatch(/column "notes" of relation "orders" does not exist/)
  expect(said).toContain(`migrations/${other}:2:`)
  expect(await project.state()).toEqual(before)
})
