// A throwaway database and a statement that runs outside any transaction in; it is stopped wherever it waits, and what it locks there, reads and writes anew is out.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {Blocker} from './blocker.ts'
import {asIfLarge, type Held, locks, type Relation, relations, type Seen, seen} from './seen.ts'

export interface Stage {
  /** runs the statement */
  readonly runner: Db
  /** another session, of a superuser */
  connect(): Promise<Db>
  /** those it may wait for others on: names as SQL would have them */
  readonly tables: readonly string[]
  /** the relations that are looked at, by oid; otherwise all that are there before */
  readonly known?: ReadonlySet<string>
}

export interface Phased {
  readonly cost: Seen
  /** where it stopped: what it waited for, and the locks that it had or wanted on relations */
  readonly stops: readonly Stop[]
}

export interface Stop {
  /** 'virtualxid' (a transaction that has to end), or a relation */
  readonly on: string
  readonly held: readonly Held[]
}

const RELATIONS = relations('pg_catalog.pg_stat_get_numscans(c.oid)')

/** How long a statement on a throwaway database may take from one stop to the next, milliseconds. */
const PATIENCE = 60_000

/**
 * Two sessions, each with an old snapshot and locks of writers, stand in its way by turns: when it waits for one, the other takes its
 * stand, and the first lets go. So it stops at each place where it would wait for others, and where it writes to a catalog.
 */
export async function measurePhases(sql: string, {runner, connect, tables, known: some}: Stage): Promise<Phased> {
  const sessions: Db[] = []
  const open = async () => {
    const db = await connect()
    sessions.push(db)
    return db
  }
  try {
    const watcher = await open()
    await runner.script(asIfLarge('set'))
    const all = await look(runner, watcher)
    const known = some ? all.filter(({oid}) => some.has(oid)) : all
    const pid: number = (await runner.query('select pg_catalog.pg_backend_pid() as pid'))[0]!.pid
    let [near, far] = [await Blocker.open(await open(), tables), await Blocker.open(await open(), tables)]
    await near.arm([])
    const stops: Stop[] = []
    const run = start(runner, sql)
    try {
      for (let stop = await next(watcher, pid, near, run); stop; stop = await next(watcher, pid, near, run)) {
        stops.push(stop)
        await far.arm(stop.held)
        await near.release()
        ;[near, far] = [far, near]
      }
    } finally {
      await near.release().catch(() => {})
      await far.release().catch(() => {})
      if (!run.isOver) await runner.cancel()
      await run.end.catch(() => {})
    }
    await run.end
    const held = await sized(
      watcher,
      stops.flatMap((stop) => stop.held),
    )
    return {cost: seen(known, held, await look(runner, watcher)), stops}
  } finally {
    for (const db of sessions) await db.close()
  }
}

interface Run {
  isOver: boolean
  readonly end: Promise<unknown>
}

function start(db: Db, sql: string): Run {
  const end = db.script(sql).finally(() => {
    run.isOver = true
  })
  end.catch(() => {})
  const run: Run = {isOver: false, end}
  return run
}

/** undefined: it has run to its end, or failed */
async function next(watcher: Db, pid: number, blocker: Blocker, run: Run): Promise<Stop | undefined> {
  const until = Date.now() + PATIENCE
  while (!run.isOver) {
    const [row] = await watcher.query(
      `select (select l.locktype from pg_catalog.pg_locks l where l.pid = $1 and not l.granted) as type,
        (select l.relation::regclass::text from pg_catalog.pg_locks l where l.pid = $1 and not l.granted) as relation,
        (${locks('l.pid = $1')}) as held
      where $2::int = any (pg_catalog.pg_blocking_pids($1::int))`,
      [pid, blocker.pid],
    )
    if (row?.type) return {on: row.relation ?? row.type, held: JSON.parse(row.held)}
    if (Date.now() > until) throw new PgextError('proof-failed', 'a statement that is measured waits for something unknown')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return undefined
}

/** With the relations' sizes, now that nobody locks them any more. */
async function sized(watcher: Db, held: readonly Held[]): Promise<Held[]> {
  const sql = `select coalesce(json_object_agg(o.oid, pg_catalog.pg_relation_size(o.oid::oid)), '{}')::text as found
    from json_array_elements_text($1::text::json) o (oid)`
  const [row] = await watcher.query(sql, [JSON.stringify([...new Set(held.map(([oid]) => oid))])])
  const sizes: Record<string, number | null> = JSON.parse(row!.found)
  return held.map(([oid, mode]) => [oid, mode, sizes[oid] ?? null])
}

/** Relations as they are, once all that the runner has read is counted where others see it. */
async function look(runner: Db, watcher: Db): Promise<Relation[]> {
  const {major} = runner.server
  const counted = async () =>
    Number((await watcher.query(`select pg_catalog.pg_stat_get_numscans('${SELDOM}'::regclass) as n`))[0]!.n)
  const until = Date.now() + PATIENCE
  // counts travel in the order in which they were made: when one of our own has arrived, so have those before;
  // until 14 what is reported at once goes in several pieces, of which ours may be the first: the next report comes after all of them
  for (let reports = major >= 15 ? 1 : 2; reports > 0; reports--) {
    const before = await counted()
    do {
      if (Date.now() > until) throw new PgextError('proof-failed', 'the statistics of what was read did not arrive')
      await runner.script(`select pg_catalog.count(lomacl) from ${SELDOM}`)
      if (major >= 15) await runner.script('select pg_catalog.pg_stat_force_next_flush()')
      else await new Promise((resolve) => setTimeout(resolve, 20))
    } while ((await counted()) <= before)
  }
  return JSON.parse((await watcher.query(RELATIONS))[0]!.found)
}

/** A table that nobody else reads from end to end. */
const SELDOM = 'pg_catalog.pg_largeobject_metadata'
