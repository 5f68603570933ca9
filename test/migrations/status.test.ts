// Files and journal rows in, how each migration stands out.
import {expect, test} from 'vitest'
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
