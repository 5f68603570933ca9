// Tables that are changed while both engines capture them, with capture kept in step or not, in; no event lost and none misread, by either, out.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Server} from '../chaos/server.ts'
import {MAJORS, startLog} from './log.ts'
import {plain} from './place.ts'
import {type Differing, Twins} from './twins.ts'

/** What is done by a session that has done it before, with plans that are kept; then what is changed, and what is done after. */
interface Alteration {
  readonly name: string
  readonly schema: string
  readonly before: string
  readonly change: string
  readonly after: string
  readonly told: readonly string[]
  readonly differing?: Partial<Differing>
  readonly minimum?: number
  /** the log does not say what the key of whole rows is: it is looked up when they are read */
  readonly isReadBetween?: true
  /** PostgreSQL refuses writes to it until capture is in step */
  readonly isOnlyInStep?: true
}

const set = (...names: string[]): ReadonlySet<string> => new Set(names)
const T = `create table t (id int primary key, a text, b int);`

const ALTERATIONS: readonly Alteration[] = [
  {
    name: 'a column is added, with a default and without',
    schema: T,
    before: `insert into t values (1, 'x', 1)`,
    change: `alter table t add c int[] default '{1}', add d text`,
    after: `update t set d = 'new'; insert into t values (2)`,
    told: ['INSERT t 1|x|1', 'UPDATE t 1|x|1|{1}|ø → 1|x|1|{1}|new', 'INSERT t 2|ø|ø|{1}|ø'],
  },
  {
    name: 'a column is dropped, and one of its name is added',
    schema: T,
    before: `insert into t values (1, 'x', 1)`,
    change: 'alter table t drop a; alter table t add a int default 7',
    after: `update t set a = 8; insert into t (id) values (2)`,
    told: ['INSERT t 1|x|1', 'UPDATE t 1|1|7 → 1|1|8', 'INSERT t 2|ø|7'],
  },
  {
    name: 'columns change their names with each other, the key among them',
    schema: T,
    before: `insert into t values (1, 'x', 5)`,
    change: 'alter table t rename id to x; alter table t rename b to id; alter table t rename x to b',
    after: `update t set a = 'y' where b = 1; delete from t`,
    told: ['INSERT t 1|x|5', 'UPDATE t 1|x|5 → 1|y|5', 'DELETE t 1|y|5'],
  },
  {
    name: 'a type is changed: the table is written anew, and that is no event',
    schema: `${T} create type mood as enum ('5', 'so');`,
    before: `insert into t values (1, 'x', 5)`,
    change: 'alter table t alter b type mood using b::text::mood; alter table t alter id type bigint',
    after: `update t set b = 'so'; update t set id = 9007199254740993`,
    told: ['INSERT t 1|x|5', 'UPDATE t 1|x|5 → 1|x|so', 'DELETE t 1|x|so', 'INSERT t 9007199254740993|x|so'],
  },
  {
    name: 'the table is renamed, moved, and another takes its name',
    schema: T,
    before: `insert into t values (1, 'x', 5)`,
    change: 'create schema s; alter table t rename to "U u"; alter table "U u" set schema s; create table t (id int)',
    after: `update s."U u" set b = 6; insert into t values (1); truncate s."U u"`,
    told: ['INSERT t 1|x|5', 'UPDATE U u 1|x|5 → 1|x|6', 'TRUNCATE U u'],
  },
  {
    name: 'the key is another',
    schema: T,
    before: `insert into t values (1, 'x', 5); update t set b = 6`,
    change: 'alter table t drop constraint t_pkey; alter table t add primary key (b)',
    after: `update t set id = 2; update t set b = 7; delete from t`,
    told: [
      'INSERT t 1|x|5',
      'UPDATE t 1|x|5 → 1|x|6',
      'UPDATE t 1|x|6 → 2|x|6',
      'DELETE t 2|x|6',
      'INSERT t 2|x|7',
      'DELETE t 2|x|7',
    ],
  },
  {
    name: 'the key is dropped',
    schema: T,
    before: `insert into t values (1, 'x', 5)`,
    change: 'alter table t drop constraint t_pkey',
    after: `update t set id = 2; delete from t`,
    told: ['INSERT t 1|x|5', 'UPDATE t 1|x|5 → 2|x|5', 'DELETE t 2|x|5'],
    isOnlyInStep: true,
  },
  {
    name: 'a table without a key gets one',
    schema: 'create table t (id int not null, a text);',
    before: `insert into t values (1, 'x'); update t set a = 'y'`,
    change: 'alter table t add primary key (id)',
    after: `update t set a = 'z'; update t set id = 2`,
    told: ['INSERT t 1|x', 'UPDATE t 1|x → 1|y', 'UPDATE t 1|y → 1|z', 'DELETE t 1|z', 'INSERT t 2|z'],
    isReadBetween: true,
  },
  {
    name: 'REPLICA IDENTITY is whole rows',
    schema: T,
    before: `insert into t values (1, 'x', 5); update t set b = 6`,
    change: 'alter table t replica identity full',
    after: `update t set b = 7; update t set id = 2`,
    told: ['INSERT t 1|x|5', 'UPDATE t 1|x|5 → 1|x|6', 'UPDATE t 1|x|6 → 1|x|7', 'DELETE t 1|x|7', 'INSERT t 2|x|7'],
  },
  {
    name: 'REPLICA IDENTITY is another index',
    schema: 'create table t (id int primary key, code text not null unique, b int);',
    before: `insert into t values (1, 'x', 5); update t set b = 6`,
    change: 'alter table t replica identity using index t_code_key',
    after: `update t set id = 2; update t set code = 'y'; delete from t`,
    told: [
      'INSERT t 1|x|5',
      'UPDATE t 1|x|5 → 1|x|6',
      'UPDATE t 1|x|6 → 2|x|6',
      'DELETE t 2|x|6',
      'INSERT t 2|y|6',
      'DELETE t 2|y|6',
    ],
  },
  {
    name: 'a partition is attached, with its columns in another order; one is detached',
    schema: `create table p (id int, day int, v text, primary key (id, day)) partition by range (day);
      create table p_a partition of p for values from (0) to (10); create table p_b (v text, gone int, day int not null, id int not null);
      alter table p_b drop column gone; insert into p_b values ('mine', 11, 1);`,
    before: `insert into p values (1, 1, 'x')`,
    change: 'alter table p attach partition p_b for values from (10) to (20); alter table p detach partition p_a',
    after: `update p set v = 'y'; insert into p values (3, 12, 'z'); truncate p`,
    told: ['INSERT p 1|1|x', 'UPDATE p 1|11|mine → 1|11|y', 'INSERT p 3|12|z', 'TRUNCATE p'],
  },
  {
    name: 'the root of partitions is renamed, and its columns',
    schema: `create table p (id int primary key, v text) partition by hash (id); create table p_a partition of p for values with (modulus 1, remainder 0);`,
    before: `insert into p_a values (1, 'x')`,
    change: 'alter table p rename to q; alter table q rename v to w',
    after: `update p_a set w = 'y'; insert into q values (3, 'z'); truncate p_a`,
    told: ['INSERT p 1|x', 'UPDATE q 1|x → 1|y', 'INSERT q 3|z', 'TRUNCATE q (p_a)'],
    isOnlyInStep: true,
  },
  {
    name: 'generated columns, stored and virtual, are added',
    schema: T,
    before: `insert into t values (1, 'x', 5)`,
    change:
      'alter table t add s int generated always as (b + 1) stored; alter table t add v int generated always as (b + 2) virtual',
    after: `update t set b = 6; insert into t values (2, 'y', 7)`,
    told: ['INSERT t 1|x|5', 'UPDATE t 1|x|5|6 → 1|x|6|7', 'INSERT t 2|y|7|8'],
    minimum: 18,
  },
  {
    name: 'the table is written anew, by CLUSTER and between logged and unlogged',
    schema: T,
    before: `insert into t values (1, 'x', 5)`,
    change: 'cluster t using t_pkey',
    after: `update t set b = 6`,
    told: ['INSERT t 1|x|5', 'UPDATE t 1|x|5 → 1|x|6'],
  },
  {
    name: 'a table is dropped, and made again by its name',
    schema: T,
    before: `insert into t values (1, 'x', 5)`,
    change: `drop table t; create table t (id text primary key, n int); alter publication pg_events add table t`,
    after: `insert into t values ('k', 1)`,
    told: ['INSERT t 1|x|5', 'INSERT t k|1'],
    isOnlyInStep: true,
  },
]

