// What comes from a source, and channels that plain NOTIFY sends to, in; both, as they come, out.
import type {Db} from '../postgres/db.ts'
import type {Entry} from './entries.ts'

/**
 * `NOTIFY channel, 'payload'` has no place among what is committed: it comes once, to those who listen then, with the token
 * of what came before it. Its payload is text, whatever it looks like.
 */
export async function* withNotices(
  entries: AsyncIterable<readonly Entry[]>,
  side: Db,
  channels: Iterable<string>,
): AsyncIterable<readonly Entry[]> {
  const heard: string[] = []
  let wake = () => {}
  const ends: (() => Promise<void>)[] = []
  for (const channel of channels) {
    ends.push(
      await side.listen(channel, (payload) => {
        heard.push(JSON.stringify({channel, payload}))
        wake()
      }),
    )
  }
  const source = entries[Symbol.asyncIterator]()
  try {
    let token = ''
    for (let next = source.next(); ; ) {
      const called = new Promise<undefined>((resolve) => {
        wake = () => resolve(undefined)
      })
      const found = heard.length > 0 ? undefined : await Promise.race([next, called])
      if (heard.length > 0) yield heard.splice(0).map((text) => ({kind: 'message', token, json: withToken(text, token)}))
      if (!found) continue
      if (found.done) return
      yield found.value
      token = found.value.at(-1)?.token ?? token
      next = source.next()
    }
  } finally {
    for (const end of ends) await end().catch(() => {})
    await source.return?.()
  }
}

const withToken = (text: string, token: string): string => `{"token":${JSON.stringify(token)},${text.slice(1)}`
