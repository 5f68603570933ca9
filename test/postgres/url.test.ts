// Connection URLs as people write them, and what is said when they don't work.
import {createServer, type Server} from 'node:net'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {isLoopback, readUrl, showUrl, withDatabase, withoutPassword} from '../../src/postgres/url.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'

describe('reading', () => {
  test.each([
    [
      'postgresql://ada:s%40crt@db.example.com:6543/shop',
      {host: 'db.example.com', port: 6543, database: 'shop', user: 'ada', password: 's@crt', ssl: 'prefer'},
    ],
    ['postgres://ada@[::1]/shop', {host: '::1', port: 5432, database: 'shop', user: 'ada'}],
    ['postgresql://ada@/shop?host=/var/run/postgresql&port=5433', {host: '/var/run/postgresql', port: 5433, ssl: false}],
    ['postgresql://ada:x@%2Ftmp%2Fpg/shop', {host: '/tmp/pg', user: 'ada', ssl: false}],
    ['postgresql:///shop?host=h&user=ada&password=a+b%26c', {host: 'h', user: 'ada', password: 'a+b&c'}],
    ['postgresql://ada:p@ss#w%25rd@h/shop', {user: 'ada', password: 'p@ss#w%rd', host: 'h'}],
    ['postgresql://ada:x@h/my%20shop?sslmode=disable', {database: 'my shop', ssl: false}],
    ['postgresql://ada:x@h/shop?sslmode=require', {ssl: 'require'}],
    ['postgresql://ada:x@h/shop?sslmode=verify-full', {ssl: {rejectUnauthorized: true}}],
    ['postgresql://ada:x@h/shop?pgbouncer=true&schema=public&connect_timeout=3', {timeout: 3, settings: {}}],
    [
      'postgresql://ada:x@h/shop?application_name=mine&options=-c%20work_mem%3D8MB',
      {settings: {application_name: 'mine', options: '-c work_mem=8MB'}},
    ],
  ])('%s', (url, expected) => {
    expect(readUrl(url)).toMatchObject(expected)
  })

  test.each([
    ['mysql://ada:secret@h/x', 'postgresql://'],
    ['', 'postgresql://'],
    ['postgresql://ada:secret@h:99999/x', 'port'],
    ['postgresql://ada:sec/ret@h/x', 'percent'],
    ['postgresql://ada:secret%@h/x', '%'],
    ['postgresql://h1,h2/x', 'several hosts'],
    ['postgresql://ada:secret@h/x?sslmod=require', 'sslmod'],
    ['postgresql://ada:secret@h/x?sslmode=sometimes', 'sometimes'],
    ['postgresql://ada:secret@h/x?sslmode=verify-ca&sslrootcert=/not/there', '/not/there'],
  ])('%s is refused without its password', (url, part) => {
    const error = (() => {
      try {
        readUrl(url)
      } catch (error) {
        return error as {code: string; message: string; hint: string}
      }
    })()
    expect(error).toMatchObject({code: 'bad-config'})
    expect(`${error!.message} ${error!.hint}`).toContain(part)
    expect(JSON.stringify([error, error!.message])).not.toMatch(/secret|sec\/ret/)
  })

  test('another database on the same server', () => {
    expect(withDatabase('postgresql://a:p%40@h:1/x?sslmode=disable&dbname=y', 'z 1')).toBe(
      'postgresql://a:p%40@h:1/z%201?sslmode=disable',
    )
    expect(withDatabase('postgresql://h', 'z')).toBe('postgresql://h/z')
    expect(readUrl(withDatabase('postgresql://a@/x?host=/tmp', 'z')).database).toBe('z')
  })

  test('loopback', () => {
    expect(
      ['localhost', '127.0.0.1', '127.8.8.8', '[::1]', '%2Ftmp'].map((host) => isLoopback(`postgresql://${host}/x`)),
    ).not.toContain(false)
    expect(
      ['example.com', '10.0.0.1', '127.0.0.1.example.com'].map((host) => isLoopback(`postgresql://${host}/x`)),
    ).not.toContain(true)
  })

  test('shown without its password', () => {
    expect(showUrl('postgresql://ada:secret@h:1/x?password=secret')).toBe('ada@h:1/x')
    expect(showUrl('nonsense:secret@')).toBe('the given URL')
  })
})

