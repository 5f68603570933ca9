// A file of rows in; what runs for it, in order, out: statements as scripts, and the rows of each COPY by themselves.
import {PgextError} from '../errors.ts'
import {type Block, cutRows} from '../postgres/rows.ts'
import {placeOf, type Statement, split} from '../postgres/statements.ts'
import type {SourceFile} from '../shadow/model.ts'

export type PartFile = Pick<SourceFile, 'path' | 'text'>

export type Part = {readonly statements: readonly Statement[]} | Rows

export interface Rows {
  readonly copy: Statement
  readonly rows: string
  /** of the first row */
  readonly line: number
}

/** A BEGIN and a COMMIT around all of it say what is so anyway; others would commit half of a file. */
export async function partsOf({path, text}: PartFile): Promise<readonly Part[]> {
  const cut = /stdin/i.test(text) ? await cutRows(text) : {text, blocks: []}
  const {statements, notes} = await split(cut.text, path, cut.blocks.length > 0)
  const refuse = (message: string, hint: string, start: number) => {
    throw new PgextError('bad-file', message, {hint, where: placeOf(text, start, path)})
  }
  // the splitter's note begins with the place, `file:line: …`; pg_dump writes \\restrict around all of it
  const command = notes.find((note) => !/ \\(un)?restrict was skipped$/.test(note))
  if (command) refuse('a psql command has no place in a seed', 'a seed holds plain SQL', lineStart(text, command, path))
  const copies = statements.filter(({kind, node}) => kind === 'CopyStmt' && !node.filename && !node.is_program)
  const out = copies.find(({node}) => !node.is_from)
  if (out) refuse('COPY to stdout has no place in a seed', 'a seed makes rows', out.start)
  if (copies.length !== cut.blocks.length)
    refuse('the rows of this COPY do not begin on the next line', INSERTS, copies[0]!.start)
  const isWrapped = OPENS.has(statements[0]?.node.kind) && statements.at(-1)!.node.kind === 'TRANS_STMT_COMMIT'
  const inside = isWrapped ? statements.slice(1, -1) : statements
  const other = inside.find(({kind, node}) => kind === 'TransactionStmt' && !INSIDE.has(node.kind))
  if (other)
    refuse(
      `${other.sql} has no place in a seed`,
      'each file runs in a transaction of its own: cut it in two files, or leave that out',
      other.start,
    )
  return copies.length === 0 ? [{statements: inside}] : between(inside, copies, cut.blocks)
}

/** Rows go to the server as they are, all else as scripts between them. */
function between(statements: readonly Statement[], copies: readonly Statement[], blocks: readonly Block[]): Part[] {
  const parts: Part[] = []
  let from = 0
  for (const [n, copy] of copies.entries()) {
    const at = statements.indexOf(copy)
    parts.push({statements: statements.slice(from, at)}, {copy, ...blocks[n]!})
    from = at + 1
  }
  const all = [...parts, {statements: statements.slice(from)}]
  return all.filter((part) => 'rows' in part || part.statements.length > 0)
}

export const INSERTS = 'write INSERT statements: pg_dump --data-only --inserts does'
const OPENS = new Set(['TRANS_STMT_BEGIN', 'TRANS_STMT_START'])
const INSIDE = new Set(['TRANS_STMT_SAVEPOINT', 'TRANS_STMT_RELEASE', 'TRANS_STMT_ROLLBACK_TO'])

function lineStart(text: string, note: string, path: string): number {
  const line = Number.parseInt(note.slice(path.length + 1), 10)
  return text.split('\n', line - 1).reduce((sum, one) => sum + one.length + 1, 0)
}
