// A server's port in, another one out that leads there, and whose connections can be cut at any byte.
import {once} from 'node:events'
import {type AddressInfo, connect, createServer, type Socket} from 'node:net'

export interface Proxied {
  readonly port: number
  /** connections that were made */
  readonly count: number
  /** Cuts all that stand. */
  cut(): void
  /** Nothing of what the server says arrives until it is let go on. */
  hold(isHeld: boolean): void
  close(): Promise<void>
}

export async function openProxy(to: () => number): Promise<Proxied> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let count = 0
  let isHeld = false
  const server = createServer((near) => {
    count++
    const far = connect(to(), '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    near.pipe(far)
    far.pipe(near)
    if (isHeld) far.pause()
    for (const one of pair) {
      one.on('error', () => {})
      one.on('close', () => {
        pairs.delete(pair)
        near.destroy()
        far.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get count() {
      return count
    },
    cut: () => {
      for (const [near] of pairs) near.destroy()
    },
    hold: (held) => {
      isHeld = held
      for (const [, far] of pairs) {
        if (held) far.unpipe().pause()
      }
      if (!held)
        for (const [near, far] of pairs) {
          far.pipe(near)
          far.resume()
        }
    },
    close: async () => {
      server.close()
      for (const [near] of pairs) near.destroy()
    },
  }
}
