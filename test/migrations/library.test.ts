// What a program reads and applies is refused where `pgext migrate` refuses it: an unfit pgext.sum, a file that comes late.
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {applyMigrations, readMigrations} from '../../src/index.ts'
import {writeSum} from '../../src/migrations/sum.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

let shadow: Shadow
let folder: string
beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
  folder = await mkdtemp(join(tmpdir(), 'pgext-library-'))
})
afterAll(async () => {
  await shadow?.close()
  await rm(folder, {recursive: true, force: true})
})

const put = (name: string, text: string) => writeFile(join(folder, name), text)
const versions = (all: readonly {readonly migration: {readonly version: string}}[]) => all.map(({migration}) => migration.version)

test('files are those that pgext.sum names, and none comes late, unless a program says so', async () => {
  const db = await (await shadow.create()).connect()
  await put('20260102T000000_b.sql', 'create table public.b ();\n')
  await writeSum(folder, await readMigrations(folder))
  expect(versions(await applyMigrations(db, await readMigrations(folder)))).toEqual(['20260102T000000'])
  await put('20260101T000000_a.sql', 'create table public.a ();\n')
  await put('20260103T000000_c.sql', 'create table public.c ();\n')
  await expect(readMigrations(folder)).rejects.toMatchObject({code: 'sum'})
  const all = await readMigrations(folder, {sum: false})
  await expect(applyMigrations(db, all)).rejects.toMatchObject({
    code: 'not-allowed',
    message: expect.stringContaining('20260101T000000_a.sql'),
    hint: expect.stringContaining('outOfOrder: true'),
  })
  expect(await db.query("select to_regclass('public.c') as c")).toEqual([{c: null}])
  expect(versions(await applyMigrations(db, all, {outOfOrder: true}))).toEqual(['20260101T000000', '20260103T000000'])
  await db.close()
})
