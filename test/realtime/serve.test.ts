// A server in front of a real database in; what clients of several roles are told of its rows, out.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {openCluster, openPlace, type Place} from './place.ts'

let cluster: Cluster
beforeAll(async () => {
  cluster = await openCluster()
})
afterAll(async () => {
  await cluster?.close()
})

const SCHEMA = `
  create table task (id bigint primary key, owner text not null, title text, done boolean default false, secret text);
  alter table task enable row level security; alter table task replica identity full;
  create policy own on task to web_user using (owner = current_setting('request.jwt.claims', true)::json ->> 'sub');
  grant select (id, owner, title, done) on task to web_user;
  create table news (id int primary key, room int, body text, draft boolean default false, at timestamptz default '2026-01-02 03:04:05+00');
  grant select on news to web_user, web_anon; alter table news replica identity full;
  create table quiet (id int primary key); grant select on quiet to web_user;
  create publication pg_events for table task, news where (not draft) with (publish = '');`

test('queue: another server goes on from a token, and one that was started anew', async () => {
  const place = await openPlace(cluster, SCHEMA, 'queue')
  const other = await place.another()
  const claims = {role: 'web_user', sub: 'two'}
  const told: string[] = []
  let since: string | undefined
  // from one server to the other and back, while rows are written
  const writing = (async () => {
    const db = await connect(place.url)
    for (let id = 1; id <= 400; id++) await db.script(`insert into public.news values (${id}, 1, 'x')`)
    await db.close()
  })()
  for (let turn = 0; turn < 12; turn++) {
    const server = turn === 6 ? await place.another() : turn % 2 === 0 ? place : other
    const client = await server.client(claims)
    const {token} = await client.subscribe({table: 'news', ...(since ? {since} : {snapshot: true})})
    if (turn === 0) await client.next('snapshot', ({last}) => last)
    if (turn === 11) {
      await writing
      await client.until(() => client.lines().includes('INSERT 400') || told.includes('INSERT 400'))
    } else await new Promise((resolve) => setTimeout(resolve, 40))
    const first = client.answers.flatMap((answer) =>
      answer.type === 'snapshot' ? answer.rows.map(({id}) => `INSERT ${id}`) : [],
    )
    told.push(...first, ...client.lines())
    const messages = client.answers.filter((answer) => answer.type === 'change' || (answer.type === 'snapshot' && answer.last))
    since = (messages.at(-1) as {token?: string} | undefined)?.token ?? since ?? token
    expect(client.answers.filter(({type}) => type === 'gone')).toEqual([])
    client.ws.terminate()
  }
  expect(told).toEqual(Array.from({length: 400}, (_, n) => `INSERT ${n + 1}`))
  await place.close()
}, 30_000)

