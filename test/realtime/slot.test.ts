// A server with a name that reads the WAL, and what can happen to it: it is killed, its connections are ended, PostgreSQL goes. Its clients go
// on where they were, each change once; what can't be given any more is said to be gone, and no log is kept for nobody.
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {readStatus} from '../../src/events/status.ts'
import {forgetNodes} from '../../src/events/wal/nodes.ts'
import {dropSlot, lookAtSlot, slotName} from '../../src/events/wal/slot.ts'
import {connect} from '../../src/postgres/native.ts'
import type {Server} from '../chaos/server.ts'
import {startLog} from '../events/log.ts'
import {Client, tokenOf as signed} from './client.ts'
import {Node} from './node.ts'
import {openPlace, type Place, ROLES} from './place.ts'

const SCHEMA = `create table task (id int primary key); grant select on task to web_user, web_anon;
  create table quiet (id int primary key); grant select on quiet to web_user, web_anon;
  create table other (id int, body text);
  create publication pg_events for table task, quiet with (publish = '')`

describe('a server with a name', () => {
  let server: Server
  let place: Place
  const nodes: Node[] = []

  const make = async (history?: number) => {
    place = await openPlace(server, SCHEMA, 'wal', {node: 'a'}, {}, undefined, history)
    return place
  }
  const slot = async (node = 'a') => lookAtSlot(place.db, slotName(place.db.server.database, `node:${node}`))
  /** As a server that was killed: nobody says goodbye, and another one comes. */
  const again = async () => {
    await place.running.close(0)
    return place.another()
  }
  const resume = async (client: Client, since: string, table = 'task') => {
    await client.subscribe({id: 'r', table, since})
    return client
  }
  const tokenOf = (client: Client, id = 'task'): string => {
    const told = client.answers.filter((answer) => 'token' in answer && 'id' in answer && answer.id === id)
    return (told.at(-1) as {token: string}).token
  }
  const goneOf = (client: Client) => client.answers.filter(({type}) => type === 'gone').length

  beforeAll(async () => {
    server = await startLog(18, ['max_slot_wal_keep_size=48MB', 'wal_keep_size=0', 'min_wal_size=32MB'])
    const db = await connect(server.url('postgres'))
    await db.script(ROLES)
    await db.close()
  })

  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.kill()
    await place?.close().catch(() => {})
  })

  afterAll(async () => {
    await server?.close()
  })

  test('is killed, and comes back: clients miss nothing, and are told nothing twice', async () => {
    await make()
    await place.running.close(0)
    const url = place.url.replace('postgres@', 'server:server@')
    const start = async () => {
      const node = await Node.open(url, {PGEXT_NODE: 'b'}, () => {})
      nodes.push(node)
      return node
    }
    const token = await signed({role: 'web_user', sub: 'x'})
    const first = await start()
    const client = await Client.open(first.port, token)
    await client.subscribe({table: 'task'})
    await client.subscribe({table: 'quiet'})
    for (const id of [1, 2]) await place.db.script(`insert into task values (${id})`)
    await client.until(() => client.lines('task').length === 2)
    const {token: early} = await client.next('change')
    await first.kill()
    await place.db.script('insert into task values (3); delete from task where id = 1')
    const second = await start()
    await place.db.script('insert into task values (4)')
    const back = await Client.open(second.port, token)
    await resume(back, early)
    await back.until(() => back.lines('r').length === 4)
    expect(back.lines('r')).toEqual(['INSERT 2', 'INSERT 3', 'DELETE 1', 'INSERT 4'])
    back.say({type: 'unsubscribe', id: 'r'})
    await back.next('unsubscribed')
    const quiet = await Client.open(second.port, token)
    await resume(quiet, tokenOf(client, 'quiet'), 'quiet')
    await place.db.script('insert into quiet values (1)')
    await quiet.until(() => quiet.lines('r').length === 1)
    expect([goneOf(back), goneOf(quiet)]).toEqual([0, 0])
    for (const one of [client, back, quiet]) one.ws.terminate()
  })

  test('its connections are ended, PostgreSQL is stopped and killed: clients notice nothing', async () => {
    await make()
    const client = await place.client({role: 'web_user'})
    await client.subscribe({table: 'task'})
    let id = 0
    const write = async () => {
      await place.db.script(`insert into task values (${++id})`)
      await client.until(() => client.lines('task').length === id)
    }
    await write()
    for (const type of ['walsender', 'client backend'])
      for (const {ended} of await place.db.query(
        `select pg_terminate_backend(pid, 5000) as ended from pg_stat_activity
         where datname = current_database() and application_name = 'pgext events node:a' and backend_type = $1`,
        [type],
      )) {
        expect(ended).toBe(true)
        await write()
      }
    for (const end of ['stop', 'kill'] as const) {
      const began = Date.now()
      await server[end]()
      expect(Date.now() - began).toBeLessThan(8000)
      await server.start()
      await place.db.close()
      const db = await connect(place.url)
      await db.script('set search_path = public')
      place = {...place, db}
      await write()
    }
    expect(client.lines('task')).toEqual([1, 2, 3, 4, 5].map((n) => `INSERT ${n}`))
    expect(goneOf(client)).toBe(0)
  }, 60_000)

  test('its name is its own; others go on without one', async () => {
    await make()
    const refused = place.another().then(
      () => undefined,
      (error) => error,
    )
    const client = await place.client({role: 'web_user'})
    await client.subscribe({table: 'task'})
    await place.db.script('insert into task values (1)')
    await client.until(() => client.lines('task').length === 1)
    expect(await refused).toMatchObject({code: 'events-taken', message: 'another server is node a already'})
    await place.db.script('insert into task values (2)')
    await client.until(() => client.lines('task').length === 2)
    // none that lives is forgotten, and one that is away for long is said
    expect(await forgetNodes(place.db, -1)).toEqual([])
    await place.running.close(0)
    expect((await readStatus(place.db)).consumers).toMatchObject([{name: 'node:a', isReading: false, isLost: false}])
    expect(await forgetNodes(place.db, 3600)).toEqual([])
    await place.db.script(`update pgext.consumer set seen_at = now() - interval '2 hours'`)
    expect((await readStatus(place.db)).notes.join()).toMatch(/server a was seen last at .*events:drop-consumer node:a/)
    expect(await forgetNodes(place.db, -1)).toEqual(['node:a'])
    expect(await slot()).toBeUndefined()
    expect((await readStatus(place.db)).consumers).toEqual([])
  }, 30_000)

  test('keeps no more of the log than its history, and says gone where that is not enough', async () => {
    await make(1)
    const client = await place.client({role: 'web_user'})
    const {token: before} = await client.subscribe({table: 'task'})
    await place.db.script('insert into task values (1)')
    await client.until(() => client.lines('task').length === 1)
    const at = (await slot())!.confirmed
    await place.db.script(`insert into other select n, repeat('x', 1000) from generate_series(1, 5000) n`)
    const [{lsn}] = (await place.db.query('select pg_current_wal_lsn()::text as lsn')) as [{lsn: string}]
    // what nobody reads is acknowledged too
    await expect
      .poll(
        async () =>
          (
            await place.db.query(
              'select confirmed_flush_lsn >= $1 as it from pg_replication_slots where database = current_database()',
              [lsn],
            )
          )[0]!.it,
        {
          timeout: 10_000,
        },
      )
      .toBe(true)
    expect((await slot())!.confirmed > at).toBe(true)
    const token = tokenOf(client)
    const {client: open} = await again()
    await place.db.script('insert into task values (2)')
    const old = await open({role: 'web_user'})
    await resume(old, before)
    await old.next('gone')
    const fresh = await open({role: 'web_user'})
    await resume(fresh, token)
    await place.db.script('insert into task values (3)')
    for (const one of [old, fresh]) await one.until(() => one.lines('r').includes('INSERT 3'))
    expect(fresh.lines('r')).toEqual(['INSERT 2', 'INSERT 3'])
    expect([goneOf(old), goneOf(fresh)]).toEqual([1, 0])
  })

  test('its slot is lost while it is away: clients are told so, and it goes on', async () => {
    await make()
    const client = await place.client({role: 'web_user'})
    await client.subscribe({table: 'task'})
    await place.db.script('insert into task values (1)')
    await client.until(() => client.lines('task').length === 1)
    await place.running.close(0)
    for (let n = 0; n < 12; n++) await place.db.script('select pg_switch_wal(); insert into other values (1)')
    for (let n = 0; n < 20 && !(await slot())!.lost; n++)
      await place.db.script('select pg_switch_wal(); insert into other values (1); checkpoint')
    expect((await slot())!.lost).toBe('wal_removed')
    const {client: open} = await place.another()
    const back = await open({role: 'web_user'})
    await resume(back, tokenOf(client))
    expect((await back.next('gone')).reason).toMatch(/no longer kept/)
    await place.db.script('insert into task values (2)')
    await back.until(() => back.lines('r').length === 1)
    expect(place.logged.join()).toMatch(/changes may be missing for consumer node:a: .*max_slot_wal_keep_size/)
    expect(goneOf(back)).toBe(1)
    // under its eyes
    await dropSlot(place.db, slotName(place.db.server.database, 'node:a'))
    await back.until(() => goneOf(back) === 2)
    await place.db.script('insert into task values (3)')
    await back.until(() => back.lines('r').includes('INSERT 3'))
    expect(goneOf(back)).toBe(2)
  })

  test.each(['wal', 'queue'] as const)(
    'a quiet table of a busy database is told how far everybody is, by the %s',
    async (engine) => {
      place = await openPlace(server, SCHEMA, engine, {}, {}, undefined, 1)
      const client = await place.client({role: 'web_user'})
      await client.subscribe({table: 'quiet', snapshot: true})
      const {token: shown} = await client.next('snapshot')
      const told = () => client.answers.filter((answer) => answer.type === 'reached')
      const began = Date.now()
      for (; told().length < 2; await sleep(50))
        await place.db.script('insert into task select coalesce(max(id), 0) + 1 from task')
      expect(Date.now() - began).toBeGreaterThan(1000)
      const {token} = told().at(-1)!
      // what was shown is still known not to be told again
      expect(told().at(-1)).toMatchObject({id: 'quiet', token: expect.stringContaining('~')})
      client.ws.terminate()
      await place.db.script('insert into quiet values (1)')
      const back = await place.client({role: 'web_user'})
      await resume(back, token, 'quiet')
      await place.db.script('insert into quiet values (2)')
      await back.until(() => back.lines('r').length === 2)
      expect(back.lines('r')).toEqual(['INSERT 1', 'INSERT 2'])
      expect(goneOf(back)).toBe(0)
      if (engine === 'queue') return
      await back.subscribe({id: 'old', table: 'quiet', since: shown!})
      await back.next('gone', ({id}) => id === 'old')
    },
  )
})
