// The library's face of live queries in; rows that stay up to date, by id, by file and in loops, out, whatever happens to the connection.
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {type LiveQueries, liveQueries, liveQuery, type PgextError} from '../../src/index.ts'
import {readNamed, readQueries} from '../../src/realtime/live/named.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {openPlace, type Place} from '../events/place.ts'
import {pause} from './stage.ts'

let cluster: Cluster
let place: Place
let live: LiveQueries
const errors: [string | undefined, string][] = []
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
  place = await openPlace(
    (name) => cluster.url(name),
    `
    create table person (id int primary key, mail text, name text, picture text);
    insert into person values (1, 'a@x', 'Ann', null), (2, 'b@x', 'Bob', null);
    create table task (id bigint primary key, owner int, state text, due date);
    insert into task values (1, 1, 'open', '2026-01-01'), (2, 2, 'open', null), (3, 1, 'done', null);
    alter table person replica identity full;
    create publication pg_events for table person, task;`,
    'wal',
  )
  live = await liveQueries({url: place.url, onError: (error, id) => errors.push([id, error.message])})
})
afterAll(async () => {
  await live?.close()
  await place?.db.close()
  await cluster?.close()
})

interface Person {
  id: number
  name: string
}
const people = {sql: 'select id, name from person order by id', throttleMs: 0}

test('rows now, and whenever they have changed: for who waits, who listens and who loops', async () => {
  const query = live.query<Person>({...people, id: 'people'})
  expect(await query.ready()).toEqual([
    {id: 1, name: 'Ann'},
    {id: 2, name: 'Bob'},
  ])
  const heard: string[] = []
  const end = query.on((rows) => heard.push(rows.map(({name}) => name).join()))
  const looped: string[] = []
  const looping = (async () => {
    for await (const rows of query) looped.push(rows.map(({name}) => name).join())
  })()
  await place.ask(`update person set name = 'Anna' where id = 1`)
  await expect
    .poll(() => [heard, looped])
    .toEqual([
      ['Ann,Bob', 'Anna,Bob'],
      ['Ann,Bob', 'Anna,Bob'],
    ])
  // no column of it
  await place.ask(`update person set picture = 'p'`)
  end()
  await place.ask('delete from person where id = 2')
  await expect.poll(() => looped).toEqual(['Ann,Bob', 'Anna,Bob', 'Anna'])
  expect(heard).toHaveLength(2)
  expect(query.rows).toEqual([{id: 1, name: 'Anna'}])
  query.unsubscribe()
  await looping
  await place.ask(`insert into person values (2, 'b@x', 'Bob', null)`)
  await pause(50)
  expect(query.rows).toEqual([{id: 1, name: 'Anna'}])
  await expect(live.query({...people, sql: 'select 1 as id from person', id: 'short'}).ready()).resolves.toHaveLength(2)
  live.unsubscribe('short')
})

test('the same id is the same live query, in which another statement or other parameters take the place', async () => {
  const sql = 'select id from task where owner = $1 order by id'
  const query = live.query({id: 'tasks', sql, params: [1]})
  expect(await query.ready()).toEqual([{id: '1'}, {id: '3'}])
  expect(live.query({id: 'tasks'})).toBe(query)
  expect(live.query({id: 'tasks', sql, params: [1]})).toBe(query)
  expect(live.query({id: 'tasks', sql, params: [2]})).toBe(query)
  await expect.poll(() => query.rows).toEqual([{id: '2'}])
  expect(live.query({id: 'tasks', sql: 'select count(*)::int as n from task', params: []})).toBe(query)
  await expect.poll(() => query.rows).toEqual([{n: 3}])
  query.unsubscribe()
  expect(() => live.query({id: 'tasks'})).toThrow('there is no live query tasks')
})

