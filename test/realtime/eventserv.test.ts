// A database and settings of pg_eventserv in; what NOTIFY sends, on a websocket for each channel, out.
import {mkdtemp, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {WebSocket} from 'ws'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {type Eventserv, openEventserv} from '../../src/realtime/eventserv/server.ts'
import {readEventserv} from '../../src/realtime/eventserv/settings.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {openCluster} from './place.ts'

let cluster: Cluster
let db: Db
let server: Eventserv
beforeAll(async () => {
  cluster = await openCluster()
  db = await connect(cluster.url('postgres'))
  const {settings} = await readEventserv(undefined, {
    ES_HTTPPORT: '0',
    ES_CHANNELS: 'people,room *',
    ES_BASEPATH: 'events',
    ES_HTTPHOST: '127.0.0.1',
  })
  server = await openEventserv(
    () => connect(cluster.url('postgres')),
    settings,
    () => {},
  )
})
afterAll(async () => {
  await server?.close()
  await db?.close()
  await cluster?.close()
})

async function listen(path: string): Promise<{ws: WebSocket; heard: string[]}> {
  const ws = new WebSocket(`ws://127.0.0.1:${server.port}${path}`)
  const heard: string[] = []
  ws.on('message', (data) => heard.push(data.toString()))
  await new Promise<void>((resolve, reject) => {
    ws.once('open', () => resolve())
    ws.once('error', reject)
  })
  return {ws, heard}
}

test('payloads come as they were sent, to those who listen, when the session was lost too', async () => {
  const [one, two, other] = [
    await listen('/events/listen/people'),
    await listen('/events/listen/people'),
    await listen('/events/listen/room%201%22'),
  ]
  const send = async () => {
    await db.query(`select pg_notify('people', '{"a": 1.0}'), pg_notify('room 1"', 'plain ü'), pg_notify('unheard', 'x')`)
  }
  // it is listened to a moment after the socket is open
  await expect
    .poll(async () => {
      await send()
      return [one, two, other].every(({heard}) => heard.length > 0)
    })
    .toBe(true)
  expect(new Set([...one.heard, ...two.heard])).toEqual(new Set(['{"a": 1.0}']))
  expect(new Set(other.heard)).toEqual(new Set(['plain ü']))
  await db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`,
  )
  one.heard.length = 0
  await expect
    .poll(
      async () => {
        await send()
        return one.heard.length
      },
      {timeout: 20_000, interval: 500},
    )
    .toBeGreaterThan(0)
  for (const {ws} of [one, two, other]) ws.close()
}, 30_000)

test('channels that are not open, and other places, are not there; the page is', async () => {
  for (const path of [
    '/events/listen/secret',
    '/listen/people',
    '/events/listen/',
    '/events/listen/%ff',
    `/events/listen/${'x'.repeat(64)}`,
  ])
    await expect(listen(path), path).rejects.toThrow('404')
  const page = await fetch(`http://127.0.0.1:${server.port}/events`)
  expect(await page.text()).toContain('<title>channels</title>')
  expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(404)
})

test('settings: a file, variables over it, and mistakes with their place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pgext-eventserv-'))
  const file = join(folder, 'x.toml')
  await writeFile(file, 'HttpPort = 7777\nChannels = ["a", "b*"]\nDebug = true\nDbPoolMaxConns = 4\nUrlBase = "http://x/"\n')
  const {settings, unused} = await readEventserv(file, {ES_HTTPPORT: '7778', OTHER: 'x'})
  expect(settings).toMatchObject({httpPort: 7778, channels: ['a', 'b*'], debug: true, httpHost: '0.0.0.0', basePath: '/'})
  expect(unused).toEqual(['DbPoolMaxConns', 'UrlBase'])
  await writeFile(file, 'HttpPort = 7777\nChannels = [\n')
  await expect(readEventserv(file, {})).rejects.toMatchObject({code: 'bad-config', where: {file}})
  await writeFile(file, 'HttpPorts = 1')
  await expect(readEventserv(file, {})).rejects.toMatchObject({
    code: 'bad-config',
    message: 'pg_eventserv has no setting HttpPorts',
  })
  await expect(readEventserv(undefined, {ES_HTTPPORT: 'x'})).rejects.toMatchObject({code: 'bad-config'})
})
