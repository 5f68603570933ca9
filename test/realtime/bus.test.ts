// A NATS server, a database and nodes in; whoever reads the bus gets each batch once and in order, whatever is killed.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Batch, Source} from '../../src/events/model.ts'
import {connect} from '../../src/postgres/native.ts'
import {openBus} from '../../src/realtime/bus/bus.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {hasNats, Nats} from './nats.ts'
import {openCluster, openPlace, ROLES} from './place.ts'

const SCHEMA = `
  create table note (id int primary key, body text); grant select on note to web_user; alter table note replica identity full;
  create table wide (id int primary key, a text, b text); grant select on wide to web_user;
  create publication pg_events for table note, wide with (publish = '')`

if (!hasNats()) console.info('the bus is not tested: there is no nats-server on PATH')

let cluster: Cluster
let nats: Nats
beforeAll(async () => {
  if (!hasNats()) return
  cluster = await openCluster()
  nats = await Nats.open()
  const admin = await connect(cluster.url('postgres'))
  await admin.script(ROLES)
  await admin.close()
}, 30_000)
afterAll(async () => {
  await nats?.close()
  await cluster?.close()
})

describe.skipIf(!hasNats())('the bus', () => {
  test.each(['queue', 'wal'] as const)(
    '%s: what one reads from the database all read from the bus',
    async (engine) => {
      const place = await openPlace(cluster, SCHEMA, engine, {bus: nats.url})
      const complaints: unknown[] = []
      const open = (since?: string) =>
        openBus({url: place.url, bus: nats.url, history: 300, complain: (e) => complaints.push(e), ...(since && {since})})
      const [first, second] = [await open(), await open()]
      const big = 'ä'.repeat(1_500_000)
      await place.db.script(`insert into note values (1, 'a'), (2, null)`)
      await place.db.query(`insert into note values (3, $1)`, [big])
      await place.db.query(`update wide set b = 'x'`)
      await place.db.script(
        `select pgext.emit('c', '{"a": [1, null]}'); update note set body = 'b' where id = 1; delete from note where id = 2`,
      )
      await place.db.script(`truncate note; insert into note values (4, 'end')`)
      const isEnd = (batch: Batch) => batch.entries.some((entry) => entry.kind === 'change' && entry.row?.[1] === 'end')
      const [one, other] = await Promise.all([first, second].map((source) => take(source, isEnd)))
      expect(one).toEqual(other)
      expect(one!.flatMap(linesOf)).toEqual([
        'INSERT 1,a',
        'INSERT 2,',
        `INSERT 3,${big.length}`,
        'c {"a": [1, null]}',
        'UPDATE 1,b',
        'DELETE 2,',
        'TRUNCATE',
        'INSERT 4,end',
      ])
      const third = await open(one![0]!.token)
      expect(await take(third, isEnd)).toEqual(one!.slice(1))
      const fourth = await open()
      const past: Batch[] = []
      for await (const batch of fourth.past!()) past.push(batch)
      expect(past).toEqual(one)
      expect(past.at(-1)!.token).toBe(fourth.start)
      expect(complaints).toEqual([])
      for (const source of [first, second, third, fourth]) await source.close()
      await place.close()
    },
    30_000,
  )
})

async function take(source: Source, isLast: (batch: Batch) => boolean): Promise<Batch[]> {
  const taken: Batch[] = []
  for await (const batch of source.read()) {
    taken.push(batch)
    if (isLast(batch)) break
  }
  return taken
}

const linesOf = (batch: Batch): string[] =>
  batch.entries.map((entry) => {
    if (entry.kind === 'message') return `${entry.channel} ${entry.payload}`
    const values = (entry.row ?? entry.old)?.map((value) => (value && value.length > 100 ? value.length : (value ?? '')))
    return values ? `${entry.operation} ${values.join()}` : entry.operation
  })
