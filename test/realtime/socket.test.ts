// Clients that mean well, and others, in; what a server answers, whom it sends away, and that nobody else notices, out.
import {once} from 'node:events'
import {createServer} from 'node:http'
import {connect as connectTcp} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import fc from 'fast-check'
import {exportJWK, generateKeyPair, SignJWT, UnsecuredJWT} from 'jose'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {SERVE} from '../../src/project/serve.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {Client, tokenOf} from './client.ts'
import {openCluster, openPlace, type Place} from './place.ts'

const SCHEMA = `
  create table note (id int primary key, body text); grant select on note to web_user, web_anon;
  create publication pg_events for table note with (publish = '');
  create function public.who() returns text language sql as $$ select current_setting('request.jwt.claims', true)::json ->> 'sub' $$`

let cluster: Cluster
let place: Place
beforeAll(async () => {
  cluster = await openCluster('create role boss superuser; create role blind bypassrls; grant boss, blind to server')
  place = await openPlace(cluster, SCHEMA, 'queue', {
    audience: 'notes',
    origins: ['https://app.example.com'],
    channels: {'room:*': 'web_user', 'user:{sub}': 'web_user', hall: {listen: '*', publish: ['web_user']}},
    limits: {...SERVE.limits, subscriptions: 5, messages: 50, message: 20_000, perUser: 3, buffer: 100_000},
  })
})
afterAll(async () => {
  await place?.close()
  await cluster?.close()
})

const ANN = {role: 'web_user', sub: 'ann', aud: 'notes'}
const port = () => place.running.port

describe('tokens', () => {
  test('wherever they come: a header, the address, a sub-protocol, a message', async () => {
    const token = await tokenOf(ANN)
    const byHeader = await Client.open(port(), token)
    expect(await byHeader.next('auth')).toMatchObject({role: 'web_user'})
    const byAddress = await Client.open(port(), undefined, {}, `/ws?token=${token}`)
    expect(await byAddress.next('auth')).toMatchObject({role: 'web_user'})
    const byProtocol = await Client.open(port(), undefined, {}, '/', ['pgext', token])
    expect(await byProtocol.next('auth')).toMatchObject({role: 'web_user'})
    expect(byProtocol.ws.protocol).toBe('pgext')
    const byMessage = await Client.open(port())
    expect(await byMessage.next('auth')).toMatchObject({role: 'web_anon'})
    byMessage.say({type: 'auth', token})
    // the fourth of this user
    await byMessage.until(() => byMessage.closed)
    expect(byMessage.closed!.code).toBe(4429)
    for (const client of [byHeader, byAddress, byProtocol]) await client.close()
  })

  test('what is forged, old, of others or unsigned is refused, in words that hold nothing of it', async () => {
    const key = new TextEncoder().encode('another secret of more than thirty-two bytes')
    const sign = (claims: object, secret = key) => new SignJWT({...claims}).setProtectedHeader({alg: 'HS256'}).sign(secret)
    const {privateKey} = await generateKeyPair('ES256')
    const tokens = [
      await sign(ANN),
      await tokenOf(ANN, '-1h'),
      await tokenOf({...ANN, aud: 'others'}),
      await tokenOf({role: 'web_user', sub: 'ann'}),
      await tokenOf({...ANN, nbf: Math.floor(Date.now() / 1000) + 600}),
      new UnsecuredJWT(ANN).encode(),
      await new SignJWT(ANN).setProtectedHeader({alg: 'ES256'}).sign(privateKey),
      await tokenOf({...ANN, role: 'boss'}),
      await tokenOf({...ANN, role: 'blind'}),
      await tokenOf({...ANN, role: 'postgres'}),
      await tokenOf({...ANN, role: 'nobody"; --'}),
      await tokenOf({...ANN, role: 7}),
      'x',
      'a.b.c',
    ]
    for (const token of tokens) {
      const client = await Client.open(port(), token)
      const {code, message} = await client.next('error')
      await client.until(() => client.closed)
      expect({code, close: client.closed!.code}).toEqual({code: 'bad-token', close: 4401})
      if (token.length > 3) expect(JSON.stringify(client.answers) + message + JSON.stringify(place.logged)).not.toContain(token)
    }
  })

  test('one that expires ends the connection within a second; another one in time does not', async () => {
    const claims = {...ANN, sub: 'expiring'}
    const life = () => tokenOf({...claims, exp: Math.floor(Date.now() / 1000) + 2, jti: Math.random()}, '2s')
    const [stays, goes] = [await Client.open(port(), await life()), await Client.open(port(), await life())]
    const {expires} = await goes.next('auth')
    await stays.next('auth')
    await stays.subscribe({table: 'note'})
    stays.say({type: 'auth', token: await tokenOf(claims)})
    await goes.until(() => goes.closed)
    // a second, on a machine that is not busy
    expect(Date.now() - Date.parse(expires!)).toBeLessThan(5000)
    expect(goes.closed!.code).toBe(4403)
    expect(goes.answers.at(-1)).toEqual({type: 'expired'})
    await place.db.script(`insert into note values (1, 'still')`)
    await stays.until(() => stays.lines().includes('INSERT 1'))
    // the same person: nothing was missed
    expect(stays.answers.filter(({type}) => type === 'gone')).toEqual([])
    stays.say({type: 'auth', token: await tokenOf({...claims, team: 'red'})})
    await stays.next('gone')
    stays.say({type: 'auth', token: await tokenOf({...claims, sub: 'somebody else'})})
    await stays.until(() => stays.closed)
    expect(stays.closed!.code).toBe(4409)
  })

  test('by published keys: a secret’s algorithms are refused, and keys that nobody knows are asked for once', async () => {
    const {publicKey, privateKey} = await generateKeyPair('RS256')
    const jwk = {...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256'}
    let asked = 0
    const keys = createServer((_, response) => {
      asked++
      response.end(JSON.stringify({keys: [jwk]}))
    }).listen(0, '127.0.0.1')
    await once(keys, 'listening')
    const jwks = `http://127.0.0.1:${(keys.address() as {port: number}).port}/keys`
    const own = await openPlace(cluster, SCHEMA, 'queue', {jwks})
    const sign = (kid: string) =>
      new SignJWT({role: 'web_user'}).setProtectedHeader({alg: 'RS256', kid}).setExpirationTime('1h').sign(privateKey)
    const good = await Client.open(own.running.port, await sign('one'))
    expect(await good.next('auth')).toMatchObject({role: 'web_user'})
    for (let n = 0; n < 5; n++) {
      const bad = await Client.open(own.running.port, await sign(`unknown ${n}`))
      expect((await bad.next('error')).code).toBe('bad-token')
    }
    const forged = await new SignJWT({role: 'web_user'})
      .setProtectedHeader({alg: 'HS256', kid: 'one'})
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(JSON.stringify(jwk)))
    const bad = await Client.open(own.running.port, forged)
    expect((await bad.next('error')).code).toBe('bad-token')
    expect(asked).toBeLessThanOrEqual(2)
    await own.close()
    keys.close()
  })
})

