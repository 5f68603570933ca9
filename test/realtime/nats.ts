// Nothing in; a real NATS server with JetStream out, in a folder and at a port of its own.
import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {connect as dial} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {jetstreamManager} from '@nats-io/jetstream'
import {connect} from '@nats-io/transport-node'
import {freePort} from '../support/port.ts'

export const hasNats = (): boolean => spawnSync('nats-server', ['--version']).status === 0

export class Nats {
  readonly #folder: string
  readonly #port: number
  #process?: ChildProcess

  readonly #more: readonly string[]

  private constructor(folder: string, port: number, more: readonly string[]) {
    this.#folder = folder
    this.#port = port
    this.#more = more
  }

  /** @param config in its own language; secrets stand in it */
  static async open(config = ''): Promise<Nats> {
    const folder = mkdtempSync(join(tmpdir(), 'pgext-nats-'))
    const file = join(folder, 'nats.conf')
    writeFileSync(file, config)
    const nats = new Nats(folder, await freePort(), ['-c', file])
    await nats.start()
    return nats
  }

  /** Three that are one. */
  static async cluster(): Promise<Nats[]> {
    const ports = await Promise.all([1, 2, 3].map(freePort))
    const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(',')
    const all = await Promise.all(
      ports.map(async (port, n) => {
        const own = ['--name', `n${n}`, '--cluster_name', 'c', '--cluster', `nats://127.0.0.1:${port}`, '--routes', routes]
        return new Nats(mkdtempSync(join(tmpdir(), 'pgext-nats-')), await freePort(), own)
      }),
    )
    await Promise.all(all.map((nats) => nats.start()))
    return all
  }

  get port(): number {
    return this.#port
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`
  }

  async start(): Promise<void> {
    const address = ['-a', '127.0.0.1', '-p', String(this.#port)]
    this.#process = spawn('nats-server', ['-js', ...address, '-sd', this.#folder, ...this.#more], {stdio: 'ignore'})
    for (let tries = 0; tries < 200; tries++, await sleep(25)) if (await isListening(this.#port)) return
    throw new Error('nats-server does not listen')
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const process = this.#process
    if (!process || process.exitCode !== null || process.signalCode !== null) return
    process.kill(signal)
    await once(process, 'exit')
  }

  /** A stream, with all that it holds. */
  async remove(stream: string): Promise<void> {
    const connection = await connect({servers: this.url})
    await (await jetstreamManager(connection)).streams.delete(stream)
    await connection.close()
  }

  async close(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, {recursive: true, force: true})
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = dial(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
