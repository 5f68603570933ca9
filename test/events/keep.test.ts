// What a reader keeps of the log for who comes after it: never more than it may, and no less than it can.
import {expect, test} from 'vitest'
import {Keep} from '../../src/events/wal/keep.ts'

const at = (lsn: number, messages = 0) => ({lsn: BigInt(lsn), messages})

test('what is over is acknowledged up to the last place that may not be kept', () => {
  const keep = new Keep(1000)
  expect(keep.over(5000n)).toBeUndefined()
  for (const lsn of [100, 200, 900]) keep.add(at(lsn))
  expect(keep.over(1100n)).toBeUndefined()
  expect(keep.over(1250n)).toEqual(at(200))
  expect(keep.over(1250n)).toBeUndefined()
  // others write: the last of all is done with, too
  expect(keep.over(90_000n)).toEqual(at(900))
  expect(keep.over(95_000n)).toBeUndefined()
})

test('of many small ones some are known, and the last one always', () => {
  const keep = new Keep(6400)
  for (let lsn = 1; lsn <= 6000; lsn++) keep.add(at(lsn))
  const first = keep.over(9400n)!.lsn
  expect(first).toBeGreaterThan(2800n)
  expect(first).toBeLessThan(3000n)
  expect(keep.over(12_401n)).toEqual(at(6000))
})
