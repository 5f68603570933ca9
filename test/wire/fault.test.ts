// A disk that fails under the engine in; a process that ends and says why, and clients who are told, out: nobody is given nothing for something.

import {once} from 'node:events'
import {rmSync, writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {message, text} from '../../src/postgres/describe.ts'
import {type Address, open, pause, startWire} from './engines.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-wire-'))
})

afterAll(() => rm(folder, {recursive: true, force: true}))

/** All that a client hears of what it asks, until it is left alone. */
async function hear({host, port}: Address, sql: string): Promise<{said(): string; kinds(): string; closed: Promise<unknown>}> {
  const socket = connect(port, host)
  let all = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    all = Buffer.concat([all, chunk])
  })
  const closed = once(socket, 'close')
  socket.write(Buffer.concat([Buffer.from([0, 0, 0, 23, 0, 3, 0, 0]), text('user'), text('postgres'), Buffer.from([0])]))
  socket.write(message('Q', text(sql)))
  return {
    closed,
    said: () => all.toString('latin1'),
    kinds: () => {
      let kinds = ''
      for (let at = 0; at + 5 <= all.length; at += 1 + all.readUInt32BE(at + 1)) kinds += String.fromCharCode(all[at]!)
      return kinds.slice(kinds.indexOf('Z') + 1)
    },
  }
}

test('an engine that ends takes its process with it, and all are told', {timeout: 60_000}, async () => {
  const data = join(folder, 'data')
  const served = await startWire({args: ['--folder', data]})
  const sql = open(served.address)
  await sql.unsafe('create table kept (i int)')
  await sql.end()
  const idle = await hear(served.address, 'select 1')
  for (let i = 0; i < 200 && !idle.kinds().endsWith('Z'); i++) await pause(10)
  expect(idle.kinds()).toBe('TDCZ')
  const ended = once(served.child!, 'exit')
  // PostgreSQL panics where it can not go on with its log
  rmSync(join(data, 'pg_wal'), {recursive: true})
  writeFileSync(join(data, 'pg_wal'), '')
  const since = performance.now()
  const running = await hear(served.address, 'insert into kept values (1); select pg_switch_wal(); insert into kept values (2)')
  const waiting = await hear(served.address, 'select * from kept')
  await Promise.all([idle.closed, running.closed, waiting.closed])
  const [code] = await ended
  expect(code).toBeGreaterThan(0)
  expect(performance.now() - since).toBeLessThan(20_000)
  for (const client of [idle, running]) expect(client.said()).toContain('C57P02\0')
  // an error at the end, or nothing at all: never that it is done
  for (const client of [running, waiting]) expect(client.kinds()).not.toMatch(/[CZ]/)
  expect(served.lines.join('\n')).toMatch(/"fatal","message":"the engine has ended/)
})
