// Where to read in; a process that reads as a named consumer, killed and begun again whenever one likes, out.
import {type ChildProcess, spawn} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'

const READER = fileURLToPath(new URL('reader.js', import.meta.url))

export class Reading {
  readonly #args: readonly string[]
  #child?: ChildProcess
  #isOn = true
  readonly #ended: Promise<void>
  /** what it said when it ended by itself, and should not have */
  readonly said: string[] = []
  kills = 0
  /** it has been elected, and reads */
  isReading = false

  constructor(...args: readonly string[]) {
    this.#args = args
    this.#ended = this.#live()
  }

  kill(): void {
    if (this.#child?.kill('SIGKILL')) this.kills++
  }

  /** When it has read the message that ends it. */
  async ended(milliseconds: number): Promise<void> {
    const late = new AbortController()
    await Promise.race([this.#ended, sleep(milliseconds, undefined, {signal: late.signal}).catch(() => {})])
    late.abort()
    this.#isOn = false
    this.#child?.kill('SIGKILL')
    await this.#ended
  }

  async #live(): Promise<void> {
    while (this.#isOn) {
      const child = spawn(process.execPath, [READER, ...this.#args], {stdio: ['ignore', 'pipe', 'pipe']})
      this.#child = child
      child.stdout!.once('data', () => {
        this.isReading = true
      })
      let errors = ''
      child.stderr!.on('data', (bytes) => {
        errors += bytes
      })
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
      this.isReading = false
      if (code === 0) return
      // the server may be away when it begins
      if (code !== null && !/connection-(lost|failed)|57P0[123]/.test(errors)) {
        this.said.push(errors)
        return
      }
      if (code !== null) await sleep(100)
    }
  }
}
