// A database and live queries in; its changes handed on to them until it is closed, whatever happens to the reader.
import {type EventsOptions, openSource} from '../../events/events.ts'
import {Feed} from '../feed.ts'
import {sourceOf} from '../source.ts'
import type {Live} from './live.ts'

/** Nobody goes on from what was told. */
const NOTHING = {milliseconds: 0, bytes: 0}
/** Entries that are handed on before others have their turn. */
const TOGETHER = 1000

/**
 * What changed while there was no reader is asked for; where it is not known, everything is run again.
 *
 * @param failed is told why a reader ended, and why there is no other yet
 */
export async function openFeed(
  {url, pglite}: Pick<EventsOptions, 'url' | 'pglite'>,
  live: Live,
  failed: (error: unknown) => void,
): Promise<{close(): Promise<void>}> {
  const feed = await Feed.open({
    open: async (since) => {
      if (!pglite) return sourceOf(url!, since)
      const {source, side} = await openSource({pglite, ...(since !== undefined && {since})})
      await side.close()
      return source
    },
    history: NOTHING,
    complain: failed,
    lost: async (begin) => {
      begin()
      live.missed()
    },
  })
  const following = follow(feed, live)
  return {
    async close() {
      await feed.close()
      await following
    },
  }
}

async function follow(feed: Feed, live: Live): Promise<void> {
  for (;;) {
    await feed.some()
    if (feed.isClosed) return
    const batches = feed.take(TOGETHER)
    for (const batch of batches) live.changed(batch)
    feed.told(batches)
  }
}
