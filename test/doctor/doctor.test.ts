// Databases with every finding in, what the doctor says of them out; its SQL is run, and it is asked again.
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {examine} from '../../src/doctor/doctor.ts'
import {IDS, pageOf} from '../../src/doctor/ids.ts'
import {type Finding, LIMITS} from '../../src/doctor/model.ts'
import {pathFor} from '../../src/doctor/policies.ts'
import {nodeFindings} from '../../src/doctor/project.ts'
import {scriptOf} from '../../src/doctor/script.ts'
import {ageFindings, connectionFindings, versionFindings} from '../../src/doctor/server.ts'
import {install} from '../../src/events/install.ts'
import {ensureJournal} from '../../src/migrations/journal.ts'
import {createDatabase} from '../../src/postgres/admin.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {splitStatements} from '../../src/postgres/statements.ts'
import type {Project} from '../../src/project/model.ts'
import {openProject} from '../../src/project/open.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {ILLS, makeIll, WELL} from './place.ts'

const KNOWN = [14, 15, 16, 17, 18].filter((major) => findBinaries(major))
/** the oldest that this machine has, and the newest; all of them with npm run test:all */
const MAJORS = process.env.PGEXT_MAJORS === 'all' ? KNOWN : [...new Set([KNOWN[0]!, 18])]
console.info(`the doctor is asked on ${MAJORS.join(', ')}`)

/** When all that are asked here were mended. */
const THEN = new Date('2026-01-01')

/** From where on there is something to tell in a database that is seconds old. */
const EARLY = {...LIMITS, idle: 0, long: 0, prepared: 0, wal: -1, table: 8192}

