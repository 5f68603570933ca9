// A database and live queries in; its changes handed on to them until it is closed, whatever happens to the reader.
import {setTimeout as sleep} from 'node:timers/promises'
import {openSource} from '../../events/events.ts'
import type {Live} from './live.ts'

/** Milliseconds until a reader that failed is made anew, doubled each time, and at most. */
const FIRST = 100
const LONGEST = 10_000

export interface Feed {
  close(): Promise<void>
}

/**
 * What changed while there was no reader is not known: then everything is run again.
 *
 * @param failed is told why a reader ended, and why there is no other yet
 */
export async function openFeed(url: string, live: Live, failed: (error: unknown) => void): Promise<Feed> {
  const stop = new AbortController()
  let opened = await openSource({url})
  const closeSource = async () => {
    await opened.source.close().catch(() => {})
    await opened.side.close().catch(() => {})
  }
  async function reopen(): Promise<void> {
    for (let pause = FIRST; !stop.signal.aborted; pause = Math.min(LONGEST, pause * 2)) {
      try {
        opened = await openSource({url})
        return live.missed()
      } catch (error) {
        failed(error)
        await sleep(pause, undefined, {signal: stop.signal}).catch(() => {})
      }
    }
  }
  async function follow(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        for await (const batch of opened.source.read()) {
          live.changed(batch)
          await opened.source.acknowledge(batch.token)
        }
      } catch (error) {
        if (!stop.signal.aborted) failed(error)
      }
      if (stop.signal.aborted) return
      await closeSource()
      await reopen()
    }
  }
  const following = follow()
  return {
    async close() {
      stop.abort()
      await closeSource()
      await following
      // one that was opened meanwhile
      await closeSource()
    },
  }
}
