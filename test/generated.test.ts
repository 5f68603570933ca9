// Schemas made of numbers, and changes of a few of them: from wherever, every plan arrives, says no reason or refuses; others look too.
// PGEXT_SEED says which, PGEXT_RUNS how many steps are walked, PGEXT_PROOFS how many of them with planted rows, PGEXT_MAJOR where, PGEXT_BUSY=1 as if all tables were in use.
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Shadow} from '../src/shadow/model.ts'
import {openShadow} from '../src/shadow/open.ts'
import {tour} from './support/generate/tour.ts'

const seed = Number(process.env.PGEXT_SEED ?? 7)
const runs = Number(process.env.PGEXT_RUNS ?? 70)
const proofs = Number(process.env.PGEXT_PROOFS ?? Math.ceil(runs * 0.12))
const major = Number(process.env.PGEXT_MAJOR ?? 18)
const busy = process.env.PGEXT_BUSY === '1'

let shadow: Shadow

beforeAll(async () => {
  shadow = await openShadow({want: 'native', major})
})

afterAll(async () => {
  await shadow?.close()
})

test('every generated schema leads to every other', async () => {
  console.info(`generated: PGEXT_SEED=${seed} PGEXT_RUNS=${runs} PGEXT_PROOFS=${proofs} PGEXT_MAJOR=${major}`)
  const {schemas, arrived, proven, refused, known, failures} = await tour(shadow, {seed, runs, proofs, major, busy})
  console.info(`generated: ${schemas} schemas, ${arrived} steps arrived, ${proven} of them with rows, ${refused} refused`)
  for (const [fault, times] of Object.entries(known)) console.info(`generated: ${times} times a known fault: ${fault}`)
  expect(failures.join('\n\n')).toBe('')
}, 36_000_000)