test('each finding has its section in docs/doctor.md, and each section is of a finding', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/doctor.md'), 'utf8')
  const sections = [...page.matchAll(/^### (.*)$/gm)].map(([, title]) => title)
  expect(sections.sort()).toEqual(Object.keys(IDS).sort())
  expect(pageOf('fk-index')).toBe('docs/doctor.md#fk-index')
})

describe('what no test can make', () => {
  test('the way to the server, and its version', () => {
    const line = {tls: false, host: 'db.example.com', trip: 250}
    const context = {limits: LIMITS}
    expect(connectionFindings(line, false, context).map(({id, level}) => [id, level])).toEqual([
      ['tls', 'warning'],
      ['round-trip', 'info'],
    ])
    expect(connectionFindings({...line, host: '10.0.0.7', trip: 1}, false, context).map(({level}) => level)).toEqual(['info'])
    expect(connectionFindings({...line, tls: true, trip: 1}, false, context)).toEqual([])
    expect(connectionFindings({...line, trip: 1}, true, context)).toEqual([])
    expect(versionFindings(13, '13.22').map(({level}) => level)).toEqual(['error'])
    expect(versionFindings(18, '18.1', '18.4.0-beta.17').map(({message}) => message)).toEqual([
      'PostgreSQL 18.1, and 18.4 is out: this machine has it',
    ])
    for (const here of ['18.3', undefined]) expect(versionFindings(18, '18.3 (Debian 18.3-1)', here)).toEqual([])
    const ages = (day: string) => [14, 15, 18, 19].map((one) => ageFindings(one, new Date(day))[0]?.level)
    expect(ages('2026-01-01')).toEqual([undefined, undefined, undefined, undefined])
    expect(ages('2026-06-01')).toEqual(['info', undefined, undefined, undefined])
    expect(ages('2027-06-01')).toEqual(['warning', 'info', undefined, undefined])
    expect(ages('2031-01-01')).toEqual(['warning', 'warning', 'warning', undefined])
    expect(nodeFindings('18.20.1')).toHaveLength(1)
    expect([...nodeFindings('20.19.0'), ...nodeFindings('24.1.0')]).toEqual([])
  })

  test('where the names of a function are found today', () => {
    expect(pathFor('app', '"$user", public')).toBe('public, app, pg_temp')
    expect(pathFor('public', '"$user", public, extensions')).toBe('public, extensions, pg_temp')
    expect(pathFor('We "ird', '""')).toBe('"We ""ird", pg_temp')
  })
})

describe.each(MAJORS)('PostgreSQL %i', (major) => {
  let cluster: Cluster
  let folder: string
  let project: Project
  let db: Db
  let idler: Db
  let sleeper: Db
  const own = (name: string): Promise<Db> => connect(cluster.url(name))
  const look = async (name: string, limits = LIMITS): Promise<readonly Finding[]> => {
    const session = await own(name)
    try {
      return (await examine(session, project, cluster.url(name), limits, THEN)).findings
    } finally {
      await session.close()
    }
  }
  /** A server reads its files a moment after it is told to. */
  const settingsAre = async (value: 'on' | 'off'): Promise<void> => {
    const asked = async () => {
      const session = await own('postgres')
      const rows = await session.query("select setting from pg_settings where name in ('full_page_writes', 'track_counts')")
      await session.close()
      return rows.map(({setting}) => setting)
    }
    await expect.poll(asked, {timeout: 30_000}).toEqual([value, value])
  }
  /** As psql runs it. */
  const runScript = async (text: string): Promise<void> => {
    for (const {sql} of await splitStatements(text, 'mend.sql')) await db.script(sql)
  }

  beforeAll(async () => {
    cluster = await startCluster(findBinaries(major)!, {
      autovacuum: 'on',
      autovacuum_naptime: '1d',
      max_prepared_transactions: '4',
      // not on the command line, where nothing else could change it
      full_page_writes: undefined,
    })
    folder = await mkdtemp(join(tmpdir(), 'pgext-doctor-'))
    await writeFile(join(folder, 'schema.sql'), 'create extension "no such one"; create extension citext;')
    project = await openProject(folder, {url: cluster.url('ill')})
    const admin = await own('postgres')
    await createDatabase(admin, 'ill')
    await admin.close()
    db = await own('ill')
    idler = await own('ill')
    sleeper = await own('ill')
  })
  afterAll(async () => {
    await idler?.close()
    await sleeper?.close()
    await db?.close()
    await cluster?.close()
    await rm(folder, {recursive: true, force: true})
  })

  test('all of them are found, their SQL is run, and they are gone', async () => {
    await makeIll(db)
    await db.script(`begin; create table public.pre (i int primary key); prepare transaction 'it''s me'`)
    await idler.script('begin; select 1')
    sleeper.query('select pg_sleep(3600)').catch(() => {})
    await db.script('alter system set full_page_writes = off')
    await db.script('alter system set track_counts = off')
    await db.script('select pg_reload_conf()')
    await settingsAre('off')
    const found = await look('ill', EARLY)
    const ids = [...new Set(found.map(({id}) => id))].sort()
    expect(ids).toEqual([...ILLS].sort())
    expect(found.filter(({id}) => id === 'fk-index').map(({level}) => level)).toEqual(['warning', 'info', 'info'])

    // nothing is built concurrently while somebody looks at old rows, and nothing counts as analysed while nobody counts
    const first = found.filter(({id, object}) => id === 'long-transaction' || id === 'unsafe-writes' || object === 'track_counts')
    expect(first).toHaveLength(3)
    for (const {fixes} of first) for (const {sql} of fixes) await db.script(sql)
    await settingsAre('on')
    await runScript(
      scriptOf(
        found.filter((one) => !first.includes(one)),
        'ill',
      ),
    )
    const after = await look('ill', EARLY)
    expect(after.filter(({fixes}) => fixes.some(({decide}) => !decide)).map(told)).toEqual([])
    for (const {fixes} of after) for (const {sql} of fixes) await db.script(sql)
    const last = await look('ill', EARLY)
    const [view] = major < 15 ? found.filter(({id}) => id === 'view-bypasses-rls') : []
    expect(last.map(told).sort()).toEqual(
      ['events-missing pg_events', 'extension-missing "no such one"', ...(view ? [told(view)] : [])].sort(),
    )
  })

  test('what is as it should be is not told of', async () => {
    await db.script('create database well')
    const well = await own('well')
    await well.script(WELL)
    if (major >= 15)
      await well.script(
        'create view invoked with (security_invoker = on) as select id from seen; grant select on invoked to public',
      )
    if (major >= 18) await well.script('alter table p add constraint loose check (c > 0) not enforced')
    await well.close()
    // it has a key: that it is not called a primary one is only said
    expect((await look('well')).map(told)).toEqual(['extension-missing "no such one"', 'no-primary-key public.keyed'])
  })

  test('what a person has to look into is told of, too', async () => {
    const well = await own('well')
    try {
      await well.script('set search_path = public; create index "only here" on only whole (id)')
      await well.script(`create subscription "s ub" connection 'host=localhost dbname=x' publication x with (connect = false)`)
      const told = (await look('well', {...LIMITS, age: 1})).filter(({id}) =>
        ['wraparound', 'invalid-index', 'subscription'].includes(id),
      )
      const own = told.filter(({id, object}) => id !== 'wraparound' || object === 'well')
      expect(own.map(({id, object, level}) => `${id} ${object} ${level}`).sort()).toEqual([
        'invalid-index public."only here" warning',
        'subscription "s ub" info',
        'wraparound well warning',
      ])
      const [oldest] = own.find(({id}) => id === 'wraparound')!.fixes
      expect(oldest!.sql).toMatch(/^VACUUM \(FREEZE, VERBOSE\) /)
      await well.script(oldest!.sql)
    } finally {
      await well.script('alter subscription "s ub" set (slot_name = none); drop subscription "s ub"').catch(() => {})
      await well.close()
    }
  })

  test('capture that lacks a table is told, and mended', async () => {
    await install(db, {capture: 'queue'})
    expect((await look('ill')).map(({id}) => id)).not.toContain('events-pending')
    await db.script(`create table public.late (id int primary key); alter publication pg_events add table public.late`)
    const [pending] = (await look('ill')).filter(({id}) => id === 'events-pending')
    await db.script(pending!.fixes[0]!.sql)
    expect((await look('ill')).map(({id}) => id)).not.toContain('events-pending')
  })

  test('a role is told what it may not, and which grant would let it', async () => {
    await db.script('create role "pl ain" login')
    await db.script('create database "rig hts"')
    const admin = await own('rig hts')
    const plain = await connect(cluster.url('rig hts'), {role: 'pl ain'})
    const asked = async () => (await examine(plain, project, cluster.url('rig hts'), LIMITS, THEN)).findings
    try {
      await admin.script('create table public."o ne" (id serial primary key)')
      const found = await asked()
      expect(found.map(told).filter((one) => !one.startsWith('public-create') && !one.startsWith('extension'))).toEqual([
        'create-rights "rig hts"',
        'not-seen sessions of others',
        `not-owner ${admin.server.user}`,
        'not-seen sequences in public',
      ])
      await ensureJournal(admin)
      await install(admin, {capture: 'queue'})
      const closed = (await asked()).filter(({object}) => object === 'realtime' || object === 'migrations')
      expect(closed.map((one) => `${told(one)} ${one.level}`)).toEqual(['not-seen realtime info', 'not-seen migrations info'])
      for (const {fixes} of found) for (const {sql} of fixes) await admin.script(sql)
      expect((await asked()).map(told)).toEqual(['extension-missing "no such one"'])
    } finally {
      await plain.close()
      await admin.close()
    }
  })
})

const told = ({id, object}: Finding): string => `${id} ${object}`
