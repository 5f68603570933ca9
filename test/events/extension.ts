// A PostgreSQL 18 that has pg_events as an extension in; databases on it, what is left of it there, and versions that nobody has made, out.
import {chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect} from 'vitest'
import {extensionFiles} from '../../bin/pg_events.js'
import {openQueue} from '../../src/events/queue/queue.ts'
import {FOLDER} from '../../src/events/source.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {Server} from '../chaos/server.ts'
import {collect, linesOf, openPlace, type Place} from './place.ts'

export interface Extensible {
  open(schema: string): Promise<Place>
  /** The files that the server has of it, instead of those that are here. */
  write(files: Record<string, string>): void
}

/** A server for the tests of a file, which ends with them. */
export function openExtensible(): Extensible {
  let folder: string
  let server: Server
  const places: Place[] = []
  const write = (files: Record<string, string>) => {
    const home = join(folder, 'extension')
    rmSync(home, {recursive: true, force: true})
    mkdirSync(home)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text)
  }
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pgext-extension-'))
    chmodSync(folder, 0o755)
    write(extensionFiles().files)
    server = await Server.start(18, [`extension_control_path=${folder}:$system`, 'wal_level=logical'])
  })
  afterAll(async () => {
    for (const {db} of places) await db.close()
    await server?.close()
    rmSync(folder, {recursive: true, force: true})
  })
  return {
    async open(schema) {
      const place = await openPlace((name) => server.url(name), schema)
      places.push(place)
      return place
    },
    write,
  }
}

/** A session of its own for something that the library does. */
export async function as<T>({url}: Place, work: (db: Db) => Promise<T>, role?: string): Promise<T> {
  const db = await connect(role ? url.replace('//postgres@', `//${role}@`) : url)
  return work(db).finally(() => db.close())
}

export async function told({url, ask}: Place, sql: string): Promise<string[]> {
  const source = await openQueue(() => connect(url))
  await ask(`${sql}; select pgext.emit('end', 'null')`)
  const lines = linesOf(await collect(source))
  await source.close()
  return lines
}

export const TASKS = `create table task (id int primary key, title text);
  create table sale (id int, day int, primary key (id, day)) partition by range (day); create table sale_a partition of sale for values from (0) to (10);
  create publication pg_events for table task, sale with (publish = '');`
export const REST = `select pg_catalog.pg_describe_object(classid, objid, 0) as it from (
    select 'pg_class'::regclass as classid, oid as objid from pg_class where relnamespace = 'pgext'::regnamespace and relkind in ('r', 'v', 'S')
    union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace = 'pgext'::regnamespace
    union all select 'pg_trigger'::regclass, oid from pg_trigger where tgname like 'pgext%'
    union all select 'pg_publication'::regclass, oid from pg_publication where pubname = 'pgext') o order by 1`
export const CAPTURED = ['INSERT task 1|a', 'INSERT sale 1|2', 'UPDATE task 1|a → 1|b']
export const WORK = `insert into task values (1, 'a'); insert into sale values (1, 2); update task set title = 'b'`

/** pg_events in a version that nobody has made: a column more, a function that fills it and one that is gone. */
export function madeUp(to: string, upgrades: Record<string, string>): string {
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

export const present = extensionFiles().version
export const ADDED = `alter table pgext.realtime add kept timestamptz; update pgext.events set version = '9.1';\n`
export const UPGRADES = {
  // what stands between is only told to PostgreSQL: functions come with the last
  [`${present}--9.0.sql`]: `alter table pgext.realtime add passing int; update pgext.events set version = '9.0';\n`,
  '9.0--9.1.sql': `alter table pgext.realtime drop passing; ${ADDED}`,
}
