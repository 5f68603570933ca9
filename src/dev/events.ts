// A database and a port in, pg_events_ws in front of it out, as a process of its own: what pgext does meanwhile holds up no client.
import {fileURLToPath} from 'node:url'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import {start, untilReady} from './child.ts'
import type {Log, Onlooker} from './model.ts'
import {heardFrom} from './said.ts'
import {type Supervised, supervise} from './supervise.ts'

export interface EventsOptions {
  readonly project: () => Project
  readonly url: string
  readonly port: number
  /** asked at each start */
  readonly secret: () => string
  readonly onlooker: Onlooker
  readonly log: Log
  readonly signal?: AbortSignal
}

/** milliseconds */
const PATIENCE = 60_000
/** seconds: it may be started before the database is there */
const WAIT = '50'
const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export async function openEvents({project, url, port, secret, onlooker, log, signal}: EventsOptions): Promise<Supervised> {
  return supervise({
    name: 'events',
    onlooker,
    ...(signal && {signal}),
    ready: () => ({url: `ws://127.0.0.1:${port}`}),
    start: async (spawned) => {
      const {folder} = project()
      const heard = heardFrom('events', log)
      const said: string[] = []
      let isReady = false
      const child = start(
        {
          command: process.execPath,
          args: [PROGRAM, 'serve', '--json', '--port', String(port), '--host', '127.0.0.1', '--wait', WAIT, '-C', folder],
          env: {...process.env, DATABASE_URL: url, PGEXT_JWT_SECRET: secret()},
          folder,
        },
        (line, from) => {
          if (from === 'out' && line.includes('"port"')) isReady = true
          else {
            said.push(line)
            if (said.length > 40) said.shift()
            heard(line)
          }
        },
      )
      spawned(child)
      const why = await untilReady(child, () => isReady, PATIENCE)
      if (why === undefined) return child
      const {message = why, hint = 'pgext logs events tells more'} = reasonIn(said)
      throw new PgextError('engine-missing', `pg_events_ws did not start: ${message}`, {hint})
    },
  })
}

/** With --json what ends a command is an object over several lines. */
function reasonIn(said: readonly string[]): {readonly message?: string; readonly hint?: string} {
  const text = said.join('\n')
  const at = text.lastIndexOf('{\n  "error"')
  const last = {message: said.at(-1)}
  try {
    return at === -1 ? last : JSON.parse(text.slice(at)).error
  } catch {
    return last
  }
}
