// A server whose database hangs up, restarts and writes much else in; clients that are told all, or told that they were not, out.
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {openCluster, openPlace} from './place.ts'

const SCHEMA = `
  create table note (id int primary key, body text, sub text); grant select on note to web_user; alter table note enable row level security;
  create policy own on note to web_user using (sub is null or sub = current_setting('request.jwt.claims', true)::json ->> 'sub');
  alter table note replica identity full;
  create table much (id int, body text);
  create publication pg_events for table note with (publish = '')`

let cluster: Cluster
beforeAll(async () => {
  cluster = await openCluster()
})
afterAll(async () => {
  await cluster?.close()
})

test.each(['queue', 'wal'] as const)(
  '%s: all sessions are ended, again and again, while rows are written',
  async (engine) => {
    const place = await openPlace(cluster, SCHEMA, engine)
    const client = await place.client({role: 'web_user', sub: 'ann'})
    await client.subscribe({table: 'note', snapshot: true})
    const admin = await connect(cluster.url('postgres'))
    const writer = await connect(cluster.url('postgres'))
    let id = 0
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 10; n++) {
        const db = await connect(place.url)
        await db.script(`insert into public.note values (${++id}, 'x', ${id % 3 === 0 ? `'bob'` : 'null'})`)
        await db.close()
      }
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid() and backend_type in ('client backend', 'walsender')`,
        [place.db.server.database],
      )
      await sleep(300)
    }
    const db = await connect(place.url)
    await expect.poll(() => place.running.server.hub.feed.isReading, {timeout: 20_000}).toBe(true)
    await db.script(`insert into public.note values (1000, 'end', null)`)
    await client.until(() => client.lines().includes('INSERT 1000'), 'the last row')
    const told = client.lines().filter((line) => line.startsWith('INSERT'))
    expect(new Set(told).size).toBe(told.length)
    const gone = client.answers.filter(({type}) => type === 'gone').length
    const wanted = Array.from({length: 40}, (_, n) => n + 1).filter((n) => n % 3 !== 0)
    if (engine === 'queue') {
      expect(gone).toBe(0)
      expect(told).toEqual([...wanted, 1000].map((n) => `INSERT ${n}`))
    } else expect(gone).toBeGreaterThan(0)
    expect(told.some((line) => wanted.every((n) => line !== `INSERT ${n}`) && line !== 'INSERT 1000')).toBe(false)
    for (const one of [db, admin, writer]) await one.close()
    await place.close()
  },
  60_000,
)

test('wal: tables that nobody subscribes to do not make the server keep the log', async () => {
  const place = await openPlace(cluster, SCHEMA, 'wal')
  const client = await place.client({role: 'web_user', sub: 'ann'})
  await client.subscribe({table: 'note'})
  for (let n = 0; n < 10; n++)
    await place.db.script(`insert into much select n, repeat('x', 500) from generate_series(1, 10000) n`)
  const held = async () => {
    const [row] = await place.db.query<{held: string}>(
      `select coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)), 0)::text as held from pg_replication_slots where database = current_database()`,
    )
    return Number(row!.held)
  }
  await expect.poll(held, {timeout: 25_000, interval: 200}).toBeLessThan(2 ** 20)
  await place.close()
}, 40_000)
