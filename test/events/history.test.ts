// Batches pushed in, asked for again by tokens: all after them, or that something is gone.
import {expect, test} from 'vitest'
import {History} from '../../src/events/history.ts'
import type {Batch, Message} from '../../src/events/model.ts'
import {tokenAfter} from '../../src/events/token.ts'

const message = (payload: string): Message => ({kind: 'message', channel: 'c', payload})
const batch = (at: number, ...payloads: string[]): Batch => ({
  xid: String(at),
  time: '',
  entries: payloads.map(message),
  before: `w${at}`,
  token: `w${at + 1}`,
  last: true,
})
const payloads = (found: readonly Batch[] | undefined) =>
  found?.flatMap(({entries}) => entries.map((entry) => (entry as Message).payload))

test('what came after a token, from the middle of a batch as well', () => {
  const history = new History({milliseconds: 1000, bytes: 1000}, () => 0)
  const batches = [batch(1, 'a', 'b', 'c'), batch(2, 'd'), batch(3, 'e', 'f')]
  for (const one of batches) history.push(one)
  expect(payloads(history.since('w1'))).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  expect(payloads(history.since(tokenAfter(batches[0]!, 1)))).toEqual(['c', 'd', 'e', 'f'])
  expect(payloads(history.since(tokenAfter(batches[0]!, 2)))).toEqual(['d', 'e', 'f'])
  expect(payloads(history.since('w4'))).toEqual([])
  expect(history.since('w9')).toBeUndefined()
  // what is told again has tokens of its own, that lead on from there
  const [rest] = history.since(tokenAfter(batches[0]!, 0))!
  expect(payloads(history.since(tokenAfter(rest!, 0)))).toEqual(['c', 'd', 'e', 'f'])
})

test('what is older, or more than is kept, is gone; what is left is whole', () => {
  let now = 0
  const history = new History({milliseconds: 100, bytes: 5}, () => now)
  history.push(batch(1, 'aa'))
  history.push(batch(2, 'bb'))
  history.push(batch(3, 'cc'))
  expect(history.since('w1')).toBeUndefined()
  expect(payloads(history.since('w2'))).toEqual(['bb', 'cc'])
  now = 90
  history.push(batch(4, 'd'))
  now = 101
  expect(history.since('w3')).toBeUndefined()
  expect(payloads(history.since('w4'))).toEqual(['d'])
  now = 1000
  expect(history.since('w4')).toBeUndefined()
  expect(history.since('w5')).toEqual([])
})
