// Partitions with rows to which others refer in, plans run on them; the rows where they belong, and foreign keys that hold, out.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {plan} from '../../src/diff/plan.ts'
import {read} from '../../src/diff/read.ts'
import {runSteps} from '../../src/prove/run.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

let shadow: Shadow
beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})
afterAll(() => shadow?.close())

/** The steps from one to the other, run on rows. */
async function walk(current: string, rows: string, desired: string) {
  const [from, to] = await Promise.all([shadow.create(), shadow.create()])
  const [db, wanted] = [await from.connect(), await to.connect()]
  await db.script(`set search_path = public; ${current}; ${rows}; set search_path = ''`)
  await wanted.script(`set search_path = public; ${desired}; set search_path = ''`)
  const {steps} = plan(await read(db), await read(wanted))
  await runSteps(db, steps, async () => false)
  return {steps, db}
}

const TABLES = `
  create table p (id int, k int, primary key (id, k)) partition by list (k);
  create table p1 partition of p for values in (1);
  create table r (id int, k int, foreign key (id, k) references p)`

test('a partition gets other bounds while rows refer to its rows', async () => {
  const {db} = await walk(
    TABLES,
    'insert into p values (1, 1), (2, 1); insert into r values (1, 1)',
    TABLES.replace('in (1)', 'in (1, 3)'),
  )
  expect(await db.query('select count(*)::int as n from public.p1')).toEqual([{n: 2}])
  await expect(db.script('insert into public.r values (9, 9)')).rejects.toThrow('violates foreign key')
  await expect(db.script('delete from public.p where id = 1')).rejects.toThrow('violates foreign key')
})

test('a partition that leaves says that rows may refer to it', async () => {
  const {steps} = await walk(
    TABLES,
    'insert into p values (1, 1)',
    TABLES.replace('create table p1 partition of p for values in (1)', 'create table p1 (id int, k int, primary key (id, k))'),
  )
  const detach = steps.find(({sql}) => sql.includes('DETACH'))!
  expect(detach.hazards).toEqual([{name: 'data-dependent', why: 'fails on rows of public.r that refer to rows of public.p1'}])
})
