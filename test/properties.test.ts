// What must hold for every state and every name: PGEXT_RUNS says how many are tried, PGEXT_SEED which.
import fc from 'fast-check'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {compare} from '../src/diff/compare.ts'
import type {Catalog, CatalogObject, Step} from '../src/diff/model.ts'
import {plan} from '../src/diff/plan.ts'
import {catalogOf, read} from '../src/diff/read.ts'
import {PgextError} from '../src/errors.ts'
import type {Db} from '../src/postgres/db.ts'
import {quoteBody, quoteName, quoteText} from '../src/postgres/quote.ts'
import {runSteps} from '../src/prove/run.ts'
import {isClusterLevel, load} from '../src/shadow/load.ts'
import type {Shadow, ShadowDatabase, SourceFile} from '../src/shadow/model.ts'
import {openShadow} from '../src/shadow/open.ts'
import {isLeftOut, readScenarios} from './support/scenario.ts'

const runs = Number(process.env.PGEXT_RUNS ?? 12)
const seed = Number(process.env.PGEXT_SEED ?? 7)
const parameters = {seed, numRuns: runs, endOnFailure: true}

let shadow: Shadow

beforeAll(async () => {
  console.info(`properties: PGEXT_SEED=${seed} PGEXT_RUNS=${runs}`)
  shadow = await openShadow({want: 'native'})
})

afterAll(async () => {
  await shadow?.close()
})

interface State {
  readonly name: string
  readonly catalog: Catalog
}

describe('any state', () => {
  let states: State[]

  beforeAll(async () => {
    states = await pick(readScenarios(), 4 + Math.ceil(runs / 2))
  }, 300_000)

  test('does not differ from itself', () => {
    for (const {catalog} of states) {
      expect(compare(catalog, catalog)).toEqual([])
      expect(compare(catalog, catalogOf(new Map(catalog.objects), catalog.server))).toEqual([])
    }
  })

  test('leads to any other by the same steps in the same order, however its objects come', () => {
    const property = fc.property(fc.nat(), fc.nat(), fc.infiniteStream(fc.nat()), (i, j, numbers) => {
      const [from, to] = [states[i % states.length]!, states[j % states.length]!]
      const shuffled = (catalog: Catalog) => catalogOf(new Map(shuffle([...catalog.objects], numbers)), catalog.server)
      expect(told(shuffled(from.catalog), shuffled(to.catalog))).toEqual(told(from.catalog, to.catalog))
    })
    fc.assert(property, {...parameters, numRuns: runs * 10})
  })

  test('is where the plan to it arrives, from wherever it starts', async () => {
    const property = fc.asyncProperty(fc.array(fc.nat(), {minLength: 2, maxLength: 4}), async (numbers) => {
      const database = await shadow.create()
      try {
        const db = await database.connect()
        let at = {name: 'nothing', catalog: await read(db)}
        for (const number of numbers) {
          const next = states[number % states.length]!
          if (await arrives(db, at, next)) at = next
        }
      } finally {
        await database.drop()
      }
    })
    await fc.assert(property, parameters)
  }, 600_000)

  /** false: it is refused */
  async function arrives(db: Db, at: State, next: State): Promise<boolean> {
    let steps: readonly Step[] | undefined
    try {
      steps = stepsOrRefusal(at.catalog, next.catalog)
      if (!steps) return false
      await runSteps(db, steps, async () => false)
      const left = compare(await read(db), next.catalog)
      expect(left.map((change) => [change.verb, change.verb === 'drop' ? change.from.id : change.to.id])).toEqual([])
      return true
    } catch (error) {
      const sql = (steps ?? []).map((step) => `${step.sql};`).join('\n')
      throw new Error(`${at.name} → ${next.name}: ${(error as Error).message}\n${sql}`)
    }
  }

  async function pick(scenarios: ReturnType<typeof readScenarios>, count: number) {
    const able = []
    for (const scenario of scenarios) {
      if (isLeftOut(scenario, 'native', shadow.server.major) || scenario.settings.expectedFailure) continue
      if (!(await isClusterLevel([...scenario.current, ...scenario.desired]))) able.push(scenario)
    }
    const sides = able.flatMap(({name, current, desired}) => [
      {name: `current of ${name}`, files: current},
      {name: `desired of ${name}`, files: desired},
    ])
    const chosen = fc.sample(fc.shuffledSubarray(sides, {minLength: count, maxLength: count}), {seed, numRuns: 1})[0]!
    const found = []
    for (const {name, files} of chosen) found.push({name, catalog: await stateOf(files)})
    return found
  }
})

