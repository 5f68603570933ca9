// Every sound body of the corpus in; whatever fails inside of one when a column has another name, or is gone, must have been said to use it.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {usesOf} from '../../src/bodies/uses.ts'
import type {PgextError} from '../../src/errors.ts'
import type {Db} from '../../src/postgres/db.ts'
import {contextOf} from '../../src/postgres/error.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {type Case, readCases, statementsOf} from '../support/corpus.ts'

let shadow: Shadow

beforeAll(async () => {
  shadow = await openShadow({want: 'native', major: 18})
})

afterAll(() => shadow?.close())

const COLUMNS = `
  select 'column ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname) as id,
    format('alter table %I.%I', n.nspname, c.relname) as head, quote_ident(a.attname) as name
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and a.attislocal and n.nspname !~ '^pg_|information_schema' and a.attnum > 0 and not a.attisdropped`

test('nobody is missed', async () => {
  const missed: string[] = []
  let failed = 0
  for (const one of readCases('sound')) {
    const database = await shadow.create()
    const db = await database.connect()
    const run = await statementsOf(one)
    const fails = (change: string) => failure(db, change, run)
    await db.script(`set search_path = public; ${one.schema}`)
    const {uses, dynamic, unread, unsure} = await usesOf(db, undefined, {path: 'public'})
    const isDoubtful = dynamic.length + unread.length + unsure.length > 0
    // one that commits can't be taken back
    if (!(await fails('select'))) failed += await look(one, fails)
    await db.close()
    await database.drop()

    async function look({name}: Case, fails: (change: string) => Promise<PgextError | undefined>): Promise<number> {
      let count = 0
      for (const column of await db.query(COLUMNS)) {
        const mine = uses.filter(({on}) => on === column.id)
        const renamed = await fails(`${column.head} rename column ${column.name} to "Renamed"`)
        const dropped = await fails(`${column.head} drop column ${column.name} cascade`)
        for (const [error, known] of [
          [renamed, mine.some(({placed}) => !placed)],
          [dropped, mine.length > 0],
        ] as const) {
          if (!error || !/function/.test(contextOf(error))) continue
          count++
          if (!known && !isDoubtful) missed.push(`${name}: ${column.id}: ${error.message}`)
        }
      }
      return count
    }
  }
  expect(missed).toEqual([])
  expect(failed).toBeGreaterThan(200)
}, 600_000)

async function failure(db: Db, change: string, run: readonly string[]): Promise<PgextError | undefined> {
  await db.script('begin; set local search_path = public')
  try {
    await db.script(change)
    for (const sql of run) await db.script(sql)
    return undefined
  } catch (error) {
    return error as PgextError
  } finally {
    await db.script('rollback')
    await db.script('discard temp')
  }
}
