// Sources in; what is to run for them, and under which settings, out.
import {PgextError, type Where} from '../errors.ts'
import type {Server} from '../postgres/db.ts'
import {type Comment, placeOf, type Statement, split} from '../postgres/statements.ts'
import {here} from './here.ts'
import type {SourceFile} from './model.ts'
import {ofOwn} from './own.ts'
import {belongsToFunctions, type Placement, placementOf} from './place.ts'
import {apart, isAboutSubscription} from './subscription.ts'

/** The SETs of a file in force at a place in it. */
export interface Setup {
  readonly sets: readonly string[]
}

export interface Work {
  readonly statement: Statement
  readonly source: SourceFile
  readonly placement: Extract<Placement, {run: string}>
  /** its place in the order of files and statements */
  readonly order: number
  /** what runs is not what the file says: places in it mean nothing there */
  readonly isOther?: boolean
  /** characters that stand in what runs, behind its first word, and not in the file */
  readonly inserted?: number
}

export interface Prepared {
  readonly works: readonly Work[]
  readonly comments: readonly {readonly source: SourceFile; readonly trailing: readonly Comment[]}[]
  readonly notes: readonly string[]
}

/** What a file may hold is judged before anything runs. */
export async function prepare(
  files: readonly SourceFile[],
  calls: readonly string[],
  external: ReadonlySet<string>,
  {major, engine, database}: Server,
): Promise<Prepared> {
  const works: Work[] = []
  const comments = []
  const notes: string[] = []
  for (const source of files) {
    const {statements, trailing, notes: said} = await splitOnce(source)
    comments.push({source, trailing})
    const skipped = new Map<string, {first: Statement; times: number}>()
    for (const statement of statements) {
      if (statement.kind === 'Unparsed' && (major >= 18 || source.holdsFunctions)) throw statement.node.problem
      const placement = isExternal(statement, external)
        ? {skip: 'a statement about an extension that others own was skipped: see "external" in pgext.json'}
        : engine === 'pglite' && isAboutSubscription(statement)
          ? {skip: 'a statement about a subscription was skipped: PGlite, where the files are loaded, has none'}
          : (ofOwn(statement) ?? placementOf(statement, calls))
      if ('refuse' in placement)
        throw new PgextError('bad-sql', placement.refuse, {hint: placement.hint, where: whereOf(source, statement)})
      if ('skip' in placement) {
        const known = skipped.get(placement.skip)
        if (placement.skip) skipped.set(placement.skip, {first: known?.first ?? statement, times: (known?.times ?? 0) + 1})
        continue
      }
      if (source.holdsFunctions && !belongsToFunctions(statement)) {
        throw new PgextError(
          'bad-sql',
          'a functions file may only create functions and procedures, and comment, grant and own them',
          {
            hint: 'move the statement to schema.sql',
            where: whereOf(source, statement),
          },
        )
      }
      // deploy-functions drops what stands in the way; here nothing does
      if (source.holdsFunctions && statement.kind === 'DropStmt') continue
      const unconnected = apart(statement)
      const other = unconnected && 'sql' in unconnected ? unconnected.sql : await here(statement, database)
      const isOther = other !== undefined
      works.push({
        statement: isOther ? {...statement, sql: other} : statement,
        source,
        placement,
        order: works.length,
        ...(isOther && {isOther}),
      })
    }
    notes.push(...said)
    for (const [sentence, {first, times}] of skipped) {
      notes.push(`${source.path}:${first.line}: ${sentence}${times > 1 ? ` (${times} times)` : ''}`)
    }
  }
  return {works, comments, notes}
}

export function whereOf(source: SourceFile, statement: Statement): Where {
  return placeOf(source.text, statement.start, source.path)
}

const known = new WeakMap<SourceFile, ReturnType<typeof split>>()

/** A file is asked for its cluster-level statements before it is loaded: it is parsed once. */
export function splitOnce(source: SourceFile): ReturnType<typeof split> {
  const found = known.get(source) ?? split(source.text, source.path)
  known.set(source, found)
  return found
}

function isExternal({kind, node}: Statement, extensions: ReadonlySet<string>): boolean {
  if (kind === 'CreateExtensionStmt' || kind === 'AlterExtensionStmt') return extensions.has(node.extname)
  return kind === 'CommentStmt' && node.objtype === 'OBJECT_EXTENSION' && extensions.has(node.object?.String?.sval)
}
