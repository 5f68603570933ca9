// Messages of pgoutput as they arrive in, batches out: each a part of one transaction, and small enough to be held.
import type {Batch, Change, Message as Sent, Shape} from '../model.ts'
import {changesOf} from './change.ts'
import {type Message, type Relation, showTime} from './decode.ts'
import type {Position} from './position.ts'

export interface Limits {
  readonly entries: number
  readonly bytes: number
}

export interface Surroundings {
  /** where the stream began: what was handed over before is passed by */
  readonly from: Position
  readonly limits: Limits
  readonly shapeOf: (relation: Relation) => Promise<Shape>
  /** of a table's oid, as it is now */
  readonly rootOf: (relid: number) => Promise<Shape | undefined>
  readonly tokenOf: (position: Position) => string
  /** part of the prefix of messages that pgext's own functions send */
  readonly mark: string
}

/** A batch, or that there is nothing to hand over up to some place. */
export type Progress = {readonly batch: Batch; readonly position: Position} | {readonly reached: bigint}

interface Transaction {
  readonly lsn: bigint
  readonly time: string
  readonly xid: string
  /** messages of it that were handed over before */
  readonly skip: number
  /** messages of it before the batch that is put together */
  begun: number
  seen: number
  /** tables that were emptied, and have no row since then */
  readonly emptied: Set<number>
  entries: (Change | Sent)[]
  bytes: number
}

export async function* batchesOf(
  take: () => Promise<readonly Message[]>,
  surroundings: Surroundings,
): AsyncGenerator<Progress, never> {
  const {from, limits, shapeOf, tokenOf} = surroundings
  let open: Transaction | undefined

  const cut = (position: Position, last: boolean): Progress => {
    const {xid, time, entries, lsn, begun} = open!
    open!.entries = []
    open!.bytes = 0
    open!.begun = position.messages
    // by its own transaction: what was read before it may have been nothing, and is not where it is read again from
    const batch = {xid, time, entries, before: tokenOf({lsn, messages: begun}), token: tokenOf(position), last}
    return {batch, position}
  }

  for (;;) {
    for (const message of await take()) {
      if (message.tag === 'failure') throw message.error
      if (message.tag === 'begin') {
        const skip = message.lsn === from.lsn ? from.messages : 0
        const {lsn} = message
        open = {
          lsn,
          time: showTime(message.time),
          xid: String(message.xid),
          skip,
          begun: skip,
          seen: 0,
          emptied: new Set(),
          entries: [],
          bytes: 0,
        }
      } else if (message.tag === 'relation') message.relation.shape = await shapeOf(message.relation)
      else if (message.tag === 'idle') {
        if (!open) yield {reached: message.lsn}
      } else if (message.tag === 'commit') {
        // never empty where a part of it was handed over: parts are cut off only when more is to come
        if (open!.entries.length > 0) yield cut({lsn: message.end, messages: 0}, true)
        else yield {reached: message.end}
        open = undefined
      } else if (message.tag !== 'nothing' && open && !(message.tag === 'message' && !message.isTransactional)) {
        open.seen++
        noteEmptied(open.emptied, message)
        if (open.seen <= open.skip) continue
        const entries = message.tag === 'message' ? await sentBy(message, open.emptied, surroundings) : entriesOf(message)
        if (entries.length === 0) continue
        const isFull = open.entries.length >= limits.entries || open.bytes >= limits.bytes
        // all that one message stands for travels together, as positions count messages
        if (isFull) yield cut({lsn: open.lsn, messages: open.seen - 1}, false)
        for (const entry of entries) open.entries.push(entry)
        open.bytes += 'bytes' in message ? message.bytes : 0
      }
    }
  }
}

function entriesOf(message: Extract<Message, {tag: 'insert' | 'update' | 'delete' | 'truncate'}>): readonly Change[] {
  if (message.tag !== 'truncate') return isOwn(message.relation) ? [] : changesOf(message)
  const relations = message.relations.filter((relation) => !isOwn(relation))
  return relations.map(({shape}) => ({kind: 'change', operation: 'TRUNCATE', shape: shape!}))
}

function noteEmptied(emptied: Set<number>, message: Message): void {
  if (message.tag === 'truncate') for (const {relid} of message.relations) emptied.add(relid)
  else if (emptied.size > 0 && 'relation' in message) emptied.delete(message.relation.relid)
}

/** Where somebody publishes everything: each acknowledgement would be a change to acknowledge. */
const isOwn = ({schema}: Relation): boolean => schema === 'pgext'

async function sentBy(
  {prefix, content}: Extract<Message, {tag: 'message'}>,
  emptied: ReadonlySet<number>,
  {mark, rootOf}: Surroundings,
): Promise<readonly (Change | Sent)[]> {
  const channel = `pgext${mark}:`
  if (prefix.startsWith(channel)) return [{kind: 'message', channel: prefix.slice(channel.length), payload: content}]
  return prefix === `pgext${mark}.truncate` ? partitionTruncated(content, emptied, rootOf) : []
}

/**
 * pgoutput says nothing of a partition that is emptied by itself where changes are published as the root's: a trigger does. It says so too
 * when the root was emptied, of each partition.
 */
async function partitionTruncated(
  content: string,
  emptied: ReadonlySet<number>,
  rootOf: Surroundings['rootOf'],
): Promise<Change[]> {
  const said = readPartition(content)
  if (!said) return []
  const {schema, table, root} = said
  const shape = (await rootOf(root)) ?? {relid: root, schema, table, columns: []}
  if (emptied.has(shape.relid)) return []
  return [{kind: 'change', operation: 'TRUNCATE', shape, partition: {schema, table}}]
}

interface Emptied {
  readonly schema: string
  readonly table: string
  /** the table that its changes are published as */
  readonly root: number
}

function readPartition(content: string): Emptied | undefined {
  try {
    const {schema, table, root} = JSON.parse(content)
    const isOne = Number.isInteger(root) && typeof schema === 'string' && typeof table === 'string'
    return isOne ? {schema, table, root} : undefined
  } catch {
    return undefined
  }
}
