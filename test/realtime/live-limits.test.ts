// Queries of files that change, results that are too large, runs that take too long, and keys that do not do in; what subscribers are told out.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {type Named, readNamed} from '../../src/realtime/live/named.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {openStage, pause, type Stage, viewerOf} from './stage.ts'

let cluster: Cluster
let stage: Stage
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
  const schema = `create table task (id int primary key, state text); insert into task select n, 'open' from generate_series(1, 30) n;
    create function slow(seconds float) returns int language plpgsql immutable as $$ begin perform pg_sleep(seconds); return 1; end $$;
    create role reader nologin; grant select on task to reader;
    create domain short as text check (length(value) < 4) not null; create type mood as enum ('sad', 'glad'); create type pair as (a int, b text);
    create function mood_of(text) returns mood language sql immutable as $$ select 'sad'::mood $$; create cast (text as mood) with function mood_of(text);
    create table thing (id int primary key, code char(5), bits bit(4), day date, name short, tags int[], area box, feel mood, whole pair, doc jsonb);
    create publication pg_events for table task, thing`
  stage = await openStage((name) => cluster.url(name), schema, 'queue', {limits: {rows: 20, run: 500, sessions: 2}, look: 0})
})
afterAll(async () => {
  await stage?.close()
  await cluster?.close()
})

const files = async (texts: Readonly<Record<string, string>>): Promise<Map<string, Named>> =>
  new Map(
    await Promise.all(
      Object.entries(texts).map(async ([name, text]) => [name, await readNamed(name, text, `queries/${name}.sql`)] as const),
    ),
  )

test('files that are read again take the place of what they were; what is gone is told', async () => {
  stage.live.reload(
    await files({one: 'select id from task where id = 1', two: '-- pgext:params id int\nselect id from task where id = $1'}),
  )
  const [one, two] = [stage.open({name: 'one'}), stage.open({name: 'two', params: {id: 2}})]
  await Promise.all([one.becomes([{id: 1}]), two.becomes([{id: 2}])])
  stage.live.reload(
    await files({
      one: 'select id, state from task where id = 1',
      two: '-- pgext:params id int\nselect id from task where id = $1',
    }),
  )
  await one.becomes([{id: 1, state: 'open'}])
  expect(two.count).toBe(1)
  stage.live.reload(await files({one: 'select id, state from task where id = 1'}))
  await expect.poll(() => two.errors.map(({message}) => message)).toEqual(['there is no query two'])
  one.handle.close()
  two.handle.close()
})

test('a file is held against the database: what is wrong is said at its line', async () => {
  const errors = await stage.live.check(
    await files({
      good: 'select id from task',
      column: '-- a comment\nselect id,\n  nothing\nfrom task',
      type: '-- pgext:params x nosuch\nselect $1',
      wrong: '-- pgext:params id bigint\nselect id from task where state = $1',
    }),
  )
  expect([...errors.values()].map(({message, where}) => [message, where?.file, where?.line, where?.column])).toEqual([
    ['column "nothing" does not exist', 'queries/column.sql', 3, 3],
    ['there is no type nosuch', 'queries/type.sql', 2, 1],
    ['operator does not exist: text = bigint', 'queries/wrong.sql', 2, 33],
  ])
})

test('a result that is too large, and one that takes too long, are errors of its own', async () => {
  const large = stage.open({sql: 'select id from task', throttleMs: 0})
  const late = stage.open({sql: 'select id, slow(2) from task where id = 1', throttleMs: 0})
  await expect
    .poll(() => [large.errors[0]?.message, late.errors[0]?.message], {timeout: 5000})
    .toEqual(['the query has more than 20 rows', 'canceling statement due to statement timeout'])
  await stage.ask('delete from task where id > 20')
  await expect.poll(() => large.rows?.length).toBe(20)
  large.handle.close()
  late.handle.close()
})

test('many that are fast enough by themselves are run in smaller parts', async () => {
  const told = Array.from({length: 12}, (_, n) =>
    stage.open({sql: 'select id, slow(0.1 + $1 * 0) as s from task where id = $1', params: [n + 1], throttleMs: 0}),
  )
  await expect.poll(() => told.filter(({rows}) => rows?.length === 1).length, {timeout: 10_000}).toBe(12)
  expect(told.flatMap(({errors}) => errors)).toEqual([])
  for (const {handle} of told) handle.close()
})

test('a key that does not tell rows apart is said, and they are told whole; all of it once more for who lost some', async () => {
  const told = stage.open({sql: 'select state, id from task where id < 3 order by id', key: ['state'], throttleMs: 0})
  expect(await told.first()).toEqual([
    {state: 'open', id: 1},
    {state: 'open', id: 2},
  ])
  expect([told.key, told.warnings]).toEqual([[], ['several rows have the same key: they are told whole']])
  await stage.ask(`update task set state = 'done' where id = 2`)
  await expect.poll(() => told.key).toEqual(['state'])
  told.handle.repeat()
  expect(told.messages.at(-1)).toMatchObject({type: 'rows', version: told.version, rows: told.rows})
  const wrong = stage.open({sql: 'select id from task', key: ['none']})
  await expect.poll(() => wrong.errors[0]?.message).toBe('the key names none, which is no column of the query')
  told.handle.close()
})

