// Schemas made of numbers, and changes of a few of them: from wherever, every plan arrives, says no reason or refuses; others look too.
// PGEXT_SEED says which, PGEXT_RUNS how many steps are walked, PGEXT_PROOFS how many of them with planted rows.
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {compare} from '../src/diff/compare.ts'
import type {Catalog, Step} from '../src/diff/model.ts'
import {plan} from '../src/diff/plan.ts'
import {read} from '../src/diff/read.ts'
import {PgextError} from '../src/errors.ts'
import type {Db} from '../src/postgres/db.ts'
import {prove} from '../src/prove/prove.ts'
import {runSteps} from '../src/prove/run.ts'
import {load} from '../src/shadow/load.ts'
import type {Shadow, ShadowDatabase} from '../src/shadow/model.ts'
import {openShadow} from '../src/shadow/open.ts'
import {NUMBERS, schemaOf} from './support/generate.ts'
import {disagreements, observe, type Sighting} from './support/sighting.ts'

const seed = Number(process.env.PGEXT_SEED ?? 7)
const runs = Number(process.env.PGEXT_RUNS ?? 60)
const proofs = Number(process.env.PGEXT_PROOFS ?? Math.ceil(runs / 20))
const major = Number(process.env.PGEXT_MAJOR ?? 18)

let shadow: Shadow

beforeAll(async () => {
  console.info(`generated: PGEXT_SEED=${seed} PGEXT_RUNS=${runs} PGEXT_PROOFS=${proofs}`)
  shadow = await openShadow({want: 'native', major})
})

afterAll(async () => {
  await shadow?.close()
})

interface State {
  readonly sql: string
  readonly catalog: Catalog
  readonly sighting: Sighting
}

const failures: string[] = []

test('every generated schema leads to every other', async () => {
  const states = await statesOf(fc.sample(family(), {seed, numRuns: Math.ceil(runs / 16)}).flat())
  const next = fc.sample(fc.nat(), {seed, numRuns: runs + proofs})
  let [refused, walked] = [0, 0]
  let place: ShadowDatabase | undefined
  let at: State | undefined
  for (const number of next.slice(0, runs)) {
    if (!place || !at) {
      place = await shadow.create()
      at = states[number % states.length]!
      await fill(place, at.sql)
    }
    // one of its family, or any other
    const to: State = states[number % 3 === 0 ? number % states.length : Math.min(states.length - 1, states.indexOf(at) + 1)]!
    const result = await walk(place, at, to)
    if (result === 'arrived') walked++
    if (result === 'refused') refused++
    else at = to
    if (result === 'failed') {
      await place.drop()
      place = undefined
    }
  }
  await place?.drop()
  let proven = 0
  for (const number of next.slice(runs)) {
    const from = number % states.length
    if (await provesOn(states[from]!, states[(from + 1) % states.length]!)) proven++
  }
  console.info(`generated: ${states.length} schemas, ${walked} steps arrived, ${proven} proven, ${refused} refused`)
  expect(failures.join('\n\n')).toBe('')
}, 36_000_000)

/** A schema and two that differ from it in a few numbers. */
function family(): fc.Arbitrary<number[][]> {
  const numbers = fc.array(fc.nat(999_983), {minLength: NUMBERS, maxLength: NUMBERS})
  const change = fc.array(fc.tuple(fc.nat(NUMBERS - 1), fc.nat(999_983)), {minLength: 4, maxLength: 60})
  return fc.tuple(numbers, change, change).map(([first, ...changes]) => {
    const list = [first]
    for (const one of changes) {
      const copy = [...list.at(-1)!]
      for (const [at, value] of one) copy[at] = value
      list.push(copy)
    }
    return list
  })
}

async function statesOf(all: readonly number[][]): Promise<State[]> {
  const states: State[] = []
  const wrong: string[] = []
  for (const numbers of all) {
    const sql = schemaOf(numbers)
    const place = await shadow.create()
    try {
      const db = await fill(place, sql)
      states.push({sql, catalog: await read(db), sighting: await observe(db, place)})
    } catch (error) {
      wrong.push((error as Error).message)
    } finally {
      await place.drop()
    }
  }
  // a generator that makes few schemas tests little
  expect(wrong.length, [...new Set(wrong)].slice(0, 9).join('\n')).toBeLessThan(all.length / 5)
  return states
}

async function fill(place: ShadowDatabase, sql: string): Promise<Db> {
  const db = await place.connect()
  await load(db, [{path: 'generated.sql', text: sql, holdsFunctions: false}], {calls: [], rolesMayBeMade: true, isolated: false})
  return db
}

async function walk(place: ShadowDatabase, from: State, to: State): Promise<'arrived' | 'refused' | 'failed'> {
  let steps: readonly Step[] = []
  const db = await place.connect()
  try {
    steps = plan(from.catalog, to.catalog).steps
    await runSteps(db, steps, async () => false)
    const there = await read(db)
    const left = compare(there, to.catalog).map(
      (change) => `${change.verb} ${change.verb === 'drop' ? change.from.id : change.to.id}`,
    )
    if (left.length > 0) throw new Error(`does not arrive:\n${left.join('\n')}`)
    const seen = disagreements(await observe(db, place), to.sighting)
    if (seen.length > 0) throw new Error(`other observers disagree:\n${seen.slice(0, 9).join('\n')}`)
    return 'arrived'
  } catch (error) {
    if (isRefusal(error)) return 'refused'
    keep('walk', from, to, steps, error)
    return 'failed'
  } finally {
    await db.close()
  }
}

async function provesOn(from: State, to: State): Promise<boolean> {
  const place = await shadow.create()
  let steps: readonly Step[] = []
  try {
    await (await fill(place, from.sql)).close()
    const whole = plan(from.catalog, to.catalog)
    steps = whole.steps
    await prove({clone: () => place.clone(), plan: whole, current: from.catalog, desired: to.catalog, read, compare})
    return true
  } catch (error) {
    if (!isRefusal(error)) keep('proof', from, to, steps, error)
    return false
  } finally {
    await place.drop()
  }
}

const isRefusal = (error: unknown): boolean => error instanceof PgextError && error.code === 'not-supported'

let folder: string | undefined

/** Both schemas and the plan, to be looked at and walked again. */
function keep(what: string, from: State, to: State, steps: readonly Step[], error: unknown): void {
  folder ??= mkdtempSync(join(process.env.PGEXT_REPLAY ?? tmpdir(), `pgext-generated-${seed}-`))
  const one = join(folder, String(failures.length))
  mkdirSync(one)
  writeFileSync(join(one, 'current.sql'), from.sql)
  writeFileSync(join(one, 'desired.sql'), to.sql)
  writeFileSync(join(one, 'plan.sql'), steps.map((step) => `${step.sql};\n`).join(''))
  const {message, hint, code} = error as PgextError
  const text = error instanceof PgextError ? `${code}: ${message}${hint ? `\n${hint}` : ''}` : (error as Error).stack!
  writeFileSync(join(one, 'error.txt'), text)
  failures.push(`${what} of ${one} (PGEXT_SEED=${seed}): ${text.slice(0, 1500)}`)
}
