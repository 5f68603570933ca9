// An error in, lines for a person or JSON for a program out.
import {PgextError, type Where} from '../errors.ts'
import type {Paint} from './paint.ts'
import {hidePasswords} from './url.ts'
import {isUsage, usage} from './usage.ts'

export interface ErrorJson {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly where?: Where
}

/** What a person sees: what happened, where, and what to do. */
export function describe(error: unknown, paint: Paint): string {
  const {message, hint, where} = errorJson(error)
  const lines = [`${paint('red', 'error:')} ${message}`]
  if (where) lines.push(...placeLines(where, paint))
  if (hint) lines.push(`${paint('cyan', 'hint:')} ${hint}`)
  if (process.env.DEBUG?.includes('pgext') && error instanceof Error) lines.push(paint('dim', hidePasswords(stackOf(error))))
  return lines.join('\n')
}

export function errorJson(error: unknown): ErrorJson {
  if (error instanceof PgextError) {
    const {code, message, hint = usualHint(error), where} = error
    // PostgreSQL's hints are sentences, others follow them
    return {code, message: hidePasswords(message), hint: hint && hidePasswords(hint).replaceAll('.; ', '; '), where}
  }
  if (isCancelled(error)) return {code: 'cancelled', message: 'cancelled, nothing was changed'}
  if (isUsage(error)) return {code: 'usage', ...usage(error)}
  const message = error instanceof Error ? error.message || error.name : String(error)
  return {
    code: 'unexpected',
    message: hidePasswords(message),
    hint: 'this is a fault in pgext; DEBUG=pgext shows where it comes from',
  }
}

/** SQLSTATEs of things that are not there: tables, columns, types, functions, schemas. */
const ABSENT = new Set(['42P01', '42703', '42704', '42883', '3F000'])

/** For when PostgreSQL, which says what is wrong, gives no hint. */
function usualHint({code, sqlstate = '', where}: PgextError): string | undefined {
  if (code !== 'bad-sql' && code !== 'sql') return undefined
  if (ABSENT.has(sqlstate)) return 'is the name right, with its schema, and does something make it?'
  return where ? 'mend the statement at this place' : undefined
}

export function placeLines(where: Where, paint: Paint): string[] {
  const place = where.file
    ? `${where.file}:${where.line}:${where.column}`
    : `line ${where.line}, column ${where.column} of the statement`
  if (where.text === undefined) return [`  ${place}`]
  const {text, before} = around(where.text.trimEnd(), where.column - 1, (process.stderr.columns ?? 200) - 6)
  // tabs stay tabs, so that the caret stands under its character
  const indent = before.replace(/[^\t]/g, ' ')
  return [`  ${place}`, '', `    ${text}`, `    ${indent}${paint('red', '^')}`, '']
}

/** As much of a line as fits, with the place in it: a caret under a line that was broken points at nothing. */
function around(line: string, at: number, room: number): {text: string; before: string} {
  const all = [...line]
  const width = Math.max(room, 40)
  if (all.length <= width) return {text: line, before: all.slice(0, at).join('')}
  // a third of it before the place
  const from = Math.max(0, Math.min(at - Math.floor(width / 3), all.length - width + 1))
  const to = from + width - (from > 0 ? 1 : 0)
  const head = from > 0 ? '…' : ''
  const tail = to < all.length ? '…' : ''
  return {
    text: `${head}${all.slice(from, tail ? to - 1 : to).join('')}${tail}`,
    before: `${head}${all.slice(from, at).join('')}`,
  }
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : ''
  return `${error.stack}${cause}`
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError')
}
