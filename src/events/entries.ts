// A source in, what it hands over as users see it out: each entry with a token of its own, of the tables that are wanted.
import {eventJson} from './event.ts'
import {momentText, Writers} from './json.ts'
import type {Asking} from './link.ts'
import type {Batch, Change, Message, Source} from './model.ts'
import {tokenAfter} from './token.ts'
import {Types} from './types.ts'

/** A change or a message as JSON text, of which nothing was parsed. */
export interface Entry {
  readonly kind: 'change' | 'message'
  readonly json: string
  readonly token: string
}

export interface Wanted {
  /** `task`, of schema public, or `sales.order`; absent: all that are realtime. */
  readonly tables?: ReadonlySet<string>
  /** Channels of messages; absent: all. */
  readonly channels?: ReadonlySet<string>
}

/** @param side a session that types are looked up with */
export async function* entriesOf(source: Source, side: Asking, wanted: Wanted): AsyncIterable<readonly Entry[]> {
  const types = new Types()
  const writers = new Writers(types)
  for await (const batch of source.read()) {
    const entries: Entry[] = []
    for (const [at, entry] of batch.entries.entries()) {
      if (!isWanted(entry, wanted)) continue
      const token = tokenAfter(batch, at)
      if (entry.kind === 'change') {
        // most shapes were seen before: then nothing is asked
        await types.know(
          side,
          entry.shape.columns.map(({type}) => type),
        )
        entries.push({kind: 'change', token, json: eventJson(entry, {...batch, token}, writers)})
      } else entries.push({kind: 'message', token, json: messageJson(entry, batch, token)})
    }
    if (entries.length > 0) yield entries
  }
}

function isWanted(entry: Change | Message, {tables, channels}: Wanted): boolean {
  if (entry.kind === 'message') return channels?.has(entry.channel) ?? tables === undefined
  const {schema, table} = entry.shape
  if (!tables) return channels === undefined
  return tables.has(`${schema}.${table}`) || (schema === 'public' && tables.has(table))
}

function messageJson({channel, payload}: Message, {xid, time}: Batch, token: string): string {
  const head = {token, channel}
  return `${JSON.stringify(head).slice(0, -1)},"payload":${payload},"time":${JSON.stringify(momentText(time))},"transaction":${JSON.stringify(xid)}}`
}
