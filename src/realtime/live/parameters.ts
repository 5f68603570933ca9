// Values that a program or a page gave for $1, $2, … in; their texts out.
import {PgextError} from '../../errors.ts'
import {parameterText} from '../../postgres/types.ts'

const JSON_TYPES: ReadonlySet<number> = new Set([114, 3802])

/**
 * @param types oids of the parameters' types
 * @param names what a file calls them
 */
export function readParameters(
  params: readonly unknown[] | Readonly<Record<string, unknown>> | undefined,
  types: readonly number[],
  names: readonly string[] = [],
): (string | null)[] {
  const values = Array.isArray(params) ? params : inOrder((params ?? {}) as Readonly<Record<string, unknown>>, names)
  if (values.length !== types.length) {
    const wanted = names.length > 0 ? names.join(', ') : types.map((_, at) => `$${at + 1}`).join(', ')
    throw new PgextError('bad-params', `the query has ${count(types.length)}, and was given ${values.length}`, {
      ...(types.length > 0 && {hint: `it needs: ${wanted}`}),
    })
  }
  return values.map((value, at) =>
    JSON_TYPES.has(types[at]!) && value !== null && value !== undefined ? JSON.stringify(value) : parameterText(value),
  )
}

function inOrder(params: Readonly<Record<string, unknown>>, names: readonly string[]): unknown[] {
  const unknown = Object.keys(params).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new PgextError('bad-params', `the query has no parameter ${unknown}`, {
      hint: names.length > 0 ? `it has: ${names.join(', ')}` : 'give a list: the values of $1, $2, …',
    })
  const missing = names.find((name) => !Object.hasOwn(params, name))
  if (missing !== undefined)
    throw new PgextError('bad-params', `the query needs parameter ${missing}`, {hint: 'null is a value too'})
  return names.map((name) => params[name])
}

const count = (number: number): string => (number === 1 ? 'one parameter' : `${number} parameters`)
