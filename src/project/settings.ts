// The text of pgext.json in, settings with every default out.
import {HAZARDS} from '../diff/model.ts'
import {PgextError, type Where} from '../errors.ts'
import type {Settings} from './model.ts'
import {LIMIT_CHECKS, SERVE, SERVE_CHECKS, type Serve} from './serve.ts'

export const DEFAULTS: Settings = {
  schema: ['schema.sql'],
  functions: 'functions',
  versioned: false,
  migrations: 'migrations',
  queries: 'queries',
  seed: 'seed.sql',
  ownership: 'lenient',
  partitions: 'lenient',
  ignore: [],
  external: {schemas: [], extensions: []},
  calls: [],
  shadow: 'auto',
  guarded: [],
  allow: [],
  refuse: [],
  lockTimeout: 4,
  lockLimit: 120,
  strict: false,
  realtime: {capture: 'auto', history: 300},
  serve: SERVE,
}

type Check = (value: unknown) => string | undefined

const text: Check = (value) => (typeof value === 'string' && value !== '' ? undefined : 'a string')
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false')
/** a lock_timeout of less than a millisecond would be none at all */
const seconds: Check = (value) =>
  typeof value === 'number' && value >= 0.001 && value <= 86_400 ? undefined : 'a number of seconds, from 0.001 to 86400'
const texts: Check = (value) => (Array.isArray(value) && value.every((item) => !text(item)) ? undefined : 'a list of strings')
const paths: Check = (value) =>
  !text(value) || (!texts(value) && (value as unknown[]).length > 0) ? undefined : 'a path or a list of paths'
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value as string) ? undefined : `one of ${words.map((word) => `"${word}"`).join(', ')}`

const NAMES: ReadonlySet<unknown> = new Set([...HAZARDS, 'other-major'])
const hazards: Check = (value) =>
  Array.isArray(value) && value.every((item) => NAMES.has(item)) ? undefined : `a list of hazards (${[...NAMES].join(', ')})`

const CHECKS: Record<string, Check> = {
  schema: paths,
  functions: (value) =>
    !text(value) || isObject(value) ? undefined : 'a folder, "versioned", or an object with "folder" and "versioned"',
  migrations: text,
  queries: text,
  seed: text,
  types: text,
  ownership: oneOf('lenient', 'strict'),
  partitions: oneOf('lenient', 'declared'),
  ignore: texts,
  external: (value) => (isObject(value) ? undefined : 'an object with "schemas" and "extensions"'),
  calls: texts,
  shadow: oneOf('auto', 'target', 'native', 'pglite'),
  guarded: texts,
  allow: hazards,
  refuse: hazards,
  lockTimeout: seconds,
  lockLimit: seconds,
  strict: flag,
  realtime: (value) => (isObject(value) ? undefined : 'an object with "capture" and "history"'),
  serve: (value) => (isObject(value) ? undefined : 'an object with settings of the websocket server'),
}
const SECRET = new Set(['bus'])
const EXTERNAL: Record<string, Check> = {schemas: texts, extensions: texts}
const REALTIME: Record<string, Check> = {
  capture: oneOf('auto', 'wal', 'queue'),
  history: (value) =>
    typeof value === 'string' && secondsIn(value) ? undefined : 'a time of up to a day, as "90s", "5m" or "1h"',
}
const FUNCTIONS: Record<string, Check> = {folder: text, versioned: flag}

export async function readSettings(source: string, file: string): Promise<Settings> {
  const given = parseJson(source, file)
  if (!isObject(given))
    throw new PgextError('bad-config', `${file} must hold an object: {…}`, {where: placeOf(source, source.search(/\S/), file)})
  // an editor's, for completion
  const {$schema: _, ...settings} = given
  check(settings, CHECKS, '', source, file)
  if (settings.ignore) await checkPatterns(settings.ignore as string[], source, file)
  const external = isObject(settings.external) ? settings.external : {}
  check(external, EXTERNAL, 'external.', source, file)
  const functions = isObject(settings.functions) ? settings.functions : {}
  check(functions, FUNCTIONS, 'functions.', source, file)
  const realtime = isObject(settings.realtime) ? settings.realtime : {}
  check(realtime, REALTIME, 'realtime.', source, file)
  const serve = isObject(settings.serve) ? settings.serve : {}
  check(serve, {...SERVE_CHECKS, maxTokenAge: REALTIME.history!}, 'serve.', source, file)
  const limits = isObject(serve.limits) ? serve.limits : {}
  check(limits, LIMIT_CHECKS, 'serve.limits.', source, file)
  return {
    ...DEFAULTS,
    ...(settings as Partial<Settings>),
    ...functionsIn(settings.functions),
    schema: [settings.schema ?? DEFAULTS.schema].flat() as string[],
    external: {...DEFAULTS.external, ...(external as Partial<Settings['external']>)},
    realtime: realtimeIn(realtime),
    serve: serveIn(serve, limits),
  }
}

