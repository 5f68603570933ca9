// Clients that call a function all the time in, the function deployed again and again, with other bodies and other signatures; no call fails.
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {createDatabase} from '../../src/postgres/admin.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {openProject} from '../../src/project/open.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {deployFunctions} from '../../src/terminal/deploy.ts'
import {openProgress} from '../../src/terminal/progress.ts'
import {openWalk} from '../../src/walk/open.ts'

const FULL = process.env.PGEXT_LOAD === 'full'
const [CLIENTS, CALLS, DEPLOYMENTS] = FULL ? [16, 20_000, 100] : [8, 2000, 12]

let cluster: Cluster
let folder: string
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
  folder = await mkdtemp(join(tmpdir(), 'pgext-load-'))
})
afterAll(async () => {
  await cluster?.close()
  await rm(folder, {recursive: true, force: true})
})

/** Other bodies mostly; every tenth time another name of a parameter, a further argument with a default, or none any more. */
function version(n: number): string {
  const head = ['x int', 'y int', 'x int, by int default 1', 'x int'][Math.floor(n / 10) % 4]!
  const [name] = head.split(' ') as [string]
  return `create function price(${head}) returns int language plpgsql stable as $$
    declare found int;
    begin
      select amount into found from item where id = ${name};
      return found + ${n};
    end $$;\n`
}

interface Failure {
  readonly how: string
  readonly code: string | undefined
  readonly message: string
}

test(`${CLIENTS} clients call ${CALLS} times while it is deployed ${DEPLOYMENTS} times`, async () => {
  const admin = await connect(cluster.url('postgres'))
  await createDatabase(admin, 'load')
  await admin.close()
  const url = cluster.url('load')
  await writeFile(join(folder, 'pgext.json'), '{"functions": "code"}')
  await writeFile(join(folder, 'schema.sql'), 'create table item (id int primary key, amount int);\n')
  await mkdir(join(folder, 'code'))
  const save = (n: number) => writeFile(join(folder, 'code/price.sql'), version(n))
  await save(0)
  await writeFile(
    join(folder, 'code/total.sql'),
    'create function total(a int) returns int language plpgsql as $$ begin return price(a) * 1; end $$;\n',
  )
  const setup = await connect(url)
  await setup.script(
    'create table public.item (id int primary key, amount int); insert into public.item select n, 0 from generate_series(1, 100) n',
  )
  await setup.close()

  const project = await openProject(folder, {url})
  const walk = await openWalk(project)
  const watching = await walk.watch(url)
  const options = {project, progress: openProgress(true)}
  const request = {url, prove: true}
  const deploy = async () => {
    const {done, findings} = await deployFunctions(
      {functions: (asked) => watching.deployment(asked), session: () => watching.session()},
      request,
      options,
    )
    expect(done, JSON.stringify(findings)).toBe(true)
  }
  await deploy()

  let calls = 0
  let isOver = false
  const failures: Failure[] = []
  const seen = new Set<number>()
  const ways: Record<string, (db: Db) => Promise<number>> = {
    plain: async (db) => (await db.query('select public.price($1::int) as it', [7]))[0]!.it,
    prepared: async (db) => (await db.script('execute priced(7)'))[0]![0]!.it,
    'by another function': async (db) => (await db.query('select public.total(7) as it'))[0]!.it,
    simple: async (db) => (await db.script('select public.price(7) as it'))[0]![0]!.it,
  }
  const client = async (at: number) => {
    const how = Object.keys(ways)[at % 4]!
    const db = await connect(url)
    await db.script('set search_path = public; prepare priced(int) as select public.price($1) as it')
    while (!isOver || calls < CALLS) {
      calls++
      await ways[how]!(db).then(
        (it) => seen.add(it),
        (error) => failures.push({how, code: error.sqlstate, message: error.message}),
      )
      if (!isOver) await new Promise((go) => setTimeout(go, 2))
    }
    await db.close()
  }
  const clients = Array.from({length: CLIENTS}, (_, at) => client(at))
  for (let n = 1; n <= DEPLOYMENTS; n++) {
    await save(n)
    await deploy()
  }
  // clients have to come to call the last one
  await expect.poll(() => seen.has(DEPLOYMENTS)).toBe(true)
  isOver = true
  await Promise.all(clients)
  await watching.close()
  await walk.close()
  console.info(
    `deployments: ${DEPLOYMENTS}, calls: ${calls}, versions seen: ${seen.size}, failures: ${JSON.stringify(failures.slice(0, 5))} (${failures.length})`,
  )
  expect(calls).toBeGreaterThanOrEqual(CALLS)
  expect(seen.size).toBeGreaterThan(DEPLOYMENTS / 2)
  expect(failures).toEqual([])
}, 600_000)

test('what docs/functions.md says of prepared statements is so', async () => {
  const admin = await connect(cluster.url('postgres'))
  await createDatabase(admin, 'prepared')
  await admin.close()
  const db = await connect(cluster.url('prepared'))
  const other = await connect(cluster.url('prepared'))
  await db.script('create function public.f() returns int language sql as $$ select 1 $$')
  await other.script('prepare asked as select public.f() as it; execute asked')
  await db.transaction(async () => {
    await db.script('drop function public.f(); create function public.f() returns int language sql as $$ select 2 $$')
  })
  expect((await other.script('execute asked'))[0]![0]!.it).toBe(2)
  await db.transaction(async () => {
    await db.script('drop function public.f(); create function public.f() returns bigint language sql as $$ select 3 $$')
  })
  const failing = () =>
    other.script('execute asked').then(
      () => 'none',
      (error) => error.sqlstate,
    )
  expect([await failing(), await failing()]).toEqual(['0A000', '0A000'])
  await other.script('deallocate asked; prepare asked as select public.f() as it')
  expect((await other.script('execute asked'))[0]![0]!.it).toBe('3')
  await db.close()
  await other.close()
})
