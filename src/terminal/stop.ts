// Work that can be stopped in; ctrl-C asks it to, and a second one ends the process at once.
import {PgextError} from '../errors.ts'
import {onSignal} from '../shadow/exit.ts'
import type {Tell} from '../walk/model.ts'

/** What the process ends with, as shells have it: 128 and the signal's number. */
const CODES = {SIGHUP: 129, SIGINT: 130, SIGTERM: 143} as const
const SIGNALS = Object.keys(CODES) as (keyof typeof CODES)[]

/** what puts the terminal right before a signal ends the process */
const last = new Set<() => void>()
let isStoppable = false

/** Gives back how to forget it again. */
export function beforeEnd(work: () => void): () => void {
  last.add(work)
  const forget = onSignal(async () => {
    if (!isStoppable) work()
  })
  return () => {
    last.delete(work)
    forget()
  }
}

export async function stoppable<T>(tell: Tell, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const heard = (signal: keyof typeof CODES) => {
    if (stop.signal.aborted) return end(signal)
    process.exitCode = CODES[signal]
    tell('stopping: what runs is cancelled (once more ends pgext at once, and leaves the rest to the next run)')
    stop.abort()
  }
  const end = (signal: NodeJS.Signals) => {
    for (const name of SIGNALS) process.off(name, heard)
    for (const work of last) work()
    process.kill(process.pid, signal)
  }
  for (const signal of SIGNALS) process.on(signal, heard)
  isStoppable = true
  try {
    const result = await work(stop.signal)
    if (!stop.signal.aborted) return result
    throw new PgextError('stopped', 'stopped when all that was pending had been applied', {
      hint: 'pgext migrate:status shows it',
    })
  } finally {
    // once asked to stop, only what is left to say may keep the process
    isStoppable = stop.signal.aborted
    if (!isStoppable) for (const signal of SIGNALS) process.off(signal, heard)
  }
}
