// A wished port in, one that is free out, held until whoever is to have it begins: two stacks that start together get two.
import {createServer} from 'node:net'
import type {Ports} from '../project/dev.ts'
import type {Project} from '../project/model.ts'
import type {State} from './state.ts'

export interface Held {
  readonly port: number
  /** lets go of it, for the one who is to have it */
  release(): Promise<void>
}

const FURTHER = 50

/** The wished one, or one beside it. @param others that somebody else is to have */
async function holdPort(wished: number, others: ReadonlySet<number> = new Set()): Promise<Held> {
  for (let port = wished; port < wished + FURTHER && port < 65_536; port++) {
    if (port !== wished && others.has(port)) continue
    const held = await hold(port).catch(() => undefined)
    if (held) return held
  }
  return hold(0)
}

function hold(wished: number): Promise<Held> {
  return new Promise((resolve, reject) => {
    // nobody is to wait for an answer
    const server = createServer((socket) => socket.destroy()).once('error', reject)
    server.listen(wished, '127.0.0.1', () => {
      // it keeps no process
      server.unref()
      const {port} = server.address() as {port: number}
      resolve({port, release: () => new Promise((done) => (server.listening ? server.close(() => done()) : done()))})
    })
  })
}

/** Where they were last time, if that is free. */
export async function holdPorts(
  {read, write}: State,
  {settings}: Project,
  page: number | undefined,
  tell: (note: string) => void,
): Promise<Record<keyof Ports, Held>> {
  const {ports} = settings.dev
  const named = {...ports, ...(page !== undefined && {page})}
  const known = (name: keyof Ports) => `${name} ${named[name]}`
  const moved: string[] = []
  const wished = new Set(Object.values(named))
  const hold = async (name: keyof Ports): Promise<Held> => {
    const last = read().ports[known(name)]
    const held = await holdPort(last ?? named[name], wished)
    // said once: next time it is where it was
    if (held.port !== named[name] && held.port !== last) moved.push(`${last ?? named[name]} (${WORDS[name]} is at ${held.port})`)
    return held
  }
  // one after the other: two may wish for the same
  const held = {
    page: await hold('page'),
    database: await hold('database'),
    rest: await hold('rest'),
    events: await hold('events'),
  }
  if (moved.length > 0) tell(`other programs have port ${moved.join(', ')}`)
  write({ports: Object.fromEntries(Object.entries(held).map(([name, {port}]) => [known(name as keyof Ports), port]))})
  return held
}

const WORDS: Readonly<Record<keyof Ports, string>> = {
  page: 'the page',
  database: 'the database',
  rest: 'the API',
  events: 'the websocket server',
}
