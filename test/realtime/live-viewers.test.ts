// Queries of many viewers in; that each gets its own rows, and nobody another's errors, out; and how few statements that takes.
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Query} from '../../src/realtime/live/model.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {openStage, pause, type Stage, viewerOf} from './stage.ts'

let cluster: Cluster
let stage: Stage
const SCHEMA = `
  create role member nologin; create role guest nologin; create role server login password 'secret'; create role other nologin; grant member, guest to server;
  create function me() returns text language sql stable as $$ select current_setting('request.jwt.claims', true)::json ->> 'sub' $$;
  create table note (id int primary key, owner text not null, room int, body text);
  insert into note values (1, 'ann', 1, 'a'), (2, 'bob', 1, 'b'), (3, 'ann', 2, 'c');
  alter table note enable row level security; alter table note replica identity full;
  create policy own on note using (owner = current_setting('request.jwt.claims', true)::json ->> 'sub');
  create policy shared on note for select using (room in (select s.room from seat s where s.who = current_setting('request.jwt.claims', true)::json ->> 'sub'));
  create table seat (room int, who text, primary key (room, who));
  create table open_seat (room int primary key, free int);
  insert into open_seat values (1, 10), (2, 20), (3, 0);
  create table fresh (id int primary key, owner text); alter table fresh enable row level security;
  create policy fresh on fresh using ((current_setting('request.jwt.claims', true)::json ->> 'exp')::int > 100);
  create table called (id int primary key, owner text); alter table called enable row level security;
  create policy called on called using (owner = me());
  grant select on note, seat, open_seat, fresh, called to member; grant select on open_seat to guest;
  insert into fresh values (1, 'ann'); insert into called values (1, 'ann'), (2, 'bob');
  create publication pg_events for table note, seat, open_seat, fresh, called;`

beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
  stage = await openStage(
    (name) => cluster.url(name),
    SCHEMA.replace(/(create policy shared[^;]*;)([\s\S]*?)(create table open_seat)/, '$2$1$3'),
    'queue',
    {
      user: 'server',
    },
  )
})
afterAll(async () => {
  await stage?.close()
  await cluster?.close()
})

const ann = viewerOf('member', {sub: 'ann', exp: 200, iat: 1})
const bob = viewerOf('member', {sub: 'bob', exp: 200, iat: 1})
const ids = (rows: readonly any[]) => rows.map(({id}) => id)
const NOTES: Query = {sql: 'select id, body from note order by id', throttleMs: 0}

test('each gets the rows of its role and claims; a change is told to those whom it concerns', async () => {
  const [anns, bobs, nobodys] = [stage.open(NOTES, ann), stage.open(NOTES, bob), stage.open(NOTES, viewerOf('member'))]
  expect(ids(await anns.first())).toEqual([1, 3])
  expect(ids(await bobs.first())).toEqual([2])
  expect(await nobodys.first()).toEqual([])
  await stage.ask(`insert into note values (4, 'bob', 9, 'd')`)
  await bobs.becomes([
    {id: 2, body: 'b'},
    {id: 4, body: 'd'},
  ])
  await stage.caughtUp()
  await pause(50)
  expect([anns.count, bobs.count, nobodys.count]).toEqual([1, 2, 1])
  // a table that a policy reads
  await stage.ask(`insert into seat values (1, 'ann')`)
  await expect.poll(() => ids(anns.rows!)).toEqual([1, 2, 3])
  await stage.ask(`delete from seat`)
  await expect.poll(() => ids(anns.rows!)).toEqual([1, 3])
  expect(ids(bobs.rows!)).toEqual([2, 4])
  for (const told of [anns, bobs, nobodys]) told.handle.close()
  await stage.ask('delete from note where id = 4')
})

test('a role without the privilege is told so, and nothing else', async () => {
  const guests = stage.open(NOTES, viewerOf('guest'))
  await expect.poll(() => guests.errors[0]?.message).toBe('permission denied for table note')
  expect(guests.rows).toBeUndefined()
  const other = stage.open({...NOTES, sql: 'select * from note n, open_seat'}, viewerOf('other'))
  await expect.poll(() => other.errors[0]?.message).toBe('permission denied to set role "other"')
  guests.handle.close()
  other.handle.close()
})

