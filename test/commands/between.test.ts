// Two databases in, SQL for psql out: the form that scripts use, outside any project.
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {createDatabase} from '../../src/postgres/admin.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {pgextAgain as pgext} from './run.ts'

const OLD = 'create table public.a (id int primary key, note text)'
const NEW = 'create table public.a (id int primary key, note text, due date); create index a_due on public.a (due)'

let folder = ''
let cluster: Cluster

beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/pgext-between-`)
  cluster = await startCluster(findBinaries(18)!)
  const admin = await connect(cluster.url('postgres'))
  for (const [name, sql] of [
    ['old', OLD],
    ['new', NEW],
  ] as const) {
    await createDatabase(admin, name)
    const db = await connect(cluster.url(name))
    await db.script(sql)
    await db.close()
  }
  await admin.close()
}, 60_000)

afterAll(async () => {
  await cluster?.close()
  await rm(folder, {recursive: true, force: true})
})

const between = (from: string, to: string, ...more: string[]) =>
  pgext(['diff', '--from', cluster.url(from), '--to', cluster.url(to), ...more], {cwd: folder})

test('prints SQL that brings one to the other, exit 2; then nothing at all, exit 0', async () => {
  const {code, out, err} = await between('old', 'new', '--sql', '--no-online')
  expect(err).not.toContain('error')
  expect(code).toBe(2)
  const db = await connect(cluster.url('old'))
  await db.script(out)
  await db.close()
  expect(await between('old', 'new', '--sql', '--no-online')).toMatchObject({code: 0, out: ''})
}, 60_000)

test('says so when nothing differs', async () => {
  const {code, out} = await between('new', 'new')
  expect(code).toBe(0)
  expect(out).toContain('nothing differs')
  expect(JSON.parse((await between('new', 'new', '--json')).out)).toMatchObject({equal: true, changes: [], sql: ''})
}, 60_000)
