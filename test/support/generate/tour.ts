// A seed in; some schemas to a database, walked from one set of them to another, and what went wrong on the way, out.
//
// Reading a catalog costs the same for one small schema as for several: they share databases, and each changes with every walk.
import {mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import fc from 'fast-check'
import {PgextError} from '../../../src/errors.ts'
import type {Shadow} from '../../../src/shadow/model.ts'
import {schemaOf} from '../generate.ts'
import {NUMBERS} from './spot.ts'
import {enter, leave, move, type Place, type State, type Stuck, stateOf, type Way} from './visit.ts'

/** How many schemas share a database. */
export const TOGETHER = 4

/** What is wrong and known, by words of the error; no smaller case shows it yet. Taken out when mended. */
const KNOWN: Readonly<Record<string, RegExp>> = {}

/** How often a state is left again, on average. */
const WALKS = 5

export interface Extent {
  readonly seed: number
  /** steps of one schema */
  readonly runs: number
  readonly proofs: number
  readonly major: number
  readonly busy?: boolean
}

export interface Tour {
  readonly schemas: number
  readonly arrived: number
  readonly proven: number
  readonly refused: number
  /** how often each of these */
  readonly known: Readonly<Record<string, number>>
  readonly failures: readonly string[]
}

export async function tour(shadow: Shadow, {seed, runs, proofs, major, busy = false}: Extent): Promise<Tour> {
  const walks = Math.ceil(runs / TOGETHER)
  const states = await statesOf(shadow, seed, major, Math.max(4, Math.ceil(walks / WALKS)))
  const failures: string[] = []
  const known: Record<string, number> = {}
  let [arrived, proven, refused, at] = [0, 0, 0, 0]
  let place: Place | undefined
  for (const [turn, number] of fc.sample(fc.nat(), {seed, numRuns: walks}).entries()) {
    // one of its family, or any other
    const step = number % 3 === 0 ? 1 + (number % (states.length - 1)) : 1
    const way = {
      from: states[at]!,
      to: states[(at + step) % states.length]!,
      withRows: Math.floor(((turn + 1) * proofs) / runs) > Math.floor((turn * proofs) / runs),
      busy,
    }
    at = (at + step) % states.length
    place ??= await enter(shadow, way.from.schemas)
    const stuck = await move(place, way)
    if (!stuck) {
      arrived += TOGETHER
      if (way.withRows) proven += TOGETHER
      continue
    }
    await leave(place)
    place = undefined
    const alone = await eachAlone(shadow, way)
    refused += alone.filter(isRefusal).length
    const faults = alone.filter((one) => !isRefusal(one))
    for (const one of alone.length > 0 ? faults : [stuck]) {
      const fault = knownAs(one)
      if (fault) known[fault] = (known[fault] ?? 0) + 1
      else failures.push(record(seed, one))
    }
  }
  if (place) await leave(place)
  return {schemas: states.length * TOGETHER, arrived, proven, refused, known, failures}
}

async function statesOf(shadow: Shadow, seed: number, major: number, count: number): Promise<State[]> {
  const families = fc.sample(family(), {seed, numRuns: Math.ceil(count / 3) * TOGETHER})
  const states: State[] = []
  for (let at = 0; at < count; at++) {
    const own = families.slice(Math.floor(at / 3) * TOGETHER).slice(0, TOGETHER)
    states.push(
      await stateOf(
        shadow,
        own.map((one, spot) => schemaOf(one[at % 3]!, spot, major)),
      ),
    )
  }
  return states
}

/** A schema and two that differ from it in a few numbers. */
function family(): fc.Arbitrary<number[][]> {
  const numbers = fc.array(fc.nat(999_983), {minLength: NUMBERS, maxLength: NUMBERS})
  const change = fc.array(fc.tuple(fc.nat(NUMBERS - 1), fc.nat(999_983)), {minLength: 8, maxLength: 120})
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

/** The same way for each of the schemas in a database of its own: those that get stuck there too. */
async function eachAlone(shadow: Shadow, {from, to, ...how}: Way): Promise<Stuck[]> {
  const alone: Stuck[] = []
  for (const [spot, schema] of from.schemas.entries()) {
    const way = {from: await stateOf(shadow, [schema]), to: await stateOf(shadow, [to.schemas[spot]!]), ...how}
    const place = await enter(shadow, way.from.schemas)
    const stuck = await move(place, way)
    if (stuck) alone.push(stuck)
    await leave(place)
  }
  return alone
}

const isRefusal = ({error}: Stuck): boolean => error instanceof PgextError && error.code === 'not-supported'

const textOf = (error: unknown): string => {
  const {message, hint} = error as PgextError
  return hint ? `${message}\n${hint}` : message
}

const knownAs = ({error}: Stuck): string | undefined => Object.keys(KNOWN).find((fault) => KNOWN[fault]!.test(textOf(error)))

/** Both schemas and the plan, to be looked at and walked again. */
function record(seed: number, {way, steps, error}: Stuck): string {
  const one = mkdtempSync(join(process.env.PGEXT_REPLAY ?? tmpdir(), `pgext-generated-${seed}-`))
  writeFileSync(join(one, 'current.sql'), way.from.schemas.join('\n'))
  writeFileSync(join(one, 'desired.sql'), way.to.schemas.join('\n'))
  writeFileSync(join(one, 'plan.sql'), steps.map((step) => `${step.sql};\n`).join(''))
  const text = error instanceof PgextError ? `${error.code}: ${textOf(error)}` : (error as Error).stack!
  writeFileSync(join(one, 'error.txt'), text)
  return `${way.withRows ? 'walk with rows' : 'walk'} of ${one} (PGEXT_SEED=${seed}): ${text.slice(0, 1500)}`
}
