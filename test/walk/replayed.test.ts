// Migrations whose end is known from an earlier look, and files that changed since, in; a proven plan out, without another replay where that leaves nothing else.
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test, vi} from 'vitest'
import {migrationFrom} from '../../src/migrations/file.ts'
import {writeSum} from '../../src/migrations/sum.ts'
import {openProject} from '../../src/project/open.ts'
import {openWalk} from '../../src/walk/open.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-replayed-'))
  vi.stubEnv('PGEXT_CACHE', join(folder, 'cache'))
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, {recursive: true, force: true})
})

const TABLES = Array.from(
  {length: 16},
  (_, n) => `create table t${n} (id int primary key, name text not null, at timestamptz);\n`,
)

/** What the walk says that it does, and what it plans. */
async function look(project: string): Promise<{told: string[]; sql: string[]; planted: number | undefined}> {
  const told: string[] = []
  const walk = await openWalk(await openProject(project), {tell: (text) => told.push(text)})
  try {
    const asked = {from: 'migrations', to: 'files', online: true, prove: true, allow: new Set<string>()} as const
    const {plan, proof} = await walk.difference(asked)
    return {told, sql: plan.steps.map(({sql}) => sql), planted: proof?.planted}
  } finally {
    await walk.close()
  }
}

test.each([
  ['make tables', '', false],
  ['leave rows', "insert into t1 values (1, 'one', now());", true],
])('migrations that %s', async (name, more, isReplayed) => {
  const project = join(folder, name.replaceAll(' ', '-'))
  const migrations = join(project, 'migrations')
  await mkdir(migrations, {recursive: true})
  await writeFile(join(project, 'pgext.json'), '{}')
  const text = `${TABLES.slice(0, -1).join('')}${more}\n`
  await writeFile(join(migrations, '20260101T000000_first.sql'), text)
  await writeSum(migrations, [migrationFrom('migrations/20260101T000000_first.sql', text)])
  await writeFile(join(project, 'schema.sql'), TABLES.join(''))
  const first = await look(project)
  expect(first.told).toContain('replaying the migrations')
  expect(first.sql.join()).toContain('public.t15')

  await writeFile(join(project, 'schema.sql'), TABLES.join('').replace('name text', 'title int, name text'))
  const second = await look(project)
  expect(second.told.includes('replaying the migrations')).toBe(isReplayed)
  expect(second.sql.filter((sql) => /ADD COLUMN title/.test(sql))).toHaveLength(1)
  expect(second.planted).toBeGreaterThan(0)
})
