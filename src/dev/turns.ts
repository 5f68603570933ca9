// What is to be done in; done one thing after the other, what failed told, and that it is mended once nothing is left of it, out.
import {performance} from 'node:perf_hooks'
import {setTimeout as sleep} from 'node:timers/promises'
import type {FileKind} from './files.ts'
import type {Onlooker} from './model.ts'

export interface Turns {
  /** behind all before it; an error is told, remembered of these kinds of files, and goes no further */
  next(what: string, work: () => Promise<void>, kinds?: Iterable<FileKind>): Promise<void>
  /** the lines that it gives back are told; none: nothing had to be done, and nothing is said. Gives back how many they are */
  deed(what: string, work: () => Promise<readonly string[]>): Promise<number>
  /** what is wrong with them has been told as what was done */
  breaks(kind: FileKind): void
  /** these are as they should be: whoever reads an error hears that it is over, also where putting it back left nothing to do */
  mended(kinds: readonly FileKind[], changes: number): void
  /** nothing begins any more, and no error is told */
  close(): void
  /** what was begun before is over, or takes too long */
  settled(): Promise<unknown>
}

/** milliseconds that what is at work may take, once all is over */
const LONGEST = 5000

export function openTurns(onlooker: Onlooker): Turns {
  /** whose error was the last word */
  const broken = new Set<FileKind>()
  let last: Promise<void> = Promise.resolve()
  let isClosed = false
  const attempt = async (what: string, work: () => Promise<void>, kinds: Iterable<FileKind>) => {
    if (isClosed) return
    try {
      await work()
    } catch (error) {
      if (isClosed) return
      for (const kind of kinds) broken.add(kind)
      onlooker.failed(what, error)
    }
  }
  return {
    next(what, work, kinds = []) {
      last = last.then(() => attempt(what, work, kinds))
      return last
    },
    async deed(what, work) {
      const began = performance.now()
      const lines = await work()
      if (lines.length > 0) onlooker.did({what, lines, milliseconds: performance.now() - began})
      return lines.length
    },
    breaks: (kind) => void broken.add(kind),
    mended(kinds, changes) {
      const over = kinds.filter((kind) => broken.delete(kind))
      if (over.length > 0 && changes === 0)
        onlooker.did({what: over.join(', '), lines: ['mended: nothing is left to do'], milliseconds: 0})
    },
    close() {
      isClosed = true
    },
    settled: () => Promise.race([last, sleep(LONGEST, undefined, {ref: false})]),
  }
}
