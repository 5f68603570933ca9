// A database, and how it is read, in; `pgext serve` in a process of its own, which can be killed, out.
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {SECRET} from './client.ts'

const RUN = join(import.meta.dirname, '..', '..', 'bin', 'run.js')

export class Node {
  readonly port: number
  readonly #process: ChildProcess
  readonly #folder: string

  private constructor(port: number, process: ChildProcess, folder: string) {
    this.port = port
    this.#process = process
    this.#folder = folder
  }

  /**
   * @param how variables of its environment
   * @param log takes what it says
   */
  static async open(url: string, how: Readonly<Record<string, string>>, log: (line: string) => void): Promise<Node> {
    const folder = mkdtempSync(join(tmpdir(), 'pgext-node-'))
    const env = {...process.env, DATABASE_URL: url, ...how, PGEXT_JWT_SECRET: SECRET}
    const args = ['serve', '--port', '0', '--json', '-C', folder]
    const child = spawn(process.execPath, [RUN, ...args], {env, stdio: ['ignore', 'pipe', 'pipe']})
    createInterface({input: child.stderr!}).on('line', log)
    const ended = once(child, 'exit').then(() => {
      throw new Error('the node ended')
    })
    const [line] = await Promise.race([once(createInterface({input: child.stdout!}), 'line'), ended])
    ended.catch(() => {})
    return new Node(JSON.parse(line).port, child, folder)
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL')
      await once(this.#process, 'exit')
    }
    rmSync(this.#folder, {recursive: true, force: true})
  }
}
