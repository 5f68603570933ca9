// Schema public before 15 is whoever's made the cluster: a shadow's own superuser is nobody's wish, and what somebody has said is seen.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {compare} from '../../src/diff/compare.ts'
import {idAbout, idOf} from '../../src/diff/id.ts'
import type {Catalog} from '../../src/diff/model.ts'
import {catalogOf, read} from '../../src/diff/read.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'

const OWNER = idAbout('owner', idOf('schema', ['public']))
const isHere = findBinaries(14) !== undefined
let shadow: Shadow
beforeAll(async () => {
  if (isHere) shadow = await openShadow({want: 'native', major: 14})
  else console.info('owner: there is no PostgreSQL 14 on this machine (npm run test:all fetches it)')
})
afterAll(() => shadow?.close())

/** The same on a server whose superuser has that name. */
function elsewhere(catalog: Catalog, role: string): Catalog {
  const owner = catalog.objects.get(OWNER)!
  const other = {...owner, body: {role}, hash: `${owner.hash} ${role}`}
  return catalogOf(new Map([...catalog.objects, [OWNER, other]]), catalog.server)
}

test.skipIf(!isHere)('who owns schema public where nobody has said it', async () => {
  const database = await shadow.create()
  const db = await database.connect()
  const initial = await read(db)
  const [theirs, others] = [elsewhere(initial, 'postgres'), elsewhere(initial, 'rdsadmin')]
  for (const [from, to] of [
    [initial, theirs],
    [theirs, initial],
    [theirs, others],
  ] as const)
    expect(compare(from, to)).toEqual([])
  await db.script('create role ow_app; alter schema public owner to ow_app')
  const said = await read(db)
  expect(compare(initial, said)).toHaveLength(1)
  expect(compare(said, theirs)).toHaveLength(1)
  expect(compare(said, initial)).toEqual([])
  await db.script('alter schema public owner to current_user; drop role ow_app')
  await db.close()
})
