// Every folder under test/fixtures, walked both ways on a real PostgreSQL of its own, and proven with planted rows.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Shadow} from '../src/shadow/model.ts'
import {openShadow} from '../src/shadow/open.ts'
import {isLeftOut, readScenarios, type Scenario} from './support/scenario.ts'
import {walkOn} from './support/walk.ts'

/** a server to walk on instead, to see another major: postgresql://postgres@127.0.0.1:5432/postgres */
const shadowUrl = process.env.PGEXT_FIXTURES_URL

const open = (isolated = false) => openShadow({want: 'native', isolated, ...(shadowUrl && {shadowUrl})})

let shadow: Shadow

beforeAll(async () => {
  shadow = await open()
})

afterAll(async () => {
  await shadow?.close()
})

describe('fixtures', () => {
  for (const scenario of readScenarios()) {
    test.concurrent(scenario.name, async (context) => {
      const why = isLeftOut(scenario, 'native', shadow.server.major)
      if (why) return context.skip(why)
      await walk(scenario)
    })
  }
})

async function walk(scenario: Scenario): Promise<void> {
  const {expectedFailure} = scenario.settings
  const walked = walkOn(shadow, () => open(true), scenario)
  if (expectedFailure === undefined) return walked
  await expect(walked, `passes now: take expectedFailure out of its case.json (${expectedFailure})`).rejects.toThrow()
}
