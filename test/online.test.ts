// Fixtures whose tables are said to be in use; their plans go the long way round, and arrive all the same, with every row.
import {afterAll, beforeAll, describe, test} from 'vitest'
import type {Shadow} from '../src/shadow/model.ts'
import {openShadow} from '../src/shadow/open.ts'
import {isLeftOut, readScenarios, type Scenario} from './support/scenario.ts'
import {walkOn} from './support/walk.ts'

const ALL = process.env.PGEXT_MAJORS === 'all' || process.env.PGEXT_ONLINE === 'all'
/** kinds that have a way of their own for tables in use, of which npm test takes some */
const OF_TABLES = ['column', 'constraint', 'index', 'materialized-view', 'partition', 'rename', 'table']

const open = (isolated = false) => openShadow({want: 'native', isolated})
let shadow: Shadow

beforeAll(async () => {
  shadow = await open()
})

afterAll(async () => {
  await shadow?.close()
})

describe('on tables in use', () => {
  for (const scenario of chosen(readScenarios())) {
    test.concurrent(scenario.name, async (context) => {
      const why = isLeftOut(scenario, 'native', shadow.server.major) ?? scenario.settings.expectedFailure
      if (why) return context.skip(why)
      await walkOn(shadow, () => open(true), scenario, {busy: () => true})
    })
  }
})

function chosen(all: readonly Scenario[]): readonly Scenario[] {
  if (ALL) return all
  return all.filter(({name}, at) => OF_TABLES.includes(name.split('/')[0]!) && at % 5 === 0)
}
