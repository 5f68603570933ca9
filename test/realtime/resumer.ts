// A port in; a client out that comes back with its token whenever it is cut off, and remembers all that it was ever told.
import {setTimeout as sleep} from 'node:timers/promises'
import {Client, tokenOf} from './client.ts'

export class Resumer {
  readonly lines: string[] = []
  gone = 0
  #token?: string
  #client?: Client
  #isClosed = false
  #ended: Promise<void> = Promise.resolve()
  #ready!: () => void
  /** it is subscribed for the first time */
  readonly ready = new Promise<void>((resolve) => {
    this.#ready = resolve
  })

  constructor(port: number, table: string) {
    this.#ended = this.#run(port, table)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#client?.ws.terminate()
    await this.#ended
  }

  async #run(port: number, table: string): Promise<void> {
    const token = await tokenOf({role: 'web_user', sub: 'resumer'})
    while (!this.#isClosed) {
      try {
        const client = await Client.open(port, token)
        this.#client = client
        client.say({type: 'subscribe', id: 't', table, ...(this.#token !== undefined && {since: this.#token})})
        let taken = 0
        const take = () => {
          for (; taken < client.answers.length; taken++) this.#take(client.answers[taken]!)
        }
        while (!client.closed && !this.#isClosed) {
          take()
          await sleep(10)
        }
        // what came before the end counts
        take()
      } catch {
        await sleep(20)
      }
    }
  }

  #take(answer: Client['answers'][number]): void {
    if (answer.type === 'subscribed') {
      this.#token ??= answer.token
      this.#ready()
    }
    if (answer.type === 'gone') this.gone++
    if (answer.type !== 'change') return
    this.#token = answer.token
    for (const {op, key} of answer.changes) this.lines.push([op, ...Object.values(key ?? {})].join(' '))
  }
}
