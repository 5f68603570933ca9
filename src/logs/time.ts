// Times as logs write them in, ISO 8601 in UTC with milliseconds out; `10m`, `2h` or a time of the clock in, that moment out.
import {PgextError} from '../errors.ts'

export const isoOf = (milliseconds: number): string => new Date(milliseconds).toISOString()

const UNITS: Readonly<Record<string, number>> = {s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000}

/** `--since`: so long ago, or a time; without a zone it is that of this machine. */
export function readSince(text: string, now: number): number {
  const [, number, unit] = /^(\d{1,9})\s*([smhdw])$/.exec(text.trim()) ?? []
  if (number && unit) return now - Number(number) * UNITS[unit]!
  // a date alone would be read as UTC's
  const time = Date.parse(
    /^\d{4}-\d\d-\d\d$/.test(text.trim()) ? `${text.trim()}T00:00` : text.trim().replace(/^(\d{4}-\d\d-\d\d) /, '$1T'),
  )
  if (/^\d{4}-\d\d-\d\d/.test(text.trim()) && Number.isFinite(time)) return time
  throw new PgextError('usage', `"${text}" is no time`, {
    hint: 'so long ago: 90s, 10m, 2h, 1d; or a time: 2026-11-22T14:30, 2026-11-22T14:30Z',
  })
}

/** Minutes east of Greenwich; of names that mean several, the one that PostgreSQL takes. */
const NAMED: Readonly<Record<string, number>> = {
  ...{
    UTC: 0,
    GMT: 0,
    Z: 0,
    UCT: 0,
    WET: 0,
    WEST: 60,
    BST: 60,
    CET: 60,
    CEST: 120,
    EET: 120,
    EEST: 180,
    MSK: 180,
    IST: 120,
    SAST: 120,
  },
  ...{EST: -300, EDT: -240, CST: -360, CDT: -300, MST: -420, MDT: -360, PST: -480, PDT: -420, AKST: -540, AKDT: -480, HST: -600},
  ...{
    NST: -210,
    AST: -240,
    ADT: -180,
    JST: 540,
    KST: 540,
    HKT: 480,
    AEST: 600,
    AEDT: 660,
    ACST: 570,
    ACDT: 630,
    AWST: 480,
    NZST: 720,
    NZDT: 780,
  },
}

const STAMP = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:\s?([A-Za-z]+|[+-]\d\d(?::?\d\d)?|Z))?/

/** PostgreSQL's `2026-11-22 10:42:44.123 CET`: of which zone, its log_timezone says, as short names are several zones'. */
export class Clock {
  readonly #format?: Intl.DateTimeFormat
  readonly #zoned = new Map<string, number>()

  /** @param zone log_timezone; absent: short names mean what they mostly mean, and no name this machine's zone */
  constructor(zone?: string) {
    try {
      if (zone !== undefined)
        this.#format = new Intl.DateTimeFormat('en-US', {
          timeZone: zone,
          hourCycle: 'h23',
          ...{year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric'},
        })
    } catch {
      // PostgreSQL knows more names than JavaScript does
    }
  }

  /** Milliseconds; undefined: no time stands at the beginning. */
  read(text: string): number | undefined {
    const [, year, month, day, hour, minute, second, fraction = '', zone] = STAMP.exec(text) ?? []
    if (year === undefined) return undefined
    const millisecond = Number(fraction.slice(0, 3).padEnd(3, '0'))
    const wall = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), millisecond)
    return wall - this.#offset(wall, zone) * 60_000
  }

  #offset(wall: number, zone = ''): number {
    const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
    if (sign) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
    const named = NAMED[zone.toUpperCase()]
    if (named === 0) return 0
    if (!this.#format) return named ?? -new Date(wall + new Date(wall).getTimezoneOffset() * 60_000).getTimezoneOffset()
    // asking takes its time, and the answer changes twice a year, on a quarter of an hour
    const key = `${Math.floor(wall / 900_000)} ${zone}`
    const known = this.#zoned.get(key)
    if (known !== undefined) return known
    const offset = this.#zoneOffset(wall, named)
    if (this.#zoned.size > 1000) this.#zoned.clear()
    this.#zoned.set(key, offset)
    return offset
  }

  /** In the hour that comes twice the short name tells which it is. */
  #zoneOffset(wall: number, named: number | undefined): number {
    const around = [wall - 86_400_000, wall + 86_400_000].map((at) => this.#at(at))
    const possible = [...new Set(around)].filter((offset) => this.#at(wall - offset * 60_000) === offset)
    return possible.find((offset) => offset === named) ?? possible[0] ?? around[0]!
  }

  #at(utc: number): number {
    const parts = Object.fromEntries(this.#format!.formatToParts(utc).map(({type, value}) => [type, Number(value)]))
    const {year, month, day, hour, minute, second} = parts as Record<string, number>
    return Math.round((Date.UTC(year!, month! - 1, day, hour, minute, second) - Math.floor(utc / 1000) * 1000) / 60_000)
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `22/Nov/2026:09:48:42 +0000`, as web servers and PostgREST write it. */
export function readWebTime(text: string): number | undefined {
  const [, day, month, year, time, hours, minutes] =
    /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/.exec(text) ?? []
  const number = MONTHS.indexOf(month ?? '') + 1
  if (number === 0) return undefined
  const milliseconds = Date.parse(`${year}-${String(number).padStart(2, '0')}-${day}T${time}${hours}:${minutes}`)
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}
