// A database that is captured, dumped and restored, in; capture that means the tables as they are there, and knows that it is another life, out.
import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSource} from '../../src/events/events.ts'
import {install, uninstall} from '../../src/events/install.ts'
import {readStatus} from '../../src/events/status.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {findDump} from '../support/dump.ts'
import {collect, linesOf, openPlace} from './place.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
})
afterAll(async () => {
  await cluster?.close()
})

const SCHEMA = `create table task (id int primary key, title text); create table loose (v text);
  create table sale (id int, day int, primary key (id, day)) partition by range (day); create table sale_a partition of sale for values from (0) to (10);
  create publication pg_events for table task, loose, sale with (publish = '')`

test.each(['queue', 'wal'] as const)(
  '%s: what is restored is captured as what it is, and its readers are told',
  async (engine) => {
    const program = findDump(18)
    if (typeof program === 'string') return console.info(`left out: ${program}`)
    const place = await openPlace((name) => cluster.url(name), SCHEMA, engine)
    await place.ask(`insert into task values (1, 'before')`)
    await place.ask(
      `insert into pgext.consumer (name, engine, token, seen) select 'old', '${engine}', 'q' || incarnation || '.1:1:', '1:1:' from pgext.events`,
    )
    const {stdout} = await promisify(execFile)(program.path, ['--inserts', '--no-owner', place.url], {maxBuffer: 1e8})
    const again = await openPlace((name) => cluster.url(name), '')
    await again.ask(stdout.replaceAll(/^\\.*$/gm, ''))
    await again.ask('set search_path = public')
    // whoever writes before anybody reads
    await again.ask(`insert into task values (2, 'early'); update task set title = 'early'; truncate sale_a`)
    const {source, side} = await openSource({url: again.url})
    await again.ask(
      `insert into task values (3, 'x'); insert into sale values (1, 2); update loose set v = 'y'; insert into loose values ('z')`,
    )
    await again.ask(`truncate sale_a; select pgext.emit('end', '0')`)
    expect(linesOf(await collect(source))).toEqual([
      'INSERT task 3|x',
      'INSERT sale 1|2',
      'INSERT loose z',
      'TRUNCATE sale (sale_a)',
    ])
    await source.close()
    await side.close()
    await expect(openSource({url: again.url, name: 'old'})).rejects.toMatchObject({code: 'events-gone'})
    const db = await connect(again.url)
    await install(db, {capture: 'auto'})
    expect((await readStatus(db)).pending).toEqual([])
    await db.query(`select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = current_database()`)
    await uninstall(db)
    expect(await again.ask(`select relreplident as it from pg_class where relname = 'loose'`)).toEqual([{it: 'd'}])
    await Promise.all([db.close(), place.db.close(), again.db.close()])
  },
)
