// A database's URL and a time in; back when it answers, as soon as it does.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../errors.ts'
import {connect} from '../postgres/native.ts'

/** milliseconds between two attempts */
const PAUSE = 50
/** it starts, or ends */
const PASSING = new Set(['57P01', '57P02', '57P03'])

/** What is no matter of time (a wrong password) is an error at once, and the rest of them when `seconds` are over. */
export async function untilReachable(url: string, seconds: number): Promise<void> {
  for (const until = performance.now() + seconds * 1000; ; await sleep(PAUSE)) {
    try {
      const db = await connect(url)
      return await db.close()
    } catch (error) {
      if (performance.now() > until || !isPassing(error)) throw error
    }
  }
}

const isPassing = (error: unknown): boolean =>
  error instanceof PgextError &&
  (error.code === 'connection-failed' || error.code === 'connection-lost' || PASSING.has(error.sqlstate ?? ''))
