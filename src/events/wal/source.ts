// Who reads in, a source of batches from the log out. It reconnects by itself, and goes on behind what it has handed over.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../../errors.ts'
import type {Batch, Reader, Source} from '../model.ts'
import {batchesOf, type Progress} from './batches.ts'
import {Connection} from './connection.ts'
import {Keep} from './keep.ts'
import {DEFAULTS, type WalOptions} from './options.ts'
import {isPassing, isReset, lastingError, stoppedError} from './passing.ts'
import {comparePositions, goneError, laterOf, type Position, readToken, tokenOf} from './position.ts'
import {Ready} from './ready.ts'

const [SHORTEST, LONGEST] = [20, 2000]
/** milliseconds in which what is being acknowledged has to be, when it is closed */
const FAREWELL = 1000

/**
 * Opens the log for one reader. A named consumer that another process reads waits here until that one ends, or the signal says stop.
 * When it is back, what is committed from now on (a named consumer: from its last acknowledgement on) is in what it reads.
 *
 * @throws PgextError `events-gone` where changes may have been missed: a new slot stands already, open it again and read the tables anew
 */
export async function openWal(url: string, reader: Reader = {}, options: WalOptions = {}): Promise<Source> {
  const source = new WalSource(url, reader, options)
  await source.begin()
  return source
}

class WalSource implements Source {
  start = ''
  past?: () => AsyncIterable<Batch>
  readonly engine = 'wal'
  readonly #reader: Reader
  readonly #options: Required<Omit<WalOptions, 'keeping'>>
  readonly #connection: Connection
  readonly #stop = new AbortController()
  readonly #onAbort = () => void this.close()
  /** behind the last batch that was made ready */
  #handed: Position = {lsn: 0n, messages: 0}
  /** nothing to hand over stands before it */
  #reached = 0n
  #acknowledged: Position = {lsn: 0n, messages: 0}
  #wanted?: Position
  #saving?: Promise<void>
  /** read, and taken by nobody yet */
  readonly #ready = new Ready()
  #keep?: Keep
  #failure?: unknown
  #running?: Promise<void>

  constructor(url: string, reader: Reader, options: WalOptions) {
    this.#reader = reader
    this.#options = {...DEFAULTS, ...options}
    const {publication, heartbeat, patience, silence} = this.#options
    const {signal} = this.#stop
    const {keeping} = options
    const given = {url, name: reader.name, publication, heartbeat, patience, silence, signal}
    this.#connection = new Connection({...given, ...(keeping && {keeping})})
  }

