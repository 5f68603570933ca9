// Offsets in a text in, the same place as a line and column, or as another count, out.
import type {Where} from '../errors.ts'

/** A place in the file's text, with its line for the caret. */
export function placeOf(text: string, start: number, file: string): Where {
  const from = start === 0 ? 0 : text.lastIndexOf('\n', start - 1) + 1
  const to = text.indexOf('\n', start)
  const line = text.slice(0, from).split('\n').length
  return {file, line, column: start - from + 1, text: text.slice(from, to === -1 ? undefined : to)}
}

/** Code points from the start as an index into the string. */
export function characters(text: string, count: number): number {
  let at = 0
  for (let n = 0; n < count && at < text.length; n++) at += text.codePointAt(at)! > 0xffff ? 2 : 1
  return Math.min(at, text.length)
}

/** Bytes of UTF-8 as an index into the string; fast when asked in ascending order. */
export function offsets(text: string): (bytes: number) => number {
  if (Buffer.byteLength(text) === text.length) return (bytes) => Math.min(bytes, text.length)
  let at = 0
  let passed = 0
  return (bytes) => {
    if (bytes < passed) {
      at = 0
      passed = 0
    }
    while (passed < bytes && at < text.length) {
      const code = text.codePointAt(at)!
      passed += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
      at += code > 0xffff ? 2 : 1
    }
    return at
  }
}

/** Line and column of ascending offsets. */
export function lines(text: string): (start: number) => {line: number; column: number} {
  let line = 1
  let from = 0
  return (start) => {
    for (let next = text.indexOf('\n', from); next !== -1 && next < start; next = text.indexOf('\n', from)) {
      line++
      from = next + 1
    }
    return {line, column: start - from + 1}
  }
}
