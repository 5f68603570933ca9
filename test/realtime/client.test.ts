// The client that pages use in, in front of a real server; what it makes of lost connections, tokens that expire and slow readers, out.
import {readFile} from 'node:fs/promises'
import {setTimeout as sleep} from 'node:timers/promises'
import {gzipSync} from 'node:zlib'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {WebSocket} from 'ws'
import {Emitter} from '../../src/client/emitter.ts'
import {type Client, type ClientError, type ConnectOptions, connect as connectClient} from '../../src/client/index.ts'
import {delayOf} from '../../src/client/model.ts'
import {SERVE} from '../../src/project/serve.ts'
import {openServer, type Running} from '../../src/realtime/open.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {SECRET, tokenOf} from './client.ts'
import {openCluster, openPlace, type Place} from './place.ts'
import {openProxy, type Proxied} from './proxy.ts'

const SCHEMA = `
  create table note (id int primary key, body text, room int); grant select on note to web_user, web_anon;
  create table own (id bigint primary key, owner text); grant select on own to web_user;
  alter table own enable row level security;
  create policy own on own to web_user using (owner = current_setting('request.jwt.claims', true)::json ->> 'sub');
  create table keyless (a int); grant select on keyless to web_user; alter table keyless replica identity full;
  create publication pg_events for table note, own, keyless with (publish = '')`

const CHANNELS = {'room:*': 'web_user', hall: {listen: '*', publish: ['web_user']}} as const

let cluster: Cluster
beforeAll(async () => {
  cluster = await openCluster()
})
afterAll(async () => {
  await cluster?.close()
})

