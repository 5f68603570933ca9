// A function that differs in, a unified diff of its text out.
import {structuredPatch} from 'diff'
import type {CatalogObject, Change, Json} from '../diff/model.ts'
import type {Paint, Style} from './paint.ts'

/** Lines under one heading; a function that is new shows whole, one that goes shows its name alone. */
export function functionLines(change: Change, paint: Paint): string[] {
  if (change.verb === 'drop') return [`${paint('red', '-')} ${change.from.id}`]
  if (change.verb === 'create') return [`${paint('green', '+')} ${change.to.id}`]
  return [`${paint('yellow', '~')} ${change.to.id}`, ...patch(change.from, change.to, paint).map((line) => `    ${line}`)]
}

function patch(from: CatalogObject, to: CatalogObject, paint: Paint): string[] {
  const {hunks} = structuredPatch('database', 'files', textOf(from), textOf(to), '', '', {context: 2})
  return hunks.flatMap((hunk) => [
    paint('cyan', `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`),
    ...hunk.lines.filter((line) => !line.startsWith('\\')).map((line) => paint(styleOf(line), line)),
  ])
}

function styleOf(line: string): Style {
  if (line.startsWith('+')) return 'green'
  return line.startsWith('-') ? 'red' : 'dim'
}

/** A body as text: its short attributes a line each, then the long ones as they are. */
function textOf(o: CatalogObject): string {
  const attributes = Object.entries(o.body as Record<string, Json>)
  const isLong = (value: Json) => typeof value === 'string' && value.includes('\n')
  const short = attributes.filter(([, value]) => !isLong(value)).map(([key, value]) => `${key}: ${plain(value)}`)
  const long = attributes.filter(([, value]) => isLong(value)).map(([, value]) => String(value).replace(/^\n|\n$/g, ''))
  return `${[...short, ...long].join('\n')}\n`
}

function plain(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
