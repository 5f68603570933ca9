// Addresses of what runs beside the database in; that it answers as it should, after a while, or an error that says what it answered, out.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../errors.ts'

/** milliseconds between two questions, and for one answer */
const [PAUSE, LONGEST] = [250, 5000]

export interface Patient {
  /** milliseconds for which it is asked again */
  readonly patience: number
  readonly report: (line: string) => void
}

/** pg_events_ws: it runs, and it reads the database. */
export async function eventsAnswer(address: string, patient: Patient): Promise<void> {
  for (const path of ['health', 'ready'])
    await asked(`${address.replace(/\/$/, '')}/${path}`, (status) => status === 200, 'the websocket server', patient)
}

/** PostgREST: while it loads the schema it says 503. */
export async function restAnswers(address: string, patient: Patient): Promise<void> {
  await asked(address, (status) => status < 500, 'the API', patient)
}

async function asked(url: string, isWell: (status: number) => boolean, who: string, {patience, report}: Patient): Promise<void> {
  const until = performance.now() + patience
  for (;;) {
    const said = await ask(url)
    if (typeof said === 'number' && isWell(said)) return
    const how = typeof said === 'number' ? `it answers ${said}` : said
    if (performance.now() >= until)
      throw new PgextError('connection-failed', `${who} at ${url} is not well: ${how}`, {
        hint: 'the database is deployed; look at its log, and run pgext deploy again when it is',
      })
    report(`waiting for ${who}: ${how}`)
    await sleep(PAUSE)
  }
}

async function ask(url: string): Promise<number | string> {
  try {
    const response = await fetch(url, {signal: AbortSignal.timeout(LONGEST), headers: {connection: 'close'}})
    await response.body?.cancel()
    return response.status
  } catch (error) {
    const {message, cause} = error as Error & {cause?: {code?: string; message?: string}}
    return cause?.code ?? cause?.message ?? message
  }
}
