// Types of parameters in; SQL that reads many sets of texts as their values, each by the input function of its type, out.
import type {Named, Types} from '../../events/types.ts'

export interface Input {
  readonly oid: number
  /** SQL of the type */
  readonly name: string
  /** that of its arrays, whose own input reads each element as the type's does; undefined: it has none, or none that would do */
  readonly array?: string
  /** what stands between elements of such an array */
  readonly delimiter: string
}

type Values = readonly (string | null)[]

export function inputOf(oid: number, types: Types): Input {
  const {name = 'text', array, delimiter = ','}: Partial<Named> = types.named(oid) ?? {}
  // of composite values unnest makes columns
  const isOpen = types.shown(oid).as === 'composite'
  return {oid, name, delimiter, ...(array !== undefined && !isOpen && {array})}
}

/** An array for each of $1, $2, …. A cast of texts would not do: whoever owns a type may say what that gives. */
export const setsFrom = (inputs: readonly Input[]): string =>
  `rows from (${inputs.map(({array}, at) => `pg_catalog.unnest($${at + 1}::${array ?? 'pg_catalog.text[]'})`).join(', ')})`

/** Such an array's element as the type's value. */
export const readingOf = ({array, name}: Input, element: string): string =>
  array === undefined ? `cast(${element} as ${name})` : element

export const arraysOf = (inputs: readonly Input[], sets: readonly Values[]): string[] =>
  inputs.map(({array, delimiter}, at) => {
    const elements = sets.map((values) => elementText(values[at]!))
    return `{${elements.join(array === undefined ? ',' : delimiter)}}`
  })

const elementText = (text: string | null): string =>
  text === null ? 'null' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
