// SQL text in, the same text coloured line by line out: what makes, what changes, what takes away.
import type {Paint, Style} from './paint.ts'

const STYLES: readonly (readonly [RegExp, Style])[] = [
  [/^\s*--/, 'dim'],
  [/^(BEGIN|COMMIT|SET|SELECT pg_catalog\.set_config)\b/i, 'dim'],
  [/^(DROP|REVOKE|DELETE|TRUNCATE)\b/i, 'red'],
  [/^(CREATE|GRANT)\b/i, 'green'],
  [/^(ALTER|COMMENT|UPDATE)\b/i, 'yellow'],
]

/** Only the first word of a statement is coloured, and comments as a whole. */
export function colourSql(sql: string, paint: Paint): string {
  return sql
    .split('\n')
    .map((line) => colourLine(line, paint))
    .join('\n')
}

function colourLine(line: string, paint: Paint): string {
  const style = STYLES.find(([pattern]) => pattern.test(line))?.[1]
  if (!style) return line
  if (style === 'dim') return paint(style, line)
  const word = line.match(/^\w+/)?.[0] ?? ''
  return paint(style, word) + line.slice(word.length)
}
