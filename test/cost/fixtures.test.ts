// Every fixture's plans; what each of their steps is said to lock, write anew and read is what PostgreSQL shows while it runs.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {isClusterLevel} from '../../src/shadow/load.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {compareCosts} from '../support/costs.ts'
import {isLeftOut, readScenarios, type Scenario} from '../support/scenario.ts'

const ALL = process.env.PGEXT_MAJORS === 'all'
const MAJORS = ALL ? [14, 15, 16, 17, 18] : [18]
/** kinds whose steps lock tables, of which npm test takes some */
const OF_TABLES = ['column', 'constraint', 'domain', 'foreign', 'index', 'materialized-view', 'partition', 'table', 'trigger']

/** Steps that are said to do more than they do: the words of their SQL, and why nobody can know it beforehand. */
const MORE: readonly {readonly sql: string; readonly scenario?: string; readonly why: string}[] = [
  {sql: 'DEFAULT public.f()', why: 'a volatile SQL function that PostgreSQL puts in line, and finds to be a constant'},
  {
    sql: 'ADD COLUMN g integer GENERATED ALWAYS AS ((a + 1)) STORED',
    why: 'merged with a column that the table below has already',
  },
  {
    sql: 'ADD COLUMN age bigint NOT NULL',
    scenario: 'table/column-below-named-like-its-parents',
    why: 'merged with a column that the table below has already, and that is NOT NULL there',
  },
  {
    sql: ' NOT NULL',
    scenario: 'column/type-above-not-null-of-another-name',
    why: 'PostgreSQL 18 goes no further below where a table says NOT NULL itself',
  },
  {sql: 'ATTACH PARTITION public.implied_1', why: 'a check of the partition says already what its place says'},
  {sql: 'VALIDATE CONSTRAINT m_a_b_fkey', why: 'the tables are empty, and an empty one is not joined to the one it refers to'},
  {sql: 'FOREIGN KEY', why: 'whether the query behind it reads a table whole is the choice of the planner'},
]

describe.each(MAJORS)('costs on PostgreSQL %i', (major) => {
  const here = findBinaries(major) !== undefined
  let shadow: Shadow
  beforeAll(async () => {
    if (here) shadow = await openShadow({want: 'native', major})
    else console.info(`costs: there is no PostgreSQL ${major} on this machine (npm run test:all fetches it)`)
  })
  afterAll(async () => {
    await shadow?.close()
  })

  for (const scenario of chosen(readScenarios())) {
    test.skipIf(!here)(scenario.name, async (context) => {
      const why = isLeftOut(scenario, 'native', major)
      if (why) return context.skip(why)
      if (await isClusterLevel([...scenario.current, ...scenario.desired])) return context.skip('it is about roles')
      const compared = await compareCosts(shadow, scenario)
      const wrong = compared.filter(
        ({step, declared, seen}) =>
          declared !== seen && !MORE.some((one) => isAbout(one, scenario, step.sql) && isMore(declared, seen)),
      )
      expect(wrong.map(({step, declared, seen}) => ({sql: step.sql, declared, seen}))).toEqual([])
    })
  }
})

function chosen(all: readonly Scenario[]): readonly Scenario[] {
  if (ALL || process.env.PGEXT_COSTS === 'all') return all
  return all.filter(({name}, at) => OF_TABLES.includes(name.split('/')[0]!) && at % 4 === 0)
}

const isAbout = (one: (typeof MORE)[number], {name}: Scenario, sql: string): boolean =>
  sql.includes(one.sql) && (one.scenario ?? name) === name

function isMore(declared: string, seen: string): boolean {
  const said = new Set(declared.split(', '))
  return seen.split(', ').every((one) => one === '' || said.has(one))
}
