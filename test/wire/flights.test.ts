// Many statements at once, with answers of every length, in; all of those answers out, on both engines, and another statement's behind them.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {connect} from '../../src/postgres/native.ts'
import {type Served, startNative, startWire} from './engines.ts'

/** bytes: more than PostgreSQL holds back before it sends, so that each place in a message is once where it is cut */
const [LONGEST, STEP] = [8400, 7]

describe.each([
  ['native', startNative],
  ['wire', startWire],
] as const)('%s', (_, start) => {
  let served: Served
  beforeAll(async () => {
    served = await start()
  })
  afterAll(() => served?.stop())

  test('an answer of any length comes whole, and so does the one behind it', {timeout: 60_000}, async () => {
    const db = await connect(served.url)
    try {
      for (let length = 1; length <= LONGEST; length += STEP) {
        const scripts = [`select repeat('x', ${length})`, `select repeat('y', 40) from generate_series(1, 200)`]
        const [one, many] = (await db.flight(scripts)) as string[][][]
        expect([one![0]![0]!.length, many!.length]).toEqual([length, 200])
        expect(await db.query('select $1::int as n', [length])).toEqual([{n: length}])
      }
    } finally {
      await db.close()
    }
  })
})
