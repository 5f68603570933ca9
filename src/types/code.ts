// Names and values in, TypeScript out. The one place where anything of it is quoted.
import type {Field} from './model.ts'

const PLAIN = /^[A-Za-z_$][\w$]*$/

export function quote(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${inner.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`
}

/** A key of an object; `__proto__` without brackets would set what the object inherits from. */
export function key(name: string): string {
  if (name === '__proto__') return "['__proto__']"
  return PLAIN.test(name) ? name : quote(name)
}

export function labelsCode(labels: readonly string[]): string {
  return labels.length === 0 ? 'never' : labels.map(quote).join(' | ')
}

export function fieldCode({name, code, nullable, optional}: Field): string {
  return `${key(name)}${optional ? '?' : ''}: ${nullable ? orNull(code) : code}`
}

/** What takes null in anyway stays as it is. */
export function orNull(code: string): string {
  return code === 'unknown' || code === 'null' || code === 'never' || code === 'Json' ? code : `${code} | null`
}

/** In one line. */
export function objectCode(fields: readonly Field[]): string {
  return fields.length === 0 ? 'Record<string, never>' : `{${fields.map(fieldCode).join('; ')}}`
}

/** A type that stands elsewhere in the text. */
export const reference = (...path: readonly string[]): string => `Database${path.map((part) => `[${quote(part)}]`).join('')}`
