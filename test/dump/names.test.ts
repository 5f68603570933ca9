// Names of any length in; a dump that leaves out those that PostgreSQL chose makes them again.
import fc from 'fast-check'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {comesBack} from './back.ts'

const runs = Number(process.env.PGEXT_RUNS ?? 6)
const seed = Number(process.env.PGEXT_SEED ?? 7)

let shadow: Shadow

beforeAll(async () => {
  shadow = await openShadow({want: 'native'})
})

afterAll(() => shadow?.close())

test('chosen names come back, whether they are said or not', async () => {
  const word = fc.stringMatching(/^[a-zé_]{1,63}$/).filter((text) => Buffer.byteLength(text) <= 63)
  const property = fc.asyncProperty(fc.uniqueArray(word, {minLength: 5, maxLength: 5}), async (names) => {
    const [table, a, b, c, other] = names.map((name) => `"${name}"`)
    const text = `
      create table ${table} (${a} bigserial primary key, ${b} integer unique check (${b} > 0), ${c} integer,
        unique (${b}, ${c}), check (${b} < ${c}), unique (${c}, ${b}), check (${c} > ${b}));
      create table ${other} (${a} bigint references ${table}, ${b} integer, ${c} integer, primary key (${b}, ${c}),
        foreign key (${c}, ${b}) references ${table} (${b}, ${c}));`
    const found = await comesBack([{path: 'names.sql', text, holdsFunctions: false}], shadow, async () => shadow)
    expect(found).toEqual([])
  })
  await fc.assert(property, {seed, numRuns: runs, endOnFailure: true})
}, 300_000)
