// --json of each command: it parses, has the same keys every time, and nothing else is printed.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {openSite, type Project, type Site} from './site.ts'

const DIFFERENCE = [
  'candidates',
  'capture',
  'changes',
  'couldNotLook',
  'equal',
  'from',
  'hazards',
  'measured',
  'notes',
  'proof',
  'renames',
  'sql',
  'steps',
  'to',
  'waiting',
]

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project(
    'json',
    {
      'schema.sql': 'create table tasks (id int primary key, title text);\n',
      'functions/one.sql': 'create function one() returns int language sql as $$ select 1 $$;\n',
      'seed.sql': "insert into tasks values (1, 'x');\n",
    },
    site.url('json'),
  )
})
afterAll(() => site?.close())

async function json(code: number, ...args: string[]): Promise<any> {
  const {out, err} = await project.ends(code, ...args, '--json')
  expect(err).toBe('')
  return JSON.parse(out)
}

const keys = (value: object) => Object.keys(value).sort()

test('from an absent database to a migrated one, and back', async () => {
  expect(await json(0, 'db:create')).toEqual({database: 'json', created: true, roles: []})
  const diff = await json(2, 'diff')
  expect(keys(diff)).toEqual(DIFFERENCE)
  expect(diff).toMatchObject({equal: false, from: 'database', to: 'files', hazards: [], notes: expect.any(Array)})
  expect(diff.changes).toContainEqual({verb: 'create', kind: 'table', object: 'table public.tasks'})
  expect(diff.waiting).toContainEqual({verb: 'create', kind: 'function', object: 'function public.one()'})
  expect(diff.proof).toMatchObject({major: 18, planted: 0, unplanted: [], dataDependent: []})

  expect(keys(await json(2, 'migrate'))).toEqual(['applied', 'changes', 'sql', 'written'])
  const made = await json(0, 'migrate:new', 'first')
  expect(keys(made)).toEqual([...DIFFERENCE, 'written'].sort())
  expect(await json(2, 'migrate:status')).toEqual({
    migrations: [
      {
        file: made.written.slice('migrations/'.length),
        state: 'pending',
        late: false,
        appliedAt: null,
        appliedBy: null,
        milliseconds: null,
      },
    ],
  })
  const dry = await json(2, 'migrate', '--dry-run')
  expect(dry).toEqual({
    written: null,
    applied: [],
    pending: [made.written.slice('migrations/'.length)],
    preflight: {broken: [], unseen: []},
    sql: '',
  })
  const applied = await json(0, 'migrate')
  expect(applied).toEqual({
    written: null,
    applied: [{file: dry.pending[0], statements: expect.any(Number), milliseconds: expect.any(Number)}],
    pending: [],
    preflight: {broken: [], unseen: []},
    waiting: 1,
    sql: '',
  })
  const deployed = await json(0, 'deploy-functions')
  expect(keys(deployed)).toEqual([...DIFFERENCE, 'callers', 'deployed', 'findings', 'stale'].sort())
  expect(deployed.deployed).toBe(true)
  expect(await json(0, 'diff')).toMatchObject({equal: true, changes: [], waiting: [], sql: '', proof: null})
})

test('db:reset and db:drop, with others connected', async () => {
  const other = await connect(project.url)
  expect(await project.fails('db:drop', '--yes')).toContain('--force ends their sessions')
  expect(await project.fails('db:reset', '--yes')).toContain('--force ends their sessions')
  expect(await project.ask('select one() as n')).toEqual([{n: 1}])
  const reset = await json(0, 'db:reset', '--force')
  expect(keys(reset)).toEqual(['applied', 'database', 'deployed', 'dropped', 'seeded'])
  expect(reset).toMatchObject({database: 'json', dropped: true, deployed: 1, seeded: true})
  expect(await project.ask('select title, one() as n from tasks')).toEqual([{title: 'x', n: 1}])
  await other.close()
  expect(await json(0, 'db:drop', '--yes')).toEqual({database: 'json', dropped: true})
  expect(await json(0, 'db:drop', '--yes')).toEqual({database: 'json', dropped: false})
})

test('what would break db:reset is told before anything is dropped', async () => {
  await json(0, 'db:reset', '--yes')
  const schema = await project.read('schema.sql')
  await project.write({'schema.sql': `${schema}grant select on tasks to no_such_role;\n`})
  expect(await project.fails('db:reset', '--yes')).toContain('lacks a role your files name: no_such_role')
  await project.write({'schema.sql': schema, 'migrations/20300101T000000_bad.sql': 'alter table nope add x int;\n'})
  await json(0, 'migrate:sum')
  expect(await project.fails('db:reset', '--yes')).toContain('migrations/20300101T000000_bad.sql:1:')
  expect(await project.ask('select title from tasks')).toEqual([{title: 'x'}])
})

test('an error: one object with code, message, hint', async () => {
  await project.write({'schema.sql': 'create tabel x ();\n'})
  const {error} = await json(1, 'diff')
  expect(error).toEqual({
    code: 'bad-sql',
    message: expect.any(String),
    hint: expect.any(String),
    where: {file: 'schema.sql', line: 1, column: 8, text: 'create tabel x ();'},
  })
})
