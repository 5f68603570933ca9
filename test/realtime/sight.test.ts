// Tables, policies and viewers in; who sees which row, and from when on, as a named case each.
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import type {Change, Row} from '../../src/events/model.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import type {Access, Judged, Seen, Sight, Viewer, Withdrawal} from '../../src/realtime/model.ts'
import {openSight} from '../../src/realtime/sight/sight.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {NATIVE} from '../events/engines.ts'
import {shapeOf} from '../events/shapes.ts'

describe.each(NATIVE.map(({major}) => major))('sight on PostgreSQL %i', (major) => {
  let cluster: Cluster
  let db: Db
  let sight: Sight
  let told: Withdrawal[]
  let made = 0

  beforeAll(async () => {
    cluster = await startCluster(findBinaries(major)!)
    const admin = await connect(cluster.url('postgres'))
    await admin.script(`create role server login noinherit; create role anon; create role member; create role boss; create role friend;
      grant anon, member, boss to server; grant friend to member`)
    await admin.close()
  })
  afterAll(async () => {
    await cluster?.close()
  })
  beforeEach(async () => {
    const name = `sight_${++made}`
    const admin = await connect(cluster.url('postgres'))
    await admin.script(`create database ${name}`)
    await admin.close()
    db = await connect(cluster.url(name))
    await db.script(`set search_path = public; grant usage on schema public to public`)
    await db.script(`create function public.uid() returns int stable language sql as $$ select (current_setting('request.jwt.claims', true)::json ->> 'sub')::int $$;
      create table task (id int primary key, owner int, title text, secret text);
      create publication pg_events for table task with (publish = '')`)
    sight = openSight(() => connect(cluster.url(name), {role: 'server'}))
    told = []
    sight.withdrawn = (withdrawal) => told.push(withdrawal)
  })
  afterEach(async () => {
    await sight.close()
    await db.close()
  })

  const viewer = (role: string, claims: Record<string, unknown> = {}): Viewer => {
    const text = JSON.stringify(claims)
    return {role, claims, text, key: `${role} ${text}`}
  }
  const join = (who: Viewer, table = 'task') => sight.join({schema: 'public', table}, who)
  const insert = async (row: Row, table = 'task'): Promise<Change> => ({
    kind: 'change',
    operation: 'INSERT',
    shape: await shapeOf(db, table),
    row,
  })
  const names = (seen?: Seen) => (seen ? [...(seen.by as ReadonlySet<Viewer>)].map(({key}) => key).sort() : undefined)
  const sees = async (row: Row, table = 'task') => names((await sight.judge([await insert(row, table)]))[0]!.row)
  const refusals = ({row}: Judged) =>
    [...row!.unknown].map(([{key}, {code, sqlstate}]) => `${key}: ${code} ${sqlstate ?? ''}`.trim())

  test('who may not read the table, or does not see its key, has no access', async () => {
    await db.script(
      `grant select (id, title) on task to member; grant select (title) on task to anon; create table other (id int primary key); grant select on other to member`,
    )
    expect(await join(viewer('boss'))).toBeUndefined()
    expect(await join(viewer('anon'))).toBeUndefined()
    expect(await join(viewer('member'), 'other')).toBeUndefined()
    expect(await join(viewer('member'), 'missing')).toBeUndefined()
    expect(await join(viewer('nobody'))).toBeUndefined()
    expect(await join(viewer('pgext'))).toBeUndefined()
    const access = (await join(viewer('member')))!
    expect([[...access.columns], access.key, access.tier]).toEqual([['id', 'title'], ['id'], 'privileges'])
    expect(await sees(['1', '2', 'a', 's'])).toEqual(['member {}'])
    await db.script('revoke usage on schema public from public, member')
    await sight.look()
    expect(sight.access(access.relid, viewer('member'))).toBeUndefined()
  })

  test('one policy that raises silences nobody else', async () => {
    await db.script(`grant select on task to member, boss; alter table task enable row level security;
      create policy own on task for select to member using (owner = 10 / (current_setting('request.jwt.claims')::json ->> 'sub')::int);
      create policy boss on task for select to boss using (true)`)
    const [one, zero, word, boss] = [
      viewer('member', {sub: 1}),
      viewer('member', {sub: 0}),
      viewer('member', {sub: 'x'}),
      viewer('boss'),
    ]
    for (const who of [one, zero, word, boss]) await join(who)
    const [judged] = await sight.judge([await insert(['1', '10', 'a', 's'])])
    expect(names(judged!.row)).toEqual([boss.key, one.key])
    expect(refusals(judged!)).toEqual([`${zero.key}: sql 22012`, `${word.key}: sql 22P02`])
  })

  test('one policy that takes too long silences nobody else', async () => {
    await db.script(`grant select on task to member; alter table task enable row level security;
      create policy own on task using (owner = uid() or (uid() = 0 and pg_sleep(9) is null))`)
    const slow = viewer('member', {sub: 0})
    for (const who of [viewer('member', {sub: 1}), slow, viewer('member', {sub: 2})]) await join(who)
    const [judged] = await sight.judge([await insert(['1', '2', 'a', 's'])])
    expect(names(judged!.row)).toEqual(['member {"sub":2}'])
    expect(refusals(judged!)).toEqual([`${slow.key}: sql 57014`])
  })

  test('both images are judged, and TRUNCATE has none', async () => {
    await db.script(
      `grant select on task to member; alter table task enable row level security; create policy own on task using (owner = uid())`,
    )
    for (const sub of [1, 2]) await join(viewer('member', {sub}))
    const {shape} = await insert([])
    const judged = await sight.judge([
      {kind: 'change', operation: 'UPDATE', shape, row: ['1', '2', 'a', 's'], old: ['1', '1', 'a', 's']},
      {kind: 'change', operation: 'DELETE', shape, old: ['1', '1', 'a', 's']},
      {kind: 'change', operation: 'DELETE', shape, old: ['1', undefined, undefined, undefined]},
      {kind: 'change', operation: 'TRUNCATE', shape},
    ])
    expect(
      judged.map(({row, old}) => [names(row), names(old), [...(old?.unknown.values() ?? [])].map(({code}) => code)]),
    ).toEqual([
      [['member {"sub":2}'], ['member {"sub":1}'], []],
      [undefined, ['member {"sub":1}'], []],
      [undefined, [], ['events-gone', 'events-gone']],
      [undefined, undefined, []],
    ])
  })

  test('partitions go by the policies of their root', async () => {
    await db.script(`create table p (id int, k int, owner int, primary key (id, k)) partition by list (k); create table p1 partition of p for values in (1);
      alter table p enable row level security; create policy own on p using (owner = uid()); create policy none on p1 using (false); alter table p1 enable row level security;
      grant select on p to member; alter publication pg_events add table p`)
    await join(viewer('member', {sub: 1}), 'p')
    expect(await join(viewer('member', {sub: 1}), 'p1')).toBeUndefined()
    expect(await sees(['1', '1', '1'], 'p')).toEqual(['member {"sub":1}'])
    expect(await sees(['1', '1', '2'], 'p')).toEqual([])
  })

  test('roles differ, and so do the policies that bind them', async () => {
    await db.script(`grant select on task to anon, member, boss; alter table task enable row level security; alter table task owner to boss;
      create policy open on task for select to anon using (title = 'open'); create policy own on task to friend using (owner = uid());
      create policy never on task as restrictive to friend using (title <> 'never'); create policy written on task for update to anon using (true)`)
    for (const who of [viewer('anon'), viewer('member', {sub: 1}), viewer('boss')]) await join(who)
    expect(await sees(['1', '1', 'open', null])).toEqual(['anon {}', 'boss {}', 'member {"sub":1}'])
    expect(await sees(['1', '1', 'never', null])).toEqual(['boss {}'])
    await db.script('alter table task force row level security')
    await sight.look()
    expect(await sees(['1', '1', 'open', null])).toEqual(['anon {}', 'member {"sub":1}'])
  })

  test('who is bound by a policy needs no USAGE on what it names, the login that reads it does', async () => {
    await db.script(`create schema hidden; create table hidden.seat (person int); insert into hidden.seat values (1); grant select on hidden.seat to member;
      create function hidden.may(int) returns bool stable security definer language sql as 'select exists (select from hidden.seat where person = $1)';
      alter table hidden.seat enable row level security; create policy own on hidden.seat using (person = uid());
      grant select on task to member; alter table task enable row level security;
      create policy own on task using (hidden.may(owner) and exists (select from hidden.seat s where s.person = owner))`)
    const who = viewer('member', {sub: 1})
    await join(who)
    const change = await insert(['1', '1', 'a', null])
    expect(refusals((await sight.judge([change]))[0]!)).toEqual([`${who.key}: sql 42501`])
    await db.script('grant usage on schema hidden to server')
    for (const owner of ['1', '2']) expect(await sees(['1', owner, 'a', null])).toEqual(owner === '1' ? [who.key] : [])
  })

  const WAYS: readonly (readonly [tier: Access['tier'], using: string])[] = [
    ['compiled', 'owner = uid()'],
    ['compiled', 'owner = (select uid())'],
    ['compiled', `title in ('a', 'b') or owner = any (array[uid(), 7])`],
    ['compiled', `coalesce(current_setting('request.jwt.claims', true)::jsonb -> 'app' ->> 'role', 'none') = 'admin'`],
    ['compiled', `owner = uid() and title is not null and not (title = 'secret') is true`],
    ['set', `title like (current_setting('request.jwt.claims', true)::json ->> 'like')`],
    ['set', `lower(title) = lower(current_setting('request.jwt.claims')::json ->> 'title')`],
    ['viewer', `exists (select from task t where t.owner = uid())`],
    ['set', `lower(title) = current_user`],
    ['set', `title like (select uid())::text || '%' and owner + 1 = uid()`],
    ['set', `lower(title) in ('a', 'b')`],
    ['viewer', `lower(title) = 'a' and owner in (select t.owner from other t)`],
    ['viewer', `pg_has_role('friend', 'usage')`],
    ['viewer', `owner = uid() and now() > '2020-01-01'`],
    ['set', `title > 'a' and owner = uid()`],
    ['set', `(current_setting('request.jwt.claims')::json ->> 'until')::timestamptz > '2020-01-01'`],
  ]
  test.each(WAYS)('%s: %s', async (tier, using) => {
    await db.script(
      `create table other (owner int); grant select on task to member; alter table task enable row level security; create policy own on task using (${using})`,
    )
    const access = (await join(viewer('member', {sub: 1})))!
    expect([access.tier, access.why !== undefined]).toEqual([tier, tier !== 'compiled'])
  })

  test('many who come at once, and each twice', async () => {
    await db.script(
      `grant select on task to member, boss; alter table task enable row level security; create policy own on task using (owner = uid())`,
    )
    const viewers = Array.from({length: 300}, (_, n) => viewer(n % 2 ? 'member' : 'boss', {sub: n}))
    const accesses = await Promise.all([...viewers, ...viewers].map((who) => join(who)))
    expect(accesses.filter((access) => access?.tier === 'compiled').length).toBe(600)
    expect(await sees(['1', '7', 'a', null])).toEqual([viewers[7]!.key])
    const {relid} = accesses[0]!
    for (const who of viewers) sight.leave(relid, who)
    expect(await sees(['1', '7', 'a', null])).toEqual([viewers[7]!.key])
    for (const who of viewers) sight.leave(relid, who)
    expect(sight.access(relid, viewers[7]!)).toBeUndefined()
    expect(await sight.judge([await insert(['1', '7', 'a', null])])).toEqual([{}])
  })

  const WITHDRAWN: readonly (readonly [what: string, sql: string])[] = [
    ['a policy', 'alter policy own on task using (false)'],
    ['a dropped policy', 'drop policy own on task'],
    ['a restrictive policy', 'create policy never on task as restrictive using (false)'],
    [
      'row-level security that is forced',
      'alter table task force row level security; alter table task owner to member; drop policy own on task',
    ],
    ['a membership', 'revoke friend from member'],
    ['a grant', 'revoke select on task from member'],
    ['a grant of a key', 'revoke select on task from member; grant select (owner, title) on task to member'],
    ['usage of the schema', 'revoke usage on schema public from public'],
    ['a function', `create or replace function uid() returns int stable language sql as 'select -1'`],
    ['what is realtime', 'alter publication pg_events drop table task'],
    ['a role that passes by', 'alter role member bypassrls'],
    ['the table', 'drop table task'],
  ]
  test.each(WITHDRAWN)('%s takes effect within a second', async (_, sql) => {
    await db.script(
      `grant select on task to member; alter table task enable row level security; create policy own on task to friend using (owner = uid())`,
    )
    const who = viewer('member', {sub: 1})
    const {relid} = (await join(who)) as Access
    const change = await insert(['1', '1', 'a', null])
    expect(names((await sight.judge([change]))[0]!.row)).toEqual([who.key])
    await db.script(sql)
    for (let waited = 0; told.length === 0 && waited < 100; waited++) await sleep(20)
    await db.script('alter role member nobypassrls; grant friend to member')
    expect(told.flatMap(({tables}) => [...tables])).toEqual([relid])
    expect(names((await sight.judge([change]))[0]!.row) ?? []).toEqual([])
  })

  const CALLED: readonly (readonly [what: string, prepare: string, using: string, sql: string])[] = [
    [
      'a function that a function calls',
      `create function public.jwt() returns json stable language sql as $$ select current_setting('request.jwt.claims', true)::json $$;
        create function public.own() returns int stable language sql as $$ select (public.jwt() ->> 'sub')::int $$`,
      'owner = own()',
      `create or replace function public.jwt() returns json stable language sql as $$ select '{"sub": 7}'::json $$`,
    ],
    [
      'a label of an enum',
      `create type public.mood as enum ('open', 'shut'); alter table public.task add column mood public.mood default 'open'`,
      `mood <> 'shut'`,
      `alter type public.mood rename value 'open' to 'aside'; alter type public.mood rename value 'shut' to 'open'`,
    ],
    [
      'a function that PL/pgSQL calls',
      `create function public.own() returns int stable language plpgsql as $$ begin return public.uid(); end $$`,
      'owner = own()',
      `create or replace function public.uid() returns int stable language sql as 'select -1'`,
    ],
    [
      'who may call a function',
      `create function public.own() returns int stable language sql as $$ select (current_setting('request.jwt.claims', true)::json ->> 'sub')::int $$;
        revoke execute on function public.own() from public; grant execute on function public.own() to friend, server`,
      'owner = own()',
      'revoke friend from member',
    ],
    [
      'an operator of that name',
      `do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$`,
      'owner = uid()',
      `create function public.none(json, text) returns text immutable language sql as 'select null::text';
      create operator public.->> (leftarg = json, rightarg = text, function = public.none)`,
    ],
  ]
  test.each(CALLED)('%s is another one', async (_, prepare, using, sql) => {
    await db.script(
      `${prepare}; grant select on task to member; alter table task enable row level security; create policy own on task using (${using})`,
    )
    const who = viewer('member', {sub: 1})
    const {relid, mark} = (await join(who)) as Access
    const change = await insert(['1', '1', 'a', null, 'open'])
    expect(names((await sight.judge([change]))[0]!.row)).toEqual([who.key])
    await db.script(sql)
    await sight.look()
    expect(told.flatMap(({tables}) => [...tables])).toEqual([relid])
    expect(names((await sight.judge([change]))[0]!.row)).toEqual([])
    await db.script('grant friend to member')
    if (!sql.startsWith('revoke')) expect(sight.access(relid, who)!.mark).not.toBe(mark)
  })

  test('a policy that writes ends the subscriptions that it binds', async () => {
    await db.script(`create table seen (id int); create function public.note() returns bool language sql as 'insert into public.seen values (1) returning true';
      grant select on task to member; grant insert, select on seen to member; alter table task enable row level security; create policy own on task using (note())`)
    const who = viewer('member', {sub: 1})
    await join(who)
    expect(refusals((await sight.judge([await insert(['1', '1', 'a', null])]))[0]!)).toEqual([`${who.key}: sql 25006`])
  })

  test('a table that its own policies read, by a view', async () => {
    await db.script(`create view owned as select owner from task where title = 'open'; grant select on task, owned to member; alter table task enable row level security;
      create policy own on task using (owner in (select owner from owned))`)
    const {relid, reads} = (await join(viewer('member', {sub: 1})))!
    expect([...reads]).toEqual([relid])
  })

  const GENERATED: readonly (readonly [tier: Access['tier'], using: string])[] = [
    ['set', 'twice is not null and twice > 4'],
    ['set', 'twice is null'],
    ['viewer', 'twice is distinct from 6 and uid() is not null and now() is not null'],
  ]
  test.each(GENERATED)('a generated column, which no image needs to have, %s: %s', async (tier, using) => {
    for (const kind of major >= 18 ? ['stored', 'virtual'] : ['stored']) {
      await db.script(`create table made_${kind} (id int primary key, owner int, twice int generated always as (owner * 2) ${kind}); grant select on made_${kind} to member;
        alter table made_${kind} enable row level security; create policy own on made_${kind} using (${using}); alter publication pg_events add table made_${kind};
        insert into made_${kind} values (1, 2), (2, 3), (3, null)`)
      const who = viewer('member', {sub: 1})
      expect((await join(who, `made_${kind}`))!.tier).toBe(tier)
      const {shape} = await insert([], `made_${kind}`)
      const without = {...shape, columns: shape.columns.slice(0, 2)}
      const rows = [
        ['1', '2'],
        ['2', '3'],
        ['3', null],
      ] as const
      const truth = (await db.query(`select id from made_${kind} where ${using.replace('uid() is not null', 'true')}`)).map(
        ({id}) => String(id),
      )
      const changes = rows.flatMap((row): Change[] => [
        {kind: 'change', operation: 'INSERT', shape: without, row: [...row]},
        {kind: 'change', operation: 'INSERT', shape, row: [...row, null]},
      ])
      const judged = await sight.judge(changes)
      const seen = judged.flatMap(({row}, at) => (names(row)!.length > 0 ? [changes[at]!.row![0]] : []))
      expect(seen).toEqual(truth.flatMap((id) => [id, id]))
      expect(judged.every(({row}) => row!.unknown.size === 0)).toBe(true)
    }
  })

  test('many viewers for whom a policy takes too long keep nobody waiting for all of them', async () => {
    await db.script(`grant select on task to member, boss; alter table task enable row level security;
      create policy slow on task to member using (pg_sleep(case when uid() < 40 then 9 else 0 end) is not null); create policy boss on task to boss using (true)`)
    await sight.close()
    sight = openSight(() => connect(cluster.url(`sight_${made}`), {role: 'server'}), {timeout: 150})
    const quick = viewer('member', {sub: 77})
    const all = [viewer('boss'), ...Array.from({length: 39}, (_, n) => viewer('member', {sub: n + 1})), quick]
    for (const who of all) await join(who)
    const began = performance.now()
    const [judged] = await sight.judge([await insert(['1', '1', 'a', null])])
    expect(performance.now() - began).toBeLessThan(8500)
    expect(names(judged!.row)).toEqual([all[0]!.key, quick.key].sort())
    const codes = [...judged!.row!.unknown.values()].map(({code}) => code)
    expect([codes.filter((code) => code === 'sql').length, codes.filter((code) => code === 'events-gone').length]).toEqual([
      5, 34,
    ])
  })

  test('what has nothing to do with it withdraws nothing', async () => {
    await db.script(
      `grant select on task to member; alter table task enable row level security; create policy own on task using (owner = uid()); create table o (id int)`,
    )
    await join(viewer('member', {sub: 1}))
    const innocent = [
      'insert into task values (1, 1)',
      'analyze task',
      'vacuum task',
      'create index on task (owner)',
      'create policy other on o using (true)',
    ]
    for (const sql of innocent) await db.script(sql)
    await sight.look()
    expect(told).toEqual([])
  })

  test('what was judged while it was withdrawn is judged again', async () => {
    await db.script(
      `grant select on task to member; alter table task enable row level security; create policy own on task using (owner = uid() and pg_sleep(0.3) is not null)`,
    )
    const who = viewer('member', {sub: 1})
    await join(who)
    const judging = sight.judge([await insert(['1', '1', 'a', null])])
    await db.script('drop policy own on task')
    await sight.look()
    expect(told.length).toBe(1)
    expect(names((await judging)[0]!.row)).toEqual([])
  })

  test('policies read other tables: which, and what can not be promised', async () => {
    await db.script(`create table room (id int primary key); create table seat (room int, person int); create view sitting as select * from seat; create schema hidden;
      create function hidden.may(int) returns bool stable security definer language sql as 'select exists (select from public.room where id = $1)';
      alter table seat enable row level security; create policy own on seat using (exists (select from room r where r.id = room));
      grant select on task, seat, sitting to member; alter table task enable row level security; alter publication pg_events add table seat;
      create policy seated on task using (exists (select from sitting s where s.room = owner and s.person = uid()) and hidden.may(owner) and now() is not null)`)
    const access = (await join(viewer('member', {sub: 1})))!
    const oids = await db.query(`select 'seat'::regclass::oid as oid union all select 'room'::regclass::oid`)
    expect([...access.reads].sort()).toEqual(oids.map(({oid}) => oid).sort())
    expect(access.warnings.map((warning) => warning.split(',')[0])).toEqual([
      'its policies read public.room',
      'its policies call hidden.may()',
      'its policies go by now(): what time lets a viewer see',
    ])
  })
})
