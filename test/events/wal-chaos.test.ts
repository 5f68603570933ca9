// Writers by the dozen, and a consumer whose process, connections and server are killed at random: nothing is lost, nothing comes again
// once it was acknowledged, rows change in order. PGEXT_CHAOS_SECONDS: for how long.
import {setTimeout as sleep} from 'node:timers/promises'
import {expect, onTestFinished, test} from 'vitest'
import type {PgextError} from '../../src/errors.ts'
import type {Change} from '../../src/events/model.ts'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import {diceOf} from '../chaos/random.ts'
import {Place, type Reading, startLog} from './log.ts'

const SECONDS = Number(process.env.PGEXT_CHAOS_SECONDS ?? 5)
const SEED = Number(process.env.PGEXT_SEED ?? Date.now() % 100_000)
const MAJOR = Number(process.env.PGEXT_CHAOS_MAJOR ?? 18)
/** milliseconds */
const STILL = 20_000
const WRITERS = 8
const TABLES = `
  create table entry (n bigint generated always as identity primary key, writer int);
  create table counter (id int primary key, v int not null);
  insert into counter select n, 0 from generate_series(1, 20) n`

test(
  `killed for ${SECONDS} seconds (PGEXT_SEED=${SEED})`,
  async () => {
    const dice = diceOf(SEED)
    const server = await startLog(MAJOR)
    onTestFinished(() => server.close())
    let place = await Place.make(server, 'chaos', TABLES)
    let isOver = false
    let isDown = false
    const failures: unknown[] = []

    const writer = async (number: number) => {
      let db: Db | undefined
      while (!isOver) {
        try {
          if (isDown) await sleep(50)
          db ??= await connect(place.url)
          const rows = dice.roll(20) === 0 ? 2500 : 1 + dice.roll(5)
          const [one, two] = [1 + dice.roll(20), 1 + dice.roll(20)].sort((a, b) => a - b)
          const parts = [
            'begin; set local search_path = public',
            `insert into entry (writer) select ${number} from generate_series(1, ${rows})`,
            `savepoint s; insert into entry (writer) values (-1); rollback to s`,
            `update counter set v = v + 1 where id = ${one}`,
            ...(dice.roll(10) === 0 ? ['select pg_sleep(0.2)'] : []),
            `update counter set v = v + 1 where id = ${two}`,
            dice.roll(8) === 0 ? 'rollback' : 'commit',
          ]
          await db.script(parts.join('; '))
          await sleep(dice.roll(30))
        } catch {
          await db?.close()
          db = undefined
          await sleep(50)
        }
      }
      await db?.close()
    }

    const received = new Set<string>()
    const acknowledged = new Set<string>()
    const versions = new Map<string, number>()
    let reading: Reading | undefined
    let again = 0
    let doing = ''

    const take = (change: Change) => {
      const {table} = change.shape
      const [id, v] = change.row!
      const mark = table === 'entry' ? `e${id}` : `c${id} ${v}`
      if (acknowledged.has(mark)) failures.push(`${mark} came again`)
      if (received.has(mark)) again++
      else if (table === 'counter') {
        if (Number(v) !== (versions.get(id!) ?? 0) + 1) failures.push(`counter ${id}: ${v} after ${versions.get(id!)}`)
        versions.set(id!, Number(v))
      }
      received.add(mark)
      return mark
    }

    const open = () => place.read({name: 'ws'}, {limits: {entries: 500, bytes: 1e9}, heartbeat: 500})
    const reader = async () => {
      let held: string[] = []
      for (;;) {
        try {
          doing = 'opens'
          reading ??= await open()
          doing = 'reads'
          const batch = await reading.batch(300)
          if (!batch && isOver && (await missing()).length === 0) return
          if (!batch) continue
          held.push(...batch.entries.map((entry) => take(entry as Change)))
          const fate = dice.roll(60)
          if (fate > 20) continue
          if (fate > 0) {
            doing = 'acknowledges'
            await reading.source.acknowledge(batch.token)
            for (const mark of held.splice(0)) acknowledged.add(mark)
            continue
          }
          // as if the process had been killed: what is in hand is forgotten
        } catch (error) {
          // the server is down while it is opened
          if (reading || !(error as PgextError).code.startsWith('connection-')) failures.push(error)
        }
        doing = 'closes'
        await reading?.source.close()
        reading = undefined
        held = []
      }
    }

    const missing = async () => {
      const rows = await place.db.query('select n::text as n, xmin::text as xid, writer from public.entry order by n')
      return rows.filter(({n}) => !received.has(`e${n}`))
    }

    /** A reader that stands still is heard of, with all that is known. */
    const watch = async (signal: AbortSignal) => {
      for (let [count, since] = [0, Date.now()]; !isOver || Date.now() - since < STILL; await sleep(500, undefined, {signal})) {
        if (received.size > count || !isOver) since = Date.now()
        count = received.size
      }
      const left = await missing()
      const first = JSON.stringify(left.slice(0, 5))
      throw new Error(`the reader stands still and ${doing}; ${left.length} are missing: ${first}; ${await place.state()}`)
    }

    const reaper = async () => {
      for (const end = Date.now() + SECONDS * 1000; Date.now() < end; await sleep(100 + dice.roll(300))) {
        const what = dice.roll(10)
        if (what < 5) await place.end('walsender', 'ws').catch(() => {})
        else if (what < 8) await place.end('client backend', 'ws').catch(() => {})
        else if (what === 9) {
          isDown = true
          await server.kill()
          await server.start()
          isDown = false
          place = await Place.again(place)
        }
      }
      isOver = true
    }

    // from here on nothing may be missing
    reading = await open()
    const end = new AbortController()
    const all = Promise.all([reaper(), reader(), ...Array.from({length: WRITERS}, (_, number) => writer(number))])
    await Promise.race([all, watch(end.signal)]).finally(() => end.abort())
    const rows = await place.db.query('select n::text as n from public.entry')
    const counters = await place.db.query('select id::text as id, v from public.counter where v > 0')
    console.info(`${received.size} events, ${acknowledged.size} acknowledged, ${again} came again`)
    await reading?.source.close()
    await place.close()
    expect(failures.slice(0, 5)).toEqual([])
    expect([...received].filter((mark) => mark.startsWith('e'))).toHaveLength(rows.length)
    expect(Object.fromEntries(versions)).toEqual(Object.fromEntries(counters.map(({id, v}) => [id, v])))
  },
  60_000 + SECONDS * 3000,
)
