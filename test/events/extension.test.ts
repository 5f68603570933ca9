// pg_events as an extension in a real server: made by several roles, captured with, dropped, upgraded; its files by make, and its package.
import {execFileSync, spawnSync} from 'node:child_process'
import {chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {extensionFiles, packageDeb} from '../../bin/pg_events.js'
import {dropConsumers} from '../../src/events/drop.ts'
import {install, readInstalled, uninstall} from '../../src/events/install.ts'
import type {Source} from '../../src/events/model.ts'
import {openQueue} from '../../src/events/queue/queue.ts'
import {FOLDER} from '../../src/events/source.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {Server} from '../chaos/server.ts'
import {collect, linesOf, openPlace, type Place, plain} from './place.ts'

let folder: string
let server: Server
const places: Place[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pgext-extension-'))
  chmodSync(folder, 0o755)
  writeExtension(extensionFiles().files)
  server = await Server.start(18, [`extension_control_path=${folder}:$system`, 'wal_level=logical'])
})
afterAll(async () => {
  for (const {db} of places) await db.close()
  await server?.close()
  rmSync(folder, {recursive: true, force: true})
})

function writeExtension(files: Record<string, string>): void {
  const home = join(folder, 'extension')
  rmSync(home, {recursive: true, force: true})
  mkdirSync(home)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text)
}

async function open(schema: string): Promise<Place> {
  const place = await openPlace((name) => server.url(name), schema)
  places.push(place)
  return place
}

/** A session of its own for something that the library does. */
async function as<T>({url}: Place, work: (db: Db) => Promise<T>, role?: string): Promise<T> {
  const db = await connect(role ? url.replace('//postgres@', `//${role}@`) : url)
  return work(db).finally(() => db.close())
}

async function told({url, ask}: Place, sql: string): Promise<string[]> {
  const source: Source = await openQueue(() => connect(url))
  await ask(`${sql}; select pgext.emit('end', 'null')`)
  const lines = linesOf(await collect(source))
  await source.close()
  return lines
}

const TASKS = `create table task (id int primary key, title text);
  create table sale (id int, day int, primary key (id, day)) partition by range (day); create table sale_a partition of sale for values from (0) to (10);
  create publication pg_events for table task, sale with (publish = '');`
const REST = `select pg_catalog.pg_describe_object(classid, objid, 0) as it from (
    select 'pg_class'::regclass as classid, oid as objid from pg_class where relnamespace = 'pgext'::regnamespace and relkind in ('r', 'v', 'S')
    union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace = 'pgext'::regnamespace
    union all select 'pg_trigger'::regclass, oid from pg_trigger where tgname like 'pgext%'
    union all select 'pg_publication'::regclass, oid from pg_publication where pubname = 'pgext') o order by 1`
const CAPTURED = ['INSERT task 1|a', 'INSERT sale 1|2', 'UPDATE task 1|a → 1|b']
const WORK = `insert into task values (1, 'a'); insert into sale values (1, 2); update task set title = 'b'`

describe('CREATE EXTENSION pg_events', () => {
  test('by a superuser: install keeps it, tables are captured; DROP EXTENSION takes triggers and functions with it, and nothing else', async () => {
    const place = await open(
      `${TASKS} create schema pgext; create table pgext.migration (version text); create extension pg_events`,
    )
    const {installed} = await as(place, (db) => install(db, {capture: 'queue'}))
    expect(installed.version).toBe(extensionFiles().version)
    expect(
      await place.ask(
        'select extversion, extnamespace::regnamespace::text as home from pg_extension where extname = $$pg_events$$',
      ),
    ).toEqual([{extversion: installed.version, home: 'pgext'}])
    expect((await as(place, (db) => install(db, {capture: 'queue'}))).statements).toEqual([])
    expect(await told(place, WORK)).toEqual(CAPTURED)
    await place.ask('drop extension pg_events')
    await place.ask(`insert into task values (2, 'c'); insert into sale values (2, 3); truncate sale; delete from task`)
    expect(await place.ask(REST)).toEqual([{it: 'table pgext.migration'}])
  })

  test('by a role with CREATE on the database, that is nothing else; what others hold in it is not the role’s', async () => {
    const place = await open('drop role if exists app; create role app login')
    const [{name}] = (await place.ask('select current_database() as name')) as [{name: string}]
    await place.ask(`grant create on database ${name} to app; grant create on schema public to app`)
    await as(
      place,
      async (db) => {
        await db.script(`set search_path = public; ${TASKS} create extension pg_events`)
        await install(db, {capture: 'auto'})
      },
      'app',
    )
    expect((await place.ask('select engine from pgext.events'))[0]).toEqual({engine: 'queue'})
    expect(await told(place, WORK)).toEqual(CAPTURED)
    await as(place, (db) => db.script('drop extension pg_events'), 'app')
    expect(await place.ask(REST)).toEqual([])
  })

  test.each(['queue', 'wal'] as const)('events:uninstall takes it away, and leaves the journal (%s)', async (capture) => {
    const place = await open(`${TASKS} create table loose (n int); alter publication pg_events add table loose;
      create schema pgext; create table pgext.migration (version text); create extension pg_events`)
    await as(place, (db) => install(db, {capture}))
    expect((await place.ask(REST)).length).toBeGreaterThan(30)
    await as(place, async (db) => {
      await dropConsumers(db)
      await uninstall(db)
    })
    expect(await place.ask(REST)).toEqual([{it: 'table pgext.migration'}])
    expect(await place.ask(`select relreplident as it from pg_class where relname = 'loose'`)).toEqual([{it: 'd'}])
    expect(await place.ask(`select extname from pg_extension where extname = 'pg_events'`)).toEqual([])
    await place.ask(WORK)
  })
})

