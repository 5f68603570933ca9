// Live servers of every major in; every column of their catalogs is judged in judged.ts, and nothing else is.
// PGEXT_CONTRACT=write npx vitest run test/contract/contract.test.ts   writes columns.json and the list in ARCHITECTURE.md anew;
// for majors that are not installed: PGEXT_SERVERS='postgresql://postgres@127.0.0.1:5414/postgres …'
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {kinds} from '../../src/diff/kinds/index.ts'
import {connect} from '../../src/postgres/native.ts'
import {MAJORS, openServer, type Server} from './servers.ts'
import {unsorted, VERDICTS, WHOLE} from './verdicts.ts'

/** catalog → column → the majors that have it, '14–18' */
type Columns = Record<string, Record<string, string>>

const FILE = join(import.meta.dirname, 'columns.json')
const ARCHITECTURE = join(import.meta.dirname, '../../ARCHITECTURE.md')
const isWriting = process.env.PGEXT_CONTRACT === 'write'

/** Kinds that are on their way. */
const COMING: readonly string[] = []

let servers: Server[]

beforeAll(async () => {
  servers = (await Promise.all(MAJORS.map(openServer))).filter((server) => server !== undefined)
  expect(servers.length).toBeGreaterThan(0)
  if (!isWriting) return
  writeFileSync(FILE, `${JSON.stringify(await columnsOf(servers), null, 2)}\n`)
  const [before, , after] = cut(readFileSync(ARCHITECTURE, 'utf8'))
  writeFileSync(ARCHITECTURE, `${before}\n${ignoredList()}\n\n${after}`)
}, 240_000)

afterAll(() => Promise.all((servers ?? []).map((server) => server.close())))

const known = (): Columns => JSON.parse(readFileSync(FILE, 'utf8'))

test('columns.json holds what the servers have', async () => {
  for (const server of servers) {
    const here = await catalogColumns(server)
    const listed = Object.entries(known()).flatMap(([catalog, columns]) =>
      Object.entries(columns).flatMap(([column, majors]) => (hasMajor(majors, server.major) ? [`${catalog}.${column}`] : [])),
    )
    expect(here.sort(), `PostgreSQL ${server.major}`).toEqual(listed.sort())
  }
}, 60_000)

test('every column of every catalog is judged, once for each sort of row', () => {
  const judged = new Set(VERDICTS.map(({catalog, column}) => `${catalog}.${column}`))
  const all = Object.entries(known()).flatMap(([catalog, columns]) =>
    WHOLE.has(catalog) ? [] : Object.keys(columns).map((column) => `${catalog}.${column}`),
  )
  expect(all.filter((column) => !judged.has(column))).toEqual([])
  expect([...judged].filter((column) => !all.includes(column))).toEqual([])
  expect([...WHOLE.keys()].filter((catalog) => !known()[catalog])).toEqual([])
  expect(unsorted()).toEqual([])
})

test('a verdict is one of four, with a reason', () => {
  const verdicts = [...VERDICTS.map(({verdict}) => verdict), ...WHOLE.values()]
  expect(verdicts.filter((verdict) => !/^(by [a-z]|(derived|runtime|ignored): \S.{5})/.test(verdict))).toEqual([])
})

test('who models a column is a kind', () => {
  const names = new Set([...kinds.map(({name}) => name), ...COMING])
  expect(VERDICTS.flatMap((judged) => judged.kinds.filter((kind) => !names.has(kind)))).toEqual([])
})

test('ARCHITECTURE.md says what is deliberately ignored', () => {
  expect(cut(readFileSync(ARCHITECTURE, 'utf8'))[1].trim()).toBe(ignoredList())
})

const MARKS = ['<!-- contract: ignored -->\n', '<!-- /contract -->'] as const

/** What stands before the list, the list, and what stands behind it. */
function cut(text: string): [string, string, string] {
  const [start, end] = [text.indexOf(MARKS[0]) + MARKS[0].length, text.indexOf(MARKS[1])]
  return [text.slice(0, start), text.slice(start, end), text.slice(end)]
}

/** A line for each reason. */
function ignoredList(): string {
  const reasons = new Map<string, string[]>()
  const add = (verdict: string, what: string) => {
    if (!verdict.startsWith('ignored: ')) return
    const reason = verdict.slice('ignored: '.length)
    reasons.set(reason, [...new Set([...(reasons.get(reason) ?? []), what])])
  }
  for (const [catalog, verdict] of WHOLE) add(verdict, `\`${catalog}\``)
  for (const {catalog, column, verdict, sort} of VERDICTS) add(verdict, `\`${catalog}.${column}\`${sort ? ` (${sort})` : ''}`)
  return [...reasons].map(([reason, columns]) => `- ${columns.sort().join(', ')}: ${reason}.`).join('\n')
}

async function columnsOf(all: readonly Server[]): Promise<Columns> {
  const majors = new Map<string, number[]>()
  for (const server of all) {
    for (const column of await catalogColumns(server)) majors.set(column, [...(majors.get(column) ?? []), server.major])
  }
  // a major that is not here keeps what was known of it
  const missing = Object.entries(known()).flatMap(([catalog, columns]) =>
    Object.entries(columns).map(([column, span]) => [`${catalog}.${column}`, span] as const),
  )
  for (const [column, span] of missing) {
    const here = all.map(({major}) => major)
    const rest = MAJORS.filter((major) => !here.includes(major) && hasMajor(span, major))
    if (rest.length > 0) majors.set(column, [...(majors.get(column) ?? []), ...rest].sort())
  }
  const columns: Columns = {}
  for (const [column, list] of [...majors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [catalog = '', name = ''] = column.split('.')
    columns[catalog] = {...columns[catalog], [name]: `${list[0]}–${list.at(-1)}`}
  }
  return columns
}

function hasMajor(span: string, major: number): boolean {
  const [first = '', last = ''] = span.split('–')
  return major >= Number(first) && major <= Number(last)
}

/** 'pg_class.relname' */
async function catalogColumns(server: Server): Promise<string[]> {
  const db = await connect(server.url('postgres'))
  const rows = await db.query<{name: string}>(`
    select c.relname || '.' || a.attname as name
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    where c.relkind = 'r' and c.relnamespace = 'pg_catalog'::regnamespace and a.attnum > 0 and not a.attisdropped`)
  await db.close()
  return rows.map(({name}) => name)
}
