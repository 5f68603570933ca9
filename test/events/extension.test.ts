// pg_events as an extension in a real server: made by several roles, captured with, dropped; its files by make, and its package.
import {execFileSync, spawnSync} from 'node:child_process'
import {cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {extensionFiles, packageDeb} from '../../bin/pg_events.js'
import {dropConsumers} from '../../src/events/drop.ts'
import {install, uninstall} from '../../src/events/install.ts'
import {FOLDER} from '../../src/events/source.ts'
import {as, CAPTURED, madeUp, openExtensible, REST, TASKS, told, UPGRADES, WORK} from './extension.ts'

const {open} = openExtensible()

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
