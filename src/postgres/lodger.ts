// A PGlite of which nobody else asks anything meanwhile in; a session for a few statements out, whose settings end with its transactions.
import {type PGlite, protocol, messages as protocolMessages} from '@electric-sql/pglite'
import {PgextError} from '../errors.ts'
import type {Db, Row, Server, Texts} from './db.ts'
import {Answers, type Asked, type Described, questions} from './describe.ts'
import {copyError, goneError, sqlError} from './error.ts'
import {extended, readRows, readTexts} from './pglite.ts'

const {serialize} = protocol

/** With the state of its transaction where it is the last of an answer. */
type Answer = protocolMessages.BackendMessage & {readonly status?: string; readonly text?: string}

export class Lodger implements Db {
  readonly server: Server
  readonly #host: PGlite
  readonly #begin: string
  /** a transaction that was begun here goes on */
  #isInside = false
  #last: Promise<unknown> = Promise.resolve()

  constructor(host: PGlite, server: Server, begin: string) {
    this.#host = host
    this.server = server
    this.#begin = begin
  }

  /** No transaction of its owner's is open. */
  async isFree(): Promise<boolean> {
    return (await this.#send(serialize.sync())).at(-1)?.status === 'I'
  }

  async query<R extends Row = Row>(text: string, parameters: readonly unknown[] = []): Promise<R[]> {
    const [rows] = readRows(await this.#ask(text, Buffer.concat(extended(text, parameters))))
    return (rows ?? []) as R[]
  }

  async read(text: string, parameters: readonly unknown[] = [], most?: number): Promise<Texts> {
    return readTexts(await this.#ask(text, Buffer.concat(extended(text, parameters))), most)
  }

  async script(text: string, seen?: (rows: Row[]) => void): Promise<Row[][]> {
    const results = readRows(await this.#ask(text, serialize.query(text)))
    if (seen) for (const rows of results) seen(rows)
    return results
  }

  describe(asked: readonly Asked[], after?: string): Promise<Described[]> {
    return this.#inTurn(() => this.#describe(asked, after))
  }

  async #describe(asked: readonly Asked[], after?: string): Promise<Described[]> {
    const isOwn = !this.#isInside
    if (isOwn) await this.#send(serialize.query(this.#begin))
    const answers = new Answers(asked, after !== undefined)
    answers.take(await this.#host.execProtocolRaw(questions(asked, after)))
    if (isOwn) await this.#send(serialize.query('rollback'))
    if (!answers.isDone) throw goneError()
    return answers.described
  }

  flight(): Promise<never> {
    return Promise.reject(unable())
  }

  transaction(): Promise<never> {
    return Promise.reject(unable())
  }

  listen(): Promise<never> {
    return Promise.reject(unable())
  }

  async cancel(): Promise<void> {}

  async close(): Promise<void> {}

  /** What was begun and not ended. */
  async leave(): Promise<void> {
    await this.#last
    if (this.#isInside) await this.#send(serialize.query('rollback'))
    this.#isInside = false
  }

  /** Whoever does not wait for the one before is not to overtake it. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work)
    this.#last = mine.catch(() => {})
    return mine
  }

  #ask(text: string, message: Uint8Array): Promise<Answer[]> {
    return this.#inTurn(() => this.#answer(text, message))
  }

  /** In a transaction in any case, since its settings are: one of its own, unless it begins one or stands in one. */
  async #answer(text: string, message: Uint8Array): Promise<Answer[]> {
    const isOwn = !this.#isInside
    if (isOwn) await this.#send(serialize.query(this.#begin))
    const answer = await this.#send(Buffer.concat([message, serialize.copyFail('COPY can not run here'), serialize.sync()]))
    const error = answer.find((one) => one instanceof protocolMessages.DatabaseError)
    const status = answer.findLast((one) => one.status !== undefined)?.status
    if (!isOwn) this.#isInside = status !== 'I'
    else if (!error && answer.some(({name, text}) => name === 'commandComplete' && text === 'BEGIN'))
      this.#isInside = status !== 'I'
    else if (status !== 'I') await this.#send(serialize.query(error ? 'rollback' : 'commit'))
    if (error) throw sqlError(error, text)
    if (answer.some(({name}) => name === 'copyOutResponse')) throw copyError()
    return answer
  }

  async #send(message: Uint8Array): Promise<Answer[]> {
    const {messages} = await this.#host.execProtocol(message, {throwOnError: false})
    return messages
  }
}

const unable = (): PgextError => new PgextError('not-supported', 'a PGlite that is shared runs single statements')
