// Messages that a client could not take in time in, one of them all out: the last word on each row, in the order in which rows changed last.
import {keyJson} from '../events/event.ts'
import type {Change, Operation} from '../events/model.ts'
import {Message, type Moment} from './message.ts'

interface Kept {
  readonly change: Change
  readonly bytes: number
}

export class Pile {
  readonly #kept = new Map<string, Kept>()
  #last: Message
  #nameless = 0
  readonly #isWanted: (operation: Operation) => boolean
  /** about as many as it will be */
  bytes = 0

  /** @param isWanted operations that the subscription is told of */
  constructor(message: Message, isWanted: (operation: Operation) => boolean = () => true) {
    this.#last = message
    this.#isWanted = isWanted
    this.add(message)
  }

  add(message: Message): void {
    this.#last = message
    for (const change of message.changes) this.#add(change, this.#nameOf(change))
  }

  /** As if one transaction had made all of them. */
  message(): Message {
    const moment: Moment = this.#last.moment
    return new Message(
      moment,
      [...this.#kept.values()].map(({change}) => change),
      this.#last.writers,
    )
  }

  #add(change: Change, name: string): void {
    // of one partition: others' rows stand
    if (change.operation === 'TRUNCATE' && !change.partition) {
      this.#kept.clear()
      this.bytes = 0
    }
    const before = this.#kept.get(name)
    if (before) {
      this.#kept.delete(name)
      this.bytes -= before.bytes
    }
    // two words on a row, where one of the operations that would make them one is not listened to
    const isPart = change.operation === 'UPDATE' || (change.operation === 'INSERT' && !this.#isWanted('UPDATE'))
    if (before?.change.operation === 'DELETE' && isPart) {
      this.#keep(`nameless ${this.#nameless++}`, before.change)
      this.#keep(name, change)
      return
    }
    const both = before ? joined(before.change, change) : change
    if (both) this.#keep(name, both)
  }

  #keep(name: string, change: Change): void {
    const bytes = sizeOf(change)
    this.#kept.set(name, {change, bytes})
    this.bytes += bytes
  }

  /** Rows without a key can't be told apart, and keep all of theirs. */
  #nameOf({operation, shape, row, old}: Change): string {
    const key = operation === 'TRUNCATE' ? 'null' : keyJson(shape, this.#last.writers.of(shape), row ?? old)
    return key === 'null' ? `nameless ${this.#nameless++}` : key
  }
}

function joined(before: Change, change: Change): Change | undefined {
  const {operation, shape, row} = change
  if (operation === 'DELETE') return before.operation === 'INSERT' ? undefined : change
  if (before.operation === 'INSERT') return {kind: 'change', operation: 'INSERT', shape, row: filled(row!, before)}
  // a row that went and came again: it stood before, as something nobody needs to know
  const old = before.operation === 'UPDATE' && before.shape === shape && before.old ? {old: before.old} : {}
  return {kind: 'change', operation: 'UPDATE', shape, row: filled(row!, before), ...old}
}

/** What was not sent, as it stood unchanged, is what it was. */
const filled = (row: NonNullable<Change['row']>, {shape, row: earlier}: Change): NonNullable<Change['row']> =>
  earlier && earlier.length === row.length && shape.columns.length === row.length
    ? row.map((value, at) => (value === undefined ? earlier[at] : value))
    : row

/** Names of columns, quotes and commas are a guess. */
function sizeOf({shape, row, old}: Change): number {
  let bytes = 100
  for (const one of [row, old]) {
    if (!one) continue
    for (const [at, value] of one.entries()) bytes += shape.columns[at]!.name.length + (value?.length ?? 4) + 6
  }
  return bytes
}
