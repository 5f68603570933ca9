// What a setting of pgext.json may be, said once: what checks it, what documents it and what editors are told all come from here.

export interface Setting {
  /** in Markdown */
  readonly meaning: string
  /** what it must be, as errors say it */
  readonly wanted: string
  readonly fits: (value: unknown) => boolean
  /** as a JSON Schema says it */
  readonly json: Readonly<Record<string, unknown>>
  /** the default as documents show it, where it is read into something else */
  readonly shown?: string
  /** of an object: its keys, and no others */
  readonly keys?: Table
  /** of an object whose keys are names of the user's own: each value */
  readonly each?: Setting
  /** what is written in, what the program works with out */
  readonly read?: (value: unknown) => unknown
  /** neither it nor its line is shown when it is wrong */
  readonly isSecret?: boolean
}

export type Table = Readonly<Record<string, Setting>>

type Make = (meaning: string, more?: Partial<Setting>) => Setting

export const setting =
  (wanted: string, fits: Setting['fits'], json: Setting['json']): Make =>
  (meaning, more = {}) => ({meaning, wanted, fits, json, ...more})

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
export const areTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText)

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const TEXT = {type: 'string', minLength: 1} as const
export const TEXTS = {type: 'array', items: TEXT} as const

export const text = setting('a string', isText, TEXT)
export const texts = setting('a list of strings', areTexts, TEXTS)
/** words for a command, of which there has to be one */
export const words = setting('a list of words', (value) => areTexts(value) && value.length > 0, {...TEXTS, minItems: 1})
export const flag = setting('true or false', (value) => typeof value === 'boolean', {type: 'boolean'})

export const oneOf = (...names: readonly string[]): Make =>
  setting(`one of ${names.map((name) => `"${name}"`).join(', ')}`, (value) => names.includes(value as string), {enum: names})

export const count = (most: number): Make =>
  setting(
    `a whole number from 1 to ${most}`,
    (value) => Number.isInteger(value) && (value as number) > 0 && (value as number) <= most,
    {type: 'integer', minimum: 1, maximum: most},
  )

/** a lock_timeout of less than a millisecond would be none at all */
export const seconds = setting(
  'a number of seconds, from 0.001 to 86400',
  (value) => typeof value === 'number' && value >= 0.001 && value <= 86_400,
  {type: 'number', minimum: 0.001, maximum: 86_400},
)

const address = (value: unknown): boolean =>
  typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)

export const url = (example: string): Make => setting(example, address, {type: 'string', pattern: '^https?://'})
export const isUrl = address

const UNITS: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600}
const TIME = /^([1-9]\d{0,5})([smh])$/

/** read as seconds */
export const time: Make = (meaning, more) =>
  setting(
    'a time of up to a day, as "90s", "5m" or "1h"',
    (value) => typeof value === 'string' && secondsIn(value) !== undefined,
    {
      type: 'string',
      pattern: TIME.source,
    },
  )(meaning, {read: (value) => secondsIn(value as string), ...more})

/** `5m`; undefined: that is no time, or more than a day. */
function secondsIn(text: string): number | undefined {
  const [, number, unit] = TIME.exec(text) ?? []
  const seconds = Number(number) * UNITS[unit ?? '']!
  return seconds <= 86_400 ? seconds : undefined
}

export const object =
  (wanted: string, keys: Table): Make =>
  (meaning, more) =>
    setting(wanted, isObject, {type: 'object'})(meaning, {keys, ...more})
