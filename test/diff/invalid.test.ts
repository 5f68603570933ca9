// A database whose index was built CONCURRENTLY and failed in; the drift is seen, and mended by an index that is whole.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {compare} from '../../src/diff/compare.ts'
import {plan} from '../../src/diff/plan.ts'
import {read} from '../../src/diff/read.ts'
import type {Db} from '../../src/postgres/db.ts'
import {runSteps} from '../../src/prove/run.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

let shadow: Shadow

beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})

afterAll(() => shadow?.close())

test('an invalid index is made again, and can not be wished for', async () => {
  const broken = await filled('insert into public.t values (1), (1)')
  await expect(broken.query('create unique index concurrently once on public.t (id)')).rejects.toThrow()
  await broken.script('delete from public.t')
  const whole = await filled('create unique index once on public.t (id)')
  const [current, desired] = [await read(broken), await read(whole)]
  expect(compare(current, desired).map(({verb}) => verb)).toEqual(['alter'])
  expect(() => plan(desired, current)).toThrow('is invalid where it is wanted')
  await runSteps(broken, plan(current, desired).steps, async () => false)
  expect(compare(await read(broken), desired)).toEqual([])
})

async function filled(sql: string): Promise<Db> {
  const database = await shadow.create()
  const db = await database.connect()
  await db.script(`create table public.t (id int); ${sql}`)
  return db
}
