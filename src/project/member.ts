// The text of a JSON object, a key and a value in; the same text with that member out, and all else as somebody has written it. Pure.
import {keyPlace} from './json.ts'

/** @param source valid JSON, an object; undefined: there is no file yet */
export function withMember(source: string | undefined, key: string, value: unknown): string {
  const text = source?.trim() ? source : '{}\n'
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  '
  const at = keyPlace(text, [key])
  if (at >= 0) {
    const [start, end] = valueAt(text, at)
    return `${text.slice(0, start)}${printed(value, indent, eol)}${text.slice(end)}`
  }
  const close = text.lastIndexOf('}')
  const before = text.slice(0, close).trimEnd()
  const isEmpty = before.endsWith('{')
  const isOneLine = !isEmpty && !before.includes('\n')
  const member = `${JSON.stringify(key)}: ${printed(value, indent, eol)}`
  if (isOneLine) return `${before}, ${member}${text.slice(before.length)}`
  return `${before}${isEmpty ? '' : ','}${eol}${indent}${member}${eol}${text.slice(close)}`
}

/** On one line where it is short. */
function printed(value: unknown, indent: string, eol: string): string {
  const line = onOneLine(value)
  return line.length <= 80 ? line : JSON.stringify(value, null, indent).replaceAll('\n', `${eol}${indent}`)
}

function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, one]) => `${JSON.stringify(key)}: ${onOneLine(one)}`)
    .join(', ')}}`
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g

/** Of the member whose key begins there: from the value's first character to behind its last. */
function valueAt(text: string, key: number): [number, number] {
  const colon = text.indexOf(':', key + (/^"(?:[^"\\]|\\.)*"/.exec(text.slice(key))?.[0].length ?? 0))
  const start = colon + 1 + /^\s*/.exec(text.slice(colon + 1))![0].length
  let depth = 0
  for (const {0: token, index} of text.slice(start).matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth++
    else if (depth === 0 && (token === ',' || token === '}'))
      return [start, start + text.slice(start, start + index).trimEnd().length]
    else if (token === '}' || token === ']') depth--
  }
  return [start, text.length]
}