describe('channels', () => {
  test('by rules: who may listen hears what SQL, clients and NOTIFY send; nobody else does', async () => {
    const ann = await place.client({...ANN, sub: 'ann.*'})
    const anon = await place.client()
    for (const channel of ['room:1', 'user:ann.*', 'hall']) {
      ann.say({type: 'listen', channel})
      await ann.next('listening', ({id}) => id === channel)
    }
    anon.say({type: 'listen', id: 'h', channel: 'hall'})
    await anon.next('listening')
    for (const channel of ['user:ann.x', 'user:bob', 'other'])
      expect((await ann.refused({type: 'listen', channel})).code).toBe('not-found')
    expect((await anon.refused({type: 'listen', channel: 'room:1'})).code).toBe('not-found')
    expect((await anon.refused({type: 'publish', channel: 'hall', payload: 1})).code).toBe('not-found')
    ann.say({type: 'publish', id: 'p', channel: 'hall', payload: {hello: ['world', 1]}})
    await ann.next('published', ({id}) => id === 'p')
    expect(await anon.next('notify')).toMatchObject({id: 'h', channel: 'hall', payload: {hello: ['world', 1]}})
    await place.db.script(`select pgext.emit('room:1', '{"big": 12345678901234567890}'); select pg_notify('room:1', 'plain')`)
    await ann.until(() => ann.answers.filter(({type}) => type === 'notify').length === 3)
    const heard = ann.answers.filter((answer) => answer.type === 'notify').map(({channel}) => channel)
    expect(heard.toSorted()).toEqual(['hall', 'room:1', 'room:1'])
  })

  test('by functions, which are asked as the client’s role with its claims', async () => {
    await place.db.script(`grant usage on schema pgext to web_user;
      create function pgext.may_listen(channel text) returns boolean language sql as $$ select channel = 'of ' || public.who() $$`)
    const ann = await place.client(ANN)
    ann.say({type: 'listen', channel: 'of ann'})
    await ann.next('listening')
    expect((await ann.refused({type: 'listen', channel: 'of bob'})).code).toBe('not-found')
    await place.db.script(
      `create or replace function pgext.may_listen(channel text) returns boolean language sql as $$ select 1/0 = 1 $$`,
    )
    expect((await ann.refused({type: 'listen', channel: 'of ann 2'})).code).toBe('not-found')
    // what one of them sets for its session is not there for the next one
    await place.db.script(`create or replace function pgext.may_listen(channel text) returns boolean language sql as
      $$ select set_config('app.seen', coalesce(current_setting('app.seen', true), '') || 'x', false) = 'x' $$`)
    for (let n = 0; n < 4; n++) {
      ann.say({type: 'listen', channel: `again ${n}`})
      await ann.next('listening', ({id}) => id === `again ${n}`)
    }
    await place.db.script('drop function pgext.may_listen(text)')
  })
})

