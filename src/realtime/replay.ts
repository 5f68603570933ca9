// What was told before to others in, what one view is told of it out.
import type {Batch, Change} from '../events/model.ts'
import type {Hub} from './hub.ts'
import {Message} from './message.ts'
import {Round, settle} from './round.ts'
import type {View} from './view.ts'

type Entry = Batch['entries'][number]

/** What came before, for one view alone; undefined: it can't be told all of it. */
export async function replay(hub: Hub, view: View, batches: readonly Batch[]): Promise<Message[] | undefined> {
  const isOwn = (entry: Entry): entry is Change =>
    entry.kind === 'change' && (entry.shape.relid === view.access.relid || view.access.reads.has(entry.shape.relid))
  const known = await hub.know(batches.flatMap(({entries}) => entries.filter(isOwn)))
  const viewers = new Map([[view.wish.viewer, new Map([['', view]])]])
  const told: Message[] = []
  let n = 0
  let isWhole = true
  for (const batch of batches) {
    const round = new Round(batch, hub.writers)
    const changes = batch.entries.filter(isOwn)
    isWhole &&= batch.last
    const {order, lost} = settle(changes, isWhole, (relid) => relid === view.access.relid && view.access.isLate)
    isWhole = batch.last
    if (lost.size > 0 || changes.some(({shape}) => view.access.reads.has(shape.relid))) return undefined
    for (const at of order) round.take(changes[at]!, known[n + at]!, viewers)
    n += changes.length
    if (round.failed.size > 0 || round.lost.size > 0) return undefined
    const before = told.length
    round.tell((_, message) => told.push(message))
    if (told.length === before && batch.last && told.at(-1)?.moment.last === false) told.push(new Message(batch, [], hub.writers))
  }
  return told
}
