// What happens in a local stack in, lines that a person reads out: a block of addresses once it is there, then only what is news.
import {askYes, canAsk} from '../terminal/ask.ts'
import {describe} from '../terminal/error.ts'
import type {Paint} from '../terminal/paint.ts'
import {hidePasswords} from '../terminal/url.ts'
import type {Onlooker, Service, ServiceName} from './model.ts'

export interface Screen extends Onlooker {
  /** all that was to be started is */
  ready(title: string): void
}

export interface ScreenOptions {
  readonly paint: Paint
  readonly write: (text: string) => void
  /** keys are for the question while it is asked */
  readonly whileAsking: <T>(ask: () => Promise<T>) => Promise<T>
}

const NAMES: Readonly<Record<ServiceName, string>> = {frontend: 'page', rest: 'api', events: 'events', db: 'database'}
const ORDER = Object.keys(NAMES) as ServiceName[]
/** by key, what it does; q is no wish to be kept */
export const KEY_NAMES: Readonly<Record<string, string>> = {m: 'migration', r: 'reset', l: 'logs', p: 'psql', o: 'open'}
export const KEYS = [...Object.entries(KEY_NAMES), ['q', 'quit']].map((one) => one.join(' ')).join(' · ')

export function openScreen({paint, write, whileAsking}: ScreenOptions): Screen {
  const services = new Map<ServiceName, Service>()
  const began = performance.now()
  let isReady = false
  const stamp = () => paint('dim', new Date().toTimeString().slice(0, 8))
  const line = (text: string) => write(`${text}\n`)
  const mark = ({state}: Service) =>
    state === 'ready'
      ? paint('green', '●')
      : state === 'absent'
        ? paint('dim', '○')
        : paint(state === 'back' ? 'red' : 'yellow', '●')
  const row = (service: Service) => {
    const {name, state, url, note = ''} = service
    const where = state === 'absent' ? '' : hidePasswords(url ?? '')
    return `  ${mark(service)} ${NAMES[name].padEnd(9)} ${where}${where && note ? '  ' : ''}${paint('dim', note)}`
  }
  return {
    service(service) {
      const before = services.get(service.name)
      services.set(service.name, service)
      if (!isReady || service.state === 'ended' || (before?.state === service.state && before.url === service.url)) return
      line(`${stamp()} ${row(service).trim()}${service.state === 'back' ? ' — started again' : ''}`)
    },
    did({what, lines, milliseconds}) {
      const time = milliseconds > 0 ? paint('dim', `  ${Math.round(milliseconds)} ms`) : ''
      line(`${stamp()} ${paint('bold', what)}${time}`)
      for (const one of lines) line(`  ${one}`)
    },
    note: (text) => line(`${stamp()} ${paint('dim', text)}`),
    failed(what, error) {
      line(`${stamp()} ${paint('bold', what)}`)
      for (const one of describe(error, paint).split('\n')) line(`  ${one}`)
    },
    ...(canAsk() && {ask: (question: string) => whileAsking(() => askYes(question))}),
    ready(title) {
      isReady = true
      line('')
      line(`${paint('bold', title)}  ${paint('dim', `ready in ${((performance.now() - began) / 1000).toFixed(1)} s`)}`)
      for (const name of ORDER) {
        const service = services.get(name)
        if (service) line(row(service))
      }
      line(paint('dim', `\n  ${canAsk() ? KEYS : 'ctrl-C ends it'}\n`))
    },
  }
}
