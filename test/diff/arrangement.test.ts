// Tables whose columns stand in another order than wanted in; one sentence with their names out, whatever else differs.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {arrangementNotes} from '../../src/diff/arrangement.ts'
import type {Catalog} from '../../src/diff/model.ts'
import {read} from '../../src/diff/read.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

let shadow: Shadow

beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})

afterAll(() => shadow?.close())

test('columns that both have, in another order', async () => {
  const now = await filled(`
    create table public.same (a int, b int, c int); create table public."Odd one" (c int, gone int, a int);
    create table public.longer (a int, c int); alter table public.same drop column b`)
  const wanted = await filled(`
    create table public.same (a int, c int, d int); create table public."Odd one" (a int, b int, c int); create table public.longer (a int, b int, c int)`)
  expect(arrangementNotes(now, wanted)).toEqual([
    'columns stand in another order than wanted, which no statement changes: public."Odd one"',
  ])
  expect(arrangementNotes(wanted, wanted)).toEqual([])
})

async function filled(sql: string): Promise<Catalog> {
  const db = await (await shadow.create()).connect()
  await db.script(sql)
  return read(db)
}
