// Shadows of every engine: made, copied, dropped, chosen.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {createDatabase, databaseExists, dropDatabase, endSessions, localeOf} from '../../src/postgres/admin.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {clusterFolders, processesOf, shadowDatabases} from './run.ts'

/** Somebody's server, as far as these tests go; on a socket, which counts as loopback. */
let server: Cluster
let admin: Db

beforeAll(async () => {
  server = await startCluster(findBinaries(18)!)
  admin = await connect(server.url('postgres'))
})
afterAll(async () => {
  await admin.close()
  await server.close()
  expect(clusterFolders(process.pid)).toEqual([])
  expect(processesOf(process.pid)).toEqual([])
})

const engines: [engine: Shadow['engine'], open: () => Promise<Shadow>][] = [
  ['native', () => openShadow({want: 'native'})],
  ['server', () => openShadow({want: 'auto', shadowUrl: server.url('postgres')})],
  ['pglite', () => openShadow({want: 'pglite', extensions: ['pgcrypto', 'uuid-ossp', 'earthdistance']})],
]

describe.each(engines)('a shadow on %s', (engine, open) => {
  let shadow: Shadow

  beforeAll(async () => {
    shadow = await open()
  }, 30_000)
  afterAll(() => shadow.close())

  test('knows itself', () => {
    expect(shadow).toMatchObject({engine, isPrivate: engine === 'pglite'})
    expect(shadow.server.major).toBe(18)
    expect([...shadow.extensions]).toEqual(expect.arrayContaining(['plpgsql', 'pgcrypto', 'uuid-ossp', 'earthdistance']))
  })

  test('makes a database, copies it, drops both', {timeout: 30_000}, async () => {
    const one = await shadow.create()
    const db = await one.connect()
    expect(
      await db.query(`select current_setting('search_path') as path, pg_encoding_to_char(encoding) as encoding
      from pg_database where datname = current_database()`),
    ).toEqual([{path: '""', encoding: 'UTF8'}])
    await db.script(`create table public.a (x int); insert into public.a values (1); create extension "uuid-ossp" schema public;
      create extension cube schema public; create extension earthdistance schema public`)
    const two = await one.clone()
    const copy = await two.connect()
    await copy.script('insert into public.a values (2)')
    expect(await copy.query('select x from public.a order by x')).toEqual([{x: 1}, {x: 2}])
    await expect(db.query('select 1')).rejects.toMatchObject({code: 'connection-lost'})
    expect(await (await one.connect()).query('select x from public.a')).toEqual([{x: 1}])
    await one.drop()
    expect(await (await two.connect()).query('select count(*)::int as n from public.a')).toEqual([{n: 2}])
    await two.drop()
  })

  test('copies while a session is in the middle of something', {timeout: 30_000}, async () => {
    const one = await shadow.create()
    const db = await one.connect()
    await db.script('create table public.a (x int)')
    await db.script('begin; insert into public.a values (1)')
    const two = await one.clone()
    expect(await (await two.connect()).query('select * from public.a')).toEqual([])
    await one.drop()
    await two.drop()
  })

  test('proves under the rights of a role', {timeout: 30_000}, async () => {
    const one = await shadow.create()
    const db = await one.connect()
    const role = `pgext_test_${engine}`
    await db.script(`create table public.a (x int); create role ${role}; grant usage on schema public to ${role}`)
    const weak = await one.connect({role})
    expect(weak.server).toMatchObject({user: role, superuser: false})
    await expect(weak.query('select * from public.a')).rejects.toMatchObject({sqlstate: '42501'})
    await expect(one.connect({role: 'nobody there'})).rejects.toMatchObject({code: 'role-missing'})
    const strong = await one.connect()
    expect(strong.server.superuser).toBe(true)
    expect(await strong.query('select * from public.a')).toEqual([])
    await strong.script(`drop owned by ${role}; drop role ${role}`)
    await one.drop()
  })
})

test('closing drops what still stands, on somebody else’s server too', async () => {
  const shadow = await openShadow({want: 'target', targetUrl: server.url('postgres')})
  const one = await shadow.create()
  await (await one.connect()).script('begin')
  await one.clone()
  expect(await shadowDatabases(admin)).toHaveLength(2)
  await Promise.all([shadow.close(), shadow.close()])
  expect(await shadowDatabases(admin)).toEqual([])
  expect(process.listenerCount('SIGINT')).toBe(0)
})

