// A step's cost and the sizes of tables in, a line for each table that it locks out.
import type {Cost, Step} from '../diff/model.ts'
import type {Size} from '../walk/model.ts'

/** `locks public.orders (41 GB, 120 million rows): ACCESS EXCLUSIVE, writes every row again` */
export function costLines({cost}: Step, sizes: ReadonlyMap<string, Size>): string[] {
  if (!cost) return []
  const how = cost.measured ? 'measured: ' : ''
  const tables = [...cost.locks].map(
    ([name, mode]) => `${how}locks ${name}${sizeOf(sizes.get(name))}: ${mode}${doing(name, cost)}`,
  )
  return cost.unknown ? [...tables, 'runs code: nobody can tell beforehand what it locks'] : tables
}

function doing(name: string, {rewrites, scans}: Cost): string {
  if (rewrites.has(name)) return ', writes every row again'
  return scans.has(name) ? ', reads every row' : ''
}

function sizeOf(size: Size | undefined): string {
  if (!size) return ''
  const rows = size.rows === undefined ? '' : `, ${rounded(size.rows, COUNTS)} ${size.rows === 1 ? 'row' : 'rows'}`
  return ` (${bytesText(size.bytes)}${rows})`
}

const BYTES = [
  [1e12, ' TB'],
  [1e9, ' GB'],
  [1e6, ' MB'],
  [1e3, ' kB'],
  [1, ' bytes'],
] as const
const COUNTS = [
  [1e9, ' billion'],
  [1e6, ' million'],
  [1, ''],
] as const

export const bytesText = (bytes: number): string => rounded(bytes, BYTES)

function rounded(value: number, units: readonly (readonly [number, string])[]): string {
  const [size, word] = units.find(([size]) => value >= size) ?? units.at(-1)!
  const shown = value / size
  return `${shown < 10 && size > 1 ? shown.toFixed(1).replace(/\.0$/, '') : Math.round(shown)}${word}`
}
