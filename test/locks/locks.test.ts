// The corpus run on servers at hand; docs/locks.md says what they show, and so does cost/.
// npm run docs:locks   measures all majors, and writes measured.json and docs/locks.md anew
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {findBinaries} from '../../src/shadow/binaries.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {Bench} from './bench.ts'
import {entries, keyOf} from './corpus/index.ts'
import {readKnown, type Seen, seenOf, seenOn, writeKnown} from './known.ts'
import {page} from './page.ts'

const PAGE = join(import.meta.dirname, '../../docs/locks.md')
const isWriting = process.env.PGEXT_LOCKS === 'write'
const MAJORS = isWriting || process.env.PGEXT_MAJORS === 'all' ? [14, 15, 16, 17, 18] : [18]

const servers: Record<string, string> = {}
const measured = new Map<string, Map<number, Seen>>(entries.map((entry) => [keyOf(entry), new Map()]))

describe.each(MAJORS)('statements on PostgreSQL %i', (major) => {
  const here = findBinaries(major) !== undefined
  let shadow: Shadow
  let bench: Bench
  beforeAll(async () => {
    if (!here) return console.info(`locks: there is no PostgreSQL ${major} on this machine (npm run test:all fetches it)`)
    shadow = await openShadow({want: 'native', major})
    bench = await Bench.open(shadow)
    servers[major] = `${major}.${shadow.server.versionNumber % 10000}`
  })
  afterAll(async () => {
    await bench?.close()
    await shadow?.close()
  })

  for (const entry of entries.filter(({minimum = 0}) => minimum <= major)) {
    test.skipIf(!here)(keyOf(entry), async () => {
      const {seen, declared} = await bench.measure(entry)
      measured.get(keyOf(entry))!.set(major, seenOf(seen))
      const said = entry.more
        ? {...declared, scans: new Set([...declared.scans].filter((name) => seen.scans.has(name)))}
        : declared
      expect(seenOf(said), 'what pgext says of it').toEqual(seenOf(seen))
      if (!isWriting) expect(seenOn(readKnown().statements[keyOf(entry)], major), 'what docs/locks.md says').toEqual(seenOf(seen))
    })
  }
})

test('each statement of the corpus is in the list, and no other', () => {
  const keys = entries.map(keyOf)
  expect(new Set(keys).size).toBe(keys.length)
  if (isWriting) writeKnown(servers, measured)
  expect(Object.keys(readKnown().statements)).toEqual(keys)
})

test('docs/locks.md is what was measured', () => {
  if (isWriting) writeFileSync(PAGE, page(readKnown()))
  expect(readFileSync(PAGE, 'utf8')).toBe(page(readKnown()))
})
