// Queries and changes to what they read in; the rows that subscribers end up with out, and how often they were told.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {openStage, pause, type Stage} from './stage.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
})
afterAll(async () => {
  await cluster?.close()
})

const SCHEMA = `
  create table task (id int primary key, title text, status text not null default 'open', points numeric, note text);
  insert into task select n, 'task ' || n, case when n % 2 = 0 then 'open' else 'done' end, n from generate_series(1, 4) n;
  create table hidden (id int primary key);
  create view open_task as select id, title from task where status = 'open';
  create materialized view totals as select count(*) as n from task;
  create publication pg_events for table task;`

describe.each(['queue', 'wal'] as const)('%s', (engine) => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage((name) => cluster.url(name), SCHEMA, engine)
  })
  afterAll(async () => {
    await stage?.close()
  })

  test('rows, and what changes in them, as JSON of which nothing was parsed', async () => {
    const told = stage.open({
      sql: 'select id, title, points from task where status = $1 order by id',
      params: ['open'],
      throttleMs: 0,
    })
    expect(await told.first()).toEqual([
      {id: 2, title: 'task 2', points: '2'},
      {id: 4, title: 'task 4', points: '4'},
    ])
    expect(told.key).toEqual(['id'])
    await stage.ask(`update task set points = 12345678901234567890.10 where id = 2`)
    await told.becomes([
      {id: 2, title: 'task 2', points: '12345678901234567890.10'},
      {id: 4, title: 'task 4', points: '4'},
    ])
    expect(told.messages.at(-1)).toMatchObject({type: 'delta', removed: [], upserted: [{id: 2}]})
    await stage.ask(`update task set status = 'done' where id = 4; insert into task (id, title) values (5, 'new')`)
    await told.becomes([
      {id: 2, title: 'task 2', points: '12345678901234567890.10'},
      {id: 5, title: 'new', points: null},
    ])
    await stage.ask('truncate task')
    await told.becomes([])
    told.handle.close()
    expect(stage.live.size).toBe(0)
    await stage.ask(`insert into task select n, 'task ' || n, 'open', n from generate_series(1, 4) n`)
    await stage.caughtUp()
    expect(told.rows).toEqual([])
  })

  test('an update that changed no column that is read is passed over', async () => {
    await stage.ask('alter table task replica identity full')
    const told = stage.open({sql: 'select id, title from open_task order by id', throttleMs: 0})
    await told.first()
    const before = told.count
    await stage.ask(`update task set note = 'x'`)
    await stage.caughtUp()
    await pause(50)
    expect(told.count).toBe(before)
    await stage.ask(`update task set title = 'other' where id = 1`)
    await expect.poll(() => told.rows?.[0]).toEqual({id: 1, title: 'other'})
    told.handle.close()
    await stage.ask('alter table task replica identity default')
  })

  test('a table that nobody is told changes of is refused with the line that adds it, or taken as it is', async () => {
    const refused = stage.open({sql: 'select hidden.id from hidden, task'})
    await expect.poll(() => refused.errors).toHaveLength(1)
    expect(refused.errors[0]).toMatchObject({
      code: 'not-realtime',
      hint: expect.stringContaining('ALTER PUBLICATION pg_events ADD TABLE public.hidden;'),
    })
    const taken = stage.open({sql: 'select count(*) from hidden, task', static: true})
    expect(await taken.first()).toEqual([{count: '0'}])
    taken.handle.close()
    const view = stage.open({sql: 'select n from totals'})
    await view.first()
    expect(view.warnings).toEqual(['public.totals is a materialized view: nobody is told when it is refreshed'])
    view.handle.close()
  })
})