function serveIn({maxTokenAge, ...given}: Record<string, unknown>, limits: Record<string, unknown>): Serve {
  return {
    ...SERVE,
    ...(given as Partial<Serve>),
    maxTokenAge: typeof maxTokenAge === 'string' ? secondsIn(maxTokenAge)! : SERVE.maxTokenAge,
    limits: {...SERVE.limits, ...limits},
  }
}

function realtimeIn({capture, history}: {capture?: unknown; history?: unknown}): Settings['realtime'] {
  return {
    capture: (capture as Settings['realtime']['capture'] | undefined) ?? DEFAULTS.realtime.capture,
    history: typeof history === 'string' ? secondsIn(history)! : DEFAULTS.realtime.history,
  }
}

const UNITS: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600}

/** `5m`; undefined: that is no time, or more than a day. */
function secondsIn(text: string): number | undefined {
  const [, number, unit] = /^([1-9]\d{0,5})([smh])$/.exec(text) ?? []
  const seconds = Number(number) * UNITS[unit ?? '']!
  return seconds <= 86_400 ? seconds : undefined
}

/** `"db/functions"`, `"versioned"`, or both: `{"folder": "db/functions", "versioned": true}` */
function functionsIn(given: unknown): Pick<Settings, 'functions' | 'versioned'> {
  if (given === 'versioned') return {functions: DEFAULTS.functions, versioned: true}
  if (!isObject(given)) return {functions: (given as string | undefined) ?? DEFAULTS.functions, versioned: false}
  const {folder = DEFAULTS.functions, versioned = false} = given as {folder?: string; versioned?: boolean}
  return {functions: folder, versioned}
}

function check(
  given: Record<string, unknown>,
  checks: Record<string, Check>,
  prefix: string,
  source: string,
  file: string,
): void {
  for (const [key, value] of Object.entries(given)) {
    const where = placeOf(source, source.indexOf(JSON.stringify(key)), file)
    if (!Object.hasOwn(checks, key)) {
      const near = nearest(key, Object.keys(checks))
      throw new PgextError('bad-config', `${file} has an unknown key "${prefix}${key}"`, {
        hint: near ? `did you mean "${prefix}${near}"?` : `known: ${Object.keys(checks).join(', ')}`,
        where,
      })
    }
    const wanted = checks[key]!(value)
    if (wanted) {
      // what holds a password is not shown, and neither is its line
      const {text: _, ...place} = where
      const shown = SECRET.has(key) ? {where: place} : {hint: `it is ${JSON.stringify(value)}`, where}
      throw new PgextError('bad-config', `"${prefix}${key}" in ${file} must be ${wanted}`, shown)
    }
  }
}

async function checkPatterns(patterns: readonly string[], source: string, file: string): Promise<void> {
  const {readPattern} = await import('../diff/ignore.ts')
  const list = source.indexOf('"ignore"')
  for (const pattern of patterns) {
    const read = readPattern(pattern)
    if (typeof read !== 'string') continue
    const where = placeOf(source, source.indexOf(JSON.stringify(pattern), list), file)
    throw new PgextError('bad-config', `"ignore" in ${file} has a pattern that can't be read`, {hint: read, where})
  }
}

function parseJson(source: string, file: string): unknown {
  try {
    return JSON.parse(source)
  } catch (error) {
    const message = (error as Error).message
    const said = /at position (\d+)/.exec(message)
    const at = said ? Number(said[1]) : tokenPlace(source)
    throw new PgextError('bad-config', `${file} is not valid JSON`, {
      hint: 'look at the place shown: a comma too many or too few, a missing quote; JSON knows no comments',
      where: placeOf(source, at, file),
      cause: error,
    })
  }
}

/** V8 names a wrong token without its place: the shortest beginning that fails because of a token ends with it. */
function tokenPlace(source: string): number {
  for (let length = 1; length <= source.length; length++) {
    try {
      JSON.parse(source.slice(0, length))
    } catch (error) {
      if ((error as Error).message.startsWith('Unexpected token')) return length - 1
    }
  }
  return source.trimEnd().length
}

function placeOf(source: string, at: number, file: string): Where {
  const start = Math.max(0, at)
  const before = source.slice(0, start).split('\n')
  return {file, line: before.length, column: before.at(-1)!.length + 1, text: source.split('\n')[before.length - 1]}
}

/** The known key a typist meant: at most two letters away, or a third of a long one. */
export function nearest(key: string, known: readonly string[]): string | undefined {
  const near = known
    .map((word) => ({word, distance: distance(key.toLowerCase(), word.toLowerCase())}))
    .sort((a, b) => a.distance - b.distance)[0]
  return near && near.distance <= Math.max(2, Math.floor(key.length / 3)) ? near.word : undefined
}

function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
