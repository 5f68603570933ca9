// Migrations and what git knows in; what stays, what may move, and on what each was written, out.

import {expect, test} from 'vitest'
import {isInLine, sidesOf, writtenOn} from '../../src/history/siblings.ts'
import {migrationFrom} from '../../src/migrations/file.ts'
import {fileOf} from '../../src/migrations/sum.ts'

const file = (day: number, from?: string, to?: string, more = '') =>
  migrationFrom(
    `2026010${day}T000000_m${day}.sql`,
    to
      ? `-- pgext migration, format 1\n${from ? `-- from: ${from}\n` : ''}-- to: ${to}\n${more}\nselect ${day};`
      : `select ${day};`,
  )
const days = (all: Iterable<{readonly version: string}>) => [...all].map(({version}) => Number(version.slice(6, 8))).sort()
const names = (...all: number[]) => new Set(all.map((day) => `2026010${day}T000000_m${day}.sql`))

// 1 and 2 are common; main adds 4; one branch adds 3 and 6, another adds 5
const [ONE, TWO, THREE, FOUR, FIVE, SIX] = [
  file(1, undefined, 'a'),
  file(2, 'a', 'b'),
  file(3, 'b', 'c'),
  file(4, 'b', 'd'),
  file(5, 'b', 'e'),
  file(6, 'c', 'f'),
]
const ALL = [ONE, TWO, THREE, FOUR, FIVE, SIX]
const MAIN = {files: names(1, 2, 4), base: names(1, 2)}

test('three branches: what main has stays, each of the others knows its own line', () => {
  const sides = sidesOf(ALL, MAIN)
  expect(days(sides.fixed)).toEqual([1, 2, 4])
  expect(days(sides.movable)).toEqual([3, 5, 6])
  expect(days(writtenOn(THREE, sides))).toEqual([1, 2])
  expect(days(writtenOn(FIVE, sides))).toEqual([1, 2])
  expect(days(writtenOn(SIX, sides))).toEqual([1, 2, 3])
  expect(isInLine(sides)).toBe(false)
  // by hand: all that is older and was there
  const [hand, also] = [file(5), file(6)]
  const by = sidesOf([ONE, TWO, THREE, FOUR, hand, also], MAIN)
  expect(days(writtenOn(also, by))).toEqual([1, 2, 3, 5])
})

test('what a database has that somebody named stays, and what main has besides may move', () => {
  const sides = sidesOf(ALL, MAIN, new Set([ONE, TWO, THREE].map(fileOf)))
  expect(days(sides.fixed)).toEqual([1, 2, 3])
  expect(days(sides.movable)).toEqual([4, 5, 6])
  // it has nothing of this side: main stays
  expect(days(sidesOf(ALL, MAIN, new Set([ONE, TWO].map(fileOf))).fixed)).toEqual([1, 2, 4])
})

test('without git, headers tell who stands aside; one that stands for another makes that superfluous', () => {
  const sides = sidesOf([ONE, TWO, THREE, FOUR])
  expect(days(sides.fixed)).toEqual([1, 2, 3])
  expect(days(sides.movable)).toEqual([4])
  expect(isInLine(sidesOf([ONE, TWO, THREE, SIX]))).toBe(true)
  const moved = file(7, 'd', 'g', `-- replaces: ${THREE.version} ${THREE.checksum}\n`)
  const left = sidesOf([ONE, TWO, THREE, FOUR, moved], MAIN)
  expect([days(left.over), days(left.movable)]).toEqual([[3], [7]])
  expect(isInLine(left)).toBe(true)
})
