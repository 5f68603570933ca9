// What a client is told change by change, and put together, in; that it holds the same rows by either out.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {Writers} from '../../src/events/json.ts'
import type {Change, Operation, Shape} from '../../src/events/model.ts'
import {Types} from '../../src/events/types.ts'
import {Message} from '../../src/realtime/message.ts'
import {Pile} from '../../src/realtime/pile.ts'

const SHAPE: Shape = {
  relid: 1,
  schema: 'public',
  table: 'note',
  columns: [
    {name: 'id', type: 25, key: true},
    {name: 'body', type: 25, key: false},
  ],
}
const WRITERS = new Writers(new Types())

const messageOf = (changes: readonly Change[]): Message =>
  new Message({token: 't', xid: '1', time: '2026-11-22 00:00:00+00', last: true}, changes, WRITERS)

/** A client that listens to some operations alone, and keeps rows by their key; what it is not told it does not do. */
function take(rows: Map<string, string>, changes: readonly Change[], told: Operation[]): void {
  for (const {operation, row, old} of changes) {
    told.push(operation)
    if (operation === 'TRUNCATE') rows.clear()
    else if (operation === 'DELETE') rows.delete(old![0]!)
    else rows.set(row![0]!, row![1] ?? rows.get(row![0]!) ?? 'nothing')
  }
}

type Act = {
  readonly kind: 'put' | 'remove' | 'move' | 'empty' | 'touch'
  readonly id: string
  readonly to: string
  readonly body: string
}

/** As a table would have it, in transactions; a key that changes is a DELETE and an INSERT. */
function changesOf(acts: readonly Act[]): Change[] {
  const table = new Map<string, string>([['a', '0']])
  return acts.flatMap(({kind, id, to, body}): Change[] => {
    const change = (operation: Operation, given: Partial<Change>): Change => ({kind: 'change', operation, shape: SHAPE, ...given})
    const before = table.get(id)
    if (kind === 'empty') {
      table.clear()
      return [change('TRUNCATE', {})]
    }
    if (kind === 'put') {
      table.set(id, body)
      if (before === undefined) return [change('INSERT', {row: [id, body]})]
      return [change('UPDATE', {row: [id, body], old: [id, before]})]
    }
    if (before === undefined) return []
    // a large value that stays as it is is not sent
    if (kind === 'touch') return [change('UPDATE', {row: [id, undefined]})]
    if (kind === 'move' && (table.has(to) || id === to)) return []
    table.delete(id)
    if (kind === 'remove') return [change('DELETE', {old: [id, before]})]
    table.set(to, before)
    return [change('DELETE', {old: [id, before]}), change('INSERT', {row: [to, before]})]
  })
}

test('a client that was slow holds the rows that it would hold, whatever it listens to', () => {
  const id = fc.constantFrom('a', 'b', 'c')
  const act: fc.Arbitrary<Act> = fc.record({
    kind: fc.constantFrom('put', 'put', 'remove', 'move', 'touch', 'empty'),
    id,
    to: id,
    body: fc.constantFrom('1', '2', '3'),
  })
  const events = fc.subarray<Operation>(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'], {minLength: 1})
  fc.assert(
    fc.property(
      fc.array(fc.array(act, {minLength: 1, maxLength: 4}), {minLength: 1, maxLength: 8}),
      events,
      (transactions, events) => {
        const wanted = new Set(events)
        // who does not hear that a table was emptied holds what is not there, and is not helped by being told of it twice
        const all = changesOf(transactions.flat().filter(({kind}) => kind !== 'empty' || wanted.has('TRUNCATE')))
        const each = all.map((change) => messageOf([change]).only(wanted)).filter(({changes}) => changes.length > 0)
        if (each.length === 0) return
        const [one, put] = [new Map([['a', '0']]), new Map([['a', '0']])]
        for (const {changes} of each) take(one, changes, [])
        const pile = new Pile(each[0]!, (operation) => wanted.has(operation))
        for (const message of each.slice(1)) pile.add(message)
        const told: Operation[] = []
        take(put, pile.message().changes, told)
        expect(told.filter((operation) => !wanted.has(operation))).toEqual([])
        expect([...put].sort()).toEqual([...one].sort())
      },
    ),
    {numRuns: 2000, seed: Number(process.env.PGEXT_SEED ?? 11)},
  )
})
