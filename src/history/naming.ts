// The names of another tool's migrations, in order, in; the names that they have in migrations/, in the same order, out. Pure.
import {versionOf} from '../migrations/file.ts'

export interface Named {
  readonly version: string
  /** without the version */
  readonly name: string
  /** its own name has no time, or one that another has */
  readonly isMoved: boolean
}

const TIME = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:_|$)/
/** of the first ones, where they have none: before anything that has one */
const EARLY = Date.UTC(2000, 0, 1)

/** 14 digits are a time; what has none is a second later than the one before it. More files behind these change none of the names. */
export function namesOf(names: readonly string[]): Named[] {
  let last = EARLY - 1000
  return names.map((full) => {
    const said = timeOf(full)
    const at = said !== undefined && said > last ? said : last + 1000
    last = at
    const rest = said === undefined ? full : full.slice(15)
    return {version: versionOf(new Date(at)), name: plain(rest), isMoved: at !== said}
  })
}

function timeOf(name: string): number | undefined {
  const [, year, month, day, hour, minute, second] = TIME.exec(name) ?? []
  if (!year) return undefined
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  // 20240231000000 looks like one
  if (Number.isNaN(at.getTime()) || versionOf(at) !== `${year}${month}${day}T${hour}${minute}${second}`) return undefined
  return at.getTime()
}

/** As it is, where a file may be called so. */
function plain(name: string): string {
  return (
    name
      .normalize('NFKD')
      .replaceAll(/\p{M}/gu, '')
      .replaceAll(/[^A-Za-z0-9_-]+/g, '_')
      .replaceAll(/^_+|_+$/g, '') || 'migration'
  )
}
