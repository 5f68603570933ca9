// Bytes that no driver sends in: those who send them are told, and everybody else is served as before.

import {connect, type Socket} from 'node:net'
import fc from 'fast-check'
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest'
import {message, text} from '../../src/postgres/describe.ts'
import {open, pause, type Served, startWire} from './engines.ts'

const RUNS = Number(process.env.PGEXT_RUNS ?? 30)
const SYNC = message('S')

let served: Served

beforeAll(async () => {
  served = await startWire({args: ['--idle-in-transaction', '500', '--unread', '500']})
})

afterAll(() => served?.stop())

afterEach(async () => {
  const sql = open(served.address)
  expect(await sql`select 1 as a`).toEqual([{a: 1}])
  await sql.end()
})

/** What a client says first. */
function startup(words: Readonly<Record<string, string>> = {user: 'postgres', database: 'postgres'}): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, 3, 0, 0]),
    ...Object.entries(words).flatMap((pair) => pair.map(text)),
    Buffer.from([0]),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length + 4)
  return Buffer.concat([length, body])
}

class Raw {
  readonly socket: Socket
  said = Buffer.alloc(0)
  isClosed = false

  constructor() {
    this.socket = connect(served.address.port, served.address.host)
    this.socket.on('data', (chunk) => {
      this.said = Buffer.concat([this.said, chunk])
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.isClosed = true
    })
  }

  async until(is: () => boolean, milliseconds = 4000): Promise<boolean> {
    for (const end = Date.now() + milliseconds; Date.now() < end; await pause(5)) if (is()) return true
    return false
  }

  /** messages of this kind */
  count(kind: string): number {
    let count = 0
    for (let at = 0; at + 5 <= this.said.length; at += 1 + this.said.readUInt32BE(at + 1))
      if (String.fromCharCode(this.said[at]!) === kind) count++
    return count
  }
}

async function enter(): Promise<Raw> {
  const raw = new Raw()
  raw.socket.write(startup())
  expect(await raw.until(() => raw.count('Z') === 1)).toBe(true)
  return raw
}

const query = (sql: string) => message('Q', text(sql))
const extended = (sql: string) =>
  Buffer.concat([
    message('P', text(''), text(sql), Buffer.alloc(2)),
    message('B', text(''), text(''), Buffer.alloc(6)),
    message('E', text(''), Buffer.alloc(4)),
    SYNC,
  ])

test('bytes may come in any pieces', async () => {
  const all = Buffer.concat([
    startup(),
    query('select 1'),
    extended('select 2'),
    query('select 3; select 4'),
    extended('select 1/0'),
  ])
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({min: 1, max: all.length - 1}), {maxLength: 12}), async (cuts) => {
      const raw = new Raw()
      let from = 0
      for (const cut of [...new Set([...cuts, all.length])].sort((a, b) => a - b)) {
        raw.socket.write(all.subarray(from, cut))
        from = cut
        await pause(0)
      }
      expect(await raw.until(() => raw.count('Z') === 5)).toBe(true)
      expect(raw.count('D')).toBe(4)
      expect(raw.count('E')).toBe(1)
      raw.socket.destroy()
    }),
    {numRuns: RUNS},
  )
})

test('a client may go at each place', async () => {
  const all = Buffer.concat([
    startup(),
    query('begin'),
    extended('create table gone (i int)'),
    query('copy gone from stdin'),
    message('d', Buffer.from('1\n')),
    message('d', Buffer.from('2\n')),
  ])
  for (let cut = 1; cut < all.length; cut += 7) {
    const raw = new Raw()
    raw.socket.write(all.subarray(0, cut), () => raw.socket.destroy())
  }
  const sql = open(served.address)
  expect(await sql`select to_regclass('gone') as r`).toEqual([{r: null}])
  await sql.end()
})

test('garbage is refused, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({minLength: 1, maxLength: 300}), fc.boolean(), async (bytes, isIn) => {
      const raw = isIn ? await enter() : new Raw()
      raw.socket.write(bytes)
      await raw.until(() => raw.isClosed, 30)
      raw.socket.destroy()
    }),
    {numRuns: RUNS},
  )
})

test('messages of a right kind and a wrong body are errors', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...'PBDECFHdcf'), fc.uint8Array({maxLength: 40})), {minLength: 1, maxLength: 6}),
      async (parts) => {
        const raw = await enter()
        for (const [kind, body] of parts) raw.socket.write(message(kind, Buffer.from(body)))
        raw.socket.write(Buffer.concat([SYNC, query('select 1')]))
        expect(await raw.until(() => raw.isClosed || raw.count('Z') >= 3)).toBe(true)
        raw.socket.destroy()
      },
    ),
    {numRuns: RUNS},
  )
})

