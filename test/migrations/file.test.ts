// A folder of files in, migrations by version out; wrong names, twins and odd bytes are told.
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {rewrite} from '../../src/history/anew.ts'
import {migrationFrom, readMigrations, slugOf, writeMigration} from '../../src/migrations/file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-migrations-'))
})
afterEach(() => rm(folder, {recursive: true}))
const put = (name: string, content: string | Buffer = 'select 1;\n') => writeFile(join(folder, name), content)
const read = () => readMigrations(folder, 'migrations')

test('files come by version, other files are left alone', async () => {
  await put('20260102T000000_b.sql')
  await put('20260101T235959_a.sql')
  await put('README.md')
  await put('.gitkeep')
  const found = await read()
  expect(found.map(({version, name, path}) => [version, name, path])).toEqual([
    ['20260101T235959', 'a', 'migrations/20260101T235959_a.sql'],
    ['20260102T000000', 'b', 'migrations/20260102T000000_b.sql'],
  ])
})

test('a folder that is not there holds none', async () => {
  expect(await readMigrations(join(folder, 'nowhere'))).toEqual([])
})

test.each([
  'init.sql',
  '20260102_b.sql',
  '20261399T000000_b.sql',
  '20260230T000000_b.sql',
  '20260102T000000.sql',
  '20260102T000000_b.SQL',
])('a wrong name is told: %s', async (name) => {
  await put(name)
  await expect(read()).rejects.toMatchObject({code: 'migration-name', message: expect.stringContaining(`migrations/${name}`)})
})

test('two with one version are told, both by name', async () => {
  await put('20260102T000000_b.sql')
  await put('20260102T000000_a.sql')
  await put('20260103T000000_c.sql')
  await expect(read()).rejects.toMatchObject({
    code: 'migration-name',
    message: 'several migrations have one version: migrations/20260102T000000_a.sql, migrations/20260102T000000_b.sql',
  })
})

test('CRLF and a BOM change nothing', async () => {
  const path = '20260102T000000_b.sql'
  const unix = migrationFrom(path, 'select 1;\nselect 2;\n')
  await put(path, '\uFEFFselect 1;\r\nselect 2;\r\n')
  const [windows] = await read()
  expect(windows!.text).toBe(unix.text)
  expect(windows!.checksum).toBe(unix.checksum)
  expect(migrationFrom(path, 'select 1;\nselect 3;\n').checksum).not.toBe(unix.checksum)
})

test('UTF-16 and Latin-1 are told', async () => {
  await put('20260102T000000_b.sql', Buffer.from('\uFEFFselect 1;', 'utf16le'))
  await expect(read()).rejects.toMatchObject({code: 'bad-file', message: expect.stringContaining('UTF-16')})
  await put('20260102T000000_b.sql', Buffer.from("select 'é'", 'latin1'))
  await expect(read()).rejects.toMatchObject({code: 'bad-file', message: 'migrations/20260102T000000_b.sql is not UTF-8 text'})
})

test('writing gives a header, never overwrites, and moves one second on', async () => {
  const made = {
    name: 'Add orders!',
    sql: 'BEGIN;\nCOMMIT;\n',
    from: 'aa',
    to: 'bb',
    model: 1,
    at: new Date('2026-11-21T06:15:59.900Z'),
  }
  const first = await writeMigration(folder, made, 'migrations')
  const second = await writeMigration(folder, {...made, name: 'other'}, 'migrations')
  expect(first.path).toBe('migrations/20261121T061559_add_orders.sql')
  expect(second.path).toBe('migrations/20261121T061600_other.sql')
  expect(first.header).toEqual({format: 1, from: 'aa', to: 'bb', model: 1})
  expect(await readFile(join(folder, '20261121T061559_add_orders.sql'), 'utf8')).toBe(
    '-- pgext migration, format 1\n-- from: aa\n-- to: bb\n-- model: 1\n\nBEGIN;\nCOMMIT;\n',
  )
  expect(await read()).toEqual([first, second])
  // two writers at once are told of one another by pgext.sum
  await rm(join(folder, 'pgext.sum'))
  await Promise.all([1, 2, 3].map(() => writeMigration(folder, made)))
  expect(await readdir(folder)).toHaveLength(5)
})

test('what was edited since it was read is not taken away for what was made of it', async () => {
  await put('20260101T000000_a.sql')
  await put('20260102T000000_b.sql')
  const [a, b] = await read()
  const now = {...b!, version: '20260103T000000', text: 'select 2;\n'}
  await put('20260102T000000_b.sql', 'select 3;\n')
  const rewritten = rewrite(folder, 'migrations', {fixed: [a!], moved: [{old: b!, now}], gone: []})
  await expect(rewritten).rejects.toMatchObject({code: 'migration-changed'})
  expect((await read()).map(({text}) => text)).toEqual(['select 1;\n', 'select 3;\n'])
})

test('a header of a newer format is told; without a header there is none', () => {
  expect(() => migrationFrom('20260102T000000_b.sql', '-- pgext migration, format 2\n')).toThrow(/format 2/)
  expect(migrationFrom('20260102T000000_b.sql', 'select 1;\n-- to: x\n').header).toEqual({})
})

test('slugs', () => {
  expect(slugOf('Größe & Café')).toBe('gro_e_cafe')
  expect(() => slugOf('…')).toThrow(/named/)
})
