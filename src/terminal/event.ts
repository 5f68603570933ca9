// An event in, the line that shows it out.
import type {Event, Values} from '../events/event.ts'
import type {Sent} from '../events/events.ts'
import type {Paint} from './paint.ts'

const COLOURS = {INSERT: 'green', UPDATE: 'yellow', DELETE: 'red', TRUNCATE: 'red'} as const

/** `12:00:01.234  UPDATE  task  id=1  title: "a" → "b"` */
export function eventLine(event: Event | Sent, paint: Paint): string {
  const time = paint('dim', (event.time ?? '').slice(11, 23).padEnd(12))
  if ('channel' in event)
    return `${time}  ${paint('cyan', 'MESSAGE ')}  ${shownName(event.channel)}  ${JSON.stringify(event.payload)}`
  const {schema, table, op, key, row, old, changed, partition} = event
  const name = schema === 'public' ? table : `${schema}.${table}`
  const head = `${time}  ${paint(COLOURS[op], op.padEnd(8))}  ${paint('bold', shownName(name))}`
  if (op === 'TRUNCATE') return partition ? `${head}  partition ${shownName(`${partition.schema}.${partition.table}`)}` : head
  const own = key ? `  ${pairs(key)}` : ''
  if (op === 'UPDATE' && changed)
    return `${head}${own}  ${changed.map((column) => `${column}: ${shown(old?.[column])} → ${shown(row?.[column])}`).join('  ') || paint('dim', 'as it was')}`
  return `${head}${own}  ${pairs(without(row ?? old ?? {}, key))}`
}

const pairs = (values: Values): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${shown(value)}`)
    .join(' ')

const without = (values: Values, key: Values | null): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !key || !(name in key)))

/** What a terminal would obey is escaped by JSON. */
const shown = (value: unknown): string => (value === undefined ? '?' : JSON.stringify(value))

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const shownName = (name: string): string => (/[\x00-\x1f\x7f-\x9f]/.test(name) ? JSON.stringify(name) : name)
