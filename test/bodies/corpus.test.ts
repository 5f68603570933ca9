// Function bodies of all sorts: what PostgreSQL makes of each when it runs is the truth that pgext's check is held against.
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {checkBodies} from '../../src/bodies/check.ts'
import type {Finding} from '../../src/bodies/model.ts'
import {type Db, SESSION} from '../../src/postgres/db.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import type {Shadow} from '../../src/shadow/model.ts'
import {openShadow} from '../../src/shadow/open.ts'
import {type Case, lineOf, type Mark, marksIn, readCases, statementsOf} from '../support/corpus.ts'

const MAIN = 18

/** vitest runs five at a time */
const PLACES = 5

/** A routine's name as a finding says it, and its text. */
interface Body {
  readonly id: string
  readonly prosrc: string
}

/** An engine that the corpus is tried on, and how many cases at a time. */
interface Engine {
  readonly name: string
  readonly major: number
  readonly places: number
  readonly open: () => Promise<Shadow>
}

const native = (major: number): Engine => ({
  name: `PostgreSQL ${major}`,
  major,
  places: PLACES,
  open: () => openShadow({want: 'native', major}),
})

const engines = [
  ...(process.env.PGEXT_MAJORS === 'all' ? [14, 15, 16, 17] : []).filter((major) => findBinaries(major)).map(native),
  native(MAIN),
  ...(process.env.PGEXT_PGLITE === 'all'
    ? [{name: 'PGlite', major: MAIN, places: 1, open: () => openShadow({want: 'pglite'})}]
    : []),
]

for (const {name, major, places, open} of engines) {
  describe(`function bodies on ${name}`, {concurrent: places > 1}, () => {
    const missed: string[] = []
    const free: Db[] = []
    let shadow: Shadow

    beforeAll(async () => {
      shadow = await open()
      for (let n = 0; n < places; n++) free.push(await (await shadow.create()).connect())
    })

    afterAll(async () => {
      if (missed.length > 0) console.info(`not told right yet (${missed.length}):\n  ${missed.sort().join('\n  ')}`)
      await shadow?.close()
    })

    for (const sort of ['faulty', 'sound', 'lint'] as const) {
      for (const one of readCases(sort)) {
        test(one.name, async (context) => {
          if (major < one.minimum) return context.skip(`PostgreSQL ${one.minimum} and later`)
          const db = free.pop()!
          const wrong = await tryOn(db, one).finally(async () => {
            await empty(db)
            free.push(db)
          })
          if (one.miss === undefined && wrong.length > 0) throw new Error(wrong.join('\n'))
          if (one.miss === undefined) return
          expect(wrong, `is told right now: take '-- miss: ${one.miss}' out of it`).not.toEqual([])
          missed.push(`${one.name}: ${one.miss}`)
        })
      }
    }
  })
}

/** What the check gets wrong of it. */
async function tryOn(db: Db, one: Case): Promise<string[]> {
  await db.script(`set search_path = public; ${one.schema}`)
  const bodies = await bodiesIn(db)
  expectMarks(one, bodies)
  const before = await look(db)
  await db.query('discard all')
  await db.script(SESSION)
  const checked = expectFindings(one, bodies, await checkBodies(db))
  expect(await look(db), 'the check leaves nothing behind').toEqual(before)
  await db.script('set search_path = public')
  await expectTruth(db, one)
  return checked
}

/** A database with nothing in it. Dropping what a case made is ten times faster than a database for each. */
async function empty(db: Db): Promise<void> {
  await db.script('rollback')
  await db.query('discard all')
  await db.script(SESSION)
  const things = await db.query<{sql: string}>(
    `select format('drop event trigger %I', evtname) as sql from pg_catalog.pg_event_trigger
     union all
     select format('drop schema %I cascade', nspname) from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`,
  )
  await db.script([...things.map(({sql}) => sql), 'create schema public'].join('; '))
}

async function bodiesIn(db: Db): Promise<Body[]> {
  const [, bodies] = await db.script(
    `set search_path = '';
     select case prokind when 'p' then 'procedure ' else 'function ' end || replace(oid::regprocedure::text, ',', ', ') as id, prosrc
     from pg_catalog.pg_proc where oid >= 16384;
     set search_path = public`,
  )
  return bodies as Body[]
}

