// What pgext.json holds and a table of settings in; an error at the place of what does not fit, or the settings with every default, out.
import {PgextError} from '../errors.ts'
import {keyPlace, placeOf} from './json.ts'
import {nearest} from './nearest.ts'
import {isObject, type Setting, type Table} from './setting.ts'

export interface Source {
  readonly text: string
  readonly file: string
}

export function check(given: Record<string, unknown>, table: Table, source: Source, path: readonly string[] = []): void {
  for (const [key, value] of Object.entries(given)) {
    const here = [...path, key]
    if (!Object.hasOwn(table, key)) throw unknown(here, Object.keys(table), source)
    checkValue(value, table[key]!, source, here)
  }
}

function checkValue(value: unknown, setting: Setting, source: Source, path: readonly string[]): void {
  if (setting.keys && isObject(value)) check(value, setting.keys, source, path)
  if (!setting.fits(value)) throw wrong(value, setting, source, path)
  if (setting.each && isObject(value))
    for (const [key, one] of Object.entries(value)) checkValue(one, setting.each, source, [...path, key])
}

function unknown(path: readonly string[], known: readonly string[], {text, file}: Source): PgextError {
  const near = nearest(path.at(-1)!, known)
  return new PgextError('bad-config', `${file} has an unknown key "${path.join('.')}"`, {
    hint: near ? `did you mean "${[...path.slice(0, -1), near].join('.')}"?` : `known: ${known.join(', ')}`,
    where: placeOf(text, keyPlace(text, path), file),
  })
}

function wrong(value: unknown, {wanted, isSecret}: Setting, {text, file}: Source, path: readonly string[]): PgextError {
  const where = placeOf(text, keyPlace(text, path), file)
  // what holds a password is not shown, and neither is its line
  const {text: _, ...place} = where
  const shown = isSecret ? {where: place} : {hint: `it is ${JSON.stringify(value)}`, where}
  return new PgextError('bad-config', `"${path.join('.')}" in ${file} must be ${wanted}`, shown)
}

/** What is given goes over the defaults, key by key. */
export function fill<T>(given: Record<string, unknown>, defaults: T, table: Table): T {
  const read = Object.entries(given).map(([key, value]) => {
    const {read, keys} = table[key]!
    const known = read ? read(value) : value
    return [key, keys && isObject(known) ? fill(known, defaults[key as keyof T], keys) : known]
  })
  return {...defaults, ...Object.fromEntries(read)}
}