describe('any name', () => {
  test('is quoted so that PostgreSQL reads it back', async () => {
    const database = await shadow.create()
    const db = await database.connect()
    const property = fc.asyncProperty(name(), async (text) => {
      const [row] = await db.query(`select ${quoteText(text)} as text, ${quoteBody(text, 'b')} as body, 1 as ${quoteName(text)}`)
      expect(row!.text).toBe(text)
      expect(row!.body).toBe(text)
      // a row of the driver's is an object like any other: this one name is lost in it
      if (text !== '__proto__') expect(Object.keys(row!)).toContain(text)
    })
    await fc.assert(property, {...parameters, numRuns: runs * 20})
    await database.drop()
  })

  test('is plain to quoteName exactly when it is plain to PostgreSQL', async () => {
    const database = await shadow.create()
    const db = await database.connect()
    const words = await db.query<{word: string}>('select word from pg_get_keywords()')
    const names = [
      ...words.map(({word}) => word),
      ...fc.sample(fc.stringMatching(/^[a-zA-Z_$0-9]{1,5}$/), {seed, numRuns: runs * 20}),
    ]
    const rows = await db.query('select n as name, quote_ident(n) as quoted from json_array_elements_text($1::json) n', [
      JSON.stringify(names),
    ])
    for (const row of rows) expect(quoteName(row.name), row.name).toBe(row.quoted)
    await database.drop()
  })

  test('stands for a schema, table, column, label, constraint, index, function, comment', async () => {
    const names = fc.uniqueArray(name(), {minLength: 9, maxLength: 9})
    const property = fc.asyncProperty(names, fc.string({unit: 'binary', maxLength: 80}), async (list, remark) => {
      const comment = remark.replaceAll('\0', '')
      const [schema, table, a, b, type, label, constraint, index, routine] = list.map(quote) as [string, ...string[]] as any
      const [l, c] = [literal(list[5]!), literal(comment)]
      const sql = `
        create schema ${schema};
        create type ${schema}.${type} as enum (${l}, 'other');
        create table ${schema}.${table} (${a} integer, ${b} ${schema}.${type} default ${l}, constraint ${constraint} check (${a} > 0));
        create index ${index} on ${schema}.${table} (${b}, ${a});
        create function ${schema}.${routine}(${a} integer, ${b} text default ${l}) returns integer language sql as ${literal(`select 1 -- ${comment.replaceAll(/[\r\n]/g, ' ')}`)};
        comment on column ${schema}.${table}.${b} is ${c};
        comment on type ${schema}.${type} is ${l};`
      const wanted = await stateOf([{path: 'names.sql', text: sql, holdsFunctions: false}])
      expect([...wanted.objects.values()].map((o) => o.name)).toContainEqual([list[0], list[1], list[3]])
      expect(label).toBeDefined()
      await arrive(wanted)
    })
    await fc.assert(property, parameters)
  }, 300_000)
})

async function stateOf(files: readonly SourceFile[]): Promise<Catalog> {
  return inside(async (db) => {
    await load(db, files, {calls: [], rolesMayBeMade: true, isolated: false})
    return read(db)
  })
}

async function arrive(wanted: Catalog): Promise<void> {
  await inside(async (db) => {
    await runSteps(db, plan(await read(db), wanted).steps, async () => false)
    expect(compare(await read(db), wanted)).toEqual([])
  })
}

async function inside<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const database: ShadowDatabase = await shadow.create()
  try {
    return await work(await database.connect())
  } finally {
    await database.drop()
  }
}

function stepsOrRefusal(from: Catalog, to: Catalog) {
  try {
    return plan(from, to).steps
  } catch (error) {
    if (error instanceof PgextError && error.code === 'not-supported') return undefined
    throw error
  }
}

function told(from: Catalog, to: Catalog): string[] {
  try {
    return plan(from, to).steps.map((step) => step.sql)
  } catch (error) {
    if (error instanceof PgextError && error.code === 'not-supported') return [error.message]
    throw error
  }
}

type Entry = [CatalogObject['id'], CatalogObject]

function shuffle(entries: Entry[], numbers: Iterator<number>): Entry[] {
  const list = [...entries]
  for (let at = list.length - 1; at > 0; at--) {
    const other = numbers.next().value! % (at + 1)
    const held = list[at]!
    list[at] = list[other]!
    list[other] = held
  }
  return list
}

/** Any characters but NUL, up to 63 bytes: what PostgreSQL takes as a name without cutting it. */
function name(): fc.Arbitrary<string> {
  const odd = fc.constantFrom(
    'select',
    'A',
    'a b',
    `'`,
    '"',
    '""',
    `a"b'c`,
    '\\',
    '$',
    '$$',
    '$b$',
    'é',
    '😀',
    '\n',
    '\t',
    '%',
    ',',
    '{}',
    ' ',
    ';',
    '--',
    '/*',
    '.',
  )
  const any = fc.oneof(
    odd,
    fc.array(odd, {minLength: 1, maxLength: 4}).map((parts) => parts.join('')),
    fc.string({unit: 'binary', minLength: 1, maxLength: 63}),
  )
  return any.filter((text) => text !== '' && !text.includes('\0') && Buffer.byteLength(text) <= 63)
}

// written here a second time on purpose
const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`
const literal = (text: string): string => ` E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
