// Comments of the form `-- pgext:renamed-from old_name` in; renames, each with its object and place, out.
import type {Rename} from '../diff/renames.ts'
import {renameable} from '../diff/renames.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {scan, strings} from '../postgres/parse.ts'
import {type Comment, placeOf} from '../postgres/statements.ts'
import {listedIn, type Made, madeBy} from './made.ts'
import type {SourceFile} from './model.ts'
import type {Run} from './run.ts'
import {look} from './told.ts'
import type {Work} from './work.ts'

const KNOWN = ['renamed-from']

/** A directive and what it stands above; kind and schema are told later, by the server. */
export interface Directive {
  readonly work: Work
  readonly made: Made
  readonly from: readonly string[]
  readonly comment: Comment
}

type Loose = readonly {readonly source: SourceFile; readonly trailing: readonly Comment[]}[]

export async function readDirectives(works: readonly Work[], comments: Loose): Promise<Directive[]> {
  const directives: Directive[] = []
  for (const work of works) {
    const {statement, source} = work
    for (const comment of statement.comments) {
      const said = directiveIn(comment, source)
      if (!said) continue
      const made = madeBy(statement)
      if (!made || !comment.alone) throw misplaced(comment, source)
      directives.push({work, made, from: nameIn(said, comment, source, made.part === undefined ? 2 : 1), comment})
    }
    if (statement.sql.includes('pgext:')) directives.push(...(await within(work)))
  }
  for (const {source, trailing} of comments) {
    for (const comment of trailing) if (directiveIn(comment, source)) throw misplaced(comment, source)
  }
  return directives
}

/** Directives above columns, labels and constraints, inside a statement. */
async function within(work: Work): Promise<Directive[]> {
  const {statement, source} = work
  const {sql, kind, node, start} = statement
  const bytes = Buffer.from(sql)
  const tokens = (await scan(sql)).map(({start, end, name}) => ({
    name,
    start: bytes.subarray(0, start).toString().length,
    end: bytes.subarray(0, end).toString().length,
  }))
  const whole = madeBy(statement)
  const parts = listedIn(statement)
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
    const isLabel = next?.name === 'SCONST' && label < labels.length
    const part = isLabel ? {kind: 'enum value', part: labels[label]!} : next && parts.get(next.start)
    if (!comment.alone || !part || !whole) throw misplaced(comment, source)
    directives.push({work, made: {...whole, ...part}, from: nameIn(said, comment, source, isLabel ? 0 : 1), comment})
  }
  return directives
}

/** The full names of what the directives stand above, as the server knows them. */
export async function placeRenames(db: Db, run: Run, directives: readonly Directive[]): Promise<Rename[]> {
  const asked = directives.filter(({made}) => made.of)
  const found = await look(
    db,
    run,
    asked.map(({work, made}) => [run.setups.get(work)!, made.of!] as const),
  )
  const known = new Set(renameable())
  return directives.flatMap(({work: {source}, made, from, comment}) => {
    const {file, line, column} = placeOf(source.text, comment.start, source.path)
    const where = {file, line, column}
    const at = asked.findIndex((one) => one.comment === comment)
    const object = found[at]?.[0]
    if (made.of && !object) return []
    const kind = made.kind ?? object!.kind
    if (!known.has(kind)) throw misplaced(comment, source)
    const name = [...(object?.name ?? []), ...(made.part === undefined ? [] : [made.part])]
    return [{kind, name, ...(object?.signature && made.part === undefined && {signature: object.signature}), from, where}]
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

const PART = /^(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*)|([-+*/<>=~!@#%^&|`?]+))(?:\.|$)/u

/**
 * A name as in SQL: folded unless in double quotes; a label may stand in single ones, and is never folded.
 * @param parts how many it may have; 0: it is a label
 */
function nameIn(said: string, comment: Comment, source: SourceFile, parts: number): string[] {
  const names: string[] = []
  let rest = said
  for (let found = PART.exec(rest); found && rest; found = PART.exec(rest)) {
    if (!found[1] && parts === 0) break
    names.push(found[1]?.replaceAll('""', '"') ?? found[2]?.toLowerCase() ?? found[3]!)
    rest = found[0].endsWith('.') && found[0].length === rest.length ? '.' : rest.slice(found[0].length)
  }
  if (!rest && names.length <= Math.max(parts, 1)) return names
  if (parts === 0) {
    const label = /^'((?:[^']|'')+)'$/.exec(said)
    if (label) return [label[1]!.replaceAll("''", "'")]
    if (said.trim()) return [said]
  }
  throw new PgextError('bad-sql', 'pgext:renamed-from needs the old name, and nothing else', {
    hint: `for example: -- pgext:renamed-from old_name, or "Old Name" in double quotes; ${
      parts > 1 ? 'with its schema where that was another' : 'without schema or table'
    }`,
    where: placeOf(source.text, comment.start, source.path),
  })
}

function misplaced(comment: Comment, source: SourceFile): PgextError {
  return new PgextError('bad-sql', 'this directive stands above nothing that can be renamed', {
    hint: 'put it on a line of its own, directly above a CREATE statement, or inside one above a column, label or constraint with a name',
    where: placeOf(source.text, comment.start, source.path),
  })
}