  async begin(): Promise<void> {
    const {signal, since} = this.#reader
    if (signal?.aborted) throw stoppedError()
    signal?.addEventListener('abort', this.#onAbort, {once: true})
    try {
      const {from, kept, acknowledged, now, most} = await this.#connection.begin(since)
      this.#handed = this.#ready.taken = from
      this.#acknowledged = acknowledged
      this.#reached = from.lsn
      if (most > 0) this.#keep = new Keep(most)
      if (most > 0) this.past = () => this.#past({lsn: now, messages: 0})
      await this.#connection.stream(from, this.#confirmed())
      if (!this.#reader.name) this.#handed = this.#acknowledged = {lsn: this.#connection.from, messages: 0}
      this.start = tokenOf(this.#connection.incarnation, most > 0 ? kept : this.#handed)
      if (this.#stop.signal.aborted) throw stoppedError()
    } catch (error) {
      await this.close()
      throw signal?.aborted ? stoppedError() : error
    }
    this.#running = this.#run()
  }

  async *read(): AsyncGenerator<Batch> {
    for (;;) {
      const batch = this.#ready.take()
      if (batch) yield this.#taking(batch)
      else if (this.#stop.signal.aborted) return
      else if (this.#failure) throw this.#failure
      else await this.#ready.change
    }
  }

  /** What was committed before it was opened, and not acknowledged. */
  async *#past(now: Position): AsyncGenerator<Batch> {
    for (;;) {
      const batch = this.#ready.take(now)
      if (batch) {
        yield {...this.#taking(batch), before: this.start}
        this.start = batch.token
      } else if (!this.#ready.isEmpty || this.#reached >= now.lsn || this.#handed.lsn >= now.lsn) return
      else if (this.#failure) throw this.#failure
      else if (this.#stop.signal.aborted) throw stoppedError()
      else await this.#ready.change
    }
  }

  #taking(batch: Batch): Batch {
    this.#keep?.add(this.#ready.taken)
    return batch
  }

  async acknowledge(token: string): Promise<void> {
    const position = readToken(token, this.#connection.incarnation)
    if (comparePositions(position, laterOf(this.#ready.taken, this.#acknowledged)) > 0) {
      throw new PgextError('usage', 'this token was not handed over', {hint: 'acknowledge tokens of batches that were read'})
    }
    while (comparePositions(this.#acknowledged, position) < 0) {
      if (this.#failure) throw this.#failure
      if (this.#stop.signal.aborted) throw stoppedError()
      this.#wanted = this.#wanted ? laterOf(this.#wanted, position) : position
      // those who ask meanwhile share the next write
      this.#saving ??= this.#save().finally(() => {
        this.#saving = undefined
      })
      await this.#saving.catch((error) => {
        throw this.#failure ?? (this.#stop.signal.aborted ? stoppedError() : error)
      })
    }
  }

  async close(): Promise<void> {
    this.#reader.signal?.removeEventListener('abort', this.#onAbort)
    this.#stop.abort()
    this.#ready.tell()
    if (this.#saving) await Promise.race([this.#saving.catch(() => {}), sleep(FAREWELL, undefined, {ref: false})])
    await this.#connection.close()
    await this.#running
    this.#ready.clear()
  }

  async #save(): Promise<void> {
    const position = this.#wanted!
    this.#wanted = undefined
    await this.#connection.save(position)
    this.#acknowledged = laterOf(this.#acknowledged, position)
    this.#confirm()
  }

  async #run(): Promise<void> {
    for (let wait = SHORTEST; ; ) {
      const began = performance.now()
      try {
        await this.#stream()
      } catch (cause) {
        const error = await this.#connection.judge(cause)
        if (this.#stop.signal.aborted) return
        if (!isPassing(error)) return this.#fail(error)
        // a tail's slot went with its connection
        if (!this.#reader.name) return this.#fail(goneError('the connection was lost, and with it what has changed since'))
      }
      // one that breaks at once again is not asked at once again
      wait = performance.now() - began > LONGEST ? SHORTEST : Math.min(LONGEST, wait * 2)
      try {
        await this.#reconnect(wait)
      } catch (error) {
        if (this.#stop.signal.aborted) return
        return this.#fail(lastingError(error))
      }
    }
  }

  async #reconnect(wait: number): Promise<void> {
    for (const until = performance.now() + this.#options.patience; ; ) {
      await sleep(wait, undefined, {signal: this.#stop.signal})
      try {
        const acknowledged = await this.#connection.again()
        // another reader may have come further meanwhile
        this.#acknowledged = laterOf(this.#acknowledged, acknowledged)
        this.#handed = laterOf(this.#handed, acknowledged)
        return await this.#connection.stream(this.#from(), this.#confirmed())
      } catch (cause) {
        const error = await this.#connection.judge(cause)
        if (!(isPassing(error) || isReset(error)) || performance.now() > until) throw error
        wait = Math.min(LONGEST, wait * 2)
      }
    }
  }

  #from(): Position {
    return this.#reached > this.#handed.lsn ? {lsn: this.#reached, messages: 0} : this.#handed
  }

  async #stream(): Promise<never> {
    const {limits} = this.#options
    const {shapeOf, rootOf, take, incarnation, prefix: mark} = this.#connection
    const progress = batchesOf(take, {
      from: this.#from(),
      limits,
      mark,
      shapeOf,
      rootOf,
      tokenOf: (position) => tokenOf(incarnation, position),
    })
    for await (const step of progress) await this.#advance(step)
    throw new Error('the log has no end')
  }

  async #advance(step: Progress): Promise<void> {
    if ('reached' in step) {
      if (step.reached > this.#reached) this.#reached = step.reached
      this.#ready.tell()
      this.#giveUp(step.reached)
      return this.#confirm()
    }
    while (this.#ready.isFull && !this.#stop.signal.aborted) await this.#ready.change
    this.#handed = step.position
    this.#ready.push(step)
    this.#giveUp(step.position.lsn)
  }

  /** What nobody has acknowledged, where too much of the log would be kept for it. */
  #giveUp(reached: bigint): void {
    const place = this.#keep?.over(reached)
    if (place) this.acknowledge(tokenOf(this.#connection.incarnation, place)).catch(() => {})
  }

  /** With nothing outstanding all that was read is done with, whoever wrote it. */
  #confirmed(): bigint {
    const {lsn} = this.#acknowledged
    const isDone = comparePositions(this.#acknowledged, this.#handed) >= 0
    return isDone && this.#reached > lsn ? this.#reached : lsn
  }

  #confirm(): void {
    this.#connection.confirm(this.#confirmed())
  }

  #fail(error: unknown): void {
    this.#failure = error
    this.#ready.tell()
    void this.#connection.close()
  }
}
