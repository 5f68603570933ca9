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

/** The wished one, or one beside it. */
export async function holdPort(wished: number): Promise<Held> {
  for (let port = wished; port < wished + FURTHER && port < 65_536; port++) {
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
export async function holdPorts({read, write}: State, {settings}: Project, page?: number): Promise<Record<keyof Ports, Held>> {
  const {ports} = settings.dev
  const known = (name: keyof Ports) => `${name} ${ports[name]}`
  const hold = (name: keyof Ports) =>
    holdPort(name === 'page' && page !== undefined ? page : (read().ports[known(name)] ?? ports[name]))
  // one after the other: two may wish for the same
  const held = {
    page: await hold('page'),
    database: await hold('database'),
    rest: await hold('rest'),
    events: await hold('events'),
  }
  write({ports: Object.fromEntries(Object.entries(held).map(([name, {port}]) => [known(name as keyof Ports), port]))})
  return held
}