describe('connecting', () => {
  let cluster: Cluster
  let mute: Server
  let rude: Server
  let polite: Server
  let plain: Server

  beforeAll(async () => {
    cluster = await startCluster(findBinaries(18)!)
    mute = createServer(() => {}).listen(0, '127.0.0.1')
    polite = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
    plain = createServer((socket) => socket.on('data', () => socket.write('N'))).listen(0, '127.0.0.1')
    rude = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  })
  afterAll(async () => {
    mute.close()
    for (const server of [rude, polite, plain]) server.close()
    await cluster.close()
  })
  const portOf = (server: Server) => (server.address() as {port: number}).port

  test.each<[what: string, url: () => string, said: RegExp]>([
    [
      'a wrong password',
      () => cluster.url('postgres').replace(/:\w+@/, ':secret@'),
      /password authentication failed for user "pgext"$/,
    ],
    [
      'an unknown role',
      () => cluster.url('postgres').replace(/pgext:\w+@/, 'nobody:secret@'),
      /password authentication failed for user "nobody"$/,
    ],
    ['an unknown database', () => cluster.url('nope'), /database "nope" does not exist$/],
    [
      'a refused port',
      () => 'postgresql://ada:secret@127.0.0.1:1/x',
      /^can't connect to ada@127.0.0.1:1\/x: nothing listens there$/,
    ],
    [
      'both addresses of localhost refused',
      () => 'postgresql://ada:secret@localhost:1/x',
      /localhost:1\/x: nothing listens there$/,
    ],
    ['no socket there', () => 'postgresql://ada:secret@/x?host=/not/there', /nothing listens there$/],
    ['an unknown host', () => 'postgresql://ada:secret@no-such-host.invalid/x', /the host name is unknown$/],
    [
      'a server that never answers',
      () => `postgresql://ada:secret@127.0.0.1:${portOf(mute)}/x?connect_timeout=1`,
      /no answer in time$/,
    ],
    [
      'one that takes the connection, and is busy with somebody else',
      () => `postgresql://ada:secret@127.0.0.1:${portOf(mute)}/x?connect_timeout=1&sslmode=disable`,
      /it takes the connection, and answers nothing$/,
    ],
    ['one that hangs up', () => `postgresql://ada:secret@127.0.0.1:${portOf(rude)}/x`, /the server closed the connection$/],
    [
      'one that hangs up before TLS',
      () => `postgresql://ada:secret@127.0.0.1:${portOf(rude)}/x?sslmode=disable`,
      /the server closed the connection$/,
    ],
  ])('%s is one clear error', {timeout: 8000}, async (_what, url, said) => {
    const error = await connect(url()).catch((error) => error)
    expect(error).toMatchObject({name: 'PgextError', code: 'connection-failed', hint: expect.stringMatching(/.../)})
    expect(error.message).toMatch(said)
    expect(`${error.message} ${error.hint}`).not.toContain('secret')
  })
})

describe('without its password', () => {
  test.each([
    ['postgres://ada:secret@db.example.com:5433/shop', 'postgres://ada@db.example.com:5433/shop'],
    ['postgresql://ada:se#c@r:et@h/shop?sslmode=require&password=secret', 'postgresql://ada@h/shop?sslmode=require'],
    ['postgresql://h?user=ada&pass%77ord=secret', 'postgresql://h?user=ada'],
    ['postgresql://:secret@h/', 'postgresql://h/'],
    ['mysql://ada:secret@h', 'the given URL'],
  ])('%s', (url, shown) => {
    expect(withoutPassword(url)).toBe(shown)
    expect(shown).not.toContain('secret')
  })
})
