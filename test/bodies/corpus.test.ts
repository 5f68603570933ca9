// Function bodies of all sorts: what PostgreSQL makes of each when it runs is the truth that pgext's check is held against.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {Db} from '../../src/postgres/db.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {type Case, marksIn, readCases, statementsOf} from '../support/corpus.ts'

const MAIN = 18

for (const major of process.env.PGEXT_MAJORS === 'all' ? [14, 15, 16, 17, MAIN] : [MAIN]) {
  describe.skipIf(!findBinaries(major))(`function bodies on PostgreSQL ${major}`, () => {
    let shadow: Shadow

    beforeAll(async () => {
      shadow = await openShadow({want: 'native', major})
    })

    afterAll(async () => {
      await shadow?.close()
    })

    for (const sort of ['faulty', 'sound', 'lint'] as const) {
      for (const one of readCases(sort)) {
        test.concurrent(one.name, async (context) => {
          if (major < one.minimum) return context.skip(`PostgreSQL ${one.minimum} and later`)
          await tryOn(shadow, one)
        })
      }
    }
  })
}

async function tryOn(shadow: Shadow, one: Case): Promise<void> {
  const database = await shadow.create()
  try {
    const db = await database.connect()
    await db.script(`set search_path = public; ${one.schema}`)
    await expectMarks(db, one)
    await expectTruth(db, one)
  } finally {
    await database.drop()
  }
}

/** Every mark but a lint's about the whole routine stands in a body. */
async function expectMarks(db: Db, one: Case): Promise<void> {
  const bodies = await db.query<{prosrc: string}>(
    `select prosrc from pg_catalog.pg_proc where pronamespace <> 'pg_catalog'::regnamespace and oid >= 16384`,
  )
  const inBodies = bodies.flatMap(({prosrc}) => marksIn(prosrc))
  const all = marksIn(one.schema)
  const faults = all.filter(({word}) => word === 'fault')
  expect(inBodies.filter(({word}) => word === 'fault')).toHaveLength(faults.length)
  expect(faults.length > 0).toBe(one.sort === 'faulty')
  expect(all.some(({word}) => word === 'warning' || word === 'note')).toBe(one.sort === 'lint')
}

async function expectTruth(db: Db, one: Case): Promise<void> {
  const said: string[] = []
  for (const sql of await statementsOf(one)) await db.script(sql).catch((error) => said.push(error.message))
  if (one.sort !== 'faulty') return expect(said).toEqual([])
  const unsaid = marksIn(one.schema)
    .filter(({word}) => word === 'fault')
    // majors may say it in other words
    .filter(({text}) => !text.split(' | ').some((words) => said.some((message) => message.includes(words))))
  expect(unsaid.map(({text}) => `not said: ${text}; but: ${said.join(' | ')}`)).toEqual([])
}
