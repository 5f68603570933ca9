// A PGlite that somebody else works with in; a session beside theirs out, which leaves nothing in it, and is never inside of a transaction of theirs.
import {setTimeout as sleep} from 'node:timers/promises'
import {type PGlite, protocol, messages as protocolMessages} from '@electric-sql/pglite'
import {PgextError} from '../errors.ts'
import {type Db, type Row, SERVER_QUERY, SESSION, type Server, type Texts} from './db.ts'
import {copyError, goneError, sqlError} from './error.ts'
import {Lodger} from './lodger.ts'
import {extended, readRows, readTexts} from './pglite.ts'
import {quoteName, quoteText} from './quote.ts'

export type Host = PGlite

const {serialize} = protocol

/** The engine has one backend, and its role and settings are its owner's: these end with the transaction that each statement is given. */
// as what is begun in it may want to have it, which can't be said any more behind the settings
const ENTER = 'begin isolation level repeatable read; set local session authorization postgres; set local role none;'
const BEGIN = `${ENTER} ${SESSION.replaceAll(/\bset /g, 'set local ')}`
/** Milliseconds between two looks whether a transaction that was begun by hand has ended. */
const PATIENCE = 5

/** @param settings of its transactions, by name, beside those that pgext reads under */
export async function visitPglite(host: Host, settings: Readonly<Record<string, string>> = {}): Promise<Db> {
  const guest = new Guest(host, settings)
  await guest.begin()
  return guest
}

class Guest implements Db {
  server!: Server
  readonly #host: Host
  readonly #begin: string
  #gone = false

  constructor(host: Host, settings: Readonly<Record<string, string>>) {
    this.#host = host
    const said = Object.entries(settings).map(
      ([name, value]) => `pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, true)`,
    )
    this.#begin = said.length === 0 ? BEGIN : `${BEGIN}; select ${said.join(', ')}`
  }

  async begin(): Promise<void> {
    const [row] = await this.query(SERVER_QUERY)
    const {version: versionNumber, database, user, superuser, path} = row!
    this.server = {versionNumber, major: Math.floor(versionNumber / 10000), database, user, superuser, engine: 'pglite', path}
  }

  async query<R extends Row = Row>(text: string, parameters: readonly unknown[] = []): Promise<R[]> {
    const [rows] = readRows(await this.#run(text, Buffer.concat(extended(text, parameters))))
    return (rows ?? []) as R[]
  }

  async read(text: string, parameters: readonly unknown[] = [], most?: number): Promise<Texts> {
    return readTexts(await this.#run(text, Buffer.concat(extended(text, parameters))), most)
  }

  async script(text: string, seen?: (rows: Row[]) => void): Promise<Row[][]> {
    const results = readRows(await this.#run(text, serialize.query(text)))
    if (seen) for (const rows of results) seen(rows)
    return results
  }

  describe(): Promise<never> {
    return Promise.reject(unable())
  }

  flight(): Promise<never> {
    return Promise.reject(unable())
  }

  transaction(): Promise<never> {
    return Promise.reject(unable())
  }

  async cancel(): Promise<void> {}

  async listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    return this.#host.listen(quoteName(channel), heard)
  }

  async hold<T>(work: (db: Db) => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#gone || this.#host.closed) throw goneError()
      const done = await this.#host._runExclusiveTransaction(() =>
        this.#host.runExclusive(async (): Promise<{answer: T} | undefined> => {
          const lodger = new Lodger(this.#host, this.server, this.#begin)
          if (!(await lodger.isFree())) return undefined
          try {
            return {answer: await work(lodger)}
          } finally {
            await lodger.leave()
          }
        }),
      )
      if (done) return done.answer
      await sleep(PATIENCE)
    }
  }

  async close(): Promise<void> {
    this.#gone = true
  }

  async #run(text: string, message: Uint8Array): Promise<Answer[]> {
    for (;;) {
      if (this.#gone || this.#host.closed) throw goneError()
      const results = await this.#alone(text, message)
      if (results) return results
      await sleep(PATIENCE)
    }
  }

  /** undefined: a transaction is open. PGlite's own are waited for by its lock, those that somebody's BEGIN began are not. */
  #alone(text: string, message: Uint8Array): Promise<Answer[] | undefined> {
    return this.#host._runExclusiveTransaction(() =>
      this.#host.runExclusive(async () => {
        if ((await this.#send(serialize.sync())).at(-1)?.status !== 'I') return undefined
        await this.#send(serialize.query(this.#begin))
        const answer = await this.#send(Buffer.concat([message, serialize.copyFail('COPY can not run here'), serialize.sync()]))
        const error = answer.find((one) => one instanceof protocolMessages.DatabaseError)
        const ended = await this.#send(serialize.query(error ? 'rollback' : 'commit'))
        const refused = error ?? ended.find((one) => one instanceof protocolMessages.DatabaseError)
        if (refused) throw sqlError(refused, text)
        if (answer.some(({name}) => name === 'copyOutResponse')) throw copyError()
        return answer
      }),
    )
  }

  async #send(message: Uint8Array): Promise<Answer[]> {
    const {messages} = await this.#host.execProtocol(message, {throwOnError: false})
    return messages
  }
}

/** With the state of its transaction where it is the last of an answer. */
type Answer = protocolMessages.BackendMessage & {readonly status?: string}

const unable = (): PgextError =>
  new PgextError('not-supported', 'a session beside another one on a PGlite runs single statements', {hint: 'use openPglite'})
