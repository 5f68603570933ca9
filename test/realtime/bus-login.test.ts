// NATS servers that let in only who may come in; that the bus comes in by each way, and says nothing of what it came in by, out.
import {spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createUser} from '@nats-io/nkeys'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import {openBus} from '../../src/realtime/bus/bus.ts'
import {Log} from '../../src/realtime/bus/log.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {hasNats, Nats} from './nats.ts'
import {openCluster, openPlace} from './place.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const isMissing = !hasNats() || !hasOpenssl
if (isMissing) console.info('who may come to the bus is not tested: there is no nats-server, or no openssl, on PATH')

let folder: string
let cluster: Cluster
const servers: Nats[] = []
beforeAll(async () => {
  if (isMissing) return
  folder = mkdtempSync(join(tmpdir(), 'pgext-login-'))
  const openssl = (...args: string[]) => expect(spawnSync('openssl', args, {cwd: folder}).status).toBe(0)
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
    ...name,
  )
  cluster = await openCluster()
})
afterAll(async () => {
  for (const nats of servers) await nats.close()
  await cluster?.close()
  if (folder) rmSync(folder, {recursive: true, force: true})
})

async function serve(config: string): Promise<number> {
  const nats = await Nats.open(config)
  servers.push(nats)
  return nats.port
}

const file = (name: string): string => join(folder, name)
const open = (bus: string) => Log.open({bus, name: 'login', history: 60})
const refused = (bus: string): Promise<PgextError> =>
  open(bus).then(
    () => expect.fail('it was let in'),
    (error) => error,
  )

describe.skipIf(isMissing)('who may come to the bus', () => {
  test("by TLS and a certificate of one's own, and not without it", async () => {
    const port = await serve(`tls {cert_file: "${file('cert.pem')}", key_file: "${file('key.pem')}"}
      authorization {user: ann, password: "p@ss %word"}`)
    const login = `tls://ann:${encodeURIComponent('p@ss %word')}@127.0.0.1:${port}`
    const log = await open(`${login}?ca=${file('cert.pem')}`)
    await log.make()
    expect(await log.extent()).toMatchObject({last: 0})
    await log.close()
    for (const bus of [login, `tls://ann:other@127.0.0.1:${port}?ca=${file('cert.pem')}`, `${login}?ca=${file('none.pem')}`]) {
      const error = await refused(bus)
      expect(error.code).toBe('connection-failed')
      expect(JSON.stringify([error.message, error.hint])).not.toMatch(/ann|p@ss|other/)
    }
    expect(await refused(`nats://127.0.0.1:${port}?ca=x`)).toMatchObject({code: 'bad-config'})
    expect(await refused(`tls://127.0.0.1:${port}?what=x`)).toMatchObject({code: 'bad-config'})
  })

  test('by a token, by an nkey', async () => {
    const token = await serve('authorization {token: "s3cr3t"}')
    const log = await open(`nats://s3cr3t@127.0.0.1:${token}`)
    await log.close()
    const error = await refused(`nats://wr0ng@127.0.0.1:${token}`)
    expect(`${error.message} ${error.hint}`).not.toContain('wr0ng')
    const user = createUser()
    const seed = new TextDecoder().decode(user.getSeed())
    writeFileSync(file('nkey'), `${seed}\n`)
    writeFileSync(file('bad'), 'SUBROKENSEED')
    const port = await serve(`authorization {users: [{nkey: ${user.getPublicKey()}}]}`)
    const other = await open(`nats://127.0.0.1:${port}?nkey=${file('nkey')}`)
    await other.close()
    for (const [given, code] of [
      ['', 'connection-failed'],
      [`?nkey=${file('bad')}`, 'bad-config'],
      [`?creds=${file('bad')}`, 'bad-config'],
      [`?nkey=${file('nothing')}`, 'bad-config'],
    ] as const) {
      const error = await refused(`nats://127.0.0.1:${port}${given}`)
      expect(error.code).toBe(code)
      expect(`${error.message} ${error.hint} ${error.stack}`).not.toContain('SUBROKEN')
    }
  })

  test('figures of the bus are in /metrics, of which one node says that it leads', async () => {
    const port = await serve('authorization {user: ann, password: word}')
    const bus = `nats://ann:word@127.0.0.1:${port}`
    const place = await openPlace(
      cluster,
      `create table note (id int primary key); grant select on note to web_user; create publication pg_events for table note with (publish = '')`,
      'queue',
      {bus},
    )
    const other = await place.another()
    const client = await other.client({role: 'web_user', sub: 'ann'})
    await client.subscribe({table: 'note'})
    await place.db.script('insert into note select generate_series(1, 3)')
    await client.until(() => client.lines().length === 3)
    const figures = async (port: number) => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      expect(text).not.toMatch(/ann|word/)
      return Object.fromEntries([...text.matchAll(/^pgext_bus_(\w+) (\d+)$/gm)].map(([, name, value]) => [name, Number(value)]))
    }
    const [first, second] = [await figures(place.running.port), await figures(other.running.port)]
    expect(first.leader! + second.leader!).toBe(1)
    expect(first.published_total! + second.published_total!).toBeGreaterThanOrEqual(2)
    expect(first.published_total! * second.published_total!).toBe(0)
    expect(second).toMatchObject({behind: 0, connected: 1, reconnects_total: 0})
    await servers.at(-1)!.stop()
    await expect.poll(async () => (await figures(other.running.port)).connected).toBe(0)
    await servers.at(-1)!.start()
    await expect.poll(async () => (await figures(other.running.port)).reconnects_total, {timeout: 10_000}).toBe(1)
    await expect(openBus({url: place.url, bus: 'nats://ann:hidden@127.0.0.1:1', history: 60})).rejects.not.toThrow(/hidden/)
    expect(place.logged.join()).not.toMatch(/ann:|word/)
    await place.close()
  }, 30_000)
})
