// The main job as a user does it, on an embedded PostgreSQL: init, create, migrate, edit, diff, migrate, nothing differs.
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {pgextAgain, pgext as run} from './run.ts'

let folder = ''
let shop = ''
let cluster: Cluster
const url = () => cluster.url('shop')
const pgext = (...args: string[]) => pgextAgain(args, {cwd: shop, env: {DATABASE_URL: url()}})

/** Runs a command that must end with this code; what it said shows when it does not. */
async function ends(code: number, ...args: string[]) {
  const ran = await pgext(...args)
  expect(ran.code, `pgext ${args.join(' ')}\n${ran.out}${ran.err}`).toBe(code)
  return ran
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-main-'))
  shop = join(folder, 'shop')
  cluster = await startCluster(findBinaries(18)!)
  await run(['init', 'shop', '--yes'], {cwd: folder})
}, 60_000)

afterAll(async () => {
  await cluster?.close()
  await rm(folder, {recursive: true, force: true})
})

async function ask(sql: string) {
  const db = await connect(url())
  try {
    return await db.query(sql)
  } finally {
    await db.close()
  }
}

async function edit(file: string, from: string, to: string) {
  const path = join(shop, file)
  const text = await readFile(path, 'utf8')
  expect(text).toContain(from)
  await writeFile(
    path,
    text.replace(from, () => to),
  )
}

const migrations = async () => (await readdir(join(shop, 'migrations'))).filter((name) => name.endsWith('.sql')).sort()

test('db:create makes the database and the roles once', async () => {
  const first = await pgext('db:create', '--role', 'authenticated', '--role', 'anon')
  expect(first).toMatchObject({code: 0, err: ''})
  expect(first.out).toContain('created database shop')
  const second = await pgext('db:create', '--role', 'authenticated', '--json')
  expect(JSON.parse(second.out)).toEqual({database: 'shop', created: false, roles: []})
}, 60_000)

test('diff shows the whole schema, exit 2', async () => {
  const {out} = await ends(2, 'diff', '--summary')
  expect(out).toContain('public.tasks')
}, 60_000)

test('migrate without a name writes nothing, exit 2', async () => {
  const {out, err} = await ends(2, 'migrate')
  expect(out + err).toContain('--name')
  expect(await migrations()).toEqual([])
}, 60_000)

test('migrate --dry-run writes nothing either', async () => {
  const {out} = await ends(2, 'migrate', '--dry-run', '--name', 'first')
  expect(out).toMatch(/CREATE TABLE/i)
  expect(await migrations()).toEqual([])
}, 60_000)

test('migrate --name writes a file and applies it', async () => {
  await ends(0, 'migrate', '--name', 'first')
  expect(await migrations()).toEqual([expect.stringMatching(/^\d{8}T\d{6}_first\.sql$/)])
  expect(await ask("select to_regclass('public.tasks')::text as there")).toEqual([{there: 'public.tasks'}])
}, 60_000)

test('the function waits until it is deployed', async () => {
  const before = await ends(2, 'diff')
  expect(before.out).toContain('complete_task')
  await ends(2, 'deploy-functions', '--dry-run')
  expect(await ask("select 1 from pg_proc where proname = 'complete_task'")).toEqual([])
  await ends(0, 'deploy-functions')
  expect(await ask("select 1 as there from pg_proc where proname = 'complete_task'")).toEqual([{there: 1}])
  await ends(0, 'diff')
}, 120_000)

test('an edit: diff exits 2, migrate --name brings it there, diff exits 0, rows stay', async () => {
  await ask("insert into public.people (name, password) values ('ada', '')")
  await ask("insert into public.tasks (user_id, title) select id, 'buy milk' from public.people")
  await edit('schema.sql', '  title text not null', '  due_on date,\n  -- pgext:renamed-from title\n  summary text not null')
  await edit('schema.sql', "check (title <> '')", "check (summary <> '')")
  await edit(
    'functions/complete_task.sql',
    'complete_task(task_id uuid)',
    'complete_task(task_id uuid, done boolean default true)',
  )
  const diff = await ends(2, 'diff', '--json')
  expect(JSON.parse(diff.out)).toMatchObject({equal: false, sql: expect.stringMatching(/rename/i), proof: {major: 18}})
  await ends(0, 'migrate', '--name', 'second')
  await ends(0, 'deploy-functions')
  expect(await ask('select summary, due_on from public.tasks')).toEqual([{summary: 'buy milk', due_on: null}])
  const last = await pgext('diff', '--sql')
  expect(last).toMatchObject({code: 0, out: ''})
}, 120_000)

