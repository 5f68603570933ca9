// 64 writers that do whatever writers do, a reader and a PostgreSQL that are killed at any time: what was committed comes, once, in order.
// PGEXT_SOAK_EVENTS: how many changes at least, by each engine; PGEXT_SOAK_SECONDS: at most so long; PGEXT_SOAK_SEED: the dice of another run.
import {createReadStream, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {type Dice, diceOf} from '../chaos/random.ts'
import {Server} from '../chaos/server.ts'
import {compiled} from '../shadow/run.ts'
import {openPlace} from './place.ts'
import {Reading} from './soak/reading.ts'
import {SCHEMA, TABLES} from './soak/tables.ts'
import {keyOf, Tally} from './soak/tally.ts'
import {finish, type World, write} from './soak/writer.ts'

const {PGEXT_SOAK_EVENTS: events, PGEXT_SOAK_SECONDS: seconds, PGEXT_SOAK_SEED: seed, PGEXT_SOAK_MAJOR: major} = process.env
const EVENTS = Number(events ?? 10_000)
const SECONDS = Number(seconds ?? 60)
const SEED = Number(seed ?? Date.now() % 1_000_000)
const WRITERS = 64
const SHARED = 400
const SETTINGS = [
  'wal_level=logical',
  'max_connections=120',
  'max_prepared_transactions=200',
  'deadlock_timeout=100ms',
  'shared_buffers=256MB',
]
const IS_LONG = EVENTS > 100_000
/** The reader lives so many milliseconds at most, and the server so many times that. */
const LIFE = IS_LONG ? 4000 : 1000
const LONGER = IS_LONG ? 5 : 3
/** Seconds until the queue's next table is written to: transactions that are open longer keep it from being emptied. */
const PERIOD = IS_LONG ? 4 : 1
const END = `select pgext.emit('end', 'null')`

let server: Server
let compiledTo: string
const folder = mkdtempSync(join(tmpdir(), 'pgext-soak-'))
const dice = diceOf(SEED)

beforeAll(async () => {
  compiledTo = compiled()
  server = await Server.start(Number(major ?? 18), SETTINGS)
})

afterAll(async () => {
  await server?.close()
  for (const one of [folder, compiledTo]) if (one) rmSync(one, {recursive: true, force: true})
})

// Windows has no SIGKILL that leaves a server's processes as a power cut would
describe.skipIf(process.platform === 'win32').each(['queue', 'wal'] as const)('%s', (engine) => {
  test(
    `${EVENTS} changes by ${WRITERS} writers, seed ${SEED}`,
    async () => {
      const place = await openPlace((name) => server.url(name), SCHEMA, engine)
      await place.db.close()
      const file = join(folder, engine)
      writeFileSync(file, '')
      const [began, tally] = [Date.now(), new Tally()]
      await within(place.url, (db) => db.script(`update pgext.events set period = ${PERIOD}; select pgext.sync_events()`))
      const reading = new Reading(compiledTo, engine, place.url, file)
      // before anything is written: a consumer begins with what comes next
      await expect.poll(() => within(place.url, consumers), {timeout: 30_000}).toBe(1)
      await within(place.url, (db) => db.script(FILL))
      const world: World = {
        shared: SHARED,
        long: IS_LONG ? 1500 : 400,
        next: 1000,
        committed: 0,
        isOn: true,
        prepared: [],
        ends: {},
        open: () => connect(place.url),
      }
      const [stop, failures] = [new AbortController(), [] as unknown[]]
      const writers = Array.from({length: WRITERS}, () =>
        write(world, diceOf(dice.roll(1e9))).catch((error) => {
          world.isOn = false
          failures.push(error)
        }),
      )
      const emptied = empty(place.url, engine, stop.signal)
      const crashes = await disturb(world, server, reading, dice, began)
      world.isOn = false
      await Promise.all(writers)
      expect(failures).toEqual([])
      const wrote = Date.now() - began
      await within(place.url, (db) => end(db, dice))
      await reading.ended(60_000)
      stop.abort()
      const read = Date.now() - began
      for await (const line of createInterface({input: createReadStream(file)})) tally.read(line)
      tally.end()
      const [txns, tables] = await within(place.url, tablesOf)
      const {kills, said} = reading
      console.info(
        `${engine}: ${tally.events} changes of ${tally.transactions} transactions in ${tally.lives} lives (${kills} kills, ${crashes} crashes), ${tally.again} again, ` +
          `emptied ${await emptied} times; written in ${wrote} ms, read in ${read} ms, held against the tables in ${Date.now() - began - read} ms; ${JSON.stringify(world.ends)}`,
      )
      expect(said.join('\n'), 'the reader ended by itself').toBe('')
      expect(tally.wrong.join('\n'), `PGEXT_SOAK_SEED=${SEED}`).toBe('')
      for (const {name} of TABLES) expect(differences(tally.tables.get(name)!, tables.get(name)!), name).toEqual([])
      expect(txns).toBe(tally.tables.get('ledger')!.size)
      expect(tally.events).toBeGreaterThan(EVENTS * 0.9)
    },
    (SECONDS + 120) * 1000,
  )
})

const FILL = `set search_path = public;
  insert into account select n, n, 0, 0, 'shared' from generate_series(1, ${SHARED}) n;
  insert into loose select n, 0, 0, 'shared' from generate_series(1, ${SHARED}) n;
  insert into part select n, n % 4, n, 0, 0, 'shared' from generate_series(1, ${SHARED}) n;
  insert into job select n, n, 0, 0, 3 from generate_series(1, ${SHARED}) n;
  insert into ledger values (0, 0, ${4 * SHARED})`

/** The reader and the server are killed until enough was written; how often the server was, out. */
async function disturb(world: World, server: Server, reading: Reading, dice: Dice, began: number): Promise<number> {
  let crashes = 0
  for (let turn = 1; world.isOn && world.committed < EVENTS && Date.now() - began < SECONDS * 1000; turn++) {
    // some are killed before they read, most are not
    for (const late = Date.now() + 5000; !reading.isReading && Date.now() < late && dice.roll(50) > 0; ) await sleep(20)
    await sleep(dice.roll(LIFE))
    // each by itself, and both at once
    if (turn % LONGER > 0 || dice.roll(3) === 0) reading.kill()
    if (turn % LONGER > 0) continue
    crashes++
    await server.kill()
    await sleep(dice.roll(300))
    await server.start()
    await expect.poll(() => within(server.url('postgres'), async () => true).catch(() => false), {timeout: 60_000}).toBe(true)
    world.prepared.push(...(await within(server.url('postgres'), preparedIn).catch(() => [])))
  }
  return crashes
}

/** As a reader does, but all the time. */
async function empty(url: string, engine: string, signal: AbortSignal): Promise<number> {
  let [times, db] = [0, undefined as Db | undefined]
  while (engine === 'queue' && !signal.aborted) {
    try {
      db ??= await connect(url)
      const [row] = await db.query('select pgext.empty_events() as it')
      if (row!.it) times++
    } catch {
      await db?.close()
      db = undefined
    }
    await sleep(100)
  }
  await db?.close()
  return times
}

async function end(db: Db, dice: Dice): Promise<void> {
  for (const name of await preparedIn(db)) await finish(db, name, dice)
  await db.script(END)
}

async function tablesOf(db: Db): Promise<[number, Map<string, Map<string, string>>]> {
  const tables = new Map<string, Map<string, string>>()
  for (const {name} of TABLES) {
    const rows = await db.query(
      `select to_json(array(select e.value from json_each_text(to_json(t)) e))::text as it from public.${name} t`,
    )
    const all = rows.map(({it}) => JSON.parse(it))
    tables.set(name, new Map(all.map((values) => [keyOf(name, values), JSON.stringify(values)])))
    expect(tables.get(name)!.size, name).toBe(rows.length)
  }
  return [tables.get('ledger')!.size, tables]
}

function differences(
  told: Tally['tables'] extends Map<string, infer T> ? T : never,
  there: ReadonlyMap<string, string>,
): string[] {
  const differ: string[] = []
  for (const [key, {values}] of told)
    if (there.get(key) !== JSON.stringify(values)) differ.push(`told ${JSON.stringify(values)}, there is ${there.get(key)}`)
  for (const [key, values] of there) if (!told.has(key)) differ.push(`there is ${values}, of which nothing was told`)
  return differ.slice(0, 10)
}

const preparedIn = async (db: Db): Promise<string[]> =>
  (await db.query('select gid from pg_catalog.pg_prepared_xacts')).map(({gid}) => gid)

const consumers = async (db: Db): Promise<number> => {
  const [row] = await db.query(`select count(*)::int as n from pgext.consumer where name = 'ws'`)
  return row!.n
}

async function within<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const db = await connect(url)
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}