describe('the door', () => {
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port()}${path}`)
    return {status: response.status, text: await response.text()}
  }

  test('how it is: health, readiness, metrics', async () => {
    expect((await get('/health')).status).toBe(200)
    expect(await get('/ready')).toEqual({status: 200, text: '{"ready":true}\n'})
    expect((await get('/metrics')).text).toMatch(/^pgext_sockets \d+$/m)
    expect((await get('/../../etc/passwd')).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${port()}/`, {method: 'POST'})).status).toBe(405)
  })

  test('pages of other places are not let in, those of named ones and of its own are', async () => {
    await expect(Client.open(port(), undefined, {origin: 'https://evil.example.com'})).rejects.toThrow('403')
    await expect(Client.open(port(), undefined, {origin: 'null'})).rejects.toThrow('403')
    await (await Client.open(port(), undefined, {origin: 'https://app.example.com'})).close()
    await (await Client.open(port(), undefined, {origin: `http://127.0.0.1:${port()}`})).close()
    await expect(Client.open(port(), undefined, {}, '/elsewhere')).rejects.toThrow('404')
  })

  test('who sends a request by drops is not waited for', async () => {
    const socket = connectTcp(port(), '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
    let said = ''
    socket.on('data', (data) => {
      said += data
    })
    const began = Date.now()
    const drops = setInterval(() => socket.write('X: y\r\n'), 1000)
    await once(socket, 'close')
    clearInterval(drops)
    expect(said).toContain('408')
    expect(Date.now() - began).toBeLessThan(60_000)
  }, 70_000)
})

describe('limits', () => {
  test('subscriptions, messages in a second, bytes of one', async () => {
    const client = await place.client({...ANN, sub: 'user 1'})
    for (let n = 0; n < 5; n++) await client.subscribe({id: `s${n}`, table: 'note'})
    expect((await client.refused({type: 'subscribe', id: 's5', table: 'note'})).code).toBe('limit')
    expect((await client.refused({type: 'subscribe', id: 's1', table: 'note'})).code).toBe('id-taken')
    client.say({type: 'unsubscribe', id: 's1'})
    await client.next('unsubscribed')
    await client.subscribe({id: 's5', table: 'note'})
    expect((await client.refused({type: 'ping', id: 'x'.repeat(21_000)})).code).toBe('limit')
    const busy = await place.client({...ANN, sub: 'user 2'})
    for (let n = 0; n < 60; n++) busy.say({type: 'ping'})
    await busy.until(() => busy.closed)
    expect(busy.closed!.code).toBe(4429)
  })

  test('one that never reads is closed; who stands beside it has all of it', async () => {
    const [slow, quick] = [await place.client({...ANN, sub: 'user 3'}), await place.client({...ANN, sub: 'user 4'})]
    await slow.subscribe({table: 'note'})
    await quick.subscribe({table: 'note'})
    slow.ws.pause()
    const body = 'x'.repeat(1000)
    for (let n = 0; n < 12; n++)
      await place.db.script(`insert into note select n, '${body}' from generate_series(${1000 + n * 1000}, ${1999 + n * 1000}) n`)
    await quick.until(() => quick.lines().length >= 12_000, 'all rows')
    await place.db.script(`insert into note values (900, 'end')`)
    await quick.until(() => quick.lines().includes('INSERT 900'))
    slow.ws.resume()
    await slow.until(() => slow.closed, 'the end of the slow one')
    expect(slow.answers.some(({type}) => type === 'lagging') ? slow.closed!.code : 1006).toBe(slow.closed!.code)
    expect(place.running.server.counts.lagging).toBeGreaterThan(0)
  })

  test('a slow one within bounds is told the last word on each row', async () => {
    const slow = await place.client({...ANN, sub: 'user 5'})
    await slow.subscribe({table: 'note', filter: 'id=lt.0'})
    slow.ws.pause()
    await place.db.script(`insert into note select -n, '' from generate_series(1, 20) n`)
    for (let n = 0; n < 150; n++)
      await place.db.script(`update note set body = repeat('${n % 10}', 1500) || id where id between -20 and -1`)
    await place.db.script(`delete from note where id = -20`)
    await sleep(200)
    slow.ws.resume()
    await slow.until(() => slow.lines().includes('DELETE -20') || slow.closed, 'the last word')
    expect(slow.closed).toBeUndefined()
    const wanted = await place.db.query('select id, body from note where id < 0 order by id')
    expect([...slow.rows('note').values()].sort((a, b) => (a.id as number) - (b.id as number))).toEqual(wanted)
    expect(slow.lines().length).toBeLessThan(20 * 150)
  }, 30_000)
})

