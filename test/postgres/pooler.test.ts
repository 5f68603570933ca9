// URLs that lead to a pooler: nothing is set where others would meet it, and a session of one's own is one, whoever stands between.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {open} from '../../src/postgres/driver.ts'
import {connect} from '../../src/postgres/native.ts'
import {readUrl} from '../../src/postgres/url.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {Pool} from '../support/pool.ts'

let cluster: Cluster
const pools: Pool[] = []
beforeAll(async () => {
  cluster = await startCluster(findBinaries(18)!)
})
afterAll(async () => {
  for (const pool of pools) await pool.close()
  await cluster?.close()
})

async function behind(mode: 'transaction' | 'session'): Promise<string> {
  const {host, port, user, password} = readUrl(cluster.url('postgres'))
  const pool = new Pool(`${host}/.s.PGSQL.${port}`, mode)
  pools.push(pool)
  return `postgresql://${user}:${password}@127.0.0.1:${await pool.listen()}/postgres?sslmode=disable`
}

/** As any other program would. */
async function ask(url: string, query: string): Promise<unknown> {
  const {sql} = open(url, {})
  try {
    return (await sql.unsafe(query))[0]
  } finally {
    await sql.end({timeout: 1})
  }
}

const SETTINGS = `select current_setting('search_path') as path, current_setting('check_function_bodies') as bodies,
  current_setting('client_min_messages') as messages, current_setting('statement_timeout') as timeout`

test('a pooler by transactions is refused, and nobody else meets what pgext would set', async () => {
  const url = await behind('transaction')
  const before = await ask(url, SETTINGS)
  expect(before).toMatchObject({path: '"$user", public', bodies: 'on'})
  await expect(connect(url)).rejects.toMatchObject({code: 'not-supported', hint: expect.stringContaining('direct URL')})
  await expect(connect(url, {role: 'pg_monitor'})).rejects.toMatchObject({code: 'not-supported'})
  expect(await ask(url, SETTINGS)).toEqual(before)
  expect(await ask(url, 'select session_user::text = current_user::text as same')).toEqual({same: true})
})

test('a pooler by sessions is none', async () => {
  const url = await behind('session')
  const [one, other] = [await connect(url), await connect(url)]
  const pid = 'select pg_backend_pid() as pid'
  expect(await one.query(pid)).not.toEqual(await other.query(pid))
  expect(await one.query('show search_path')).toEqual([{search_path: '""'}])
  await one.close()
  await other.close()
})