describe('the choice', () => {
  async function chosen(options: Parameters<typeof openShadow>[0]): Promise<Pick<Shadow, 'engine' | 'isPrivate' | 'server'>> {
    const shadow = await openShadow(options)
    await shadow.close()
    return shadow
  }

  test('an explicit URL goes first', async () => {
    expect(await chosen({want: 'pglite', shadowUrl: server.url('postgres')})).toMatchObject({engine: 'server'})
  })

  test('but statements on the cluster get one of our own', async () => {
    expect(await chosen({want: 'auto', shadowUrl: server.url('postgres'), isolated: true})).toMatchObject({
      engine: 'native',
      isPrivate: true,
    })
    expect(await chosen({want: 'native'})).toMatchObject({isPrivate: false})
  })

  test('the target’s major where it is to be had', async () => {
    expect((await chosen({want: 'auto'})).server.major).toBe(18)
    expect((await chosen({want: 'auto', targetUrl: server.url('postgres')})).engine).toBe('native')
    // not to be had: another one, which the caller can tell
    expect((await chosen({want: 'auto', major: 14})).server.major).toBe(findBinaries(14) ? 14 : 18)
  })

  test('a target that is away or has no database yet is no hindrance', async () => {
    expect(await chosen({want: 'auto', targetUrl: 'postgresql://127.0.0.1:1/app'})).toMatchObject({engine: 'native'})
    expect(await chosen({want: 'target', targetUrl: server.url('not_yet')})).toMatchObject({engine: 'server'})
    await expect(chosen({want: 'target', targetUrl: 'postgresql://127.0.0.1:1/app'})).rejects.toMatchObject({
      code: 'engine-missing',
    })
  })

  test('an extension that nobody has is an error with three ways out', {timeout: 20_000}, async () => {
    const error = await chosen({want: 'auto', extensions: ['pgcrypto', 'timescaledb'], targetUrl: server.url('postgres')}).catch(
      (error) => error,
    )
    expect(error).toMatchObject({code: 'extension-missing', message: 'no shadow database can have the extension timescaledb'})
    for (const way of ['SHADOW_DATABASE_URL', '"shadow": "target"', '"external"']) expect(error.hint).toContain(way)
  })

  test('a role that may create no database is told so', async () => {
    await admin.script(`create role pgext_poor login password 'poor'`)
    const url = server.url('postgres').replace(/pgext:\w+@/, 'pgext_poor:poor@')
    await expect(chosen({want: 'target', targetUrl: url})).rejects.toMatchObject({
      code: 'not-allowed',
      hint: expect.stringContaining('CREATEDB'),
    })
    await admin.script('alter role pgext_poor createdb')
    expect(await chosen({want: 'target', targetUrl: url})).toMatchObject({engine: 'server'})
    await admin.script('drop role pgext_poor')
  })
})

test('a database has the encoding, provider and collation of the target', async () => {
  const locale = {encoding: 'UTF8', provider: 'icu', collate: 'C', ctype: 'C', name: 'de-u-kn-true'} as const
  await createDatabase(admin, 'pgext "german"', {template: 'template0', locale})
  const targetUrl = server.url('pgext "german"')
  for (const want of ['auto', 'target'] as const) {
    const shadow = await openShadow({want, targetUrl})
    expect(shadow.engine).toBe(want === 'auto' ? 'native' : 'server')
    const db = await (await shadow.create()).connect()
    expect(await localeOf(db)).toEqual(locale)
    await shadow.close()
  }
  await dropDatabase(admin, 'pgext "german"')
})

test('a locale that only the target’s system knows goes there', async () => {
  await createDatabase(admin, 'pgext_latin', {
    template: 'template0',
    locale: {encoding: 'LATIN1', provider: 'libc', collate: 'C', ctype: 'C'},
  })
  const shadow = await openShadow({want: 'auto', targetUrl: server.url('pgext_latin')})
  const db = await (await shadow.create()).connect()
  expect(await localeOf(db)).toMatchObject({encoding: 'LATIN1'})
  await shadow.close()
  await dropDatabase(admin, 'pgext_latin')
})

test('administration: create, look, end sessions, drop', async () => {
  const name = `pgext "it's" ü`
  expect(await databaseExists(admin, name)).toBe(false)
  await createDatabase(admin, name)
  expect(await databaseExists(admin, name)).toBe(true)
  await expect(createDatabase(admin, name)).rejects.toMatchObject({sqlstate: '42P04'})
  const db = await connect(server.url(name))
  expect(db.server.database).toBe(name)
  await expect(dropDatabase(admin, name)).rejects.toMatchObject({sqlstate: '55006'})
  expect(await endSessions(admin, name)).toBe(1)
  await expect(db.query('select 1')).rejects.toMatchObject({code: 'connection-lost'})
  const other = await connect(server.url(name))
  await dropDatabase(admin, name, {force: true})
  await expect(other.query('select 1')).rejects.toMatchObject({code: 'connection-lost'})
  expect(await databaseExists(admin, name)).toBe(false)
  await dropDatabase(admin, name)
  await db.close()
  await other.close()
})
