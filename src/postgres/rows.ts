// A text as psql reads it in; the same with the rows behind its COPY … FROM stdin blanked, and those rows, out.
import {parse} from './parse.ts'

export interface Block {
  readonly rows: string
  /** of the first row, from 1 */
  readonly line: number
}

/**
 * Rows begin on the line behind the statement, and end with `\.` or the file. Whether a COPY ends there is told by the parser: what precedes parses,
 * and a COPY from stdin is the last of it. Blanks keep every place as it was.
 */
export async function cutRows(text: string): Promise<{text: string; blocks: Block[]}> {
  const blocks: Block[] = []
  const parts: string[] = []
  let start = 0
  for (;;) {
    const end = await statementEnd(text, start)
    if (end === undefined) return {text: [...parts, text.slice(start)].join(''), blocks}
    const last = /^\\\.[^\S\n]*$/m.exec(text.slice(end))
    const to = last ? end + last.index : text.length
    blocks.push({rows: text.slice(end, to), line: text.slice(0, end).split('\n').length})
    const next = to + (last?.[0].length ?? 0)
    parts.push(text.slice(start, end), text.slice(end, next).replace(/[^\n]/g, ' '))
    start = next
  }
}

/** Of pg_dump; in a string it would be no matter here. */
const PSQL = /^\\(un)?restrict .*$/gm

/** Where the line of the next COPY … FROM stdin ends. */
async function statementEnd(text: string, start: number): Promise<number | undefined> {
  for (const {index} of text.slice(start).matchAll(/stdin/gi)) {
    for (const {index: semicolon, 0: rest} of text.slice(start + index).matchAll(/;[^\S\n]*(--[^\n]*)?(\n|$)/g)) {
      const end = start + index + semicolon + rest.length
      const found = await parse(text.slice(start, end).replace(PSQL, '')).catch(() => undefined)
      const copy = found?.at(-1)?.stmt.CopyStmt
      if (copy?.is_from && !copy.filename) return end
      // a semicolon in the statement's own options is followed by more of it
      if (found) break
    }
  }
  return undefined
}
