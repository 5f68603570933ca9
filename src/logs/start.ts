// A log in order of time in; where what is wanted begins out, without reading all that stands before it.
import type {Reader} from './model.ts'

/** Bytes of a log, wherever it is. */
export interface Bytes {
  readonly size: number
  /** fewer at the end */
  read(from: number, length: number): Promise<Buffer>
}

/** bytes that are read from the end where nobody says since when */
const RECENT = 4 * 2 ** 20
/** bytes in which an entry begins, nearly always */
const PORTION = 64 * 1024
/** bytes that are rather read than searched */
const NEAR = 256 * 1024

/** @param open a reader that may begin in the middle of an entry */
export async function startOf(bytes: Bytes, since: number | undefined, open: () => Reader): Promise<number> {
  if (since === undefined) return Math.max(0, bytes.size - RECENT)
  let before = 0
  let behind = bytes.size
  while (behind - before > NEAR) {
    const middle = Math.floor((before + behind) / 2)
    const time = await timeBehind(bytes, middle, open)
    // where nothing can be read, all of it is
    if (time === undefined) break
    if (time < since) before = middle
    else behind = middle
  }
  return before
}

async function timeBehind(bytes: Bytes, from: number, open: () => Reader): Promise<number | undefined> {
  const reader = open()
  for (let at = from; at < from + 16 * PORTION; at += PORTION) {
    const portion = await bytes.read(at, PORTION)
    const [entry] = portion.length < PORTION ? [...reader.read(portion), ...reader.rest(true)] : reader.read(portion)
    if (entry) return Date.parse(entry.time)
    if (portion.length < PORTION) return undefined
  }
  return undefined
}
