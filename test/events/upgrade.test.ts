// Databases with pg_events of other versions, as an extension or without, in; what they captured, kept and told by this one, out.
import {readdirSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {extensionFiles} from '../../bin/pg_events.js'
import {install, readInstalled} from '../../src/events/install.ts'
import {openQueue} from '../../src/events/queue/queue.ts'
import {connect} from '../../src/postgres/native.ts'
import {ADDED, as, CAPTURED, madeUp, openExtensible, present, REST, TASKS, told, UPGRADES, WORK} from './extension.ts'
import {collect, linesOf, type Place, plain} from './place.ts'

const {open, write} = openExtensible()
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
    write(extensionFiles(source).files)
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
      write(extensionFiles().files)
      rmSync(source, {recursive: true})
    }
  })
})
