// Sessions that are lost and closed at odd moments in; what those who ask get, and how many are opened, out.
import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {Link} from '../../src/events/link.ts'
import type {Db} from '../../src/postgres/db.ts'
import {goneError} from '../../src/postgres/error.ts'

/** Milliseconds after which the first session fails what it was asked. */
function sessions(): {open: () => Promise<Db>; opened: () => number; standing: () => number} {
  let [opened, standing] = [0, 0]
  const open = async () => {
    const number = ++opened
    standing++
    let isOpen = true
    return {
      server: {engine: 'pglite'},
      query: async (_: string, [after]: readonly number[]) => {
        await sleep(after!)
        if (number === 1 || !isOpen) throw goneError()
        return [{number}]
      },
      close: async () => {
        if (isOpen) standing--
        isOpen = false
      },
    } as unknown as Db
  }
  return {open, opened: () => opened, standing: () => standing}
}

test('several find out, one after the other, that a session is lost: one comes in its place', async () => {
  const {open, opened, standing} = sessions()
  const link = new Link(open)
  let elected: Db | undefined
  link.opened = async (db, signal) => {
    while (elected && !signal.aborted) await sleep(10)
    elected = db
    await sleep(100)
  }
  const first = link.db().then(() => {
    elected = undefined
  })
  await first
  const all = await Promise.all([0, 30, 90, 160, 250].map((after) => link.query('select', [after])))
  expect(all).toEqual(Array.from({length: 5}, () => [{number: 2}]))
  expect([opened(), standing()]).toEqual([2, 1])
  await link.close()
  expect(standing()).toBe(0)
})

test('closed while it waits to be elected: nothing is left behind', async () => {
  const {open, standing} = sessions()
  const link = new Link(open)
  link.opened = async (_, signal) => {
    while (!signal.aborted) await sleep(10)
    throw new Error('stopped')
  }
  const asked = expect(link.query('select', [0])).rejects.toMatchObject({code: 'stopped'})
  await sleep(30)
  await link.close()
  await asked
  expect(standing()).toBe(0)
})
