// Files and journal rows in, how each migration stands out.
import {expect, test} from 'vitest'
import {refuseReplaced} from '../../src/migrations/failure.ts'
import {migrationFrom} from '../../src/migrations/file.ts'
import type {JournalRow} from '../../src/migrations/journal.ts'
import {status} from '../../src/migrations/status.ts'

const file = (day: number, text = 'select 1;') => migrationFrom(`2026010${day}T000000_m${day}.sql`, text)
const row = (day: number, extra: Partial<JournalRow> = {}): JournalRow => ({
  version: `2026010${day}T000000`,
  name: `m${day}`,
  checksum: file(day).checksum,
  fingerprint: null,
  statements: 1,
  begun_at: '',
  applied_at: '',
  applied_by: 'me',
  milliseconds: 1,
  finished: true,
  blocks: [],
  ...extra,
})

test('every standing', () => {
  const all = status(
    [file(7), file(1), file(2, 'select 2;'), file(4), file(5)],
    [row(1), row(2), row(3), row(5, {finished: false})],
  )
  expect(all.map(({name, standing, late}) => [name, standing, late])).toEqual([
    ['m1', 'applied', false],
    ['m2', 'changed', false],
    ['m3', 'missing', false],
    ['m4', 'pending', true],
    ['m5', 'unfinished', false],
    ['m7', 'pending', false],
  ])
})

test('what a merge moved is applied where it was applied as it was; what it wrote anew is refused there', () => {
  const old = file(2)
  const later = (key: string) =>
    migrationFrom(
      '20260105T000000_m2.sql',
      `-- pgext migration, format 1\n-- from: a\n-- ${key}: ${old.version} ${old.checksum}\n\nselect 1;`,
    )
  const shape = (key: string, rows: readonly JournalRow[]) =>
    status([file(1), file(3), later(key)], rows).map(({version, standing, late}) => [version.slice(6, 8), standing, late])
  expect(shape('replaces', [row(1), row(2)])).toEqual([
    ['01', 'applied', false],
    ['03', 'pending', false],
    ['05', 'applied', false],
  ])
  const found = status([file(1), later('instead-of')], [row(1), row(2)])
  expect(found.map(({standing}) => standing)).toEqual(['applied', 'missing', 'pending'])
  expect(() => refuseReplaced(found)).toThrow(/20260105T000000_m2\.sql stands for 20260102T000000_m2\.sql/)
  expect(() => refuseReplaced(status([file(1), later('instead-of')], [row(1)]))).not.toThrow()
})
