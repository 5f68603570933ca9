// What only a session on a server can go through: its backend ended from outside, cancellation, the process's own end.
import {rmSync} from 'node:fs'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {compiled, exited, start} from '../shadow/run.ts'

let cluster: Cluster
let admin: Db
const LOST = {name: 'PgextError', code: 'connection-lost'}

beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
  admin = await connect(cluster.url('postgres'))
})
afterAll(async () => {
  await admin.close()
  await cluster.close()
})

async function open(): Promise<{db: Db; pid: number; kill: () => Promise<unknown>}> {
  const db = await connect(cluster.url('postgres'), {application: 'victim'})
  const [{pid}] = (await db.query('select pg_backend_pid() as pid')) as [{pid: number}]
  return {db, pid, kill: () => admin.query('select pg_terminate_backend($1, 2000)', [pid])}
}

test('killed while it runs: that call fails, those that wait behind it, and all later ones', async () => {
  const {db, kill} = await open()
  const calls = [db.query('select pg_sleep(60)'), db.query('select 1'), db.script('select 2'), db.query('select $1::int', [1])]
  const outcomes = Promise.allSettled(calls)
  await expect
    .poll(() => admin.query(`select 1 from pg_stat_activity where application_name = 'victim' and state = 'active'`))
    .toHaveLength(1)
  const began = performance.now()
  await kill()
  for (const outcome of await outcomes) expect(outcome).toMatchObject({status: 'rejected', reason: LOST})
  await expect(db.query('select 1')).rejects.toMatchObject(LOST)
  await expect(db.listen('x', () => {})).rejects.toMatchObject(LOST)
  expect(performance.now() - began).toBeLessThan(20_000)
  await db.close()
})

test('killed while statements with parameters run: so do those that wait behind them', async () => {
  const {db, kill} = await open()
  const calls = [1, 2, 3].map((n) => db.query('select pg_sleep($1::int)', [n * 30]))
  const outcomes = Promise.allSettled([...calls, db.script('select 1')])
  await kill()
  for (const outcome of await outcomes) expect(outcome).toMatchObject({status: 'rejected', reason: LOST})
  await db.close()
})

test('killed while idle: the next call fails at once, and nothing connects again', async () => {
  const {db, kill} = await open()
  await db.script('set work_mem = 64')
  await kill()
  const began = performance.now()
  for (let n = 0; n < 5; n++) await expect(db.query('show work_mem')).rejects.toMatchObject(LOST)
  expect(performance.now() - began).toBeLessThan(8000)
  expect(await admin.query(`select 1 from pg_stat_activity where application_name = 'victim'`)).toEqual([])
  await db.close()
})

test('killed inside a transaction: the transaction fails with it', async () => {
  const {db, kill} = await open()
  const work = db.transaction(async (inside) => {
    await inside.script('create table public.never (x int)')
    await kill()
    return inside.query('select 1')
  })
  await expect(work).rejects.toMatchObject(LOST)
  expect(await admin.query(`select to_regclass('public.never') as never`)).toEqual([{never: null}])
  await db.close()
})

test('a crash of the whole server is the same error', async () => {
  const other = await startCluster(findBinaries(18)!)
  const db = await connect(other.url('postgres'))
  const sleeping = expect(db.query('select pg_sleep(60)')).rejects.toMatchObject(LOST)
  await other.close()
  await sleeping
  await expect(db.query('select 1')).rejects.toMatchObject(LOST)
  await db.close()
})

test('a statement can be cancelled, and the session goes on', async () => {
  const {db} = await open()
  await db.cancel()
  for (let n = 0; n < 3; n++) {
    const outcome = expect(db.query('select pg_sleep(60)')).rejects.toMatchObject({code: 'sql', sqlstate: '57014'})
    await expect
      .poll(() => admin.query(`select 1 from pg_stat_activity where application_name = 'victim' and state = 'active'`))
      .toHaveLength(1)
    await db.cancel()
    await outcome
    expect(await db.query('select 1 as fine')).toEqual([{fine: 1}])
  }
  await db.close()
})

test('closing ends a running statement', async () => {
  const {db} = await open()
  const outcome = expect(db.query('select pg_sleep(60)')).rejects.toMatchObject(LOST)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const began = performance.now()
  await db.close()
  await outcome
  expect(performance.now() - began).toBeLessThan(20_000)
})

test('closing ends all that waits behind a statement with parameters', async () => {
  const {db} = await open()
  const outcomes = Promise.allSettled([1, 2].map((n) => db.query('select pg_sleep($1::int)', [n * 30])))
  await new Promise((resolve) => setTimeout(resolve, 50))
  await db.close()
  for (const outcome of await outcomes) expect(outcome).toMatchObject({status: 'rejected', reason: LOST})
})

test('a session under a role', async () => {
  await admin.script('create role native_weak')
  const db = await connect(cluster.url('postgres'), {role: 'native_weak'})
  expect(db.server).toMatchObject({user: 'native_weak', superuser: false})
  await expect(db.script('create role another')).rejects.toMatchObject({sqlstate: '42501'})
  await db.close()
  await expect(connect(cluster.url('postgres'), {role: 'nobody there'})).rejects.toMatchObject({code: 'role-missing'})
  await admin.script(
    `alter role native_weak login password 'weak'; create role native_other; create role native_group; grant native_group to native_weak`,
  )
  const url = cluster.url('postgres').replace(/pgext:\w+@/, 'native_weak:weak@')
  await expect(connect(url, {role: 'native_other'})).rejects.toMatchObject({code: 'not-allowed'})
  const member = await connect(url, {role: 'native_group'})
  expect(member.server.user).toBe('native_group')
  await member.close()
  await admin.script('drop role native_other, native_group')
  await admin.script('drop role native_weak')
})

test('a large script and large rows come through', async () => {
  const script = Array.from({length: 3000}, (_, n) => `select ${n} as n, repeat('ä', 1000) as text`).join(';')
  const results = await admin.script(script)
  expect(results.map((rows) => rows[0]!.n)).toEqual(Array.from({length: 3000}, (_, n) => n))
  const [row] = await admin.query(`select repeat('x', 20000000) as text`)
  expect(row!.text).toHaveLength(20_000_000)
})

test('the process ends by itself once all is closed', async () => {
  const folder = compiled()
  const {child} = await start(
    folder,
    `const shadow = await openShadow({want: 'native'}); const db = await (await shadow.create()).connect()
     await db.listen('x', () => {}); const sleeping = db.query('select pg_sleep(60)').catch(() => {})
     await new Promise((resolve) => setTimeout(resolve, 50)); await db.cancel(); await sleeping
     await shadow.close(); console.log('closed')`,
  )
  const began = performance.now()
  await exited(child)
  expect(child.exitCode).toBe(0)
  // the driver's own limits are ten seconds
  expect(performance.now() - began).toBeLessThan(8000)
  rmSync(folder, {recursive: true})
})
