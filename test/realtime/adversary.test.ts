// Clients, tokens and sessions that do what nobody should in; that it hurts nobody, and is said, out.
import {once} from 'node:events'
import {connect as connectTcp} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import {exportJWK, generateKeyPair, type JWK, SignJWT} from 'jose'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {SERVE} from '../../src/project/serve.ts'
import {Ear} from '../../src/realtime/ear.ts'
import {Tokens} from '../../src/realtime/token.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {Client, SECRET} from './client.ts'
import {openCluster, openPlace, type Place} from './place.ts'

const SCHEMA = `
  create table note (id int primary key, body text); create table other (id int primary key);
  grant select on note, other to web_user, web_anon;
  create publication pg_events for table note, other with (publish = '')`

let cluster: Cluster
let place: Place
beforeAll(async () => {
  cluster = await openCluster()
  place = await openPlace(cluster, SCHEMA, 'queue', {
    channels: {'*': 'web_user'},
    limits: {...SERVE.limits, message: 2000, connects: 20, buffer: 200_000},
  })
})
afterAll(async () => {
  await place?.close()
  await cluster?.close()
})

const ANN = {role: 'web_user', sub: 'ann'}

/** Without anybody being told. */
const fill = (sql: string) =>
  place.db.script(`set session_replication_role = replica; insert into note ${sql}; set session_replication_role = origin`)

describe('messages', () => {
  test('one that is too large is refused by its id, and the connection stands; far too large a one ends it', async () => {
    const client = await place.client(ANN)
    const refused = await client.refused({type: 'publish', id: 'p', channel: 'c', payload: 'x'.repeat(3000)})
    expect(refused).toMatchObject({id: 'p', code: 'limit', message: 'a message has up to 2000 bytes'})
    client.say({type: 'publish', id: 'q', channel: 'c', payload: 'x'})
    await client.next('published', ({id}) => id === 'q')
    client.say({type: 'ping', id: 'x'.repeat(33_000)})
    await client.until(() => client.closed)
    expect(client.closed!.code).toBe(1009)
  })

  test('large ones count as many', async () => {
    const client = await place.client(ANN)
    for (let n = 0; n < 10; n++) client.ws.send('x'.repeat(30_000))
    await client.until(() => client.closed)
    expect(client.closed!.code).toBe(4429)
  })

  test('a transaction that comes in parts ends for those who are told nothing of its last one', async () => {
    const client = await place.client(ANN)
    await client.subscribe({id: 'all', table: 'note'})
    await client.subscribe({id: 'new', table: 'note', events: ['INSERT']})
    await client.subscribe({id: 'none', table: 'note', events: ['TRUNCATE']})
    await place.db.script('begin; insert into note values (1); insert into other select generate_series(1, 2500); commit')
    const of = (id: string) => client.answers.filter((answer) => answer.type === 'change' && answer.id === id) as any[]
    await client.until(() => of('new').at(-1)?.last)
    expect(of('all').map(({last, changes}) => [last, changes.length])).toEqual([
      [false, 1],
      [true, 0],
    ])
    expect(of('none')).toEqual([])
    // to go on from the middle of it as well
    const again = await place.client(ANN)
    await again.subscribe({id: 'all', table: 'note', since: of('all')[0].token})
    await place.db.script('insert into note values (2)')
    await again.until(() => again.lines('all').length > 0)
    expect(again.lines('all')).toEqual(['INSERT 2'])
  })
})

test('who acknowledges is sent no more than it deals with: the last word on each row, and all of it when it goes on', async () => {
  const client = await place.client(ANN)
  await client.subscribe({id: 's', table: 'note', filter: 'id=in.(30001,30002)'})
  const put = (n: number) =>
    place.db.script(`insert into note select n, repeat('${n}', 20000) from generate_series(30001, 30002) n
      on conflict (id) do update set body = excluded.body`)
  await put(0)
  await client.until(() => client.lines('s').length === 2)
  const tokens = () => client.answers.flatMap((one) => (one.type === 'change' ? [one.token] : []))
  client.say({type: 'ack', token: tokens().at(-1)})
  for (let n = 1; n <= 60; n++) await put(n)
  await client.until(() => tokens().length > 10)
  await sleep(500)
  const held = tokens().length
  expect(held).toBeLessThan(50)
  client.say({type: 'ack', token: tokens().at(-1)})
  await client.until(() => tokens().length > held)
  expect([...client.rows('s').values()].map(({body}) => body)).toEqual(['60'.repeat(20000), '60'.repeat(20000)])
  expect(tokens().length).toBe(held + 1)
  client.say({type: 'ack', token: 'of nothing'})
  await put(61)
  await client.until(() => tokens().length > held + 1)
})

