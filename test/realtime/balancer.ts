// Ports in, one port out: each connection goes to the next of those that answer, as a load balancer does it.
import {once} from 'node:events'
import {type AddressInfo, connect, createServer, type Server} from 'node:net'

export class Balancer {
  ports: number[] = []
  readonly #server: Server
  #turn = 0

  private constructor() {
    this.#server = createServer(async (client) => {
      client.on('error', () => {})
      for (let tries = 0; tries < this.ports.length; tries++) {
        const node = connect(this.ports[this.#turn++ % this.ports.length]!, '127.0.0.1')
        const isThere = await once(node, 'connect').then(
          () => true,
          () => false,
        )
        node.on('error', () => {})
        if (!isThere) continue
        node.on('close', () => client.destroy())
        client.on('close', () => node.destroy())
        client.pipe(node).pipe(client)
        return
      }
      client.destroy()
    })
  }

  static async open(): Promise<Balancer> {
    const balancer = new Balancer()
    balancer.#server.listen(0, '127.0.0.1')
    await once(balancer.#server, 'listening')
    return balancer
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
  }
}