test('errors are for the query, else for all; where nobody takes them, for who waits', async () => {
  const own: string[] = []
  const query = live.query({sql: 'select none from person', onError: ({message}) => own.push(message)})
  await expect(query.ready()).rejects.toMatchObject({message: 'column "none" does not exist', where: {line: 1, column: 8}})
  expect(own).toEqual(['column "none" does not exist'])
  live.query({id: 'bad', sql: 'selec 1'})
  await expect.poll(() => errors).toEqual([['bad', 'syntax error at or near "selec"']])
  live.unsubscribe('bad')
  query.unsubscribe()
  const alone = await liveQuery({url: place.url, sql: 'select 1 / (id - 1) as x from person'})
  await expect(
    (async () => {
      for await (const _ of alone);
    })(),
  ).rejects.toThrow('division by zero')
  alone.unsubscribe()
  for (const [sql, message] of [
    ['update person set id = 1', 'a live query is a SELECT'],
    ['select 1; select 2', 'a live query is one statement'],
    ['with x as (delete from person returning *) select * from x', 'a live query only reads'],
    ['select id into y from person', 'a live query only reads'],
    ['select id from (select id from person for share) x', 'a live query locks no rows'],
    ['select id, 1 as id from person', 'two columns of the query are called id'],
    ['select from person', 'the query has no columns'],
    ['select id from person where id = $1', 'the query has one parameter, and was given 0'],
    ['select oid from pg_class', 'nobody is told of changes in pg_catalog.pg_class'],
    ['', 'the query holds no statement'],
  ] as const) {
    const wrong = live.query({sql, onError: () => {}})
    await expect(wrong.ready()).rejects.toThrow(message)
    wrong.unsubscribe()
  }
})

test('a role and claims of somebody', async () => {
  await place.ask(`create role visitor; grant select on task to visitor; alter table task enable row level security;
    create policy own on task to visitor using (owner = (current_setting('request.jwt.claims')::json ->> 'person')::int)`)
  const query = live.query({sql: 'select id from task order by id', as: {role: 'visitor', claims: {person: 2}}, throttleMs: 0})
  expect(await query.ready()).toEqual([{id: '2'}])
  await place.ask('update task set owner = 2 where id = 3')
  await expect.poll(() => query.rows).toEqual([{id: '2'}, {id: '3'}])
  query.unsubscribe()
})

test('parameters of every sort', async () => {
  const sql = `select id from task where state = any ($1) and due is not distinct from $2 and $3::jsonb @> '{"a": [1]}' and $4 and $5::json is not null`
  const query = live.query({sql, params: [['open', 'a"b'], null, {a: [1, 2]}, true, [1, null]]})
  expect(await query.ready()).toEqual([{id: '2'}])
  expect(live.query({id: query.id, sql, params: [['open'], new Date('2026-01-01T00:00:00Z'), '{"a": [1]}', false, 'x']})).toBe(
    query,
  )
  query.unsubscribe()
})

test('what can not be promised is said', async () => {
  await place.ask(`create function tasks_of(p int) returns bigint language plpgsql stable as $$ declare n bigint; begin execute 'select count(*) from task where owner = $1' into n using p; return n; end $$;
    create function counted(p int) returns bigint language sql stable begin atomic; select count(*) from task where owner = p; end`)
  const said = async (sql: string, reads: string[] = []) => {
    const query = live.query({sql, reads, throttleMs: 0})
    await query.ready()
    query.unsubscribe()
    return query.warnings
  }
  expect(await said('select id, tasks_of(id) from person')).toEqual([
    expect.stringContaining('nobody can see what function public.tasks_of reads'),
  ])
  expect(await said('select id from person where now() > $1'.replace('$1', `'2026-01-01'`))).toEqual([
    expect.stringContaining('reads the clock'),
  ])
  expect(await said('select id, current_date from person')).toEqual([expect.stringContaining('reads the clock')])
  expect(await said('select id, lower(name), counted(id) from person')).toEqual([])
  // by declaration, or since its body can be looked into
  for (const [sql, reads] of [
    ['select id, tasks_of(id) as n from person where id = 1', ['task']],
    ['select id, counted(id) as n from person where id = 1', []],
  ] as const) {
    const query = live.query({sql, reads, throttleMs: 0})
    const [{n}] = (await query.ready()) as any
    await place.ask(`insert into task select max(id) + 1, 1, 'open' from task`)
    await expect.poll(() => query.rows).toEqual([{id: 1, n: String(Number(n) + 1)}])
    query.unsubscribe()
  }
})

