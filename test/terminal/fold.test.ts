// Prose and widths in; lines that fit, with every word, out.
import {expect, test} from 'vitest'
import {fold} from '../../src/terminal/fold.ts'

test('breaks between words, behind the indent, and loses none', () => {
  const text = 'list migrations: applied, pending, changed after they were applied, missing'
  const folded = fold(text, 60, 25)
  expect(
    folded
      .split('\n')
      .map((line, at) => line.length + (at === 0 ? 25 : 0))
      .every((length) => length <= 60),
  ).toBe(true)
  expect(folded.split(/\s+/).join(' ')).toBe(text)
  expect(folded).toMatch(/\n {25}\S/)
})

test('a pipe has no width, a word longer than the line stays whole, and no room is made where there is none', () => {
  const path = `docs/${'a'.repeat(70)}`
  expect(fold(`see ${path} for more`, 60, 4)).toBe(`see\n    ${path}\n    for more`)
  expect(fold('one two three', undefined, 200)).toBe('one two three')
  expect(fold('one two three', 30, 25)).toBe('one two three')
})