/** pg_events in a version that nobody has made: a column more, a function that fills it and one that is gone. */
function madeUp(to: string, upgrades: Record<string, string>): string {
  const source = mkdtempSync(join(tmpdir(), 'pgext-newer-'))
  cpSync(FOLDER, source, {recursive: true})
  const change = (name: string, of: string, by: string) => {
    const text = readFileSync(join(source, name), 'utf8')
    expect(text).toContain(of)
    writeFileSync(join(source, name), text.replace(of, by))
  }
  change('pg_events.control', `default_version = '${extensionFiles().version}'`, `default_version = '${to}'`)
  change('1-tables.sql', `('${extensionFiles().version}', pgext.place())`, `('${to}', pgext.place())`)
  change('3-capture.sql', 'BEGIN\n%sIF turn', 'BEGIN\nPERFORM pgext.newer();\n%sIF turn')
  writeFileSync(
    join(source, '7-newer.sql'),
    'create or replace function pgext.newer() returns bigint language sql as $$ select count(kept) from pgext.realtime $$;',
  )
  mkdirSync(join(source, 'upgrade'), {recursive: true})
  for (const [name, sql] of Object.entries(upgrades)) writeFileSync(join(source, 'upgrade', name), sql)
  return source
}

const present = extensionFiles().version
const ADDED = `alter table pgext.realtime add kept timestamptz; update pgext.events set version = '9.1';\n`
const UPGRADES = {
  // what stands between is only told to PostgreSQL: functions come with the last
  [`${present}--9.0.sql`]: `alter table pgext.realtime add passing int; update pgext.events set version = '9.0';\n`,
  '9.0--9.1.sql': `alter table pgext.realtime drop passing; ${ADDED}`,
}
const RELEASED = join(import.meta.dirname, 'released')
const VERSIONS = readdirSync(RELEASED).flatMap((name) => /^pg_events--(.+)\.sql$/.exec(name)?.[1] ?? [])

/** What a reader of any version would have asked. */
const TOKEN = `select 'q' || incarnation || '.' || pg_current_snapshot() as token, pg_current_snapshot()::text as seen from pgext.events`