test('queries by url share a reader, which ends with the last of them', async () => {
  const sessions = async () =>
    (await place.ask(`select count(*)::int as n from pg_stat_activity where application_name = 'pgext live'`))[0]!.n
  const before = await sessions()
  const all = await Promise.all([1, 2].map((n) => liveQuery({url: place.url, id: `n${n}`, ...people})))
  await Promise.all(all.map((query) => query.ready()))
  expect(await sessions()).toBeGreaterThan(before)
  for (const query of all) query.unsubscribe()
  await expect.poll(sessions).toBe(before)
  const other = await liveQuery({live, ...people})
  await other.ready()
  other.unsubscribe()
})

test('sessions that are cut are made anew, and what changed meanwhile is there', async () => {
  const query = live.query({...people, id: 'cut'})
  await query.ready()
  await place.ask(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  await place.ask(`insert into person values (9, 'i@x', 'Ivo', null)`)
  await expect.poll(() => query.rows?.at(-1), {timeout: 20_000}).toEqual({id: 9, name: 'Ivo'})
  await place.ask('delete from person where id = 9')
  await expect.poll(() => query.rows?.length, {timeout: 20_000}).toBe(2)
  query.unsubscribe()
})

test('queries of files, by their names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'queries-'))
  mkdirSync(join(folder, 'task'))
  writeFileSync(join(folder, 'people.sql'), '-- everybody\nselect id, name from person order by id;\n')
  writeFileSync(
    join(folder, 'task', 'mine.sql'),
    '-- pgext:params owner int, states text[]\n-- pgext:key id\n-- pgext:throttle 0ms\nselect id from task where owner = $1 and state = any ($2) order by id\n',
  )
  const files = await liveQueries({url: place.url, queries: folder})
  const mine = files.query({name: 'task/mine', params: {states: ['open', 'done'], owner: 2}})
  expect(await mine.ready()).toEqual([{id: '2'}, {id: '3'}])
  await expect(files.query({name: 'task/mine', params: {owner: 2}}).ready()).rejects.toThrow('the query needs parameter states')
  await expect(files.query({name: 'task/mine', params: {owner: 2, states: [], other: 1}}).ready()).rejects.toThrow(
    'no parameter other',
  )
  await expect(files.query({name: 'none'}).ready()).rejects.toThrow('there is no query none')
  await files.close()
  const {named, errors} = await readQueries(join(folder, 'nowhere'))
  expect([named.size, errors.size]).toEqual([0, 0])
})

test.each([
  ['select id from task where owner = $1', 'gives no name', 1, 35],
  ['-- pgext:params owner int\n\nselect $1, $2', '$2, but pgext:params names 1', 1, 1],
  ['-- pgext:params owner\nselect $1', 'names with their types', 1, 1],
  ['-- pgext:params a int, a text\nselect $1, $2', 'names a twice', 1, 1],
  ['-- x\n  -- pgext:nothing\nselect 1', 'no directive pgext:nothing', 2, 3],
  ['-- pgext:throttle soon\nselect 1', 'needs milliseconds', 1, 1],
  ['-- x\nselect 1 +\n', 'syntax error', 3, 1],
  ['delete from task', 'is a SELECT', 1, 1],
])('a file that can not be read: %j', async (text, message, line, column) => {
  const error: PgextError = await readNamed('q', text, 'queries/q.sql').then(
    () => expect.unreachable(),
    (error) => error,
  )
  expect(error.message).toContain(message)
  expect(error.where).toMatchObject({file: 'queries/q.sql', line, column})
})
