// A text before and after in, what changed between them, as a unified diff's lines, out.
import {structuredPatch} from 'diff'
import type {Paint, Style} from './paint.ts'

/** @param before undefined: there was none, and its place needs no saying */
export function patchLines(before: string | undefined, after: string, paint: Paint): string[] {
  const {hunks} = structuredPatch('current', 'desired', before ?? '', after, '', '', {context: 2})
  return hunks.flatMap((hunk) => [
    ...(before === undefined
      ? []
      : [paint('cyan', `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`)]),
    ...hunk.lines.filter((line) => !line.startsWith('\\')).map((line) => paint(styleOf(line), line.trimEnd())),
  ])
}

function styleOf(line: string): Style {
  if (line.startsWith('+')) return 'green'
  return line.startsWith('-') ? 'red' : 'dim'
}
