// Values of a row and of parameters, the same over every driver. int8 and numeric stay text, an array in a result is text as PostgreSQL prints it.

type Parse = (text: string) => unknown

const number: Parse = (text) => Number(text)
const json: Parse = (text) => JSON.parse(text)
const date: Parse = (text) => new Date(text)

/** by type oid; what is not here comes as text */
export const PARSERS: Readonly<Record<number, Parse>> = {
  16: (text) => text === 't',
  17: (text) => Buffer.from(text.slice(2), 'hex'),
  21: number,
  23: number,
  26: number,
  700: number,
  701: number,
  114: json,
  3802: json,
  1082: date,
  1114: date,
  1184: date,
}

/** A parameter as text, from which PostgreSQL makes its type; an array travels as an SQL array, any other object as JSON. */
export function parameterText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return `{${value.map(elementText).join(',')}}`
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}

function elementText(value: unknown): string {
  if (Array.isArray(value)) return parameterText(value)!
  const text = parameterText(value)
  return text === null ? 'null' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
