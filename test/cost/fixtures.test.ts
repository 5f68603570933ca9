// Every fixture's plans; what each of their steps is said to lock, write anew and read is what PostgreSQL shows while it runs.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {PlanOptions} from '../../src/diff/plan.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {isClusterLevel} from '../../src/shadow/load.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {compareCosts} from '../support/costs.ts'
import {isLeftOut, readScenarios, type Scenario} from '../support/scenario.ts'

const ALL = process.env.PGEXT_MAJORS === 'all'
const MAJORS = ALL ? [14, 15, 16, 17, 18] : [18]
/** plain plans, and those that go round tables in use, whose steps are stopped outside transactions too */
const WAYS: readonly Way[] = [
  {name: '', busy: {}, turn: 0},
  {name: ', in use', busy: {busy: () => true}, turn: 3},
]
/** kinds whose steps lock tables, of which npm test takes some */
const OF_TABLES = ['column', 'constraint', 'domain', 'foreign', 'index', 'materialized-view', 'partition', 'table', 'trigger']

/** Steps that are said to do more than they do: the words of their SQL, and why nobody can know it beforehand. */
interface More {
  readonly sql: string
  readonly scenario?: string
  /** only in what they read */
  readonly reads?: true
  readonly why: string
}
const MORE: readonly More[] = [
  {sql: 'DEFAULT public.f()', why: 'a volatile SQL function that PostgreSQL puts in line, and finds to be a constant'},
  {
    sql: ' NOT NULL',
    scenario: 'column/type-above-not-null-of-another-name',
    why: 'PostgreSQL 18 goes no further below where a table says NOT NULL itself',
  },
  {sql: 'FOREIGN KEY', reads: true, why: 'the tables are empty, and an empty one is not joined to the one it refers to'},
  {sql: 'VALIDATE CONSTRAINT m_a_b_fkey', reads: true, why: 'the same'},
  {sql: 'DETACH PARTITION', reads: true, why: 'the same'},
  {sql: 'ATTACH PARTITION', reads: true, why: 'the same; and whether a check implies the bounds only PostgreSQL can prove'},
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

  for (const {name, scenario, busy} of WAYS.flatMap((way) => chosen(readScenarios(), way))) {
    test.skipIf(!here)(name, async (context) => {
      const why = isLeftOut(scenario, 'native', major)
      if (why) return context.skip(why)
      if (await isClusterLevel([...scenario.current, ...scenario.desired])) return context.skip('it is about roles')
      const compared = await compareCosts(shadow, scenario, busy)
      const wrong = compared.filter(
        ({step, declared, seen}) =>
          declared !== seen && !MORE.some((one) => isAbout(one, scenario, step.sql) && isMore(one, declared, seen)),
      )
      expect(wrong.map(({step, declared, seen}) => ({sql: step.sql, declared, seen}))).toEqual([])
    })
  }
})

interface Way {
  readonly name: string
  readonly busy: Pick<PlanOptions, 'busy'>
  /** which of them npm test takes */
  readonly turn: number
}

function chosen(
  all: readonly Scenario[],
  {name: way, busy, turn}: Way,
): (Pick<Way, 'busy'> & {name: string; scenario: Scenario})[] {
  const some =
    ALL || process.env.PGEXT_COSTS === 'all'
      ? all
      : all.filter(({name}, at) => OF_TABLES.includes(name.split('/')[0]!) && at % 6 === turn)
  return some.map((scenario) => ({name: `${scenario.name}${way}`, scenario, busy}))
}

const isAbout = (one: (typeof MORE)[number], {name}: Scenario, sql: string): boolean =>
  sql.includes(one.sql) && (one.scenario ?? name) === name

function isMore({reads}: More, declared: string, seen: string): boolean {
  const [said, saw] = [declared, seen].map((text) => text.split(', ').filter(Boolean)) as [string[], string[]]
  const more = said.filter((one) => !saw.includes(one))
  return saw.every((one) => said.includes(one)) && (!reads || more.every((one) => one.startsWith('reads ')))
}