describe('upgrades keep what was captured', () => {
  /** Captured by one version, upgraded, captured by another; read by tokens and by a consumer of the first. */
  async function across(place: Place, upgrade: () => Promise<unknown>): Promise<void> {
    const [{token, seen}] = (await place.ask(TOKEN)) as [{token: string; seen: string}]
    await place.ask(`insert into pgext.consumer (name, engine, token, seen) values ('kept', 'queue', '${token}', '${seen}')`)
    await place.ask(WORK)
    const busy = await plain(place.url)
    await busy.script(`prepare again as insert into task values ($1, 'prepared'); execute again(5)`)
    await place.ask(`alter table task add more int; insert into task values (6, 'more', 1)`)
    await upgrade()
    await busy.script('execute again(7)')
    await busy.close()
    await place.ask(
      `truncate sale_a; delete from task where id = 1; select pgext.emit('after', '{}'); select pgext.emit('end', 'null')`,
    )
    const expected = [
      ...CAPTURED,
      'INSERT task 5|prepared',
      'INSERT task 6|more|1',
      'INSERT task 7|prepared|ø',
      'TRUNCATE sale (sale_a)',
      'DELETE task 1|b|ø',
      'after: {}',
    ]
    for (const reader of [{since: token}, {name: 'kept'}]) {
      const source = await openQueue(() => connect(place.url), reader)
      expect(linesOf(await collect(source))).toEqual(expected)
      await source.close()
    }
  }

  test.each(VERSIONS)('from %s to what is here', async (version) => {
    const place = await open(TASKS)
    await place.ask(`create schema pgext; ${readFileSync(join(RELEASED, `pg_events--${version}.sql`), 'utf8')}`)
    await place.ask('select pgext.sync_events()')
    await across(place, () => as(place, (db) => install(db, {capture: 'auto'})))
    expect((await as(place, readInstalled))?.version).toBe(present)
    expect((await as(place, (db) => install(db, {capture: 'auto'}))).statements).toEqual([])
  })

  test('to a newer one, by two ways after each other; what is newer than pgext is refused, and left', async () => {
    const source = madeUp('9.1', UPGRADES)
    const place = await open(TASKS)
    await as(place, (db) => install(db, {capture: 'queue'}))
    await across(place, () => as(place, (db) => install(db, {capture: 'auto'}, source)))
    rmSync(source, {recursive: true})
    expect((await as(place, readInstalled))?.version).toBe('9.1')
    expect(
      await place.ask(
        `select attname from pg_attribute where attrelid = 'pgext.realtime'::regclass and attnum > 2 and not attisdropped`,
      ),
    ).toEqual([{attname: 'kept'}])
    await expect(as(place, (db) => install(db, {capture: 'auto'}))).rejects.toMatchObject({
      code: 'not-supported',
      message: `pg_events 9.1 stands in this database, and this pgext knows it up to ${present}`,
      hint: expect.stringContaining('newer'),
    })
    expect((await as(place, readInstalled))?.version).toBe('9.1')
  })

  test('an upgrade that fails leaves the version that was there', async () => {
    const source = madeUp('9.1', {[`${present}--9.1.sql`]: `${ADDED} select 1 / 0;`})
    const place = await open(TASKS)
    await as(place, (db) => install(db, {capture: 'queue'}))
    await expect(as(place, (db) => install(db, {capture: 'auto'}, source))).rejects.toMatchObject({sqlstate: '22012'})
    rmSync(source, {recursive: true})
    expect((await as(place, readInstalled))?.version).toBe(present)
    expect(await told(place, WORK)).toEqual(CAPTURED)
  })

  test('of the extension: by its server’s files, where they are there', async () => {
    const source = madeUp('9.1', UPGRADES)
    const place = await open(`${TASKS} create extension pg_events`)
    await as(place, (db) => install(db, {capture: 'queue'}))
    await expect(as(place, (db) => install(db, {capture: 'auto'}, source))).rejects.toMatchObject({code: 'extension-missing'})
    writeExtension(extensionFiles(source).files)
    try {
      await across(place, () => as(place, (db) => install(db, {capture: 'auto'}, source)))
      expect(await place.ask(`select extversion from pg_extension where extname = 'pg_events'`)).toEqual([{extversion: '9.1'}])
      expect(
        await place.ask(`select count(*)::int as n from pg_proc p where pronamespace = 'pgext'::regnamespace and not exists
          (select from pg_depend d where d.objid = p.oid and d.deptype in ('e', 'x'))`),
      ).toEqual([{n: 0}])
      await place.ask('drop extension pg_events; delete from task')
      expect(await place.ask(REST)).toEqual([])
    } finally {
      writeExtension(extensionFiles().files)
      rmSync(source, {recursive: true})
    }
  })
})

describe('its files', () => {
  test('the version is the same wherever it is said', () => {
    const {version, files} = extensionFiles()
    expect(files[`pg_events--${version}.sql`]).toContain(
      `INSERT INTO pgext.events (version, place) VALUES ('${version}', pgext.place())`,
    )
  })

  test('make makes the same', (context) => {
    const pgxs = spawnSync('pg_config', ['--pgxs'], {encoding: 'utf8'}).stdout?.trim()
    if (spawnSync('make', ['--version']).error || !pgxs || !existsSync(pgxs)) {
      console.info('left out: make and pg_config with its PGXS (postgresql-server-dev) are not here')
      return context.skip()
    }
    for (const source of [FOLDER, madeUp('9.1', UPGRADES)]) {
      const copy = mkdtempSync(join(tmpdir(), 'pgext-make-'))
      cpSync(source, copy, {recursive: true})
      execFileSync('make', ['-C', copy], {stdio: 'ignore'})
      const {files} = extensionFiles(source)
      const made = readdirSync(copy).filter((name) => name.startsWith('pg_events'))
      expect(made.toSorted()).toEqual(Object.keys(files).toSorted())
      for (const name of made) expect(readFileSync(join(copy, name), 'utf8'), name).toBe(files[name])
      rmSync(copy, {recursive: true})
      if (source !== FOLDER) rmSync(source, {recursive: true})
    }
  })

  test('the Debian package holds them where PostgreSQL looks', (context) => {
    if (spawnSync('dpkg-deb', ['--version']).error) {
      console.info('left out: dpkg-deb is not here')
      return context.skip()
    }
    const out = mkdtempSync(join(tmpdir(), 'pgext-deb-'))
    const file = packageDeb('17', out)
    const {version, files} = extensionFiles()
    const fields = execFileSync('dpkg-deb', ['--field', file], {encoding: 'utf8'})
    expect(fields).toContain(`Package: postgresql-17-pg-events\nVersion: ${version}-1\n`)
    expect(fields).toContain('Depends: postgresql-17\n')
    const listed = execFileSync('dpkg-deb', ['--contents', file], {encoding: 'utf8'})
    expect(listed).not.toMatch(/^[d-](?!rw[-x]r-[-x]r-[-x] root\/root)/m)
    execFileSync('dpkg-deb', ['--extract', file, join(out, 'root')])
    for (const [name, text] of Object.entries(files))
      expect(readFileSync(join(out, 'root/usr/share/postgresql/17/extension', name), 'utf8')).toBe(text)
    rmSync(out, {recursive: true})
  })
})
