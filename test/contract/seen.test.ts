// A sample of everything in; every column that judged.ts calls modelled is changed in the catalog itself, and the kind must see it.
// On PostgreSQL 18; on the other majors that are here with PGEXT_MAJORS=all, and on those that PGEXT_SERVERS names.
import {afterAll, expect, test} from 'vitest'
import {kinds} from '../../src/diff/kinds/index.ts'
import {createDatabase, dropDatabase} from '../../src/postgres/admin.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import columns from './columns.json' with {type: 'json'}
import {sampleFor} from './sample.ts'
import {openEye} from './seen.ts'
import {MAJORS, openServer, type Server} from './servers.ts'
import {SINCE} from './sorts.ts'
import {UNTRIED} from './values.ts'
import {type Judged, VERDICTS} from './verdicts.ts'

const DATABASE = 'pgext_contract'
const SLOW = 600_000

const names = new Set(kinds.map(({name}) => name))
const servers: Server[] = []

afterAll(() => Promise.all(servers.map((server) => server.close())))

for (const major of MAJORS) {
  const isWanted = major === 18 || process.env.PGEXT_MAJORS === 'all' || process.env.PGEXT_SERVERS !== undefined
  test.skipIf(!isWanted)(
    `what is modelled is seen when it changes, on PostgreSQL ${major}`,
    async (context) => {
      const server = await openServer(major)
      if (!server) return context.skip(`there is no PostgreSQL ${major} here`)
      servers.push(server)
      const db = await sample(server)
      const eye = await openEye(db)
      const blind: string[] = []
      for (const judged of VERDICTS.filter((one) => isThere(one, major))) {
        const kindsBlind = await eye.blindTo(judged)
        if (kindsBlind.length > 0) blind.push(`${titleOf(judged)}: ${kindsBlind.join(', ')}`)
      }
      await db.close()
      await remove(server)
      expect(blind).toEqual([])
    },
    SLOW,
  )
}

test('what is not tried is modelled, and has a reason', () => {
  const titles = new Set(VERDICTS.filter(({kinds}) => kinds.length > 0).map(titleOf))
  expect(Object.keys(UNTRIED).filter((title) => !titles.has(title))).toEqual([])
})

/** Kinds that are on their way are not asked yet. */
function isThere(judged: Judged, major: number): boolean {
  if (!judged.kinds.every((kind) => names.has(kind)) || UNTRIED[titleOf(judged)]) return false
  const span = (columns as Record<string, Record<string, string>>)[judged.catalog]?.[judged.column]
  const [first = 0, last = 0] = (span ?? '').split('–').map(Number)
  const {catalog, column, sort} = judged
  const since = SINCE[`${catalog} ${sort}`] ?? SINCE[`${catalog}.${column} ${sort}`] ?? 0
  return major >= Math.max(first, since) && major <= last
}

function titleOf({catalog, column, sort}: Judged): string {
  return `${catalog}.${column}${sort ? ` of ${sort}` : ''}`
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
  await admin.script('alter role all reset statement_timeout')
  for (const role of ['contract_b', 'contract_a']) {
    const [row] = await admin.query('select from pg_catalog.pg_roles where rolname = $1', [role])
    if (row) await admin.script(`drop owned by ${role}; drop role ${role}`)
  }
  await admin.close()
}
