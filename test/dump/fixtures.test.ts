// Every state of every fixture, dumped: loading the dump makes that state again.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {isLeftOut, readScenarios} from '../support/scenario.ts'
import {comesBack, WAYS} from './back.ts'

/** another server than the embedded one: postgresql://postgres@127.0.0.1:5432/postgres */
const shadowUrl = process.env.PGEXT_FIXTURES_URL

/** each state in every way */
const ALL = process.env.PGEXT_DUMPS === 'all'

const open = (isolated = false) => openShadow({want: 'native', isolated, ...(shadowUrl && {shadowUrl})})

let shadow: Shadow

beforeAll(async () => {
  shadow = await open()
})

afterAll(async () => {
  await shadow?.close()
})

describe('load(dump(db)) = db', () => {
  for (const [n, scenario] of readScenarios().entries()) {
    test.concurrent(scenario.name, async (context) => {
      const why = isLeftOut(scenario, 'native', shadow.server.major)
      if (why) return context.skip(why)
      if (!ALL && n % 5 > 0) return context.skip('npm test takes one of five, npm run test:all each of them')
      for (const [side, files] of [scenario.current, scenario.desired].entries()) {
        // each state in one way, each folder in two; all of them on demand
        const ways = ALL ? WAYS : [WAYS[(n + side) % WAYS.length]!]
        const left = await comesBack(files, shadow, () => open(true), ways)
        expect(left).toEqual([])
      }
    })
  }
})