/** Every fault stands in a body, and each file says what its folder is for. */
function expectMarks(one: Case, bodies: readonly Body[]): void {
  const isFault = ({word}: Mark) => word === 'fault'
  const all = marksIn(one.schema)
  expect(bodies.flatMap(({prosrc}) => marksIn(prosrc)).filter(isFault)).toHaveLength(all.filter(isFault).length)
  expect(all.some(isFault)).toBe(one.sort === 'faulty')
  expect(all.some(({word}) => word === 'warning' || word === 'note')).toBe(one.sort === 'lint')
}

/** What is not as the marks say. */
function expectFindings(one: Case, bodies: readonly Body[], findings: readonly Finding[]): string[] {
  const places = findings.map((finding) => {
    const body = bodies.find(({id}) => id === finding.routine)
    const line = body && finding.at !== undefined ? lineOf(body.prosrc, finding.at) : 0
    return {finding, line, rest: finding.at === undefined ? '' : (body?.prosrc.slice(finding.at) ?? '')}
  })
  const marks = bodies.flatMap(({id, prosrc}) => marksIn(prosrc).map((mark) => ({...mark, id})))
  const outside = marksIn(one.schema).filter(({text, word}) => !marks.some((mark) => mark.text === text && mark.word === word))
  const left = new Set(places)
  const wrong: string[] = []
  for (const mark of [...marks, ...outside.map((mark) => ({...mark, id: undefined}))]) {
    if (mark.word === 'or') continue
    const also = marks.filter(({word, id}) => word === 'or' && id === mark.id).map(({line}) => line)
    const here = places.filter(({finding, line}) => {
      if (mark.id === undefined) return isAbout(finding, mark)
      return finding.routine === mark.id && isAbout(finding, mark) && (line === mark.line || also.includes(line))
    })
    for (const place of here) left.delete(place)
    if (here.length === 0) wrong.push(`line ${mark.line}: nothing is said: ${mark.text}`)
    else if (mark.token !== undefined && !here.some(({rest}) => rest.startsWith(mark.token!)))
      wrong.push(`line ${mark.line}: not at ${mark.token}, but at ${here.map(({rest}) => rest.slice(0, 20)).join(' and ')}`)
  }
  for (const {finding, line} of left) {
    const {level, rule, message, routine} = finding
    if (level === 'note' || (level === 'warning' && one.sort === 'faulty')) continue
    wrong.push(`${level} at line ${line} of ${routine}: ${message} (${rule})`)
  }
  return wrong
}

function isAbout({level, rule}: Finding, {word, text}: Mark): boolean {
  return word === 'fault' ? level === 'error' : level === word && rule === text
}

async function expectTruth(db: Db, one: Case): Promise<void> {
  const said: string[] = []
  for (const sql of await statementsOf(one)) await db.script(sql).catch((error) => said.push(error.message))
  if (one.sort !== 'faulty') {
    if (said.length > 0) throw new Error(said.join(' | '))
    return
  }
  const unsaid = marksIn(one.schema)
    .filter(({word}) => word === 'fault')
    // majors may say it in other words
    .filter(({text}) => !text.split(' | ').some((words) => said.some((message) => message.includes(words))))
  if (unsaid.length > 0) throw new Error(`not said: ${unsaid.map(({text}) => text).join(' and ')}; but: ${said.join(' | ')}`)
}

/** What a check could leave behind. */
async function look(db: Db): Promise<unknown> {
  return db.query(
    `select (select count(*) from pg_catalog.pg_class) as classes, (select count(*) from pg_catalog.pg_proc) as routines,
       (select count(*) from pg_catalog.pg_type) as types, (select count(*) from pg_catalog.pg_attribute) as columns,
       (select count(*) from pg_catalog.pg_namespace where nspname !~ '^pg_(toast_)?temp') as schemas,
       (select json_agg(s order by s.sequencename) from pg_catalog.pg_sequences s) as sequences`,
  )
}
