// A sample of everything in; every column that judged.ts calls modelled is changed in the catalog itself, and the kind must see it.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {kinds} from '../../src/diff/kinds/index.ts'
import {createDatabase, dropDatabase} from '../../src/postgres/admin.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import columns from './columns.json' with {type: 'json'}
import {sampleFor} from './sample.ts'
import {openEye} from './seen.ts'
import {openServers, type Server} from './servers.ts'
import {UNTRIED} from './values.ts'
import {VERDICTS} from './verdicts.ts'

const DATABASE = 'pgext_contract'

let servers: Server[]

beforeAll(async () => {
  servers = await openServers()
}, 240_000)

afterAll(() => Promise.all((servers ?? []).map((server) => server.close())))

test('what is modelled is seen when it changes', async () => {
  for (const server of servers) {
    const db = await sample(server)
    const eye = await openEye(db)
    const names = new Set(kinds.map(({name}) => name))
    const blind: string[] = []
    for (const judged of VERDICTS) {
      if (!judged.kinds.every((kind) => names.has(kind)) || !isThere(judged.catalog, judged.column, server.major)) continue
      const what = `${judged.catalog}.${judged.column}${judged.sort ? ` of ${judged.sort}` : ''}`
      const kindsBlind = UNTRIED[what] ? [] : await eye.blindTo(judged)
      if (kindsBlind.length > 0) blind.push(`${what}: ${kindsBlind.join(', ')}`)
    }
    await db.close()
    await remove(server)
    expect.soft(blind, `PostgreSQL ${server.major}`).toEqual([])
  }
}, 600_000)

function isThere(catalog: string, column: string, major: number): boolean {
  const span = (columns as Record<string, Record<string, string>>)[catalog]?.[column]
  const [first = 0, last = 0] = (span ?? '').split('–').map(Number)
  return major >= first && major <= last
}

async function sample(server: Server): Promise<Db> {
  await remove(server)
  const admin = await connect(server.url('postgres'))
  await createDatabase(admin, DATABASE)
  await admin.close()
  const db = await connect(server.url(DATABASE))
  await db.script('set search_path = s, public; set allow_system_table_mods = on')
  for (const sql of sampleFor(server.major)) await db.script(sql)
  return db
}

async function remove(server: Server): Promise<void> {
  const admin = await connect(server.url('postgres'))
  const [there] = await admin.query('select from pg_catalog.pg_database where datname = $1', [DATABASE])
  if (there) {
    const db = await connect(server.url(DATABASE))
    // a database can't go while it subscribes to something
    await db.script('drop subscription if exists sub')
    await db.close()
    await dropDatabase(admin, DATABASE)
  }
  for (const role of ['contract_b', 'contract_a']) {
    const [row] = await admin.query('select from pg_catalog.pg_roles where rolname = $1', [role])
    if (row) await admin.script(`drop owned by ${role}; drop role ${role}`)
  }
  await admin.close()
}
