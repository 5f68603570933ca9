// A reader of the queue that is late, while what it has not read is thrown away.
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import {openQueue} from '../../src/events/queue/queue.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {openPlace, plain} from './place.ts'

let cluster: Cluster

beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
})
afterAll(() => cluster?.close())

test('a look that waits for the table to be emptied says so, though its snapshot is older', async () => {
  const place = await openPlace(
    (name) => cluster.url(name),
    `create table t (id int primary key); create publication pg_events for table t with (publish = '')`,
    'queue',
  )
  await place.ask('update pgext.events set period = 1; select pgext.sync_events()')
  const source = await openQueue(() => connect(place.url), {busy: 5})
  const batches = source.read()[Symbol.asyncIterator]()
  await place.ask('insert into t values (1)')
  await batches.next()
  await place.ask('insert into t values (2)')
  const other = await plain(place.url)
  const empties = async () => {
    const [, [row]] = (await other.script('begin; select pgext.empty_events() as it')) as [unknown, [{it: boolean}]]
    if (!row.it) await other.script('rollback')
    return row.it
  }
  await expect.poll(empties, {timeout: 20_000}).toBe(true)
  const code = batches.next().then(
    () => 'handed over',
    (error: PgextError) => error.code,
  )
  await sleep(300)
  await other.script('commit')
  await place.ask('insert into t values (3)')
  expect(await code).toBe('events-gone')
  await source.close()
  await other.close()
  await place.db.close()
})
