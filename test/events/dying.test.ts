// A program that reads in every manner, and a server that dies at any moment, in; a program that lives, and has heard of it where it asked, out.
import {spawn} from 'node:child_process'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {diceOf} from '../chaos/random.ts'
import {Server} from '../chaos/server.ts'
import {openPlace} from './place.ts'

/** as built */
const ROOT = join(import.meta.dirname, '..', '..')
const KILLS = Number(process.env.PGEXT_DEATHS ?? 3)
const SEED = Number(process.env.PGEXT_SEED ?? Date.now() % 100_000)

let server: Server
beforeAll(async () => {
  server = await Server.start(18, ['wal_level=logical'])
})
afterAll(() => server?.close())

/** Reads by a name, as a tail, with a filter, with notices, and stops in every manner: over and over. */
const program = (url: string) => `
  const {events} = await import(${JSON.stringify(`${ROOT}/dist/index.js`)})
  const url = ${JSON.stringify(url)}
  let isOver = false
  process.stdin.once('data', () => { isOver = true })
  const said = {}
  const note = (error, name) => {
    const what = (name ? 'named ' : 'tail ') + (error.code ?? error.stack) + (name && error.code === 'events-gone' ? ': ' + error.message : '')
    said[what] = (said[what] ?? 0) + 1
  }
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms))
  let turns = 0, got = 0
  const read = async (how, options) => {
    for (; !isOver; turns++) {
      const stop = new AbortController()
      const timer = setTimeout(() => stop.abort(), 50 + Math.random() * 1500)
      try {
        const stream = await events({url, ...options, ...(how === 'aborts' && {signal: stop.signal})})
        try {
          if (how !== 'aborts') setTimeout(() => stream.close(), Math.random() * 1500)
          for await (const event of stream) {
            got++
            if (how === 'leaves' && Math.random() < 0.1) break
            const both = [stream.acknowledge(event), stream.acknowledge(event)]
            for (const one of await Promise.allSettled(both)) if (one.reason) note(one.reason, options.name)
          }
        } finally {
          await stream.close()
        }
      } catch (error) {
        note(error, options.name)
        await sleep(20)
      }
      clearTimeout(timer)
    }
  }
  await Promise.all([
    read('leaves', {name: 'a'}), read('aborts', {name: 'b'}), read('closes', {}), read('aborts', {tables: ['t'], channels: ['c']}),
  ])
  console.log(JSON.stringify({turns, got, said}))
  process.stdin.destroy()`

describe.skipIf(process.platform === 'win32').each(['queue', 'wal'] as const)('%s', (engine) => {
  test(`${KILLS} deaths (PGEXT_SEED=${SEED})`, {timeout: 60_000 + KILLS * 5000}, async () => {
    const dice = diceOf(SEED)
    const place = await openPlace(
      (name) => server.url(name),
      'create table t (id bigint generated always as identity primary key)',
      engine,
    )
    await place.db.script(
      `create publication pg_events for table t where (id <> -1) with (publish = ''); select pgext.sync_events()`,
    )
    await place.db.close()
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(place.url)], {stdio: 'pipe'})
    const heard = {out: '', err: ''}
    child.stdout.on('data', (bytes) => {
      heard.out += bytes
    })
    child.stderr.on('data', (bytes) => {
      heard.err += bytes
    })
    const ended = new Promise<number | null>((done) => child.once('close', done))
    for (let kill = 0; kill < KILLS; kill++) {
      const db = await connect(place.url)
      for (const end = Date.now() + 200 + dice.roll(2000); Date.now() < end; ) {
        await db.script(`insert into public.t default values; select pgext.emit('c', '1'); notify c, 'x'`)
        await sleep(dice.roll(20))
      }
      if (dice.roll(3) > 0) await server.kill()
      else {
        await db.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
        )
        await server.kill()
      }
      await db.close()
      await sleep(dice.roll(1500))
      await server.start()
      await expect
        .poll(
          () =>
            connect(place.url).then(
              (db) => db.close().then(() => true),
              () => false,
            ),
          {timeout: 20_000},
        )
        .toBe(true)
    }
    child.stdin.write('over\n')
    const code = await Promise.race([ended, sleep(40_000).then(() => 'it does not end')])
    if (code !== 0) child.kill('SIGKILL')
    console.info(`${engine}: ${heard.out.trim()}`)
    expect([code, heard.err]).toEqual([0, ''])
    const {turns, got, said} = JSON.parse(heard.out)
    expect(turns).toBeGreaterThan(KILLS)
    expect(got).toBeGreaterThan(KILLS)
    for (const one of Object.keys(said))
      expect(one).toMatch(/^((named|tail) (connection-(lost|failed)|stopped)|tail events-gone)$/)
  })
})
