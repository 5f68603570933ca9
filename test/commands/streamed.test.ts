// A database that somebody reads the changes of in; dropped and made anew, or left with a sentence about who reads it, out.
import {setTimeout as sleep} from 'node:timers/promises'
import {LogicalReplicationService, PgoutputPlugin} from 'pg-logical-replication'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {databaseExists} from '../../src/postgres/admin.ts'
import {connect} from '../../src/postgres/native.ts'
import {readUrl} from '../../src/postgres/url.ts'
import {openSite, type Project, type Site} from './site.ts'

let site: Site

beforeAll(async () => {
  site = await openSite()
})

afterAll(() => site?.close())

/** A reader that comes back whenever it is cut off, as consumers do; what it gives back stops it. */
async function read({url}: Project, slot: string): Promise<() => Promise<void>> {
  const {host, port, user, password, database} = readUrl(url)
  let isOver = false
  let leave = () => {}
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })
  const reading = (async () => {
    while (!isOver) {
      const service = new LogicalReplicationService(
        {host, port, user, password, database},
        {acknowledge: {auto: false, timeoutSeconds: 0}},
      )
      service.on('error', () => {})
      // one that is cut off while it connects may never hear of it
      const read = service
        .subscribe(new PgoutputPlugin({protoVersion: 1, publicationNames: ['seen']}), slot)
        .catch(() => sleep(1))
      await Promise.race([read, left])
      // nor is its connection left behind
      await Promise.race([service.destroy().catch(() => {}), sleep(1000)])
    }
  })()
  const admin = await connect(site.url('postgres'))
  const look = () => admin.query('select from pg_replication_slots where slot_name = $1 and active', [slot])
  while ((await look()).length === 0) await sleep(10)
  await admin.close()
  return () => {
    isOver = true
    leave()
    return reading
  }
}

async function streamed(name: string, slot: string): Promise<Project> {
  const project = await site.project(name, {'schema.sql': 'create table t (id int primary key);'})
  await project.ask('create publication seen for all tables')
  await project.ask(`select pg_create_logical_replication_slot('${slot}', 'pgoutput')`)
  return project
}

async function isThere(name: string): Promise<boolean> {
  const admin = await connect(site.url('postgres'))
  return databaseExists(admin, name).finally(() => admin.close())
}

test('db:drop --force ends who streams and drops the slot, though the reader comes back', async () => {
  const project = await streamed('streamed', 'pgext_streamed_web')
  const stop = await read(project, 'pgext_streamed_web')
  try {
    expect(await project.fails('db:drop', '--yes')).toMatch(/others are connected to .*\n.*--force/)
    await project.ends(0, 'db:drop', '--force')
    expect(await isThere('streamed')).toBe(false)
  } finally {
    await stop()
  }
})

test("somebody else's slot is named, and dropped only with --force", async () => {
  const project = await streamed('replicated', 'standby_of_others')
  expect(await project.fails('db:drop', '--yes')).toMatch(/somebody replicates .* by slot standby_of_others\n/)
  const stop = await read(project, 'standby_of_others')
  try {
    expect(await project.fails('db:drop', '--yes')).toMatch(/by slot standby_of_others \(read by pid \d+\)/)
    expect(await isThere('replicated')).toBe(true)
    await project.ends(0, 'db:drop', '--force')
    expect(await isThere('replicated')).toBe(false)
  } finally {
    await stop()
  }
})

test('db:reset --force makes the database anew while somebody streams', async () => {
  const project = await streamed('reset', 'pgext_reset_web')
  await project.ends(0, 'migrate', '--name', 'first', '--yes')
  const stop = await read(project, 'pgext_reset_web')
  try {
    await project.ends(0, 'db:reset', '--force')
    await stop()
    expect(await project.ask('select slot_name from pg_replication_slots')).toEqual([])
    expect(await project.ask("select to_regclass('public.t')::text as t")).toEqual([{t: 't'}])
  } finally {
    await stop()
  }
})

test('a slot that nobody reads goes along', async () => {
  const project = await streamed('idle', 'pgext_idle_web')
  await project.ends(0, 'db:drop', '--yes')
  expect(await isThere('idle')).toBe(false)
})