describe.each(['queue', 'wal'] as const)('%s', (engine) => {
  let place: Place
  beforeAll(async () => {
    place = await openPlace(
      cluster,
      SCHEMA,
      engine,
      {},
      {
        mine: '-- pgext:params most int\nselect id, title from public.task where id < $1 order by id',
      },
    )
  })
  afterAll(async () => {
    await place?.close()
  })

  test('each is told of the rows that it may see, and of nothing else', async () => {
    const [ann, bob] = [await place.client({role: 'web_user', sub: 'ann'}), await place.client({role: 'web_user', sub: 'bob'})]
    expect((await ann.subscribe({table: 'task'})).columns.toSorted()).toEqual(['done', 'id', 'owner', 'title'])
    await bob.subscribe({table: 'task'})
    await place.db.script(`insert into task values (1, 'ann', 'a', false, 'x'), (2, 'bob', 'b', false, 'y')`)
    await place.db.script(`update task set title = 'c' where id = 1`)
    await place.db.script(`update task set secret = 'z' where id = 1`)
    await place.db.script(`update task set owner = 'bob' where id = 1`)
    await place.db.script(`delete from task where id = 2`)
    await place.db.script(`insert into task values (3, 'ann', 'end', true, null), (4, 'bob', 'end', true, null)`)
    await ann.until(() => ann.lines().includes('INSERT 3'))
    await bob.until(() => bob.lines().includes('INSERT 4'))
    expect(ann.lines()).toEqual(['INSERT 1', 'UPDATE 1 title', 'DELETE 1', 'INSERT 3'])
    expect(bob.lines()).toEqual(['INSERT 2', 'INSERT 1', 'DELETE 2', 'INSERT 4'])
    expect(JSON.stringify([ann.answers, bob.answers])).not.toMatch(/"secret"|"x"|"y"|"z"/)
    const gone = ann.answers.find((one) => one.type === 'change' && one.changes[0]!.op === 'DELETE')
    expect(gone).toMatchObject({changes: [{op: 'DELETE', key: {id: '1'}, row: null, old: {id: '1'}}]})
    expect(gone).not.toHaveProperty('changes.0.old.owner')
  })

  test('what is not there, not realtime and not permitted is answered alike', async () => {
    const anon = await place.client()
    const answers = []
    for (const table of ['nothing', 'quiet', 'task', 'pg_catalog.pg_authid', 'pgext.event_0', 'a.b.c', '"'])
      answers.push(await anon.refused({type: 'subscribe', id: 'x', table}))
    expect(new Set(answers.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(answers[0]).toMatchObject({code: 'not-found', id: 'x'})
  })

  test('a snapshot and what follows are all of it, and nothing twice', async () => {
    await place.db.script(`insert into news select n, n % 3, 'n' || n from generate_series(1, 1200) n`)
    const writers = Array.from({length: 4}, async (_, writer) => {
      const db = await connect(place.url)
      for (let n = 0; n < 60; n++) {
        const id = 2000 + writer * 1000 + n
        await db.script(`begin; insert into public.news values (${id}, 1, 'w'); ${n % 7 === 3 ? 'rollback' : 'commit'};
          update public.news set body = body || '!' where id = ${(writer * 300 + n) % 1200 || 1}; delete from public.news where id = ${600 + writer * 60 + n}`)
      }
      await db.close()
    })
    const clients = await Promise.all([1, 2, 3].map(() => place.client({role: 'web_user', sub: 'x'})))
    for (const client of clients) {
      await client.subscribe({id: 'n', table: 'news', filter: 'room=eq.1', snapshot: true})
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    await Promise.all(writers)
    await place.db.script(`insert into news values (99999, 1, 'end')`)
    const wanted = await place.db.query(`select id, body from news where room = 1 and not draft order by id`)
    for (const client of clients) {
      await client.until(() => client.rows('n').has('[99999]'), 'the last row')
      const rows = [...client.rows('n').values()]
        .map(({id, body}) => ({id, body}))
        .sort((a, b) => (a.id as number) - (b.id as number))
      expect(rows).toEqual(wanted)
      // none of it was told a second time: no row comes into being that is there, and each `!` adds one
      const seen = new Set<string>()
      for (const answer of client.answers) {
        if (answer.type === 'snapshot') for (const row of answer.rows) seen.add(String(row.id))
        if (answer.type === 'change')
          for (const {op, key} of answer.changes) {
            if (op === 'INSERT') expect(seen.has(String(key!.id))).toBe(false)
            if (op === 'UPDATE' || op === 'DELETE') expect(seen.has(String(key!.id))).toBe(true)
            if (op === 'INSERT') seen.add(String(key!.id))
            if (op === 'DELETE') seen.delete(String(key!.id))
          }
      }
    }
  })

  test('who comes back with a token is told what it missed, and no more', async () => {
    const first = await place.client({role: 'web_user', sub: 'r'})
    await first.subscribe({table: 'news', filter: 'id=gte.100000'})
    await place.db.script(`insert into news values (100001, 1, 'a')`)
    const {token} = await first.next('change')
    await first.close()
    await place.db.script(`insert into news values (100002, 1, 'b')`)
    await place.db.script(`update news set body = 'c' where id = 100002`)
    const second = await place.client({role: 'web_user', sub: 'r'})
    await second.subscribe({table: 'news', filter: 'id=gte.100000', since: token})
    await place.db.script(`delete from news where id = 100001`)
    await second.until(() => second.lines().includes('DELETE 100001'))
    expect(second.lines()).toEqual(['INSERT 100002', 'UPDATE 100002 body', 'DELETE 100001'])
    const old = await place.client({role: 'web_user', sub: 'r'})
    await old.subscribe({table: 'news', since: engine === 'queue' ? 'q00000000-0000-0000-0000-000000000000.1:1:' : 'w1.0.0'})
    expect(await old.next('gone')).toMatchObject({id: 'news'})
  })

  test('filters: rows come into sight, leave it, and deletes outside of it are nobody’s', async () => {
    const client = await place.client({role: 'web_user', sub: 'f'})
    await client.subscribe({id: 'eq', table: 'news', filter: 'room=eq.7'})
    await client.subscribe({id: 'like', table: 'news', filter: 'body=like.sp*&or=(room.gt.5,room.is.null)'})
    await client.subscribe({id: 'in', table: 'news', filter: 'room=in.(7,9)', columns: ['room'], events: ['UPDATE', 'DELETE']})
    await place.db.script(`insert into news values (200001, 7, 'special'), (200002, 8, 'x')`)
    await place.db.script(`update news set room = 9 where id = 200001`)
    await place.db.script(`update news set draft = true where id = 200001`)
    await place.db.script(`delete from news where id in (200001, 200002)`)
    await place.db.script(`insert into news values (200003, 7, 'special')`)
    await place.db.script(`update news set body = 'end' where id = 200003`)
    await client.until(() => client.lines('eq').includes('UPDATE 200003 body'))
    expect(client.lines('eq')).toEqual(['INSERT 200001', 'DELETE 200001', 'INSERT 200003', 'UPDATE 200003 body'])
    expect(client.lines('like')).toEqual([
      'INSERT 200001',
      'UPDATE 200001 room',
      'DELETE 200001',
      'INSERT 200003',
      'DELETE 200003',
    ])
    expect(client.lines('in')).toEqual(['UPDATE 200001 room', 'DELETE 200001'])
    for (const filter of [
      'nothing=eq.1',
      'room=eq.x',
      'room=zz.1',
      'room',
      'and=(',
      'body=match.[',
      `room=eq.1'; drop table news; --`,
    ])
      expect((await client.refused({type: 'subscribe', id: 'bad', table: 'news', filter})).code).toBe('bad-filter')
    expect((await client.refused({type: 'subscribe', id: 'bad', table: 'task', filter: 'secret=eq.x'})).message).toBe(
      'there is no column "secret"',
    )
  })

  test('what is withdrawn while rows are shown is not shown on', async () => {
    await place.db.script(`set role shop_owner; create table big (id int primary key, body text); grant select on big to web_user;
      insert into big select n, repeat('x', 2000) from generate_series(1, 20000) n; alter publication pg_events add table big; select pgext.sync_events(); reset role`)
    const client = await place.client({role: 'web_user', sub: 'slow'})
    client.say({type: 'subscribe', table: 'big', snapshot: true})
    await client.next('snapshot')
    client.ws.pause()
    await place.db.script('revoke select on big from web_user')
    await new Promise((resolve) => setTimeout(resolve, 1500))
    client.ws.resume()
    await client.next('error', ({id}) => id === 'big')
    await new Promise((resolve) => setTimeout(resolve, 300))
    const shown = client.answers.flatMap((answer) => (answer.type === 'snapshot' ? answer.rows : []))
    expect(shown.length).toBeLessThan(20_000)
    expect(client.answers.at(-1)).toMatchObject({type: 'error', code: 'not-found'})
    // its session is another's now
    const next = await place.client({role: 'web_user', sub: 'next'})
    await next.subscribe({table: 'news', filter: 'id=lt.0', snapshot: true})
    await next.next('snapshot', ({last}) => last)
    await place.db.script('alter publication pg_events drop table big; drop table big')
  })

  test('live queries: each has its own rows, and is told when they change', async () => {
    const [ann, bob] = [await place.client({role: 'web_user', sub: 'qann'}), await place.client({role: 'web_user', sub: 'qbob'})]
    await place.db.script(`insert into task values (801, 'qann', 'a'), (802, 'qbob', 'b')`)
    for (const client of [ann, bob]) client.say({type: 'query', id: 'q', name: 'mine', params: {most: 900}})
    expect((await ann.next('rows')).rows).toEqual([{id: '801', title: 'a'}])
    expect((await bob.next('rows')).rows).toEqual([{id: '802', title: 'b'}])
    await place.db.script(`update task set title = 'c' where id = 801`)
    expect(await ann.next('delta')).toMatchObject({id: 'q', upserted: [{id: '801', title: 'c'}], removed: []})
    expect(bob.answers.some(({type}) => type === 'delta')).toBe(false)
    expect((await ann.refused({type: 'query', id: 'x', name: 'nothing'})).code).toBe('not-found')
    expect((await ann.refused({type: 'query', id: 'y', name: 'mine', params: {least: 1}})).code).toBe('bad-params')
    expect((await (await place.client()).refused({type: 'query', id: 'y', name: 'mine', params: {most: 1}})).message).toBe(
      'the query failed',
    )
  })

  test('many at once are all told', async () => {
    const clients = await Promise.all(Array.from({length: 30}, (_, n) => place.client({role: 'web_user', sub: `many ${n}`})))
    await Promise.all(clients.map((client) => client.subscribe({table: 'news', filter: 'id=eq.400000'})))
    await Promise.all(clients.map((client) => client.subscribe({table: 'task'})))
    await place.db.script(
      `insert into news values (400000, 1, 'to all'); insert into task select 1000 + n, 'many ' || n from generate_series(0, 29) n`,
    )
    for (const [n, client] of clients.entries()) {
      await client.until(() => client.lines().length >= 2, `what is for ${n}`)
      expect(client.lines()).toEqual(['INSERT 400000', `INSERT ${1000 + n}`])
    }
  })

  test('a grant that is taken back, and a policy that is altered, hold at once', async () => {
    const client = await place.client({role: 'web_user', sub: 'g'})
    await client.subscribe({table: 'task'})
    await client.subscribe({table: 'news'})
    await place.db.script(`revoke select on news from web_user`)
    await client.next('error', ({id}) => id === 'news')
    await place.db.script(`insert into news values (300000, 1, 'hidden')`)
    await place.db.script(`create policy all_of_it on task to web_user using (true)`)
    await client.next('gone', ({id}) => id === 'task')
    await place.db.script(`insert into task values (500, 'somebody', 't')`)
    await client.until(() => client.lines('task').includes('INSERT 500'))
    expect(JSON.stringify(client.answers)).not.toContain('hidden')
    await place.db.script(`drop policy all_of_it on task; grant select on news to web_user`)
  })
})
