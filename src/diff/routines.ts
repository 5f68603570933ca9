// A session in; its routines, and the facts about them, out: one round trip, in whatever transaction it stands.
import {hash} from 'node:crypto'
import type {Db, Row, Server} from '../postgres/db.ts'
import {dependenciesOf} from './addresses.ts'
import {kinds} from './kinds/index.ts'
import type {Catalog, CatalogObject} from './model.ts'
import {asJson, catalogOf, readingOf} from './read.ts'
import {rootOf} from './root.ts'

export const ROUTINES: ReadonlySet<string> = new Set(['function', 'procedure', 'aggregate'])
const FACTS: ReadonlySet<string> = new Set(['comment', 'owner', 'privilege', 'security label'])

/** Catalogs that nobody has analysed look empty to the planner. */
const PLAINLY = 'set local enable_nestloop = off; set local enable_mergejoin = off; set local jit = off'
const AS_BEFORE = 'set local enable_nestloop to default; set local enable_mergejoin to default; set local jit to default'

/** Routines as they were read, and a mark that any other reading of them would have, which finds as much as a letter changed. */
export interface Read {
  readonly catalog: Catalog
  readonly mark: string
}

/**
 * What else there is is not looked at: needs that are no routines are not among theirs, so that only hashes can be compared.
 * What goes while it is read is an error, as it is for whoever prints it.
 */
export async function readRoutines(db: Db): Promise<Read> {
  const reading = readingOf(new Set())
  const pieces = piecesFor(db.server)
  const marks: string[] = []
  const take = (rows: readonly Row[]) => {
    const [row] = rows
    const piece = row && pieces[marks.length]
    if (piece) marks.push(hash('sha256', piece.columns.map((name) => row[name] ?? '').join('')))
    reading.take(rows)
  }
  await db.script([PLAINLY, ...pieces.map(({sql}) => sql), AS_BEFORE].join(';\n'), take)
  return {catalog: reading.catalog(db, []), mark: marks.join(' ')}
}

/** Statements that answer with a row for each part of the mark, made by the server of what it would tell. */
export function markScript(server: Server): string {
  const marks = piecesFor(server).map(({sql, columns}) => {
    const text = columns.map((name) => `coalesce(p.${name}, '')`).join(' || ')
    return `select encode(sha256(convert_to(${text}, 'UTF8')), 'hex') as mark from (${sql}) p`
  })
  return [PLAINLY, ...marks, AS_BEFORE].join(';\n')
}

/** In an order that is always the same; what comes of each stands in those columns of one row. */
function piecesFor(server: Server): {readonly sql: string; readonly columns: readonly string[]}[] {
  const asked = kinds.filter(({name}) => ROUTINES.has(name) || FACTS.has(name))
  const all = asked.map(({name, facts, query}) => {
    const rows = facts ? `select * from (${query(server, 'pg_proc')}) f where f.about like 'pg_proc/%'` : query(server)
    return {sql: asJson(name, `select * from (select * from (${rows}) q offset 0) r order by r`), columns: ['rows']}
  })
  return [{sql: dependenciesOf('pg_proc'), columns: ['edges', 'catalogs']}, ...all]
}

/** The same part of a whole catalog. */
export function routinesOf(catalog: Catalog): Catalog {
  const isMeant = (o: CatalogObject) => ROUTINES.has(o.kind) || (FACTS.has(o.kind) && isRoutine(rootOf(o, catalog)))
  const isRoutine = (id: CatalogObject['id']) => ROUTINES.has(catalog.objects.get(id)!.kind)
  const objects = new Map([...catalog.objects].filter(([, o]) => isMeant(o)))
  return catalogOf(objects, catalog.server, [], catalog.denied)
}
