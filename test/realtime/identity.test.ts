// Tables with and without row-level security, captured from WAL, in; which of them have whole old rows in the log, out.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {NATIVE} from '../events/engines.ts'
import {openPlace} from '../events/place.ts'

const SCHEMA = `
  create table open (id int primary key);
  create table task (id int primary key, owner int); alter table task enable row level security;
  create table named (id int primary key, other int not null unique); alter table named enable row level security;
  alter table named replica identity using index named_other_key;
  create table part (id int primary key) partition by range (id); create table part1 partition of part for values from (0) to (9);
  alter table part enable row level security;
  create publication pg_events for table open, task, named, part with (publish = '', publish_via_partition_root = true)`

const IDENTITIES = `select c.relname::text as name, c.relreplident as identity from pg_class c
  where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`

test.each(NATIVE.map(({major}) => major))(
  'PostgreSQL %i: policies are asked about the row before, so the log has it',
  async (major) => {
    const place = await openPlace(clusters.get(major)!.url, SCHEMA, 'wal')
    const identities = async () => Object.fromEntries((await place.ask(IDENTITIES)).map(({name, identity}) => [name, identity]))
    expect(await identities()).toEqual({open: 'd', task: 'f', named: 'i', part: 'f', part1: 'f'})
    expect(await place.ask('select * from pgext.sync_events()')).toEqual([])
    await place.ask('alter table open enable row level security; alter publication pg_events drop table task, part')
    await place.ask('select * from pgext.sync_events()')
    expect(await identities()).toEqual({open: 'f', task: 'd', named: 'i', part: 'd', part1: 'd'})
    await place.db.close()
  },
)

const clusters = new Map<number, Cluster>()
beforeAll(async () => {
  for (const {major} of NATIVE) clusters.set(major, await startCluster(findBinaries(major)!))
})
afterAll(async () => {
  for (const cluster of clusters.values()) await cluster.close()
})
