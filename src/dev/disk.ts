// What could not be written to `.pgext/`, by an error or a program's words, in; an error that says what to do out.
import {PgextError} from '../errors.ts'

/** Of a system's error, or of what PostgreSQL says of it. */
export const isFull = (words: string): boolean => /ENOSPC|EDQUOT|no space left|disk quota exceeded/i.test(words)

export function diskFull(cause?: unknown): PgextError {
  return new PgextError('bad-file', "the disk is full: .pgext can't be written", {
    hint: 'make room: the local stack keeps its database, its logs and what it remembers there',
    cause,
  })
}

export function writing<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof PgextError) throw error
    const {code = '', message} = error as NodeJS.ErrnoException
    if (isFull(code)) throw diskFull(error)
    throw new PgextError('bad-file', `can't write in .pgext: ${message}`, {
      hint: 'the local stack keeps its database there: is the folder yours, and may it be written?',
      cause: error,
    })
  }
}
