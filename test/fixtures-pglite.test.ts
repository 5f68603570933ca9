// Folders under test/fixtures, walked both ways on PGlite: one database after the other state, left empty each time; nothing is proven here.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Db} from '../src/postgres/db.ts'
import type {Shadow} from '../src/shadow/model.ts'
import {openShadow} from '../src/shadow/open.ts'
import {prepared} from './support/prepared.ts'
import {isLeftOut, readScenarios, type Scenario} from './support/scenario.ts'
import {walkInPlace} from './support/walk.ts'

const EXTENSIONS = ['citext', 'hstore', 'pg_trgm', 'pgcrypto']

/** PGlite is the same PostgreSQL 18 compiled otherwise: one scenario of each kind tells, all of them where PGEXT_PGLITE=all. */
const all = readScenarios()
const kindOf = (scenario: Scenario): string => scenario.name.split('/')[0]!
const scenarios =
  process.env.PGEXT_PGLITE === 'all' ? all : all.filter((one) => all.find((first) => kindOf(first) === kindOf(one)) === one)
let shadow: Shadow
let db: Db | undefined

beforeAll(async () => {
  if (scenarios.length < all.length) {
    console.info(
      `PGlite: ${scenarios.length} of ${all.length} scenarios, one of each kind, for time; PGEXT_PGLITE=all walks them all`,
    )
  }
  shadow = await openShadow({want: 'pglite', extensions: EXTENSIONS})
  const left = scenarios.filter((scenario) => isLeftOut(scenario, 'pglite', shadow.server.major))
  if (left.length > 0)
    console.info(`left out on PGlite: ${left.length} of ${scenarios.length}\n${left.map(whyLeftOut).join('\n')}`)
})

afterAll(async () => {
  await db?.close()
  await shadow?.close()
})

describe('fixtures on PGlite', () => {
  for (const scenario of scenarios) {
    test(scenario.name, async (context) => {
      const why = isLeftOut(scenario, 'pglite', shadow.server.major)
      if (why) return context.skip(why)
      db ??= prepared(await (await shadow.create()).connect())
      try {
        await walk(db, scenario)
      } catch (error) {
        // what it left behind is nobody's start
        await db.close()
        db = undefined
        throw error
      }
    })
  }
})

async function walk(session: Db, scenario: Scenario): Promise<void> {
  const walked = walkInPlace(session, scenario)
  const {expectedFailure} = scenario.settings
  if (expectedFailure === undefined) return walked
  await expect(walked, `passes now: take expectedFailure out of its case.json (${expectedFailure})`).rejects.toThrow()
  await session.close()
  db = undefined
}

const whyLeftOut = (scenario: Scenario): string => `  ${scenario.name}: ${isLeftOut(scenario, 'pglite', shadow.server.major)}`