test('equal claims share one run, but for those of one token; where anything may read these, they do not', async () => {
  const again = viewerOf('member', {sub: 'ann', exp: 300, iat: 2})
  const open = async (sql: string) => {
    const before = stage.live.size
    const told = [ann, again, bob].map((viewer) => stage.open({sql}, viewer))
    await Promise.all(told.map((one) => one.first()))
    const size = stage.live.size - before
    for (const {handle} of told) handle.close()
    return size
  }
  // Postgres has one answer for all of a role, for all of a person, or for each token
  expect(await open('select room, free from open_seat')).toBe(1)
  expect(await open('select id from note')).toBe(2)
  expect(await open('select id from fresh')).toBe(3)
  expect(await open('select id from called')).toBe(3)
  expect(await open(`select id, current_setting('request.jwt.claims', true)::jsonb ->> 'sub' as who from note`)).toBe(2)
  expect(await open(`select id, current_setting('request.jwt.claims', true) as who from note`)).toBe(3)
  expect(await open(`select id, current_setting('request.jwt.' || 'claims', true)::jsonb ->> 'sub' as who from note`)).toBe(3)
  expect(
    await open(`select room, (select setting from pg_settings where name = 'role') as r from open_seat`).catch(({code}) => code),
  ).toBe('not-realtime')
  expect(stage.live.size).toBe(0)
})

test('sets of parameters are run by one statement, of one viewer, or of all where nothing depends on who asks', async () => {
  const seats: Query = {sql: 'select room, free from open_seat where room = $1', throttleMs: 0}
  const told = Array.from({length: 250}, (_, n) =>
    stage.open({...seats, params: [n % 3 === 0 ? n : `${n}`]}, n % 2 === 0 ? ann : bob),
  )
  await Promise.all(told.map((one) => one.first()))
  const before = stage.runs.length
  await stage.ask('update open_seat set free = free + 1')
  await expect
    .poll(() => told.slice(1, 4).map(({rows}) => rows))
    .toEqual([[{room: 1, free: 11}], [{room: 2, free: 21}], [{room: 3, free: 1}]])
  await stage.caughtUp()
  await pause(100)
  expect(stage.runs.length - before).toBe(3)
  expect(told.filter(({count}) => count > 1)).toHaveLength(3)
  for (const {handle} of told) handle.close()
  // rows of theirs: by viewer
  const notes: Query = {sql: 'select id, body from note where id = $1', throttleMs: 0}
  const own = [ann, bob].flatMap((viewer) => [1, 2, 3].map((id) => stage.open({...notes, params: [id]}, viewer)))
  await Promise.all(own.map((one) => one.first()))
  expect(own.map(({rows}) => rows!.length)).toEqual([1, 0, 1, 0, 1, 0])
  await pause(50)
  const then = stage.runs.length
  await stage.ask(`update note set body = body || '!'`)
  await expect.poll(() => own.map(({rows}) => rows!.map(({body}) => body).join())).toEqual(['a!', '', 'c!', '', 'b!', ''])
  await pause(50)
  expect(stage.runs.length - then).toBe(2)
  for (const {handle} of own) handle.close()
})

test('one that fails tells its own subscribers, and goes on when it can', async () => {
  const sql = 'select room, 100 / (free - $2::int) as share from open_seat where room = $1'
  const told = [1, 2, 3].map((room) => stage.open({sql, params: [room, 500], throttleMs: 0}, ann))
  await Promise.all(told.map((one) => one.first()))
  await stage.ask('update open_seat set free = 500 where room = 2')
  await expect.poll(() => told[1]!.errors.map(({message}) => message)).toEqual(['division by zero'])
  await stage.ask('update open_seat set free = 501')
  await Promise.all(told.map((one, at) => one.becomes([{room: at + 1, share: 100}])))
  expect(told.map(({errors}) => errors.length)).toEqual([0, 1, 0])
  for (const {handle} of told) handle.close()
})

test('policies and privileges that change are seen, and what was seen by them is looked at anew', async () => {
  const told = stage.open(NOTES, bob)
  const guest = stage.open({sql: 'select room from open_seat where room = 1', throttleMs: 0}, viewerOf('guest'))
  expect(ids(await told.first())).toEqual([2])
  await guest.first()
  await stage.ask('create policy all_of_it on note for select using (true)')
  await stage.live.look()
  await expect.poll(() => ids(told.rows!)).toEqual([1, 2, 3])
  await stage.ask('drop policy all_of_it on note; revoke select on open_seat from guest')
  // within a second nobody has to say so
  await expect.poll(() => ids(told.rows!), {timeout: 3000}).toEqual([2])
  await expect.poll(() => guest.errors[0]?.message).toBe('permission denied for table open_seat')
  told.handle.close()
  guest.handle.close()
})

test('what a session was set to by one is gone for the next', async () => {
  await stage.ask(`create function public.mark(t text) returns text language sql volatile as $$ select set_config('app.mark', t, false) $$;
    create function public.marked() returns text language sql stable as $$ select current_setting('app.mark', true) $$`)
  const marks = stage.open({sql: `select public.mark('x') as m from open_seat limit 1`, reads: ['open_seat']}, ann)
  expect(await marks.first()).toEqual([{m: 'x'}])
  for (let n = 0; n < 6; n++) {
    const told = stage.open({sql: `select public.marked() as m, ${n} as n from open_seat limit 1`, reads: ['open_seat']}, bob)
    expect(['', null]).toContain((await told.first())[0]!.m)
    told.handle.close()
  }
  marks.handle.close()
})
