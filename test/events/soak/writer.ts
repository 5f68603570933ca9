// One of many writers: transactions of every kind in, one after the other, until it is told to stop; how many changes were committed, out.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../../../src/errors.ts'
import type {Db} from '../../../src/postgres/db.ts'
import type {Dice} from '../../chaos/random.ts'

export interface World {
  /** rows that all writers fight for */
  readonly shared: number
  /** milliseconds that a long transaction stays open, at most */
  readonly long: number
  /** told by every writer, so that no two transactions or rows have one number */
  next: number
  /** changes that were committed, as far as writers know */
  committed: number
  isOn: boolean
  /** prepared by one, to be finished by another */
  readonly prepared: string[]
  readonly ends: Record<string, number>
  open(): Promise<Db>
}

/** What one statement does, and how many changes each row it tells of stands for. */
interface Act {
  readonly sql: string
  readonly each: number
}

const HELD = `set search_path = public; set lock_timeout = '400ms'`

export async function write(world: World, dice: Dice): Promise<void> {
  let db: Db | undefined
  while (world.isOn) {
    try {
      if (!db) {
        db = await world.open()
        await db.script(HELD)
      }
      if (world.prepared.length > 0 && dice.roll(4) === 0) await finish(db, world.prepared.shift()!, dice)
      await transact(db, world, dice)
    } catch (error) {
      if (!(error instanceof PgextError)) throw error
      // deadlocks, locks that are waited for too long, and rows that another took: rolled back, and on to the next
      if (error.sqlstate && db) {
        if (!EXPECTED.has(error.sqlstate)) throw error
        count(world, error.sqlstate)
        const isBack = await db.script('rollback').then(
          () => true,
          () => false,
        )
        if (isBack) continue
      }
      count(world, 'lost')
      await db?.close()
      db = undefined
      await sleep(50 + dice.roll(200))
    }
  }
  await db?.close()
}

/** lock_not_available, deadlock_detected, serialization_failure (a row that moved), unique_violation; of a server that ends, and of one that begins */
const EXPECTED = new Set(['55P03', '40P01', '40001', '23505', '57P01', '57P02', '57P03', '53300'])

const count = (world: World, how: string): void => {
  world.ends[how] = (world.ends[how] ?? 0) + 1
}

async function transact(db: Db, world: World, dice: Dice): Promise<void> {
  const txn = ++world.next
  let changes = 0
  const run = async (acts: readonly Act[], isKept = true) => {
    const results = await db.script(acts.map(({sql}) => sql).join(';\n'))
    if (isKept) for (const [at, {each}] of acts.entries()) changes += each * results[at]!.length
  }
  await db.script('begin')
  const isLong = dice.roll(40) === 0
  for (let rounds = 1 + dice.roll(3); rounds > 0; rounds--) {
    await run(several(world, txn, dice, isLong))
    if (isLong) await sleep(dice.roll(world.long))
    if (dice.roll(4) > 0) continue
    const isKept = dice.roll(2) === 0
    await db.script('savepoint s')
    await run(several(world, txn, dice, isLong), isKept)
    await db.script(isKept ? 'release s' : 'rollback to s')
  }
  if (dice.roll(8) === 0) {
    await db.script('rollback')
    return count(world, 'rolled back')
  }
  await db.query('insert into ledger (txn, changes) values ($1::bigint, $2::int)', [txn, changes])
  if (dice.roll(12) === 0) {
    await db.script(`prepare transaction 'p${txn}'`)
    count(world, 'prepared')
    world.prepared.push(`p${txn}`)
    return
  }
  await db.script('commit')
  world.committed += changes + 1
  count(world, isLong ? 'committed late' : 'committed')
}

export async function finish(db: Db, name: string, dice: Dice): Promise<void> {
  await db.script(`${dice.roll(4) === 0 ? 'rollback' : 'commit'} prepared '${name}'`).catch((error: PgextError) => {
    // a crash took it, or it was finished when the server came back
    if (error.sqlstate !== '42704' && error.sqlstate !== '55000') throw error
  })
}

function several(world: World, txn: number, dice: Dice, isLong: boolean): Act[] {
  // those that stay open must not hold all the others up
  const shared = () => (isLong ? -1 : 1 + dice.roll(world.shared))
  return Array.from({length: 1 + dice.roll(4)}, () => dice.pick(ACTS)(world, txn, dice, shared)).flat()
}

type Make = (world: World, txn: number, dice: Dice, shared: () => number) => Act | Act[]

/** So many rows, all of them new; sometimes more than a reader takes at once. */
const many = (dice: Dice): number => (dice.roll(300) === 0 ? 500 + dice.roll(2500) : 1 + dice.roll(12))
const fresh = (world: World, count: number): number => {
  world.next += count
  return world.next - count + 1
}
const series = (from: number, count: number): string => `generate_series(${from}, ${from + count - 1}) n`
const bump = (txn: number): string => `version = version + 1, txn = ${txn}`

