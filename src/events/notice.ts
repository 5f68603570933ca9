// What comes from a source, and channels that plain NOTIFY sends to, in; both, as they come, out.
import type {Db} from '../postgres/db.ts'
import type {Entry} from './entries.ts'
import type {Link} from './link.ts'

/** Milliseconds between two looks whether the session that listens is still there: nothing else would tell. */
const LOOK_EVERY = 5000

/**
 * `NOTIFY channel, 'payload'` has no place among what is committed: it comes once, to those who listen then, with the token
 * of what came before it. Its payload is text, whatever it looks like.
 */
export async function* withNotices(
  entries: AsyncIterable<readonly Entry[]>,
  side: Link,
  channels: readonly string[],
): AsyncIterable<readonly Entry[]> {
  const heard: string[] = []
  let wake = () => {}
  const listen = async (db: Db) => {
    for (const channel of channels) {
      await db.listen(channel, (payload) => {
        heard.push(JSON.stringify({channel, payload}))
        wake()
      })
    }
  }
  await listen(await side.db())
  side.opened = listen
  const looking = setInterval(() => void side.query('select').catch(() => {}), LOOK_EVERY)
  const source = entries[Symbol.asyncIterator]()
  try {
    let token = ''
    for (let next = taken(source.next()); ; ) {
      const called = new Promise<undefined>((resolve) => {
        wake = () => resolve(undefined)
      })
      const found = heard.length > 0 ? undefined : await Promise.race([next, called])
      if (heard.length > 0) yield heard.splice(0).map((text) => ({kind: 'message', token, json: withToken(text, token)}))
      if (!found) continue
      if (found.done) return
      yield found.value
      token = found.value.at(-1)?.token ?? token
      next = taken(source.next())
    }
  } finally {
    clearInterval(looking)
    await source.return?.()
  }
}

/** It may fail while nobody looks at it, which somebody will. */
function taken<T>(next: Promise<T>): Promise<T> {
  next.catch(() => {})
  return next
}

const withToken = (text: string, token: string): string => `{"token":${JSON.stringify(token)},${text.slice(1)}`