/** One of them in npm test, for time. */
const SOME = process.env.PGEXT_MAJORS === 'all' ? MAJORS : MAJORS.slice(-1)

describe.each(SOME)('PostgreSQL %i', (major) => {
  let server: Server
  beforeAll(async () => {
    server = await startLog(major)
  })
  afterAll(async () => {
    await server?.close()
  })

  const cases = ALTERATIONS.filter(({minimum}) => major >= (minimum ?? 0))
  test.each(
    cases.flatMap((one) => (one.isOnlyInStep ? [{one, how: 'in step'}] : ['in step', 'later'].map((how) => ({one, how})))),
  )(
    '$one.name, capture is kept in step: $how',
    async ({one: {schema, before, change, after, told, differing, isReadBetween}, how}) => {
      const names = [...schema.matchAll(/create table (\w+) /g)].map(([, name]) => name!).filter((name) => !/_[ab]$/.test(name))
      const twins = await Twins.open(
        (name) => server.url(name),
        `${schema} create publication pg_events for table ${names.join(', ')} with (publish = '')`,
        {outside: set(), ...differing},
      )
      await twins.tell(({ask}) => ask(before))
      const early = isReadBetween ? await twins.same() : []
      await twins.tell(async ({url, ask}) => {
        const other = await plain(url)
        await other.script('begin isolation level repeatable read; select 1')
        await ask(how === 'later' ? change : `begin; ${change}; select pgext.sync_events(); commit`)
        await other.script('rollback')
        await ask(after)
        await other.close()
      })
      expect([...early, ...(await twins.same())]).toEqual(told)
      await twins.tell(({ask}) => ask('select pgext.sync_events()'))
      await twins.tell(async ({ask}) => expect(await ask('select * from pgext.sync_events()')).toEqual([]))
      await twins.close()
    },
  )
})
