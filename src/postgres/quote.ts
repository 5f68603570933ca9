// Names and literals in, SQL text out. The one place where anything is quoted.
import {RESERVED} from './reserved.ts'

const PLAIN = /^[a-z_][a-z0-9_]*$/

/** An identifier as PostgreSQL's quote_ident would print it. */
export function quoteName(name: string): string {
  return PLAIN.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** A dotted name; every part is quoted where it must be. */
export function quoteNames(...parts: readonly string[]): string {
  return parts.map(quoteName).join('.')
}

/** A string constant that reads the same whatever standard_conforming_strings says. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}`.trimStart() : quoted
}

/** A dollar-quoted body under a tag that the body does not contain. */
export function quoteBody(body: string, tag = ''): string {
  for (let n = 0; ; n++) {
    const mark = n === 0 ? `$${tag}$` : `$${tag || 'body'}${n}$`
    if (!body.includes(mark.slice(0, -1))) return `${mark}${body}${mark}`
  }
}
