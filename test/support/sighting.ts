// A database in, what observers other than pgext's own reader see of it out; and how two sightings differ.
import type {Db} from '../../src/postgres/db.ts'
import type {DatabaseShadow} from '../../src/shadow/databases.ts'
import type {ShadowDatabase} from '../../src/shadow/model.ts'
import {dump, findDump} from './dump.ts'
import {askedOn, findMigra, type Picture} from './migra.ts'
import {witness} from './witness.ts'

export interface Sighting {
  /** rows of the catalogs */
  readonly rows: readonly string[]
  /** pg_dump's entries; none where there is no pg_dump for it, or no server that it could reach */
  readonly entries?: readonly string[]
  /** taken when first asked for, as it takes long: the database has to be there, and the same, till then */
  readonly picture?: () => Promise<Picture>
}

const said = new Set<string>()

export async function observe(db: Db, database?: ShadowDatabase): Promise<Sighting> {
  const rows = await witness(db)
  if (!database || db.server.engine === 'pglite') return {rows}
  const url = (database.shadow as DatabaseShadow).place.urlOf(database.name)
  const program = findDump(db.server.major)
  const migra = findMigra()
  for (const reason of [program, migra]) {
    if (typeof reason === 'string' && !said.has(reason)) console.info(reason)
    if (typeof reason === 'string') said.add(reason)
  }
  let picture: Promise<Picture> | undefined
  return {
    rows,
    ...(typeof program !== 'string' && {entries: await dump(program, url)}),
    ...(typeof migra !== 'string' && askedOn(db.server.major) && {picture: () => (picture ??= migra.look(url))}),
  }
}

/** Words of what the long way round, for tables in use, leaves otherwise, to nobody's harm. */
export const LONG_WAY = [
  // 18: a partition's primary key whose index was built first says NOT NULL itself, beside its parent's
  'must be conislocal: false',
  // before 18 validating a foreign key that refers to a partitioned table passes over PostgreSQL's own copies for the partitions
  ', convalidated: true',
]

/** Lines that only one of them has. */
export async function disagreements(found: Sighting, wanted: Sighting): Promise<string[]> {
  return [
    ...between('catalog row', found.rows, wanted.rows),
    ...between('dump', found.entries ?? [], wanted.entries ?? []),
    ...(await statementsBetween(found, wanted)),
  ]
}

async function statementsBetween(found: Sighting, wanted: Sighting): Promise<string[]> {
  const migra = findMigra()
  if (!found.picture || !wanted.picture || typeof migra === 'string') return []
  const statements = await migra.compare(await found.picture(), await wanted.picture())
  return statements.map((sql) => `  @pgkit/migra would: ${sql}`)
}

function between(what: string, found: readonly string[], wanted: readonly string[]): string[] {
  const [here, there] = [new Set(found.map(loosely)), new Set(wanted.map(loosely))]
  const missing = wanted.filter((line) => !here.has(loosely(line)))
  const lines: string[] = []
  for (const line of found.filter((line) => !there.has(loosely(line)))) {
    const at = missing.findIndex((other) => fieldsApart(line, other).length < 4)
    if (at < 0) lines.push(`  ${what} too much: ${line}`)
    else lines.push(`  ${what} is      ${line}\n    must be ${fieldsApart(line, missing.splice(at, 1)[0]!).join(', ')}`)
  }
  return [...lines, ...missing.map((line) => `  ${what} missing:  ${line}`)]
}

/** An IN list of varchar prints otherwise once its own print has been read; options print in the order in which they came. */
function loosely(line: string): string {
  const options = line.replaceAll(/WITH \(([^()]*)\)/g, (_, list: string) => `WITH (${list.split(', ').sort().join(', ')})`)
  return options.includes('::character varying') ? options.replaceAll(/::character varying|::text|[()]|\[\]/g, '') : options
}

/** What the second row has otherwise; both the same row, if it is little. */
function fieldsApart(found: string, wanted: string): string[] {
  const start = found.indexOf('{')
  if (start < 0 || found.slice(0, start) !== wanted.slice(0, start)) return Array(9).fill('')
  const [a, b] = [JSON.parse(found.slice(start)), JSON.parse(wanted.slice(start))]
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]),
  )
  return keys.some((key) => /name$|relid$/.test(key)) ? Array(9).fill('') : keys.map((key) => `${key}: ${JSON.stringify(b[key])}`)
}
