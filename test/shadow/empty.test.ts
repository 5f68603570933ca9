// A machine that has never run pgext in; the empty database that came with it, kept for the next time, out.
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {brotliDecompressSync} from 'node:zlib'
import {afterAll, expect, test} from 'vitest'
import {startPglite, stopPglite} from '../../src/postgres/pglite.ts'
import {emptyDump, shippedFile} from '../../src/shadow/empty.ts'

const folder = mkdtempSync(join(tmpdir(), 'pgext-empty-'))
const before = process.env.PGEXT_CACHE
process.env.PGEXT_CACHE = folder
afterAll(() => {
  if (before === undefined) delete process.env.PGEXT_CACHE
  else process.env.PGEXT_CACHE = before
  rmSync(folder, {recursive: true})
})

test('it is the one that the build made, it is kept, and it starts', async () => {
  const dump = await emptyDump()
  const bytes = Buffer.from(await dump.arrayBuffer())
  expect(bytes.equals(brotliDecompressSync(readFileSync(shippedFile())))).toBe(true)
  const [kept] = readdirSync(folder).filter((name) => name.endsWith('.tar'))
  expect(readFileSync(join(folder, kept!)).equals(bytes)).toBe(true)
  const engine = await startPglite({dump})
  expect((await engine.query('select 1 as one')).rows).toEqual([{one: 1}])
  await stopPglite(engine)
})