test('whoever says nothing in the middle of what it says keeps nobody waiting for ever', async () => {
  const flushed = await enter()
  flushed.socket.write(Buffer.concat([message('P', text(''), text('select 1'), Buffer.alloc(2)), message('H')]))
  expect(await flushed.until(() => flushed.count('1') === 1)).toBe(true)
  const copies = await enter()
  copies.socket.write(query('copy (select 1) to stdout; copy pg_temp.nowhere from stdin'))
  expect(await copies.until(() => copies.count('Z') === 2)).toBe(true)
  expect(flushed.said.toString('latin1')).toContain('25P03')
  copies.socket.destroy()
})

const large = (megabytes: number) => query(`select repeat('x', 1000) from generate_series(1, ${megabytes} * 1000)`)

/** What everybody else has. */
async function expectServed(): Promise<void> {
  const sql = open(served.address)
  expect(await sql`select length(repeat('x', 3000000)) as n`).toEqual([{n: 3_000_000}])
  const rows = await sql.unsafe(`select repeat('y', 1000) from generate_series(1, 2000)`)
  expect(rows).toHaveLength(2000)
  await sql.end()
}

test('whoever does not read its result is told to go, and the engine goes on', {timeout: 20_000}, async () => {
  for (const sizes of [[100], [22, 22]]) {
    const readers: Raw[] = []
    for (const megabytes of sizes) {
      const raw = await enter()
      raw.socket.pause()
      raw.socket.write(large(megabytes))
      readers.push(raw)
    }
    await pause(300)
    await expectServed()
    for (const raw of readers) raw.socket.resume()
    // as many as were needed, with whole messages in front
    expect(await readers[0]!.until(() => readers.some(({said}) => said.subarray(-400).includes('C08006\0')))).toBe(true)
    for (const raw of readers) raw.socket.destroy()
  }
})

test('whoever listens and never reads is told to go, and others are not', {timeout: 20_000}, async () => {
  const [deaf, other] = [await enter(), open(served.address)]
  deaf.socket.write(message('Q', text('listen noise')))
  expect(await deaf.until(() => deaf.count('Z') > 1)).toBe(true)
  deaf.socket.pause()
  let heard = 0
  await other.listen('noise', () => heard++)
  for (let i = 0; i < 8; i++)
    await other`select pg_notify('noise', repeat('n', 7900) || g) from generate_series(${i * 500}::int, ${i * 500 + 499}::int) g`
  await expectServed()
  deaf.socket.resume()
  expect(await deaf.until(() => deaf.said.subarray(-400).includes('C08006\0') && deaf.isClosed)).toBe(true)
  expect(await deaf.until(() => heard === 4000)).toBe(true)
  await other.end()
})

test('whoever reads slowly has all of its result, while others wait', {timeout: 20_000}, async () => {
  const slow = await enter()
  const parts: number[] = []
  slow.socket.removeAllListeners('data')
  slow.socket.on('data', (chunk) => {
    parts.push(chunk.length)
    slow.said = Buffer.from(chunk.subarray(-6))
    if (parts.length % 20 !== 0) return
    slow.socket.pause()
    setTimeout(() => slow.socket.resume(), 50)
  })
  slow.socket.write(large(60))
  await pause(200)
  await expectServed()
  expect(await slow.until(() => slow.said.includes('Z') && slow.said.at(-1) === 73, 15_000)).toBe(true)
  expect(parts.reduce((a, b) => a + b)).toBeGreaterThan(60_000_000)
  slow.socket.destroy()
})

test('those who go in the middle of a result owe nothing any more', {timeout: 30_000}, async () => {
  for (let i = 0; i < 12; i++) {
    const raw = await enter()
    raw.socket.pause()
    raw.socket.write(large(30))
    await pause(30)
    raw.socket.destroy()
  }
  await expectServed()
})

test('requests that PGlite can not serve are refused', async () => {
  for (const [words, code] of [
    [{user: 'postgres', database: 'postgres', replication: 'database'}, '0A000'],
    [{user: 'postgres', database: 'nowhere'}, '3D000'],
    [{user: 'postgres', database: 'template1'}, '0A000'],
    [{user: 'nobody'}, '28000'],
    [{user: 'postgres', database: 'postgres', no_such_setting: '1'}, '22023'],
  ] as const) {
    const raw = new Raw()
    raw.socket.write(startup(words))
    expect(await raw.until(() => raw.isClosed)).toBe(true)
    expect(raw.said.toString('latin1')).toContain(`C${code}\0`)
  }
  const tls = new Raw()
  tls.socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]))
  expect(await tls.until(() => tls.said.toString() === 'N')).toBe(true)
  tls.socket.write(startup())
  expect(await tls.until(() => tls.said.includes('Z'))).toBe(true)
  tls.socket.destroy()
})
