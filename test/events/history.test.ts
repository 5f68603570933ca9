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
  const history = new History({milliseconds: 1000, bytes: 1000}, 'w1', () => 0)
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
  const history = new History({milliseconds: 100, bytes: 5}, 'w1', () => now)
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

test('a place has the token where a batch ended, too, and the one where all began', () => {
  let now = 0
  const history = new History({milliseconds: 100, bytes: 100}, 'w0', () => now)
  expect(history.since('w0')).toEqual([])
  const ends = (one: Batch): Batch => ({...one, token: `${one.before}e`})
  history.push(ends(batch(1, 'a')))
  history.push(ends(batch(5, 'b', 'c')))
  expect(payloads(history.since('w0'))).toEqual(['a', 'b', 'c'])
  expect(payloads(history.since('w1e'))).toEqual(['b', 'c'])
  expect(payloads(history.since('w5+1'))).toEqual(['c'])
  expect(history.since('w5e')).toEqual([])
  now = 101
  history.push(ends(batch(7, 'd')))
  expect(history.since('w0')).toBeUndefined()
  expect(history.since('w1e')).toBeUndefined()
  expect(payloads(history.since('w5e'))).toEqual(['d'])
  expect(history.since('w7e+1')).toBeUndefined()
})
