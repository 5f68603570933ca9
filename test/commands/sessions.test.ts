// How often a command knocks at the target: on a far server each session costs several round trips.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Project, type Site} from './site.ts'

const SCHEMA = 'create table a (id int primary key, n int);\n'

let site: Site
let project: Project
beforeAll(async () => {
  site = await openSite()
  project = await site.project('sessions', {'schema.sql': SCHEMA})
})
afterAll(() => site?.close())

/** Sessions on the target that a command opened; each look is one more. */
async function opened(...args: string[]): Promise<number> {
  const count = async () => {
    const [row] = await project.ask(
      'select pg_stat_force_next_flush(); select sessions::int as n from pg_stat_database where datname = current_database()',
    )
    return row!.n as number
  }
  const before = await count()
  await project.ends(0, ...args)
  return (await count()) - before - 1
}

test('few, and not more with each thing that is asked', async () => {
  // is it there, its rights, what a shadow must be like, all that is asked and applied, its rights again, its functions; sizes
  expect(await opened('migrate', '--name', 'first')).toBeLessThanOrEqual(7)
  expect(await opened('migrate', '--yes')).toBeLessThanOrEqual(6)
  await project.ask('insert into a values (1, 1)')
  await project.write({'schema.sql': `${SCHEMA}create index on a (n);\n`})
  expect(await opened('migrate', '--name', 'second')).toBeLessThanOrEqual(7)
  expect(await opened('diff')).toBeLessThanOrEqual(3)
  expect(await opened('migrate:status')).toBe(1)
})
