// Messages of a stream in, in order; the batches that they are parts of out. What does not follow from what came before ends it.
import type {Batch} from '../../events/model.ts'
import type {Kind} from './head.ts'
import type {Entry} from './log.ts'
import {goneError, tokenOf} from './token.ts'
import {Decoder} from './wire.ts'

export interface Beginning {
  readonly incarnation: string
  /** the last gap before it */
  readonly gap: number
  /**
   * The batch that the first message has to follow, where one knows it. Not the number it has to have: messages that
   * only say that the leader is there may be thrown away until it is read.
   */
  readonly place?: number
}

export interface Step {
  /** of the message that was read */
  readonly sequence: number
  /** that it completes */
  readonly batch?: Batch
}

const KINDS: ReadonlySet<Kind> = new Set(['part', 'begin', 'still'])

/** @throws PgextError `events-gone` where something is missing, or may be */
export async function* stepsOf(entries: AsyncIterable<Entry>, {incarnation, gap, ...from}: Beginning): AsyncGenerator<Step> {
  let {place} = from
  let next: number | undefined
  let parts: Uint8Array[] = []
  const decoder = new Decoder()
  for await (const {sequence, head, data} of entries) {
    const {kind, index, count, before} = head
    if (next !== undefined && sequence !== next) throw goneError('the bus has thrown it away before it was read')
    if (!KINDS.has(kind)) throw goneError('the leader of the bus lost its place in the changes')
    if (head.gap !== gap || (place !== undefined && before !== place)) throw goneError('the stream of the bus is another one')
    next = sequence + 1
    place = before
    // a leader that fell left parts behind: the next one tells the batch anew
    if (kind !== 'part' || index === 0) parts = []
    if (kind === 'part' && index === parts.length) parts.push(data)
    if (kind !== 'part' || index < count - 1) {
      yield {sequence}
      continue
    }
    place = sequence
    if (parts.length !== count) {
      if (from.place !== undefined) throw goneError('the bus has thrown away a part of it before it was read')
      // the first ones were thrown away before anybody read them here
      yield {sequence}
      continue
    }
    const batch = decoder.decode(Buffer.concat(parts).toString(), tokenOf(incarnation, before), tokenOf(incarnation, sequence))
    parts = []
    yield {sequence, batch}
  }
}
