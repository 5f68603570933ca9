// What the engine is to be in; calls to it, one at a time, and its answers out. It runs in a thread of its own.
import {MessageChannel, type MessagePort, Worker} from 'node:worker_threads'
import {type Answer, CALLED, CANCELLED, type Call, OWED, REASON, REASONS, type Setup} from './model.ts'

export class Engine {
  readonly up: Promise<Answer & {kind: 'up'}>
  /** whatever is said behind that */
  onAnswer: (answer: Answer) => void = () => {}
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #control = new Int32Array(new SharedArrayBuffer(16))
  #memory?: Int32Array
  #units = 0
  #cancel: readonly number[] = []

  constructor(setup: Omit<Setup, 'port' | 'control'>) {
    const {port1, port2} = new MessageChannel()
    this.#port = port1
    this.#worker = new Worker(new URL('./backend/worker.js', import.meta.url), {
      workerData: {...setup, port: port2, control: this.#control.buffer},
      transferList: [port2],
      // what PostgreSQL prints by other ways than its log
      stdout: true,
      stderr: true,
    })
    this.up = new Promise((resolve, reject) => {
      const died = (message: string) => {
        reject(new Error(message))
        this.onAnswer({kind: 'died', message})
      }
      port1.on('message', (answer: Answer) => {
        if (answer.kind === 'died') died(answer.message)
        else if (answer.kind === 'up') {
          this.#memory = new Int32Array(answer.memory)
          this.#cancel = answer.cancel
          resolve(answer)
        } else this.onAnswer(answer)
      })
      this.#worker.on('error', (error) => died(error.message))
    })
  }

  call(call: Call): void {
    if (call.kind === 'run') this.#units++
    this.#port.postMessage(call)
    this.#wake(CALLED, 1)
  }

  /** As PostgreSQL's handler of signals does it: the statement looks, every now and then, whether it is wanted any more. */
  cancel(reason: (typeof REASONS)[number]): void {
    if (!this.#memory) return
    Atomics.store(this.#control, REASON, REASONS.indexOf(reason))
    Atomics.store(this.#control, CANCELLED, this.#units)
    for (const address of this.#cancel) Atomics.store(this.#memory, address >>> 2, 1)
    Atomics.notify(this.#memory, this.#cancel[0]! >>> 2)
  }

  /** bytes that clients have not taken yet */
  get owed(): number {
    return Atomics.load(this.#control, OWED)
  }

  /** A client has taken so much. */
  taken(bytes: number): void {
    this.#wake(OWED, -bytes)
  }

  /** Without asking. */
  async kill(): Promise<void> {
    this.#port.close()
    await this.#worker.terminate()
  }

  #wake(word: number, by: number): void {
    Atomics.add(this.#control, word, by)
    Atomics.notify(this.#control, word)
  }
}