test('what may lose rows is refused without --allow data-loss', async () => {
  await edit('schema.sql', '  due_on date,\n', '')
  const refused = await ends(1, 'migrate', '--name', 'third')
  expect(refused.err).toContain('due_on')
  expect(refused.err).toContain('--allow data-loss')
  expect(await migrations()).toHaveLength(2)
  await ends(0, 'migrate', '--name', 'third', '--allow', 'data-loss')
}, 120_000)

test('migrate:new writes, migrate:status lists, migrate applies', async () => {
  await edit(
    'schema.sql',
    'create index tasks_of_user',
    'create index tasks_done on tasks (completed);\n\ncreate index tasks_of_user',
  )
  await ends(0, 'migrate:new', 'done')
  expect(await ask("select to_regclass('public.tasks_done')::text as there")).toEqual([{there: null}])
  const pending = await ends(2, 'migrate:status')
  expect(pending.out).toMatch(/pending.*_done/)
  await ends(0, 'migrate')
  await ends(0, 'migrate:status')
}, 120_000)

test('the other commands end by themselves, too', async () => {
  await ends(0, 'types')
  await ends(0, 'functions:graph')
  await ends(0, 'dump', '--out', 'dumped.sql')
  await ends(2, 'migrate:undo', '--dry-run', '--allow', 'data-loss')
  await ends(1, 'external')
  await ends(0, 'events:status')
}, 120_000)

test('db:reset makes all of it anew, with the seed', async () => {
  await writeFile(
    join(shop, 'seed.sql'),
    "insert into people (name, password) values ('ada', ''); insert into tasks (user_id, summary) select id, 'from the seed' from people;\n",
  )
  const asked = await ends(1, 'db:reset')
  expect(asked.err).toContain('--yes')
  const seed = await readFile(join(shop, 'seed.sql'), 'utf8')
  await writeFile(join(shop, 'seed.sql'), `${seed}insert into tasks (oops) values (1);\n`)
  await ask("comment on table public.tasks is 'still the old one'")
  expect((await ends(1, 'db:reset', '--yes')).err).toMatch(/seed\.sql:2:\d+/)
  expect(await ask("select obj_description('public.tasks'::regclass) as said")).toEqual([{said: 'still the old one'}])
  await writeFile(join(shop, 'seed.sql'), seed)
  await ends(0, 'db:reset', '--yes')
  expect(await ask('select summary from public.tasks')).toEqual([{summary: 'from the seed'}])
  await ends(0, 'diff')
}, 120_000)

test('db:drop refuses a guarded database, and without --yes when nobody is there to ask', async () => {
  const config = await readFile(join(shop, 'pgext.json'), 'utf8')
  await writeFile(join(shop, 'pgext.json'), JSON.stringify({...JSON.parse(config), guarded: ['shop']}))
  const guarded = await pgext('db:drop', '--force')
  expect(guarded).toMatchObject({code: 1, err: expect.stringContaining('guarded')})
  await writeFile(join(shop, 'pgext.json'), config)
  expect(await pgext('db:drop')).toMatchObject({code: 1, err: expect.stringContaining('--yes')})

  const other = await connect(url())
  expect(await pgext('db:drop', '--yes')).toMatchObject({code: 1, err: expect.stringContaining('--force')})
  await ends(0, 'db:drop', '--force')
  await other.close()
  expect(await pgext('db:drop', '--yes', '--json')).toMatchObject({code: 0, out: expect.stringContaining('"dropped": false')})
}, 60_000)
