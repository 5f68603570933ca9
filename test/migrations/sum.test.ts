// Migrations in a folder, their pgext.sum: written, read back, and held against files that changed since.
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {migrationFrom, readMigrations, writeMigration} from '../../src/migrations/file.ts'
import {checkSum, compareSum, readSum, SUM, sumOf, writeSum} from '../../src/migrations/sum.ts'

let folder: string
const [A, B, C, D] = ['20260101T000000_a.sql', '20260102T000000_b.sql', '20260103T000000_c.sql', '20260104T000000_d.sql'] as const

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-sum-'))
})
afterEach(() => rm(folder, {recursive: true}))

const of = (...files: string[]) => files.map((file) => migrationFrom(file, `select '${file}';\n`))
const put = (file: string, text = `select '${file}';\n`) => writeFile(join(folder, file), text)
const problems = async () => {
  const found = compareSum((await readSum(folder, 'migrations'))!, await readMigrations(folder))
  return found.map(({kind, file}) => `${kind} ${file}`)
}

test('each line is chained to the one before: the same files in the same order, and only they, have the same text', () => {
  const lines = sumOf(of(A, B, C)).split('\n')
  expect(lines[0]).toMatch(/^# pgext\.sum: /)
  expect(lines.slice(1, 4).map((line) => line.split(' ')[0])).toEqual([A, B, C])
  expect(lines.slice(1, 4).every((line) => /^\S+ [0-9a-f]{64}$/.test(line))).toBe(true)
  expect(sumOf(of(C, A, B))).toBe(sumOf(of(A, B, C)))
  // what follows another base is another line, though its file is the same
  expect(sumOf(of(A, C)).split('\n')[2]).not.toBe(lines[3])
  expect(sumOf(of(A, B)).split('\n').slice(0, 3)).toEqual(lines.slice(0, 3))
})

test('what does not fit is told once for each file, with its line', async () => {
  for (const file of [A, B, C]) await put(file)
  expect(await readSum(folder)).toBeUndefined()
  await writeSum(folder, await readMigrations(folder))
  expect(await problems()).toEqual([])
  await put(B, 'select 2;\n')
  expect(await problems()).toEqual([`changed ${B}`])
  await put(B)
  await put(D)
  expect(await problems()).toEqual([`unlisted ${D}`])
  await rm(join(folder, A))
  expect(await problems()).toEqual([`missing ${A}`, `unlisted ${D}`])
  await expect(checkSum(folder, await readMigrations(folder), 'migrations')).rejects.toMatchObject({
    code: 'sum',
    message: expect.stringMatching(
      /^migrations\/pgext\.sum does not fit.*\n {2}20260101T000000_a\.sql \(line 2\): .*no such file\n.*_d\.sql: /,
    ),
    hint: expect.stringContaining('pgext migrate:sum'),
  })
})

test('CRLF and a BOM change nothing, in the files or in pgext.sum', async () => {
  for (const file of [A, B]) await put(file, `\uFEFFselect 1;\r\nselect '${file}';\r\n`)
  await writeSum(folder, await readMigrations(folder))
  for (const file of [A, B]) await put(file, `select 1;\nselect '${file}';\n`)
  await writeFile(join(folder, SUM), `\uFEFF${(await readFile(join(folder, SUM), 'utf8')).replaceAll('\n', '\r\n')}`)
  expect(await problems()).toEqual([])
})

test('lines of two branches put one behind the other are out of order; so are lines swapped, or said twice', async () => {
  for (const file of [A, B, C]) await put(file)
  const [head, a, b] = sumOf(of(A, B)).split('\n')
  const [, , c] = sumOf(of(A, C)).split('\n')
  await writeFile(join(folder, SUM), [head, a, b, c, ''].join('\n'))
  expect(await problems()).toEqual([`order ${C}`])
  await expect(checkSum(folder, await readMigrations(folder))).rejects.toMatchObject({
    hint: expect.stringContaining('migrate:rebase'),
  })
  const whole = sumOf(of(A, B, C)).split('\n')
  await writeFile(join(folder, SUM), [whole[0], whole[2], whole[1], whole[3], ''].join('\n'))
  expect(await problems()).toEqual([`order ${B}`, `order ${A}`, `order ${C}`])
  await writeFile(join(folder, SUM), [whole[0], whole[1], whole[2], whole[2], whole[3]].join('\n'))
  expect(await problems()).toEqual([`order ${B}`])
})

test('marks of a merge, and what is no line at all, are told at their line', async () => {
  const [head, a, b] = sumOf(of(A, B)).split('\n')
  await writeFile(join(folder, SUM), `${head}\n${a}\n<<<<<<< HEAD\n${b}\n=======\nx\n>>>>>>> other\n`)
  const where = {file: 'migrations/pgext.sum', line: 3, column: 1, text: '<<<<<<< HEAD'}
  await expect(readSum(folder, 'migrations')).rejects.toMatchObject({
    code: 'sum',
    where,
    hint: expect.stringContaining('migrate:rebase'),
  })
  await writeFile(join(folder, SUM), `${head}\n${a}\n${b!.slice(0, -1)}\n`)
  await expect(readSum(folder, 'migrations')).rejects.toMatchObject({code: 'sum', where: {line: 3}})
})

test('the first migration written makes it, the next ones keep it, and nothing is written where it does not fit', async () => {
  const at = new Date('2026-11-21T06:15:00Z')
  const first = await writeMigration(folder, {name: 'first', sql: 'select 1;\n', at})
  await writeMigration(folder, {name: 'second', sql: 'select 2;\n', at})
  expect(await problems()).toEqual([])
  expect((await readSum(folder))!.lines.map(({file}) => file)).toEqual([
    '20261121T061500_first.sql',
    '20261121T061501_second.sql',
  ])
  await put('20261121T061500_first.sql', `${first.text}-- more\n`)
  const before = await readdir(folder)
  await expect(writeMigration(folder, {name: 'third', sql: 'select 3;\n', at})).rejects.toMatchObject({code: 'sum'})
  expect(await readdir(folder)).toEqual(before)
})

test('a folder of migrations without one stays without; a clock that is behind writes behind the newest all the same', async () => {
  await put('20990101T000000_far.sql')
  const {path} = await writeMigration(folder, {name: 'next', sql: 'select 1;\n', at: new Date()}, 'migrations')
  expect(path).toBe('migrations/20990101T000001_next.sql')
  expect(await readSum(folder)).toBeUndefined()
})