test('what is withdrawn is looked at anew: who may see no more is told', async () => {
  const told = stage.open({sql: 'select id from task where id = 1', throttleMs: 0}, viewerOf('reader'))
  await told.first()
  const [{relid}] = (await stage.ask(`select 'task'::regclass::oid::int as relid`)) as any
  stage.live.withdrawn(new Set([relid + 1]))
  await pause(100)
  expect(told.count).toBe(1)
  await stage.ask('revoke select on task from reader')
  stage.live.withdrawn(new Set([relid]))
  await expect.poll(() => told.errors[0]?.message).toBe('permission denied for table task')
  told.handle.close()
})

test('a subscriber whose code throws keeps nobody else from being told', async () => {
  const errors: string[] = []
  const send = () => {
    throw new Error('closed')
  }
  const sql = 'select id, state from task where id = 3'
  const broken = stage.live.open({id: 'b', sql, throttleMs: 0, send, onError: ({message}) => errors.push(message)})
  const told = stage.open({sql, throttleMs: 0})
  await told.first()
  await stage.ask(`update task set state = 'seen' where id = 3`)
  await told.becomes([{id: 3, state: 'seen'}])
  expect(told.errors).toEqual([])
  await expect.poll(() => errors).toEqual(Array(2).fill('what was told could not be taken: closed'))
  broken.close()
  told.handle.close()
})

test('parameters that PostgreSQL can not read as their types are told so, and harm no others; an empty table or not', async () => {
  const sql = 'select id from thing where day = $1 and id = any ($2)'
  const [good, bad, worse] = [
    stage.open({sql, params: ['2026-01-01', [1]]}),
    stage.open({sql, params: ['soon', [1]]}),
    stage.open({sql, params: ['2026-01-01', ['x', '1']]}),
  ]
  expect(await good.first()).toEqual([])
  await expect.poll(() => [bad.errors.length, worse.errors.length]).toEqual([1, 1])
  const said = ({errors}: typeof bad) => errors.map(({code, message, hint}) => [code, message, hint])
  const hint = 'it needs: $1 date, $2 integer[]'
  expect(said(bad)).toEqual([['bad-params', 'parameter $1 is no date: invalid input syntax for type date: "soon"', hint]])
  expect(said(worse)).toEqual([['bad-params', 'parameter $2 is no integer[]: invalid input syntax for type integer: "x"', hint]])
  const alone: [string, unknown[], string?][] = [
    ['select id from thing where name = $1::short', ['long'], 'value for domain short violates check constraint "short_check"'],
    ['select id from thing where name = $1::short', [null], 'domain short does not allow null values'],
    ['select id from thing where feel = $1', ['angry'], 'invalid input value for enum mood: "angry"'],
    ['select id from thing where whole = $1::pair', ['(1)'], 'malformed record literal: "(1)"'],
    ['select id from thing where code = $1', ['a\0b'], 'invalid byte sequence for encoding "UTF8": 0x00'],
    ['select id from thing where id = $1', [2 ** 40], 'value "1099511627776" is out of range for type integer'],
    ['select id from thing where id = $1', [], 'the query has one parameter, and was given 0'],
  ]
  for (const [sql, params, message] of alone) {
    const told = stage.open({sql, params})
    await expect
      .poll(() => told.errors.map(({code, message}) => [code, message]))
      .toEqual([['bad-params', expect.stringContaining(message!)]])
    told.handle.close()
  }
  for (const {handle} of [good, bad, worse]) handle.close()
})

test('many sets together are read as each is by itself: by the input of its type', async () => {
  await stage.ask(`insert into thing values (1, 'abcde', '1010', '2026-01-01', 'abc', '{1,2}', '(1,1),(0,0)', 'glad', '(1,"b c")', '{"a": [1]}'),
    (2, 'a', '0001', null, 'a"\\', '{}', '(2,2),(0,0)', 'sad', '(,)', '[]')`)
  await stage.caughtUp()
  const sets: [column: string, values: unknown[]][] = [
    ['code = $1', ['abcde', 'a']],
    ['bits = $1', ['1010', '0001']],
    ['name = $1', ['abc', 'a"\\']],
    ['name = $1::short', ['abc', 'a"\\']],
    ['tags = $1', [[1, 2], []]],
    ['area ~= $1', ['(1,1),(0,0)', '(2,2),(0,0)']],
    ['feel = $1', ['glad', 'sad']],
    ['whole = $1::pair', ['(1,"b c")', '(,)']],
    ['doc = $1', [{a: [1]}, []]],
  ]
  for (const [condition, values] of sets) {
    const sql = `select id from thing where ${condition}`
    stage.runs.length = 0
    const all = [...values, values[0]].map((value) => stage.open({sql, params: [value], throttleMs: 0}))
    const rows = await Promise.all(all.map((told) => told.first()))
    expect([condition, rows], condition).toEqual([condition, [[{id: 1}], [{id: 2}], [{id: 1}]]])
    expect(stage.runs, condition).toHaveLength(1)
    for (const {handle} of all) handle.close()
  }
})