const clients: Client[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

/** Comes back soon, so that tests need not wait. */
function open(port: number, options: ConnectOptions = {}): Client {
  const client = connectClient(`http://127.0.0.1:${port}`, {
    WebSocket,
    token: () => tokenOf({role: 'web_user', sub: 'ann'}),
    delay: (attempt) => 20 + Math.min(attempt, 10) * 20,
    ...options,
  })
  clients.push(client)
  return client
}

const until = (look: () => unknown, message?: string) => expect.poll(look, {timeout: 15_000, interval: 20, message}).toBeTruthy()

describe.each(['queue', 'wal'] as const)('%s', (engine) => {
  let place: Place
  let running: Running
  let proxy: Proxied
  beforeAll(async () => {
    place = await openPlace(cluster, SCHEMA, engine, {channels: CHANNELS})
    running = place.running
    proxy = await openProxy(() => running.port)
  })
  afterAll(async () => {
    await proxy?.close()
    if (running !== place?.running) await running?.close(0)
    await place?.close()
  })

  test('a connection that is cut goes on where it was: nothing is lost, and nothing is told twice', async () => {
    const client = open(proxy.port)
    const heard: string[] = []
    const gone: string[] = []
    const table = client
      .table('note', {filter: 'id=gte.100000'})
      .on('*', ({op, key}) => heard.push(`${op} ${key!.id}`))
      .on('gone', ({reason}) => gone.push(reason))
    await new Promise<void>((resolve) => table.on('subscribed', () => resolve()))
    const expected: string[] = []
    for (let n = 0; n < 40; n++) {
      const id = 100_000 + n
      await place.db.script(`insert into note values (${id}, 'a'); update note set body = 'b' where id = ${id}`)
      expected.push(`INSERT ${id}`, `UPDATE ${id}`)
      if (n % 5 === 2) proxy.cut()
      if (n % 7 === 3) await sleep(40)
    }
    await until(() => heard.length >= expected.length, 'all of it')
    await sleep(100)
    expect(heard).toEqual(expected)
    expect(gone).toEqual([])
    expect(proxy.count).toBeGreaterThan(3)
  })

  test('a server that is there again: what can not be known is said, and a collection is read anew', async () => {
    const statuses: string[] = []
    const client = open(proxy.port).on('status', (status) => statuses.push(status))
    const gone: string[] = []
    const heard: number[] = []
    client
      .table('note', {filter: 'id=lt.0', columns: ['id']})
      .on('INSERT', ({row}) => heard.push(row.id as number))
      .on('gone', ({reason}) => gone.push(reason))
    const rows = client.table('note', {filter: 'id=lt.0'}).snapshot()
    await until(() => rows.isKnown)
    await place.db.script(`insert into note values (-1, 'a')`)
    await until(() => heard.length === 1 && rows.rows.length === 1)
    const {port} = running
    await running.close(0)
    await place.db.script(`insert into note values (-2, 'while it was away'); delete from note where id = -1`)
    running = await openServer({
      url: place.url,
      settings: {...SERVE, port, anonymous: 'web_anon', channels: CHANNELS},
      secret: SECRET,
      history: 300,
    })
    await until(() => rows.get({id: -2}))
    expect(rows.rows).toEqual([{id: -2, body: 'while it was away', room: null}])
    await until(() => gone.length > 0 || heard.length === 2)
    await place.db.script(`insert into note values (-3, 'c')`)
    await until(() => heard.includes(-3) && rows.rows.length === 2)
    // the queue keeps what was written meanwhile, the log does not
    expect(gone).toHaveLength(engine === 'queue' ? 0 : 1)
    expect(heard).toEqual(engine === 'queue' ? [-1, -2, -3] : [-1, -3])
    expect(statuses).toEqual(['open', 'waiting', ...statuses.slice(2)])
  })

  test('one that reads too slowly is sent away, comes back by itself, and has all of it', async () => {
    const client = open(proxy.port)
    const rows = client.table('note', {filter: 'id=gte.200000&id=lt.300000'}).snapshot()
    await until(() => rows.isKnown)
    proxy.hold(true)
    const before = running.server.counts.lagging
    for (let n = 0; n < 40 && running.server.counts.lagging === before; n++) {
      await place.db.script(
        `insert into note select n, repeat('x', 1000) from generate_series(${200_000 + n * 1000}, ${200_999 + n * 1000}) n`,
      )
      await sleep(10)
    }
    expect(running.server.counts.lagging).toBe(before + 1)
    proxy.hold(false)
    const [wanted] = await place.db.query(`select count(*)::int as count from note where id between 200000 and 299999`)
    await until(() => rows.rows.length === wanted!.count, 'all rows')
  })
})

describe('tokens', () => {
  let place: Place
  beforeAll(async () => {
    place = await openPlace(cluster, SCHEMA, 'queue', {channels: CHANNELS})
  })
  afterAll(async () => {
    await place?.close()
  })
  const port = () => place.running.port

  test('are asked for anew before they expire, and nothing is missed meanwhile', async () => {
    let asked = 0
    const client = open(port(), {
      token: () => {
        asked++
        return tokenOf({role: 'web_user', sub: 'ann', jti: String(asked)}, '3s')
      },
    })
    const statuses: string[] = []
    client.on('status', (status) => statuses.push(status))
    const rows = client.table('own').snapshot()
    await until(() => rows.isKnown)
    for (let n = 0; n < 6; n++) {
      await place.db.script(`insert into own values (${n}, 'ann'), (${n + 100}, 'bob')`)
      await sleep(1000)
    }
    expect(rows.rows.map(({id}) => id)).toEqual(['0', '1', '2', '3', '4', '5'])
    expect(asked).toBeGreaterThan(2)
    expect(asked).toBeLessThan(10)
    expect(statuses).toEqual(['open'])
  })

  test('one that was not renewed in time ends the connection; the next one opens it again', async () => {
    let life = '1s'
    const errors: ClientError[] = []
    const client = open(port(), {
      token: () => {
        if (life === '1s') {
          life = '1h'
          return tokenOf({role: 'web_user', sub: 'ann'}, '1s')
        }
        return tokenOf({role: 'web_user', sub: 'ann'})
      },
    })
    client.on('error', (error) => errors.push(error))
    const heard: unknown[] = []
    client.table('own').on('INSERT', ({key}) => heard.push(key!.id))
    await sleep(1500)
    await place.db.script(`insert into own values (1000, 'ann')`)
    await until(() => heard.length === 1)
    expect(errors).toEqual([])
  })

  test('one that is refused ends it, where there is no other; a function is asked again', async () => {
    const errors: string[] = []
    const fixed = open(port(), {token: 'a.b.c'}).on('error', ({code}) => errors.push(code))
    const table = fixed.table('own')
    const iterated = (async () => {
      for await (const _ of table) break
    })()
    await expect(iterated).rejects.toMatchObject({code: 'bad-token'})
    expect(fixed.status).toBe('closed')
    expect(errors).toContain('bad-token')
    let asked = 0
    const asking = open(port(), {token: async () => (++asked < 3 ? 'a.b.c' : tokenOf({role: 'web_user', sub: 'ann'}))})
    asking.on('error', () => {})
    await until(() => asking.status === 'open')
    expect(asked).toBe(3)
    const throwing = open(port(), {
      token: () => {
        if (++asked < 6) throw new Error('offline')
        return tokenOf({role: 'web_user', sub: 'ann'})
      },
    })
    const said: string[] = []
    throwing.on('error', ({message}) => said.push(message))
    await until(() => throwing.status === 'open')
    expect(said).toEqual(['offline', 'offline'])
  })

  test('what may be seen has changed while it was away: that is said, and a collection is read anew', async () => {
    await place.db.script(`insert into own values (3000, 'eve'), (3001, 'team')`)
    const proxy = await openProxy(port)
    let claims: Record<string, unknown> = {role: 'web_user', sub: 'eve'}
    let isAway = false
    const client = open(proxy.port, {token: () => (isAway ? Promise.reject(new Error('away')) : tokenOf(claims))}).on(
      'error',
      () => {},
    )
    const rows = client.table('own', {filter: 'id=gte.3000'}).snapshot()
    const gone: string[] = []
    client.table('own', {filter: 'id=gte.3000'}).on('gone', ({reason}) => gone.push(reason))
    await until(() => rows.rows.length === 1)
    const away = async (work: () => Promise<unknown>) => {
      isAway = true
      proxy.cut()
      await until(() => place.running.server.sockets.size === 0)
      await work()
      isAway = false
      await until(() => client.status === 'open')
    }
    await away(async () => {})
    await away(() => place.db.script(`create policy team on own to web_user using (owner = 'team')`))
    await until(() => rows.rows.length === 2 && gone.length > 0)
    const before = gone.length
    await away(async () => {
      claims = {...claims, sub: 'eve', team: 'red'}
    })
    await until(() => gone.slice(before).includes('what may be seen is not what it was'))
    const then = gone.length
    await away(() => place.db.script('drop policy team on own'))
    await until(() => rows.rows.length === 1 && gone.length > then)
    // a client that is back before the server has looked is told by that look
    for (const reason of gone)
      expect(['what may be seen is not what it was', 'privileges or policies have changed']).toContain(reason)
    await proxy.close()
  })

  test('of somebody else: what was seen is gone, and read anew as the other one', async () => {
    await place.db.script(`insert into own values (2000, 'cid'), (2001, 'dan')`)
    let sub = 'cid'
    const client = open(port(), {token: () => tokenOf({role: 'web_user', sub}, '4s')})
    const rows = client.table('own').snapshot()
    await until(() => rows.rows.length === 1)
    expect(rows.rows[0]).toMatchObject({owner: 'cid'})
    const gone: string[] = []
    client.table('own').on('gone', ({reason}) => gone.push(reason))
    sub = 'dan'
    await until(() => rows.rows[0]?.owner === 'dan')
    expect(rows.rows).toHaveLength(1)
    expect(gone).toHaveLength(1)
  })
})

describe('what is asked for', () => {
  let place: Place
  beforeAll(async () => {
    place = await openPlace(
      cluster,
      SCHEMA,
      'queue',
      {channels: CHANNELS},
      {
        room: '-- pgext:params room int\n-- pgext:throttle 10ms\nselect id, body, 60 / (id - 700) as share from note where room = $1 order by body desc, id',
      },
    )
  })
  afterAll(async () => {
    await place?.close()
  })
  const port = () => place.running.port

  test('a query: its rows in its order, over a lost connection too; a run that fails is said, and the next one is told', async () => {
    const proxy = await openProxy(port)
    const client = open(proxy.port)
    const errors: string[] = []
    const told: unknown[][] = []
    await place.db.script(`insert into note values (699, 'elsewhere', 71)`)
    const query = client.query<{id: number; body: string}>('room', {room: 70}).on('error', ({code}) => errors.push(code))
    query.on('rows', (rows) => told.push(rows.map(({id, body}) => `${body}${id}`)))
    const wrong: string[] = []
    client
      .query('nothing')
      .on('rows', () => {})
      .on('error', ({code}) => wrong.push(code))
    client
      .query('room', {room: 'x'})
      .on('rows', () => {})
      .on('error', ({code}) => wrong.push(code))
    await until(() => told.length === 1 && wrong.length === 2)
    expect(wrong.sort()).toEqual(['bad-params', 'not-found'])
    const becomes = (...rows: string[]) => expect.poll(() => told.at(-1), {timeout: 10_000, interval: 20}).toEqual(rows)
    await place.db.script(`insert into note select n, 'a', 70 from generate_series(701, 705) n`)
    await becomes('a701', 'a702', 'a703', 'a704', 'a705')
    await place.db.script(`update note set body = 'b' where id = 704; delete from note where id = 702`)
    await becomes('b704', 'a701', 'a703', 'a705')
    proxy.cut()
    await place.db.script(`insert into note values (706, 'c', 70)`)
    await becomes('c706', 'b704', 'a701', 'a703', 'a705')
    await place.db.script(`insert into note values (700, 'c', 70)`)
    await until(() => errors.length > 0)
    expect(query.rows).toHaveLength(5)
    await place.db.script('delete from note where id in (700, 701)')
    await becomes('c706', 'b704', 'a703', 'a705')
    for await (const rows of query) {
      expect(rows).toHaveLength(4)
      break
    }
    expect(new Set(errors)).toEqual(new Set(['failed']))
    await proxy.close()
  })

  test('errors reach what they are of, others the client', async () => {
    const general: string[] = []
    const client = open(port()).on('error', ({code, message}) => general.push(`${code} ${message}`))
    const own: string[] = []
    client
      .table('nothing')
      .on('INSERT', () => {})
      .on('error', ({code}) => own.push(code))
    client
      .table('note', {filter: 'x=eq.1'})
      .on('INSERT', () => {})
      .on('error', ({code, message}) => own.push(`${code} ${message}`))
    client
      .channel('secret')
      .on('message', () => {})
      .on('error', ({code}) => own.push(code))
    client.table('nowhere').on('INSERT', () => {})
    const keyless = client
      .table('keyless')
      .snapshot()
      .on('error', ({message}) => own.push(message))
    await until(() => own.length === 4 && general.length === 1)
    expect(own.sort()).toEqual([
      'bad-filter there is no column "x"',
      'not-found',
      'not-found',
      'the table has no key by which its rows could be told apart',
    ])
    expect(general[0]).toContain('not-found')
    expect(keyless.rows).toEqual([])
    await expect(client.channel('secret').publish(1)).rejects.toMatchObject({code: 'not-found'})
  })

  test('a table is subscribed to for as long as somebody listens', async () => {
    const client = open(port())
    const table = client.table('note')
    const heard: unknown[] = []
    const listener = ({key}: {key: unknown}) => heard.push(key)
    const subscribed = () => [...place.running.server.sockets].length
    table.on('INSERT', listener)
    await until(() => client.status === 'open' && subscribed() === 1)
    await sleep(100)
    await place.db.script(`insert into note values (1, 'a')`)
    await until(() => heard.length === 1)
    table.off('INSERT', listener)
    await sleep(100)
    await place.db.script(`insert into note values (2, 'b')`)
    await sleep(100)
    expect(heard).toHaveLength(1)
    const seen: string[] = []
    const iterating = (async () => {
      for await (const change of client.table('note')) {
        seen.push(change.op === 'gone' ? 'gone' : `${change.op} ${change.key!.id}`)
        if (seen.length === 2) break
      }
    })()
    await sleep(150)
    await place.db.script(`insert into note values (3, 'c'); delete from note where id = 1`)
    await iterating
    expect(seen).toEqual(['INSERT 3', 'DELETE 1'])
  })

  test('channels: what is published is heard, and what a lost connection may have swallowed is said', async () => {
    const proxy = await openProxy(port)
    const [ann, bob] = [open(proxy.port), open(port())]
    const heard: unknown[] = []
    const gone: unknown[] = []
    const room = ann
      .channel<{text: string}>('room:1')
      .on('message', (message) => heard.push(message.text))
      .on('gone', (one) => gone.push(one))
    await new Promise<void>((resolve) => room.on('listening', () => resolve()))
    await bob.channel('room:1').publish({text: 'hello'})
    await until(() => heard.length === 1)
    proxy.cut()
    await until(() => gone.length === 1)
    await room.publish({text: 'again'})
    await until(() => heard.length === 2)
    expect(heard).toEqual(['hello', 'again'])
    await expect(room.publish({text: 'x'.repeat(100_000)})).rejects.toMatchObject({code: 'limit'})
    expect(gone.length).toBe(1)
    // larger than a server reads: that ends the connection, and it is not known what became of it
    await expect(room.publish({text: 'x'.repeat(2_000_000)})).rejects.toMatchObject({code: 'unavailable'})
    await until(() => gone.length === 2)
    bob.close()
    await expect(bob.channel('room:1').publish({text: 'late'})).rejects.toMatchObject({code: 'closed'})
    await proxy.close()
  })

  test('more than a server takes in a second are asked for one after the other', async () => {
    const client = open(port())
    const known: number[] = []
    for (let n = 0; n < 99; n++) client.table('note', {filter: `id=eq.${n}`}).on('subscribed', () => known.push(n))
    await until(() => known.length === 99)
    expect(client.status).toBe('open')
  })

  test('a collection follows TRUNCATE, and rows that come into sight and leave it', async () => {
    const client = open(port())
    const rows = client.table('note', {filter: 'room=eq.5'}).snapshot()
    await until(() => rows.isKnown)
    await place.db.script(`insert into note values (500, 'a', 5), (501, 'b', 6)`)
    await until(() => rows.rows.length === 1)
    await place.db.script('update note set room = 11 - room where room in (5, 6)')
    await until(() => rows.get({id: 501}))
    expect(rows.rows).toEqual([{id: 501, body: 'b', room: 5}])
    const {rows: before} = rows
    await place.db.script('truncate note')
    await until(() => rows.rows.length === 0)
    expect(before).toHaveLength(1)
    for await (const now of rows) {
      expect(now).toEqual([])
      break
    }
  })
})

test('what waits for a loop is bounded, and it ends in words', async () => {
  class Source extends Emitter<{one: number; error: never}> {
    tell(n: number) {
      this.emit('one', n)
    }
    loop = () => this.follow(['one'])
  }
  const source = new Source()
  const loop = source.loop()
  const first = loop.next()
  source.tell(0)
  expect((await first).value).toBe(0)
  for (let n = 0; n < 10_001; n++) source.tell(n)
  await expect(loop.next()).rejects.toMatchObject({code: 'limit'})
})

test('who comes back does so at any time up to a bound, sooner where the server was told to go', () => {
  const delays = (attempt: number, code?: number) => Array.from({length: 500}, () => delayOf(attempt, code))
  for (const [attempt, most] of [
    [0, 500],
    [3, 4000],
    [10, 30_000],
    [2000, 30_000],
  ] as const) {
    const all = delays(attempt)
    expect(Math.max(...all)).toBeLessThanOrEqual(most)
    expect(Math.max(...all)).toBeGreaterThan(most * 0.9)
    expect(Math.min(...all)).toBeLessThan(most * 0.1)
  }
  expect(Math.max(...delays(9, 4503))).toBeLessThanOrEqual(3000)
})

test('for browsers it is one module of less than 5 kB, as it goes over the wire', async () => {
  const file = new URL('../../dist/client.js', import.meta.url)
  const text = await readFile(file, 'utf8')
  expect(gzipSync(text, {level: 9}).length).toBeLessThan(5000)
  expect(text).not.toMatch(/^import|\bfrom ["']/m)
  expect(Object.keys(await import(file.href)).sort()).toEqual(Object.keys(await import('../../src/client/index.ts')).sort())
})
