// Sessions that install at the same time, owners that go, roles of few rights in; what stays captured, and what is said, out.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {events} from '../../src/events/events.ts'
import {install} from '../../src/events/install.ts'
import {readStatus} from '../../src/events/status.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {openPlace} from './place.ts'

const MAJOR = Number(process.env.PGEXT_MAJOR ?? 18)
let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(findBinaries(MAJOR)!)
})
afterAll(() => cluster?.close())

describe.each(['queue', 'wal'] as const)('%s', (engine) => {
  const open = (schema: string) => openPlace((name) => cluster.url(name), schema, engine)

  test('several sessions that make capture right at once', async () => {
    const names = Array.from({length: 12}, (_, n) => `t${n}`)
    const place = await open(
      `${names.map((name) => `create table ${name} (id int primary key);`).join(' ')} create publication pg_events with (publish = '')`,
    )
    const dbs = await Promise.all(Array.from({length: 6}, () => connect(place.url)))
    for (let round = 0; round < 6; round++) {
      await place.ask(`alter publication pg_events ${round % 2 === 0 ? 'add' : 'drop'} table ${names.join(', ')}`)
      const outcomes = await Promise.allSettled(dbs.map((db) => db.script('select pgext.sync_events()')))
      expect(outcomes.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))).toEqual([])
      expect(await place.ask('select pgext.sync_events(false)')).toEqual([])
    }
    // each with tables of its own
    await Promise.all(
      dbs.map((db, n) =>
        db.script(`begin; alter publication pg_events add table public.t${n}; select pgext.sync_events(); commit`),
      ),
    ).then(
      () => expect.soft('').toBe(''),
      (error) => expect.soft(String(error)).toBe(''),
    )
    for (const db of dbs) await db.close()
    expect(await place.ask('select pgext.sync_events(false)')).toEqual([])
    await place.db.close()
  })

  test('all that the owner of pg_events owned is dropped while it is read: readers are told, and it can be installed again', async () => {
    const role = `keeper_${engine}`
    const place = await openPlace((name) => cluster.url(name), 'create table t (id int primary key)')
    await place.ask(`create role ${role} login superuser; create publication pg_events for table t with (publish = '')`)
    const keeper = await connect(place.url, {role})
    await install(keeper, {capture: engine})
    const stream = await events({url: place.url, name: 'ws'})
    const found: unknown[] = []
    const reading = (async () => {
      for await (const event of stream) {
        found.push((event as {key: unknown}).key)
        await stream.acknowledge(event as {token: string})
      }
    })()
    await place.ask('insert into t values (1)')
    await expect.poll(() => found).toEqual([{id: 1}])
    // triggers on tables that are not its own
    if (engine === 'queue') await expect(place.ask(`drop owned by ${role}`)).rejects.toMatchObject({sqlstate: '2BP01'})
    const outcome = expect(reading).rejects.toMatchObject({code: expect.stringMatching(/^events-(gone|missing)$/)})
    await place.ask(`drop owned by ${role} cascade`)
    await place.ask('insert into t values (2)')
    await outcome
    await stream.close()
    expect(await readStatus(place.db)).toMatchObject({tables: []})
    await keeper.close()
    await place.ask(`drop role ${role}`)
    await install(place.db, {capture: engine})
    // what its slot still has was published by none
    const again = () => events({url: place.url, name: 'ws'})
    const next = await again().catch((error) => {
      expect(error).toMatchObject({code: 'events-gone'})
      return again()
    })
    await place.ask('insert into t values (3)')
    for await (const event of next) {
      expect(event).toMatchObject({key: {id: 3}})
      break
    }
    await next.close()
    await place.db.close()
  })

  test.each([
    ['nothing', ''],
    ['the schema', 'grant usage on schema pgext to few'],
    [
      'all tables',
      'grant usage on schema pgext to few; grant select on all tables in schema pgext to few; grant pg_monitor to few',
    ],
  ])('a role that was granted %s is told who may look, and who may read', async (_, grants) => {
    const place = await open(`create table t (id int primary key); create publication pg_events for table t with (publish = '')`)
    await place.ask(`create role few login password 'few'; grant few to current_user; ${grants}`)
    const refused = {
      code: 'not-allowed',
      message: expect.stringMatching(/^role few may not use pg_events: permission denied for /),
      hint: expect.stringMatching(/owns schema pgext \(\w+\), or/),
    }
    const db = await connect(place.url, {role: 'few'})
    await expect(readStatus(db)).rejects.toMatchObject(refused)
    await db.close()
    const url = place.url.replace(/\/\/[^@]*@/, '//few:few@')
    await expect(events({url})).rejects.toMatchObject({code: 'not-allowed'})
    await place.ask('drop owned by few; drop role few')
    await place.db.close()
  })
})
