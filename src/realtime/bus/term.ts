// A source and a stream in; what the source hands over, in the stream, for as long as nobody else writes to it.
import {createHash} from 'node:crypto'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Batch, Source} from '../../events/model.ts'
import type {Head, Kind, Standing} from './head.ts'
import {standingAt} from './head.ts'
import {type Log, lostError} from './log.ts'
import {encode} from './wire.ts'

export interface TermOptions {
  readonly log: Log
  readonly source: Source
  /** behind what this term begins */
  readonly standing: Standing
  /** something may be missing between the two */
  readonly isGap: boolean
  /** milliseconds after which it says that it is there, when it says nothing else */
  readonly still: number
}

/** What is not answered yet, at most. */
const [MOST_MESSAGES, MOST_BYTES] = [256, 8 * 2 ** 20]
/** Milliseconds between two acknowledgements: the stream itself says how far its leader has read. */
const ACKNOWLEDGE = 100

export class Term {
  readonly #options: TermOptions
  #standing: Standing
  /** what the last message is called */
  #id?: string
  /** when it was sent */
  #at = performance.now()
  #waiting = 0
  #bytes = 0
  #isAmid = false
  #wake = () => {}
  #failure?: unknown
  #done?: string
  #isOver = false

  constructor(options: TermOptions) {
    this.#options = options
    this.#standing = options.standing
  }

  /** From now on nobody else is a leader. @throws where one is */
  async begin(): Promise<void> {
    const {isGap, source} = this.#options
    const token = isGap ? source.start : this.#standing.token
    this.#send(isGap ? 'gap' : 'begin', {token})
    await this.#settled()
  }

  /** Until the source ends. @throws when this leader is one no more */
  async relay(): Promise<void> {
    const {log, source, still} = this.#options
    log.lost = () => this.fail(lostError())
    const tick = setInterval(() => this.#still(still), Math.min(1000, still))
    const acknowledging = this.#acknowledge()
    try {
      for await (const batch of source.read()) await this.#tell(batch)
      await this.#settled()
    } catch (error) {
      this.fail(error)
    } finally {
      clearInterval(tick)
      this.#isOver = true
      log.lost = () => {}
      await acknowledging
    }
    if (this.#failure) throw this.#failure
  }

  /** What is on its way may arrive or not: whoever begins next sees which. */
  fail(error: unknown): void {
    this.#failure ??= error
    this.#isOver = true
    this.#wake()
    void this.#options.source.close().catch(() => {})
  }

  async #tell(batch: Batch): Promise<void> {
    const data = Buffer.from(encode(batch))
    const {part, isAlone} = this.#options.log
    const most = isAlone ? 1 : MOST_MESSAGES
    const count = Math.ceil(data.length / part)
    const {token} = this.#standing
    this.#isAmid = true
    for (let index = 0; index < count; index++) {
      while ((this.#waiting >= most || this.#bytes >= MOST_BYTES) && !this.#failure) await this.#changed()
      if (this.#failure) throw this.#failure
      const isLast = index === count - 1
      const piece = data.subarray(index * part, (index + 1) * part)
      this.#send('part', {index, count, token: isLast ? batch.token : token}, piece, isLast)
    }
    this.#isAmid = false
  }

  #still(every: number): void {
    if (this.#isAmid || this.#waiting > 0 || this.#failure || performance.now() - this.#at < every) return
    this.#send('still', {token: this.#standing.token})
  }

  /** Where many are on their way at once, each is refused unless the one before it stands where it should. */
  #send(kind: Kind, given: Pick<Head, 'token'> & Partial<Head>, data: Uint8Array = new Uint8Array(), isLast = false): void {
    const {sequence, place, gap} = this.#standing
    const head: Head = {kind, index: 0, count: 1, before: place, gap, ...given}
    const id = idOf(head, sequence + 1)
    const sent = this.#options.log.append(head, data, id, {sequence, ...(this.#id !== undefined && {id: this.#id})})
    this.#standing = standingAt(head, sequence + 1)
    this.#id = id
    this.#at = performance.now()
    this.#waiting++
    this.#bytes += data.length
    const settled = () => {
      this.#waiting--
      this.#bytes -= data.length
      this.#wake()
    }
    sent.then(
      () => {
        if (isLast) this.#done = head.token
        settled()
      },
      (error) => {
        this.fail(error)
        settled()
      },
    )
  }

  async #settled(): Promise<void> {
    while (this.#waiting > 0 && !this.#failure) await this.#changed()
    if (this.#failure) throw this.#failure
  }

  /** Of what JetStream has, the last. */
  async #acknowledge(): Promise<void> {
    for (let done: string | undefined; !this.#isOver; await sleep(ACKNOWLEDGE)) {
      if (this.#done === undefined || this.#done === done) continue
      done = this.#done
      await this.#options.source.acknowledge(done).catch((error) => this.fail(error))
    }
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.#wake
      this.#wake = () => {
        before()
        resolve()
      }
    })
  }
}

/** The token says where a batch was committed; those of queues are long. A place that nobody has yet makes it one of this term's. */
function idOf({kind, index, token}: Head, sequence: number): string {
  const short = token.length <= 64 ? token : createHash('sha256').update(token).digest('base64url')
  return `${short}/${kind}/${index}@${sequence}`
}
