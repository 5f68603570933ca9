// A major in; a test for each folder under test/fixtures out, walked both ways on a PostgreSQL of that major and proven with planted rows:
// by npm test there, or back, by turns; both ways by npm run test:all, and with PGEXT_FIXTURES=both.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {findBinaries} from '../../src/shadow/binaries.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {isLeftOut, readScenarios, type Scenario} from './scenario.ts'
import {walkOn} from './walk.ts'

const BOTH = process.env.PGEXT_LOAD === 'full' || process.env.PGEXT_FIXTURES === 'both'

/** The major whose every scenario is walked by npm test. */
const MAIN = 18

/** a server to walk on instead: postgresql://postgres@127.0.0.1:5432/postgres */
const shadowUrl = process.env.PGEXT_FIXTURES_URL

export function walkFixtures(major: number): void {
  const all = readScenarios()
  const scenarios = major === MAIN || process.env.PGEXT_MAJORS === 'all' ? all : sample(all, major)
  const isHere = shadowUrl !== undefined || findBinaries(major) !== undefined
  if (!isHere) {
    const why = `there is no PostgreSQL ${major} on this machine (npm run test:all fetches it)`
    console.info(`fixtures: ${why}`)
    test(`fixtures on PostgreSQL ${major}`, (context) => context.skip(why))
    return
  }
  const open = (isolated = false) => openShadow({want: 'native', major, isolated, ...(shadowUrl && {shadowUrl})})
  let shadow: Shadow

  beforeAll(async () => {
    if (!BOTH)
      console.info('fixtures are proven one way each, there and back by turns, for time; PGEXT_FIXTURES=both proves both')
    if (scenarios.length < all.length)
      console.info(
        `PostgreSQL ${major}: ${scenarios.length} of ${all.length} scenarios, for time; PGEXT_MAJORS=all walks them all`,
      )
    shadow = await open()
  })

  afterAll(async () => {
    await shadow?.close()
  })

  describe(`fixtures on PostgreSQL ${major}`, () => {
    for (const [at, scenario] of scenarios.entries()) {
      test.concurrent(scenario.name, async (context) => {
        const why = isLeftOut(scenario, 'native', shadow.server.major)
        if (why) return context.skip(why)
        const walked = walkOn(shadow, () => open(true), scenario, {proof: proofOf(scenario, at)})
        const {expectedFailure} = scenario.settings
        if (expectedFailure === undefined) return walked
        await expect(walked, `passes now: take expectedFailure out of its case.json (${expectedFailure})`).rejects.toThrow()
      })
    }
  })
}

/** A scenario that is not to be proven fails in one way, and nobody said in which. */
function proofOf({settings}: Scenario, at: number): 'both' | 'there' | 'back' {
  if (BOTH || settings.unproven !== undefined) return 'both'
  if (settings.refuses) return settings.refuses.there ? 'back' : 'there'
  return at % 2 === 0 ? 'there' : 'back'
}

/** One of every other kind, another one on another major. */
function sample(all: readonly Scenario[], major: number): Scenario[] {
  const kindOf = ({name}: Scenario) => name.split('/')[0]!
  const kinds = [...new Set(all.map(kindOf))].filter((_, at) => at % 2 === major % 2)
  return kinds.map((kind) => {
    const those = all.filter((one) => kindOf(one) === kind)
    return those[major % those.length]!
  })
}