const ACTS: readonly Make[] = [
  (world, txn, dice) => {
    const [count, note] = [many(dice), `'${dice.roll(1e6)}'`]
    const from = fresh(world, count)
    const [own, half] = [`id between ${from} and ${from + count - 1}`, from + (count >> 1)]
    return [
      {sql: `insert into account select n, n, 0, ${txn}, ${note} from ${series(from, count)} returning 1`, each: 1},
      {sql: `update account set ${bump(txn)} where ${own} returning 1`, each: 1},
      {sql: `delete from account where ${own} and id < ${half} returning 1`, each: 1},
    ]
  },
  (_, txn, dice, shared) => {
    const from = shared()
    return {sql: `update account set ${bump(txn)} where id between ${from} and ${from + dice.roll(6)} returning 1`, each: 1}
  },
  // to another key, and perhaps back: a shared row goes, and another comes in its place
  (world, txn, _dice, shared) => {
    const [id, uid] = [shared(), fresh(world, 2)]
    return [
      {sql: `update account set id = ${uid}, ${bump(txn)} where id = ${id} returning 1`, each: 2},
      {
        sql: `insert into account values (${id}, ${uid + 1}, 0, ${txn}, 'ä"b, (c)\\d') on conflict do nothing returning 1`,
        each: 1,
      },
    ]
  },
  (world, txn, _dice, shared) => {
    const [id, uid] = [shared(), fresh(world, 1)]
    return [
      {sql: `delete from account where id = ${id} returning 1`, each: 1},
      {
        sql: `insert into account values (${id}, ${uid}, 0, ${txn}, null) on conflict (id) do update set ${bump(txn).replace('version +', 'account.version +')} returning 1`,
        each: 1,
      },
    ]
  },
  (world, txn, dice) => {
    const count = many(dice)
    const from = fresh(world, count)
    return [
      {sql: `insert into loose select n, 0, ${txn}, repeat('x', n % 7) from ${series(from, count)} returning 1`, each: 1},
      {sql: `delete from loose where uid between ${from} and ${from + (count >> 2)} returning 1`, each: 1},
    ]
  },
  (_, txn, dice, shared) => {
    const from = shared()
    return {sql: `update loose set ${bump(txn)} where uid between ${from} and ${from + dice.roll(3)} returning 1`, each: 1}
  },
  (world, txn, dice) => {
    const count = 1 + dice.roll(8)
    const from = fresh(world, count)
    return [
      {sql: `insert into part select n, n % 4, n, 0, ${txn}, '' from ${series(from, count)} returning 1`, each: 1},
      {
        sql: `update part set region = 2, ${bump(txn)} where id between ${from} and ${from + count} and region < 2 returning 1`,
        each: 2,
      },
    ]
  },
  // within a partition and to another, by way of the root
  (_, txn, dice, shared) => {
    const id = shared()
    return dice.roll(2) === 0
      ? {sql: `update part set region = (region + 1) % 4, ${bump(txn)} where id = ${id} returning 1`, each: 2}
      : {sql: `update part set ${bump(txn)} where id between ${id} and ${id + dice.roll(3)} returning 1`, each: 1}
  },
  (world, txn, dice, shared) => {
    const uid = fresh(world, 1)
    return [
      {sql: `update part_1 set ${bump(txn)} where id = ${shared()} returning 1`, each: 1},
      {sql: `delete from part where id = ${shared()} and region = ${dice.roll(4)} returning 1`, each: 1},
      {sql: `insert into part_1 (id, uid, region, version, txn) values (${uid}, ${uid}, 1, 0, ${txn}) returning 1`, each: 1},
    ]
  },
  // a trigger goes on with what is not at stage 3
  (world, txn, dice) => {
    const [count, stage] = [1 + dice.roll(3), 1 + dice.roll(3)]
    const from = fresh(world, count)
    return {sql: `insert into job select n, n, 0, ${txn}, ${stage} from ${series(from, count)} returning 1`, each: 4 - stage}
  },
  (_, txn, dice, shared) => {
    const [from, stage] = [shared(), 1 + dice.roll(3)]
    return {
      sql: `update job set stage = ${stage}, ${bump(txn)} where id between ${from} and ${from + dice.roll(2)} returning 1`,
      each: 4 - stage,
    }
  },
  (world, txn, dice) => {
    if (dice.roll(20) === 0)
      return [
        {sql: 'truncate scratch', each: 0},
        {sql: 'select 1', each: 1},
      ]
    const count = many(dice)
    return {sql: `insert into scratch select n, 0, ${txn}, null from ${series(fresh(world, count), count)} returning 1`, each: 1}
  },
]
