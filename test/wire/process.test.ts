// PGlite behind the wire as a process: its folder outlives kill -9, it ends when it is told to and when its parent is gone, and it lets in whom it should.

import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {codeOf, open, pause, startWire} from './engines.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-wire-'))
})

afterAll(async () => {
  await rm(folder, {recursive: true, force: true})
})

test('what was committed outlives kill -9 in the middle of writes, and a second process is refused', async () => {
  const data = join(folder, 'data')
  const first = await startWire({args: ['--folder', data]})
  await expect(startWire({args: ['--folder', data]})).rejects.toThrow(/is in use by process/)
  const sql = open(first.address)
  await sql.unsafe('create table kept (i int primary key)')
  let last = 0
  const writes = (async () => {
    for (let i = 1; ; i++) {
      await sql`insert into kept values (${i})`
      last = i
    }
  })().catch(() => {})
  await pause(400)
  first.child!.kill('SIGKILL')
  await once(first.child!, 'exit')
  await writes
  await sql.end({timeout: 0})
  const second = await startWire({args: ['--folder', data]})
  const again = open(second.address)
  const [row] = await again`select count(*)::int as n, max(i) as m from kept`
  expect(last).toBeGreaterThan(0)
  expect(row!.n).toBe(row!.m)
  expect(row!.m).toBeGreaterThanOrEqual(last)
  expect(row!.m).toBeLessThanOrEqual(last + 1)
  await again.end()
  await second.stop()
})

test('a running statement does not keep it from ending', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const served = await startWire()
    const sql = open(served.address)
    const runs = codeOf(sql`select count(*) from generate_series(1, 2000000000)`)
    await pause(300)
    const ended = once(served.child!, 'exit')
    served.child!.kill(signal)
    expect(await ended).toEqual([0, null])
    expect(await runs).toMatch(/57P01|CONNECTION_CLOSED|57014/)
    await sql.end({timeout: 0})
  }
})

test('passwords: of the server, of a role, and wrong ones', async () => {
  const served = await startWire({password: 'of the server', args: ['--max-connections', '3']})
  const sql = open(served.address)
  await sql.unsafe(`create role own login password 'its own'; create role plain login; create role closed`)
  const tries = async (user: string, password: string) => {
    const c = open({...served.address, user, password})
    const code = await codeOf(c`select 1`)
    await c.end({timeout: 1})
    return code
  }
  expect(await tries('own', 'its own')).toBe('none')
  expect(await tries('own', 'of the server')).toBe('28P01')
  expect(await tries('plain', 'of the server')).toBe('none')
  expect(await tries('plain', 'wrong')).toBe('28P01')
  expect(await tries('closed', 'of the server')).toBe('28000')
  const others = [open(served.address), open(served.address)]
  for (const other of others) await other`select 1`
  expect(await tries('own', 'its own')).toBe('53300')
  for (const other of others) await other.end()
  await sql.end()
  expect(served.lines.join('\n')).not.toContain('of the server')
  await served.stop()
})

test('extensions that were named are there, others are said', async () => {
  const served = await startWire({args: ['--extensions', 'pg_trgm,uuid-ossp']})
  const sql = open(served.address)
  await sql.unsafe('create extension pg_trgm; create extension "uuid-ossp"')
  expect(await sql`select similarity('abc', 'abd') > 0 as s`).toEqual([{s: true}])
  await expect(sql.unsafe('create extension hstore')).rejects.toMatchObject({
    code: '0A000',
    hint: expect.stringContaining('named'),
  })
  await expect(sql.unsafe('create extension postgis')).rejects.toMatchObject({hint: expect.stringContaining('pg_trgm')})
  await sql.end()
  await served.stop()
})
