// An entry in, the same without what only looks like a password or a token out.
import type {LogEntry} from './model.ts'

/** Each begins with letters of its own, and looks a short way: texts may be long, and made by somebody who means no good. */
const HIDDEN: readonly (readonly [RegExp, string])[] = [
  [/:\/\/([^\s:@/?#'"]{0,200}):[^\s/?#'"]{1,500}@/g, '://$1:***@'],
  [/\b((?:password|secret)\s{0,5}=?\s{0,5})'(?:[^']|''){0,500}'/gi, "$1'***'"],
  [/\b(password=)[^\s&'"()]{1,500}/gi, '$1***'],
  [/\beyJ[\w-]{6,500}\.[\w-]{6,4000}\.[\w-]{0,1000}/g, '***'],
]

function hideSecrets(text: string): string {
  return HIDDEN.reduce((shown, [secret, instead]) => shown.replace(secret, instead), text)
}

/** Texts of an entry; the rest holds none. */
const TEXTS = ['message', 'detail', 'hint', 'statement', 'inside', 'context'] as const

export function withoutSecrets(entry: LogEntry): LogEntry {
  const shown: Record<string, unknown> = {...entry}
  for (const name of TEXTS) {
    const text = entry[name]
    if (text !== undefined) shown[name] = hideSecrets(text)
  }
  return shown as unknown as LogEntry
}

/** characters of one text; what is longer is cut off, and says so */
const LONGEST = 100_000

/** What one line of a file may hold. */
export function withinBounds(entry: LogEntry): LogEntry {
  if (TEXTS.every((name) => (entry[name]?.length ?? 0) <= LONGEST)) return entry
  const short: Record<string, unknown> = {...entry}
  for (const name of TEXTS) {
    const text = entry[name]
    if (text !== undefined && text.length > LONGEST)
      short[name] = `${text.slice(0, LONGEST)}… (${text.length - LONGEST} characters more)`
  }
  return short as unknown as LogEntry
}
