// Real servers with logging_collector in; their logs read through them: in each format, by roles that may and may not, through rotation.
import {appendFileSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {PgextError} from '../../src/errors.ts'
import type {LogEntry, Told} from '../../src/logs/model.ts'
import {type LogsOptions, openLogs} from '../../src/logs/open.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {DEFAULTS} from '../../src/project/settings.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'

const SETTINGS = {
  logging_collector: 'on',
  log_min_duration_statement: '100ms',
  log_min_messages: 'warning',
  log_min_error_statement: 'error',
  log_filename: 'postgresql-%H%M%S',
  log_timezone: 'Asia/Kolkata',
  log_line_prefix: '%m [%p] %q%u@%d/%a ',
}
const STATEMENT = `select 'zwölf',
\tnope`

function opened(url: string, options: Partial<LogsOptions> = {}): {told: AsyncIterable<Told>; said: string[]} {
  const said: string[] = []
  const project = {folder: '/nowhere', settings: DEFAULTS}
  const [only] = openLogs({project, sources: ['db'], url, follow: false, tell: (what) => said.push(what), ...options})
  return {told: only!.entries, said}
}

async function readAll(url: string, options: Partial<LogsOptions> = {}): Promise<LogEntry[]> {
  const {told, said} = opened(url, options)
  const entries: LogEntry[] = []
  for await (const entry of told) if (entry !== 'idle') entries.push(entry)
  expect(said).toEqual([])
  return entries
}

async function refusal(url: string): Promise<PgextError> {
  const error = await readAll(url).catch((error) => error)
  expect(error).toBeInstanceOf(PgextError)
  return error
}

const isAll = process.env.PGEXT_MAJORS === 'all'
const CASES = [
  {major: 18, destination: 'jsonlog,stderr'},
  {major: 15, destination: 'csvlog'},
  ...(isAll
    ? [
        {major: 18, destination: 'csvlog'},
        {major: 18, destination: 'stderr'},
        {major: 15, destination: 'jsonlog,csvlog'},
        {major: 14, destination: 'stderr'},
      ]
    : []),
]

describe.each(CASES)('PostgreSQL $major, $destination', ({major, destination}) => {
  const binaries = findBinaries(major)
  if (!binaries) {
    console.info(`this machine has no PostgreSQL ${major}: its logs are not read`)
    test.skip(`this machine has no PostgreSQL ${major}`, () => {})
    return
  }
  let cluster: Cluster
  let db: Db
  let url: string
  beforeAll(async () => {
    cluster = await startCluster(binaries, {...SETTINGS, log_destination: destination})
    url = cluster.url('postgres')
    db = await connect(url, {application: 'shop'})
    await db.script(`
      set search_path = public;
      create function boom(a int) returns int language plpgsql as $$ begin
        raise exception 'boom %', a using detail = 'more', hint = 'less';
      end $$;
      create role reader login password 'r'; create role nobody_in_particular login password 'n'`)
  })
  afterAll(async () => {
    await db?.close()
    await cluster?.close()
  })
  const as = (role: string, password: string): string => url.replace(/\/\/[^@]*@/, `//${role}:${password}@`)

  test('errors, slow statements, texts of several lines', async () => {
    await db.query(STATEMENT).catch(() => {})
    await db.query('select boom(3)').catch(() => {})
    await db.query('select pg_sleep(0.15)')
    await sleep(200)
    const entries = await readAll(url)
    const found = (message: string) => entries.filter((entry) => entry.message.startsWith(message))
    const [nope] = found('column "nope"')
    const own = {source: 'db', role: 'pgext', database: 'postgres', application: 'shop'}
    const coded = (code: string) => (destination === 'stderr' ? {} : {code})
    expect(nope).toMatchObject({...own, ...coded('42703'), level: 'error', statement: STATEMENT})
    expect(Math.abs(Date.parse(nope!.time) - Date.now())).toBeLessThan(30_000)
    expect(found('boom 3')[0]).toMatchObject({
      ...own,
      ...{detail: 'more', hint: 'less', context: 'PL/pgSQL function boom(integer) line 2 at RAISE', statement: 'select boom(3)'},
    })
    const [slow] = found('took ')
    expect(slow).toMatchObject({...own, level: 'info', statement: 'select pg_sleep(0.15)'})
    expect(slow!.duration).toBeGreaterThan(140)
    expect(entries.map(({time}) => time)).toEqual(entries.map(({time}) => time).sort())
  })

  test('what a role may not is said with the grant that would allow it, which does', async () => {
    const denied = await refusal(as('nobody_in_particular', 'n'))
    expect(denied.code).toBe('not-allowed')
    const grants = denied.hint!.slice(denied.hint!.indexOf('GRANT'))
    const current = major >= 16 ? 'pg_monitor' : 'EXECUTE ON FUNCTION pg_catalog.pg_current_logfile(text)'
    expect(grants).toBe(
      `GRANT ${current} TO nobody_in_particular; GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean) TO nobody_in_particular;`,
    )
    await db.script(grants)
    await db.query('select boom(4)').catch(() => {})
    await sleep(100)
    expect((await readAll(as('nobody_in_particular', 'n'))).some(({message}) => message === 'boom 4')).toBe(true)
    await db.script(`grant ${current.toLowerCase()} to reader`)
    expect((await refusal(as('reader', 'r'))).hint).not.toContain(current)
  })

  test.skipIf(major < 18 && !isAll)('followed through rotation, without news of the reading itself', async () => {
    const stop = new AbortController()
    const {told, said} = opened(url, {follow: true, signal: stop.signal})
    const seen: LogEntry[] = []
    let isLive = () => {}
    const live = new Promise<void>((resolve) => {
      isLive = resolve
    })
    const following = (async () => {
      for await (const entry of told) {
        if (entry === 'idle') isLive()
        else if (entry.message.startsWith('boom 1')) seen.push(entry)
        if (seen.length === 5) stop.abort()
      }
    })()
    await live
    const boom = (n: number) => db.query(`select boom(${n})`).catch(() => {})
    await boom(11)
    for (const n of [12, 13]) {
      // names are of seconds
      await sleep(1100)
      await db.query('select pg_rotate_logfile()')
      await sleep(150)
      await boom(n)
    }
    await boom(14)
    await sleep(800)
    await boom(15)
    const timer = setTimeout(() => stop.abort(), 6000)
    await following
    clearTimeout(timer)
    expect(seen.map(({message}) => message)).toEqual(['boom 11', 'boom 12', 'boom 13', 'boom 14', 'boom 15'])
    expect(said).toEqual([])
    // all three files
    const since = await readAll(url, {since: Date.parse(seen[0]!.time)})
    expect(since.filter(({message}) => message.startsWith('boom 1')).map(({message}) => message)).toEqual(
      seen.map(({message}) => message),
    )
  })

  test.skipIf(major < 18 && !isAll)('the end of a large file, without all that stands before it', async () => {
    const [row] = await db.query(`select pg_current_logfile($1) as path, current_setting('data_directory') as data`, [
      destination.split(',')[0],
    ])
    const path = join(row!.data, row!.path)
    const before = readdirSync(join(row!.data, 'log')).length
    expect(before).toBeGreaterThan(2)
    // as a server would have written them, an hour ago and later, in its own zone
    const stamp = (n: number) =>
      new Date(Date.now() - 3_600_000 + n * 100 + 19_800_000).toISOString().replace('T', ' ').replace('Z', ' IST')
    const text = 'x'.repeat(900)
    const record = (n: number): string =>
      destination.startsWith('jsonlog')
        ? `{"timestamp":"${stamp(n)}","pid":1,"error_severity":"LOG","message":"filler ${n} ${text}"}\n`
        : destination === 'csvlog'
          ? `${stamp(n)},,,1,,a.b,1,"",${stamp(n)},,0,LOG,00000,"filler ${n}\n""${text}",,,,,,,,,"","postmaster",,0\n`
          : `${stamp(n)} [1] LOG:  filler ${n}\n\t${text}\n`
    for (let from = 0; from < 30_000; from += 1000) {
      appendFileSync(path, Array.from({length: 1000}, (_, n) => record(from + n)).join(''))
    }
    const memory = process.memoryUsage.rss()
    const last = await readAll(url)
    expect(last.at(-1)!.message).toMatch(/^filler 29999/)
    expect(last.length).toBeLessThan(6000)
    const since = await readAll(url, {since: Date.now() - 3_600_000 + 2_900_000})
    expect(since.at(-1)!.message).toMatch(/^filler 29999/)
    expect(since.filter(({message}) => message.startsWith('filler 29000')).length).toBe(1)
    expect(since.length).toBeLessThan(4000)
    expect(process.memoryUsage.rss() - memory).toBeLessThan(120e6)
  })
})

test('a server that collects none says which settings are missing', async () => {
  const cluster = await startCluster(findBinaries(18)!)
  const error = await refusal(cluster.url('postgres')).finally(() => cluster.close())
  expect(error.message).toContain('logging_collector is off')
  expect(error.hint).toContain('ALTER SYSTEM SET logging_collector = on')
  expect(error.hint).toContain('{"logs": {"db": {"file"')
})
