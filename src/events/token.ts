// A token in, its two parts out: where its engine goes on from, and how many entries after that were handed over already.
import type {Batch} from './model.ts'

/** `+3` behind a token of an engine. */
const PART = /\+(\d{1,9})$/

export function splitToken(token: string): {readonly base: string; readonly skip: number} {
  const found = PART.exec(token)
  return found ? {base: token.slice(0, found.index), skip: Number(found[1])} : {base: token, skip: 0}
}

export const joinToken = (base: string, skip: number): string => (skip === 0 ? base : `${base}+${skip}`)

/** What to go on from when the entries of a batch up to this one (from 0) are handed over. */
export const tokenAfter = ({before, token, entries}: Batch, at: number): string => {
  if (at === entries.length - 1) return token
  const {base, skip} = splitToken(before)
  return joinToken(base, skip + at + 1)
}

/** Less the entries at their beginning that were handed over before: as many as is said of the first of them. */
export async function* skipping(batches: AsyncIterable<Batch>, countOf: (first: Batch) => number): AsyncIterable<Batch> {
  let left: number | undefined
  for await (const batch of batches) {
    left ??= countOf(batch)
    const {entries, before} = batch
    if (left === 0) yield batch
    else if (left < entries.length) yield {...batch, entries: entries.slice(left), before: joinToken(before, left)}
    left = Math.max(0, left - entries.length)
  }
}