test('rows that are large are shown all the same', async () => {
  const client = await place.client(ANN)
  await fill(`select n, repeat(md5(n::text), 1000) from generate_series(10001, 10200) n`)
  await client.subscribe({id: 's', table: 'note', snapshot: true, filter: 'id=gt.10000&id=lt.20000'})
  await client.until(() => client.closed || client.answers.some((one) => one.type === 'snapshot' && one.last), 'the last row')
  expect(client.closed).toBeUndefined()
  expect(client.rows('s').size).toBe(200)
})

test('those who do not read what they are shown keep nobody from being shown it', async () => {
  await fill(`select n, repeat('x', 5000) from generate_series(20001, 22500) n`)
  const idle = await Promise.all(Array.from({length: 6}, () => place.client(ANN)))
  for (const one of idle) {
    one.say({type: 'subscribe', id: 's', table: 'note', snapshot: true})
    one.ws.pause()
  }
  await sleep(300)
  const [client, began] = [await place.client({role: 'web_user', sub: 'eve'}), performance.now()]
  client.say({type: 'listen', channel: 'c'})
  await client.next('listening')
  expect(performance.now() - began).toBeLessThan(12_000)
  await client.subscribe({id: 's', table: 'note', filter: 'id=lt.100', snapshot: true})
  await client.next('snapshot', ({last}) => last)
  expect(performance.now() - began).toBeLessThan(18_000)
  for (const one of idle) one.ws.terminate()
}, 60_000)

test('a filter that would take for ever ends, and nobody else waits for it', async () => {
  const [client, watcher] = [await place.client(ANN), await place.client(ANN)]
  const groups = '(..*)'.repeat(9)
  await watcher.subscribe({id: 'w', table: 'note', filter: 'id=gt.100'})
  await client.subscribe({id: 'f', table: 'note', filter: `body=match.^${groups}${'\\1\\2'.repeat(2)}$`})
  await place.db.script(`insert into note values (101, repeat('ab', 300) || 'x')`)
  await watcher.until(() => watcher.lines('w').includes('INSERT 101'))
  expect(await client.next('error')).toMatchObject({id: 'f', code: 'failed'})
  expect(watcher.answers.some(({type}) => type === 'gone')).toBe(false)
})

describe('tokens', () => {
  test('who shows one that is not accepted does not go on as a stranger', async () => {
    const stranger = await place.client()
    expect(await stranger.refused({type: 'auth', token: 'x.y.z'})).toMatchObject({code: 'bad-token'})
    await stranger.until(() => stranger.closed)
    expect(stranger.closed!.code).toBe(4401)
    const ann = await place.client(ANN)
    expect(await ann.refused({type: 'auth', token: 'x.y.z'})).toMatchObject({code: 'bad-token'})
    await ann.subscribe({table: 'note'})
    for (const [path, headers] of [
      ['/?token=', {}],
      ['/', {authorization: 'Bearer '}],
    ] as const) {
      const client = await Client.open(place.running.port, undefined, headers, path)
      await client.until(() => client.closed)
      expect(client.closed!.code).toBe(4401)
    }
  })

  test('it ends by whichever clock says so, and a date beyond all dates is one', async () => {
    const client = await place.client(ANN, '2s')
    const now = Date.now
    try {
      Date.now = () => now() - 3_600_000
      await client.until(() => client.closed)
    } finally {
      Date.now = now
    }
    expect(client.closed!.code).toBe(4403)
    const late = await new SignJWT({...ANN, exp: 1e300}).setProtectedHeader({alg: 'HS256'}).sign(new TextEncoder().encode(SECRET))
    const forever = await Client.open(place.running.port, late)
    expect((await forever.next('auth')).expires).toContain('275760')
    await forever.close()
  })

  test('claims whose names have dots, several keys without a name, and keys that are none', async () => {
    const options = {roleClaim: 'https://example.com/role', maxTokenAge: 60}
    const pairs = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256'), generateKeyPair('RS256')])
    const sign = (
      alg: string,
      key: Parameters<SignJWT['sign']>[0] | Uint8Array,
      claims: Record<string, unknown> = {'https://example.com/role': 'a'},
    ) => new SignJWT(claims).setProtectedHeader({alg}).sign(key)
    const jwks: JWK[] = await Promise.all(pairs.map(({publicKey}) => exportJWK(publicKey)))
    const secret = new Uint8Array(32).fill(7)
    jwks.unshift({kty: 'oct', k: Buffer.from(new Uint8Array(32)).toString('base64url')})
    jwks.push({kty: 'oct', k: Buffer.from(secret).toString('base64url')})
    const tokens = await Tokens.open({...options, secret: JSON.stringify({keys: jwks})})
    const [first, second, third] = pairs as [(typeof pairs)[0], (typeof pairs)[0], (typeof pairs)[0]]
    for (const [alg, key] of [
      ['ES256', first.privateKey],
      ['ES256', second.privateKey],
      ['RS256', third.privateKey],
      ['HS256', secret],
    ] as const)
      expect((await tokens.read(await sign(alg, key))).role).toBe('a')
    const stranger = await generateKeyPair('ES256')
    for (const token of [
      await sign('ES256', stranger.privateKey),
      await sign('HS256', new Uint8Array(32).fill(8)),
      // what is published is no secret
      await sign('HS256', new TextEncoder().encode(JSON.stringify(jwks[1]))),
      'a.b.c',
      '',
    ])
      await expect(tokens.read(token)).rejects.toMatchObject({code: 'usage', message: 'the token is not valid'})
    const path = await Tokens.open({...options, roleClaim: 'app.role', secret: JSON.stringify(jwks[4])})
    expect((await path.read(await sign('HS256', secret, {app: {role: 'b'}}))).role).toBe('b')
    expect((await path.read(await sign('HS256', secret, {app: ['b']}))).role).toBeUndefined()
    const short = {kty: 'oct', k: 'c2hvcnQ'}
    const own = await exportJWK((await generateKeyPair('ES256', {extractable: true})).privateKey)
    for (const wrong of [short, own, {keys: []}, {kty: 'RSA'}, {keys: [null]}])
      await expect(Tokens.open({...options, secret: JSON.stringify(wrong)})).rejects.toMatchObject({code: 'bad-config'})
  })
})