describe('bad input', () => {
  test('each is answered, and the connection stands', async () => {
    const client = await place.client({...ANN, sub: 'user 6'})
    const said = [
      'x',
      '[]',
      'null',
      '"a"',
      '{}',
      '{"type":1}',
      '{"type":"nothing"}',
      '{"type":"__proto__"}',
      '{"type":"constructor"}',
      '{"type":"subscribe"}',
      '{"type":"subscribe","table":""}',
      '{"type":"subscribe","table":"note","events":["SELECT"]}',
      '{"type":"subscribe","table":"note","columns":"id"}',
      '{"type":"subscribe","table":"a\\u0000b"}',
      '{"type":"unsubscribe"}',
      '{"type":"publish","channel":"hall"}',
      '{"type":"query","name":"x"}',
      `{"type":"publish","channel":"hall","payload":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    ]
    for (const text of said) {
      const from = client.answers.length
      client.ws.send(text)
      expect(await client.next('error', () => true, from), text.slice(0, 60)).toMatchObject({code: 'bad-message'})
    }
    expect((await client.refused({type: 'unsubscribe', id: 'x'})).code).toBe('id-unknown')
    await client.subscribe({table: 'note', since: 'nonsense'})
    await client.next('gone')
  })

  test('bytes that are no text end the connection', async () => {
    const client = await place.client({...ANN, sub: 'user 7'})
    client.ws.send(Buffer.from([1, 2, 3]))
    await client.until(() => client.closed)
    expect(client.closed!.code).toBe(4400)
    const raw = await place.client({...ANN, sub: 'user 8'})
    ;(raw.ws as unknown as {_socket: {write(data: Buffer): void}})._socket.write(
      Buffer.from([0x81, 0x84, 0, 0, 0, 0, 0xff, 0xfe, 0xfd, 0xfc]),
    )
    await raw.until(() => raw.closed)
    expect(raw.closed!.code).toBe(1007)
  })

  test('whatever is said, others are told what they should be', async () => {
    const watcher = await place.client({...ANN, sub: 'watcher'})
    await watcher.subscribe({table: 'note', filter: 'id=gt.1000000'})
    const json = fc.jsonValue({maxDepth: 4})
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('note', 'public.note', '"', "'; drop table note", 'id=eq.1', 'pgext.event_0', 'hall'),
    )
    const request = fc.record(
      {
        type: fc.oneof(fc.constantFrom('auth', 'subscribe', 'listen', 'publish', 'query', 'unsubscribe', 'ack', 'ping'), json),
        id: fc.oneof(text, json),
        table: fc.oneof(text, json),
        channel: fc.oneof(text, json),
        token: fc.oneof(text, json),
        filter: fc.oneof(text, json),
        columns: fc.oneof(fc.array(text), json),
        since: fc.oneof(text, json),
        snapshot: fc.oneof(fc.boolean(), json),
        payload: json,
        name: text,
      },
      {requiredKeys: ['type']},
    )
    const samples = fc.sample(fc.array(request, {minLength: 1, maxLength: 30}), {
      numRuns: 25,
      seed: Number(process.env.PGEXT_SEED ?? 7),
    })
    for (const requests of samples) {
      const client = await Client.open(port())
      for (const one of requests) client.say(one)
      client.say({type: 'ping', id: 'last'})
      await client.until(() => client.closed || client.answers.some((answer) => answer.type === 'pong' && answer.id === 'last'))
      client.ws.terminate()
    }
    await place.db.script(`insert into note values (1000001, 'still here')`)
    await watcher.until(() => watcher.lines().includes('INSERT 1000001'))
    expect(place.logged.filter((line) => line.startsWith('an error of pgext'))).toEqual([])
  }, 30_000)
})

test('it goes without losing anybody: each is told to come back', async () => {
  const own = await openPlace(cluster, SCHEMA, 'queue')
  const clients = await Promise.all([1, 2, 3].map(() => own.client()))
  await own.running.close(60)
  for (const client of clients) {
    await client.until(() => client.closed)
    expect(client.closed!.code).toBe(4503)
  }
  await expect(Client.open(own.running.port)).rejects.toThrow()
  await own.db.close()
})
