// Comments of the form `-- pgext:renamed-from old_name` in; renames, each with its object and place, out.
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {rangeName, scan, strings, type Tree} from '../postgres/parse.ts'
import {quoteNames} from '../postgres/quote.ts'
import {type Comment, placeOf} from '../postgres/statements.ts'
import type {Rename, SourceFile} from './model.ts'
import type {Run} from './run.ts'
import {look, type Reference} from './told.ts'
import type {Work} from './work.ts'

const KNOWN = ['renamed-from']

/** A directive and what it stands above; the schema is told later, by the server. */
export interface Directive {
  readonly work: Work
  readonly kind: Rename['kind']
  /** the table or type */
  readonly of: Reference
  /** the column or label */
  readonly part?: string
  readonly from: string
  readonly where: Rename['where']
}

type Loose = readonly {readonly source: SourceFile; readonly trailing: readonly Comment[]}[]

export async function readDirectives(works: readonly Work[], comments: Loose): Promise<Directive[]> {
  const directives: Directive[] = []
  for (const work of works) {
    const {statement, source} = work
    for (const comment of statement.comments) {
      const said = directiveIn(comment, source)
      if (!said) continue
      const of = statement.kind === 'CreateStmt' ? tableOf(statement.node) : undefined
      if (!of || !comment.alone) throw misplaced(comment, source)
      directives.push({
        work,
        kind: 'table',
        of,
        from: nameIn(said, comment, source, false),
        where: placeOf(source.text, comment.start, source.path),
      })
    }
    if (statement.sql.includes('pgext:')) directives.push(...(await within(work)))
  }
  for (const {source, trailing} of comments) {
    for (const comment of trailing) if (directiveIn(comment, source)) throw misplaced(comment, source)
  }
  return directives
}

/** Directives above columns and enum labels, between the parentheses of a statement. */
async function within(work: Work): Promise<Directive[]> {
  const {statement, source} = work
  const {sql, kind, node, start} = statement
  const bytes = Buffer.from(sql)
  const tokens = (await scan(sql)).map(({start, end, name}) => ({
    name,
    start: bytes.subarray(0, start).toString().length,
    end: bytes.subarray(0, end).toString().length,
  }))
  const columns = new Map<number, string>()
  for (const {ColumnDef} of kind === 'CreateStmt' ? (node.tableElts ?? []) : []) {
    if (ColumnDef) columns.set(statement.offset(ColumnDef.location), ColumnDef.colname)
  }
  const labels = kind === 'CreateEnumStmt' ? strings(node.vals) : []
  let label = 0
  const directives: Directive[] = []
  for (const [at, token] of tokens.entries()) {
    if (token.name === 'SCONST') label++
    if (token.name !== 'SQL_COMMENT') continue
    const lineStart = sql.lastIndexOf('\n', token.start - 1) + 1
    const comment = {
      text: sql.slice(token.start, token.end),
      start: start + token.start,
      alone: lineStart > 0 && !sql.slice(lineStart, token.start).trim(),
    }
    const said = directiveIn(comment, source)
    if (!said) continue
    const next = tokens.slice(at + 1).find(({name}) => !name.endsWith('_COMMENT'))
    const column = next && columns.get(next.start)
    const isLabel = next?.name === 'SCONST' && label < labels.length
    if (!comment.alone || (column === undefined && !isLabel)) throw misplaced(comment, source)
    const where = placeOf(source.text, comment.start, source.path)
    const from = nameIn(said, comment, source, column === undefined)
    if (column !== undefined) directives.push({work, kind: 'column', of: tableOf(node), part: column, from, where})
    else
      directives.push({
        work,
        kind: 'enum value',
        of: {what: 'type', text: quoteNames(...strings(node.typeName))},
        part: labels[label]!,
        from,
        where,
      })
  }
  return directives
}

/** The full names of what the directives stand above, as the server knows them. */
export async function placeRenames(db: Db, run: Run, directives: readonly Directive[]): Promise<Rename[]> {
  const found = await look(
    db,
    run,
    directives.map(({work, of}) => [run.setups.get(work)!, of] as const),
  )
  return directives.flatMap(({kind, part, from, where}, at) => {
    const [object] = found[at]!
    if (!object) return []
    const {file, line, column} = where
    return [{kind, name: [...object.name, ...(part === undefined ? [] : [part])], from, where: {file, line, column}}]
  })
}

/** The rest of a directive's line; an unknown one is an error. */
function directiveIn(comment: Comment, source: SourceFile): string | undefined {
  const found = /^--\s*pgext:(\S*)[ \t]*(.*)$/.exec(comment.text)
  if (!found) return undefined
  if (KNOWN.includes(found[1]!)) return found[2]!.trim() || ' '
  throw new PgextError('bad-sql', `there is no directive pgext:${found[1]}`, {
    hint: `known: ${KNOWN.map((name) => `-- pgext:${name} old_name`).join(', ')}`,
    where: placeOf(source.text, comment.start, source.path),
  })
}

/** A name as in SQL: folded unless in double quotes; a label may stand in single ones, and is never folded. */
function nameIn(said: string, comment: Comment, source: SourceFile, isLabel: boolean): string {
  const quoted = /^"((?:[^"]|"")+)"$/.exec(said)
  if (quoted) return quoted[1]!.replaceAll('""', '"')
  const label = isLabel && /^'((?:[^']|'')+)'$/.exec(said)
  if (label) return label[1]!.replaceAll("''", "'")
  if (isLabel ? said.trim() : /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(said)) return isLabel ? said : said.toLowerCase()
  throw new PgextError('bad-sql', 'pgext:renamed-from needs the old name, and nothing else', {
    hint: 'for example: -- pgext:renamed-from old_name, or "Old Name" in double quotes; without the schema',
    where: placeOf(source.text, comment.start, source.path),
  })
}

function misplaced(comment: Comment, source: SourceFile): PgextError {
  return new PgextError('bad-sql', 'this directive stands above nothing that can be renamed', {
    hint: 'put it on a line of its own, directly above a CREATE TABLE, a column in it, or a label of CREATE TYPE … AS ENUM',
    where: placeOf(source.text, comment.start, source.path),
  })
}

function tableOf(node: Tree): Reference {
  return {what: 'relation', text: quoteNames(...rangeName(node.relation))}
}