describe('the door', () => {
  test('who is turned away, and leaves the connection open, has it closed', async () => {
    const socket = connectTcp({port: place.running.port, host: '127.0.0.1', allowHalfOpen: true})
    socket.on('error', () => {})
    socket.write(
      'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    socket.resume()
    await once(socket, 'end')
    // what is written to who is gone is refused
    const closed = new Promise((resolve) => socket.once('close', resolve))
    for (let n = 0; n < 20 && !socket.destroyed; n++) {
      socket.write('x')
      await sleep(50)
    }
    await Promise.race([closed, sleep(1000)])
    expect(socket.destroyed).toBe(true)
  })

  test('hanging up makes nobody new', async () => {
    const refused: unknown[] = []
    const hang = async () => {
      for (let n = 0; n < 10; n++) {
        const client = await Client.open(place.running.port).catch((error) => void refused.push(error.message))
        client?.ws.terminate()
      }
    }
    await Promise.all(Array.from({length: 10}, hang))
    expect(refused[0]).toContain('429')
    await sleep(1000)
  })
})

test('NOTIFY is heard once, however many begin to listen at once, and by who comes when another one has just left', async () => {
  const heard: string[] = []
  const ear = new Ear(
    () => connect(place.url),
    (channel, payload) => heard.push(`${channel} ${payload}`),
  )
  const notify = (payload: string) => place.db.query(`select pg_notify('c', $1)`, [payload])
  try {
    await Promise.all([ear.listen('c'), ear.listen('c'), ear.listen('c')])
    await notify('1')
    await expect.poll(() => heard).toEqual(['c 1'])
    ear.unlisten('c')
    const again = ear.listen('c')
    ear.unlisten('c')
    await Promise.all([again, ear.listen('c')])
    await notify('2')
    await expect.poll(() => heard).toEqual(['c 1', 'c 2'])
  } finally {
    await ear.close()
  }
})

test('many who come back to a server that was started anew are told what they missed, by few sessions', async () => {
  const first = await place.client(ANN)
  const {token} = await first.subscribe({table: 'note', filter: 'id=gt.5000'})
  await place.db.script('insert into note select generate_series(5001, 5003)')
  const {running, client} = await place.another()
  const clients = await Promise.all(Array.from({length: 15}, () => client(ANN)))
  const opened: number[] = []
  const count = async () => {
    const [row] = await place.db.query(`select count(*)::int as n from pg_stat_activity where usename = 'server'`)
    opened.push(row!.n)
  }
  await count()
  const before = opened[0]!
  for (const one of clients)
    for (let n = 0; n < 4; n++)
      one.say({type: 'subscribe', id: `s${n}`, table: 'note', filter: `id=gt.${5000 + (n % 3)}`, since: token})
  const isDone = () => clients.every((one) => one.lines('s0').length === 3 && one.lines('s3').length === 3)
  while (!isDone()) await Promise.all([count(), sleep(5)])
  expect(clients[14]!.lines('s1')).toEqual(['INSERT 5002', 'INSERT 5003'])
  expect(Math.max(...opened)).toBeLessThanOrEqual(before + 4)
  expect(running.server.sockets.size).toBe(15)
})
