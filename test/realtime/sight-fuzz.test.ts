// Tables, policies, claims and rows as dice fall; every way of judging says what a SELECT of the real table says, for each viewer and each row.
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Db} from '../../src/postgres/db.ts'
import {connect} from '../../src/postgres/native.ts'
import type {Access, Judged, Seen, Sight, Viewer} from '../../src/realtime/model.ts'
import {openSight} from '../../src/realtime/sight/sight.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {type Cluster, startCluster} from '../../src/shadow/cluster.ts'
import {diceOf} from '../chaos/random.ts'
import {Oracle, type Told} from './fuzz/oracle.ts'
import {makeRound, makeWorld, ROLES} from './fuzz/world.ts'

const CASES = Number(process.env.PGEXT_FUZZ_CASES ?? (process.env.PGEXT_RUNS ? 100_000 : 6_000))
const SEED = Number(process.env.PGEXT_FUZZ_SEED ?? 1)
const MAJOR = Number(process.env.PGEXT_FUZZ_MAJOR ?? 18)

/** Rounds that showed a fault once. */
const ONCE_WRONG = [8_080_000_064]

/** Each is made to take another way, where it can. */
const WAYS: readonly (readonly Access['tier'][])[] = [
  ['privileges', 'viewer'],
  ['privileges', 'set', 'viewer'],
  ['privileges', 'compiled', 'viewer'],
]

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster(findBinaries(MAJOR)!)
})
afterAll(async () => {
  await cluster?.close()
})

interface Counts {
  readonly cases: Record<string, number>
  shy: number
  readonly differences: string[]
}

test('every way of judging says what PostgreSQL says', {timeout: 1_800_000}, async () => {
  const db = await connect(cluster.url('postgres'))
  await db.script(ROLES)
  await db.script('create database fuzz')
  await db.close()
  const admin = await connect(cluster.url('fuzz'))
  await makeWorld(admin, 'fuzz', SEED % 3 === 0 ? 'fuzz, public, pg_catalog' : 'public, fuzz')
  const open = () => connect(cluster.url('fuzz'), {role: 'server'})
  const oracle = new Oracle(await open())
  const sights = WAYS.map((tiers) => openSight(open, {tiers: new Set(tiers)}))
  const counts: Counts = {cases: {}, shy: 0, differences: []}
  const known = new Map<string, Viewer>()
  for (const seed of ONCE_WRONG) await play(admin, seed, {oracle, sights, known}, counts)
  for (let seed = SEED * 1_000_000; total(counts) < CASES && counts.differences.length < 5; seed++) {
    await play(admin, seed, {oracle, sights, known}, counts)
  }
  await Promise.all(sights.map((sight) => sight.close()))
  await admin.close()
  console.info(
    `${total(counts)} cases: ${JSON.stringify(counts.cases)}; ${counts.shy} more are called unknown than PostgreSQL raises for`,
  )
  expect(counts.differences).toEqual([])
  expect(counts.shy).toBeLessThan(1 + total(counts) / 1000)
})

const total = ({cases}: Counts): number => Object.values(cases).reduce((sum, count) => sum + count, 0)

interface Players {
  readonly oracle: Oracle
  readonly sights: readonly Sight[]
  readonly known: Map<string, Viewer>
}

async function play(admin: Db, seed: number, {oracle, sights, known}: Players, counts: Counts): Promise<void> {
  const round = await makeRound(admin, diceOf(seed), known)
  const truths = new Map<Viewer, Told>()
  for (const viewer of round.viewers) truths.set(viewer, await oracle.tell(round, viewer))
  const columns = new Map<string, string>()
  for (const viewer of round.viewers)
    if (!columns.has(viewer.role)) columns.set(viewer.role, (await oracle.columns(round, viewer)).join())
  for (const [way, sight] of sights.entries()) {
    await sight.look()
    const report = (viewer: Viewer, what: string) =>
      counts.differences.push(`seed ${seed}, way ${way}, ${viewer.key}: ${what}\n${round.sql.join(';\n')}`)
    const joined = new Map<Viewer, Access>()
    for (const viewer of round.viewers) {
      const access = await sight.join({schema: 'fuzz', table: 't'}, viewer)
      const {rows} = truths.get(viewer)!
      if (!access !== !rows) report(viewer, `access ${!!access}`)
      if (access && [...access.columns].join() !== columns.get(viewer.role)) report(viewer, `columns ${[...access.columns]}`)
      if (access && rows) joined.set(viewer, access)
    }
    const whole = await sight.judge(round.changes)
    const raising = [...joined.keys()].some((viewer) => truths.get(viewer)!.raises)
    const single = raising ? await Promise.all(round.changes.map(async (change) => (await sight.judge([change]))[0]!)) : []
    for (const [viewer, {tier}] of joined) {
      // the same ways again that are none of their own
      if (way > 0 && (tier === 'viewer' || tier === 'privileges')) continue
      const {rows, raises} = truths.get(viewer)!
      for (const [at, truth] of rows!.entries()) {
        counts.cases[tier] = (counts.cases[tier] ?? 0) + 1
        const verdict = verdictOf((raises ? single : whole)[at]!, viewer)
        if (verdict === truth) continue
        // PostgreSQL asks restrictive policies first, whatever they cost; a condition's parts it asks by what they cost
        if (verdict === 'unknown' && (typeof truth !== 'boolean' || isOfData((raises ? single : whole)[at]!, viewer))) {
          if (typeof truth === 'boolean') counts.shy++
          continue
        }
        // no image has a ctid
        if (verdict === 'unknown' && whole[at]!.row!.unknown.get(viewer)?.code === 'not-supported') continue
        if (verdict === false && typeof truth !== 'boolean') continue
        report(
          viewer,
          `row ${JSON.stringify(round.changes[at]!.row)} by ${tier} is ${verdict}, should be ${typeof truth === 'boolean' ? truth : truth.message}; ${whyOf(whole[at]!, viewer)}`,
        )
        break
      }
    }
    for (const viewer of joined.keys()) sight.leave(round.shape.relid, viewer)
  }
}

function verdictOf({row}: Judged, viewer: Viewer): boolean | 'unknown' {
  if (row!.unknown.has(viewer)) return 'unknown'
  return sees(row!, viewer)
}

const sees = ({by}: Seen, viewer: Viewer): boolean => by === 'all' || by.has(viewer)

const isOfData = ({row}: Judged, viewer: Viewer): boolean => row!.unknown.get(viewer)?.sqlstate?.startsWith('22') ?? false

function whyOf({row}: Judged, viewer: Viewer): string {
  const error = row!.unknown.get(viewer)
  return error ? `${error.message}: ${(error.cause as Error | undefined)?.message}` : ''
}
