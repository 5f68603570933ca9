// Comments of the form `-- pgext:renamed-from old_name` and `-- pgext:using expression` in; what they say, each with its object, out.
import type {Rename} from '../diff/renames.ts'
import {renameable} from '../diff/renames.ts'
import {PgextError} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import {parse, scan, strings, type Tree} from '../postgres/parse.ts'
import {type Comment, placeOf} from '../postgres/statements.ts'
import {listedIn, type Made, madeBy} from './made.ts'
import type {Conversion, SourceFile} from './model.ts'
import type {Run} from './run.ts'
import {look} from './told.ts'
import type {Work} from './work.ts'

const KNOWN = {'renamed-from': 'old_name', using: 'expression'}

/** A directive and what it stands above; kind and schema are told later, by the server. */
export interface Directive {
  readonly work: Work
  readonly made: Made
  /** the old name, or how a column's values change their type */
  readonly says: {readonly from: readonly string[]} | {readonly expression: string}
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
      if (!made || !comment.alone || said.name === 'using') throw misplaced(comment, source, said)
      directives.push({work, made, says: {from: nameIn(said.text, comment, source, made.part === undefined ? 2 : 1)}, comment})
    }
    if (statement.sql.includes('pgext:')) directives.push(...(await within(work)))
  }
  for (const {source, trailing} of comments) {
    for (const comment of trailing) {
      const said = directiveIn(comment, source)
      if (said) throw misplaced(comment, source, said)
    }
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
    const isMisplaced = !comment.alone || !part || !whole || (said.name === 'using' && part.kind !== 'column')
    if (isMisplaced) throw misplaced(comment, source, said)
    const says =
      said.name === 'using'
        ? {expression: await expressionIn(said.text, comment, source)}
        : {from: nameIn(said.text, comment, source, isLabel ? 0 : 1)}
    directives.push({work, made: {...whole, ...part}, says, comment})
  }
  return directives
}

interface Placed {
  readonly renames: readonly Rename[]
  readonly conversions: readonly Conversion[]
}

/** The full names of what the directives stand above, as the server knows them. */
export async function place(db: Db, run: Run, directives: readonly Directive[]): Promise<Placed> {
  const asked = directives.filter(({made}) => made.of)
  const found = await look(
    db,
    run,
    asked.map(({work, made}) => [run.setups.get(work)!, made.of!] as const),
  )
  const known = new Set(renameable())
  const [renames, conversions]: [Rename[], Conversion[]] = [[], []]
  for (const {work, made, says, comment} of directives) {
    const {source} = work
    const at = asked.findIndex((one) => one.comment === comment)
    const object = found[at]?.[0]
    if (made.of && !object) continue
    const kind = made.kind ?? object!.kind
    const name = [...(object?.name ?? []), ...(made.part === undefined ? [] : [made.part])]
    const {file, line, column} = placeOf(source.text, comment.start, source.path)
    if ('expression' in says) {
      conversions.push({name, expression: says.expression, where: {file, line, column}})
      continue
    }
    if (!known.has(kind)) throw misplaced(comment, source, {name: 'renamed-from'})
    const signature = made.part === undefined ? object?.signature : undefined
    renames.push({kind, name, ...(signature && {signature}), from: says.from, where: {file, line, column}})
  }
  return {renames, conversions}
}

interface Said {
  readonly name: keyof typeof KNOWN
  readonly text: string
}

/** What a directive's line says; an unknown one is an error. */
function directiveIn(comment: Comment, source: SourceFile): Said | undefined {
  const found = /^--\s*pgext:(\S*)[ \t]*(.*)$/.exec(comment.text)
  if (!found) return undefined
  const name = found[1]!
  if (Object.hasOwn(KNOWN, name)) return {name: name as keyof typeof KNOWN, text: found[2]!.trim() || ' '}
  throw new PgextError('bad-sql', `there is no directive pgext:${name}`, {
    hint: `known: ${Object.entries(KNOWN)
      .map(([name, what]) => `-- pgext:${name} ${what}`)
      .join(', ')}`,
    where: placeOf(source.text, comment.start, source.path),
  })
}

/** One expression, and nothing that would end it or go on behind it. */
async function expressionIn(said: string, comment: Comment, source: SourceFile): Promise<string> {
  const parsed = await parse(`SELECT ${said}\n`).catch(() => [])
  const select = parsed.length === 1 ? parsed[0]!.stmt.SelectStmt : undefined
  const [target, ...more] = (select?.targetList ?? []) as Tree[]
  const isAlone = target && more.length === 0 && !target.ResTarget.name && said.trim() !== ''
  const isPlain = Object.keys(select ?? {}).every((key) => ['targetList', 'limitOption', 'op'].includes(key))
  const isWhole = (await scan(said).catch(() => [])).every(({name}) => !name.endsWith('_COMMENT') && name !== 'ASCII_59')
  if (isAlone && isPlain && isWhole) return said
  throw new PgextError('bad-sql', 'pgext:using needs an expression, and nothing else', {
    hint: "for example: -- pgext:using (created_at AT TIME ZONE 'UTC'), as behind USING in ALTER COLUMN … TYPE",
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

function misplaced(comment: Comment, source: SourceFile, {name}: Pick<Said, 'name'>): PgextError {
  const [what, where] =
    name === 'using'
      ? ['no column', 'put it on a line of its own inside CREATE TABLE, directly above the column that changes its type']
      : [
          'nothing that can be renamed',
          'put it on a line of its own, directly above a CREATE statement, or inside one above a column, label or constraint with a name',
        ]
  return new PgextError('bad-sql', `this directive stands above ${what}`, {
    hint: where,
    where: placeOf(source.text, comment.start, source.path),
  })
}
