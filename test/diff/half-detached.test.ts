// A DETACH CONCURRENTLY that was broken off in; the drift is seen, ended by FINALIZE, and mended where the partition is to stay.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {compare} from '../../src/diff/compare.ts'
import {plan} from '../../src/diff/plan.ts'
import {read} from '../../src/diff/read.ts'
import type {Db} from '../../src/postgres/db.ts'
import {runSteps} from '../../src/prove/run.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

const PARENT = 'create table public.p (id int primary key, note text) partition by range (id);'
const WHOLE = `${PARENT} create table public.p1 partition of public.p for values from (0) to (10);`

let shadow: Shadow

beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})

afterAll(() => shadow?.close())

test.each([
  ['gone from its parent', `${PARENT} create table public.p1 (id int primary key, note text)`, 'FINALIZE'],
  ['back under its parent', WHOLE, 'ATTACH PARTITION'],
  ['dropped', PARENT, 'DROP TABLE public.p1'],
])('half detached, and wanted %s', async (_, wanted, words) => {
  const broken = await halfDetached()
  const whole = await filled(wanted)
  const [current, desired] = [await read(broken), await read(whole)]
  expect(compare(current, desired).map(({verb}) => verb)).not.toEqual([])
  expect(() => plan(desired, current)).toThrow('is half detached where it is wanted')
  const {steps} = plan(current, desired)
  expect(steps.map(({sql}) => sql).join('\n')).toContain(words)
  await runSteps(broken, steps, async () => false)
  expect(compare(await read(broken), desired)).toEqual([])
})

/** It waits for whoever sees the old state, and is cancelled meanwhile. */
async function halfDetached(): Promise<Db> {
  const database = await shadow.create()
  const [db, other] = [await database.connect(), await database.connect()]
  await db.script(WHOLE)
  await other.script('begin; select from public.p')
  await db.script(`set statement_timeout = '500ms'`)
  await expect(db.query('alter table public.p detach partition public.p1 concurrently')).rejects.toThrow('timeout')
  await db.script('reset statement_timeout')
  await other.script('commit')
  await other.close()
  return db
}

async function filled(sql: string): Promise<Db> {
  const db = await (await shadow.create()).connect()
  await db.script(sql)
  return db
}
