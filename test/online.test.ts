// Fixtures whose tables are said to be in use; their plans go the long way round, and arrive all the same, with every row.
import {afterAll, beforeAll, describe, test} from 'vitest'
import {findBinaries} from '../src/shadow/binaries.ts'
import type {Shadow} from '../src/shadow/model.ts'
import {openShadow} from '../src/shadow/open.ts'
import {isLeftOut, readScenarios, type Scenario} from './support/scenario.ts'
import {walkOn} from './support/walk.ts'

const EVERYWHERE = process.env.PGEXT_MAJORS === 'all'
const ALL = EVERYWHERE || process.env.PGEXT_ONLINE === 'all'
const MAJORS = EVERYWHERE ? [14, 15, 16, 17, 18] : [18]
/** kinds that have a way of their own for tables in use, of which npm test takes some */
const OF_TABLES = ['column', 'constraint', 'domain', 'index', 'materialized-view', 'partition', 'rename', 'table']

describe.each(MAJORS)('on tables in use, PostgreSQL %i', (major) => {
  const here = findBinaries(major) !== undefined
  const open = (isolated = false) => openShadow({want: 'native', major, isolated})
  let shadow: Shadow

  beforeAll(async () => {
    if (here) shadow = await open()
    else console.info(`on tables in use: there is no PostgreSQL ${major} on this machine (npm run test:all fetches it)`)
  })

  afterAll(async () => {
    await shadow?.close()
  })

  for (const scenario of chosen(readScenarios())) {
    test.skipIf(!here).concurrent(scenario.name, async (context) => {
      const why = isLeftOut(scenario, 'native', major) ?? scenario.settings.expectedFailure
      if (why) return context.skip(why)
      await walkOn(shadow, () => open(true), scenario, {busy: () => true})
    })
  }
})

function chosen(all: readonly Scenario[]): readonly Scenario[] {
  if (ALL) return all
  return all.filter(({name}, at) => OF_TABLES.includes(name.split('/')[0]!) && at % 5 === 0)
}
