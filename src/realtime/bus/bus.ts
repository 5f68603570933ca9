// A database and a NATS server in; a source that all nodes read alike out. One of them, whichever, reads the database for all.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../../errors.ts'
import {readInstalled} from '../../events/install.ts'
import type {Batch, Source} from '../../events/model.ts'
import {skipping, splitToken} from '../../events/token.ts'
import {connect} from '../../postgres/native.ts'
import {hostsOf} from './dial.ts'
import type {Figures} from './figures.ts'
import type {Standing} from './head.ts'
import {Leader} from './leader.ts'
import {type Extent, Log} from './log.ts'
import {type Step, stepsOf} from './parts.ts'
import {goneError, sequenceOf, tokenOf} from './token.ts'

export interface BusOptions {
  /** the database */
  readonly url: string
  /** NATS: nats:// or tls://, one or several with commas */
  readonly bus: string
  /** seconds for which the stream keeps changes to resume from */
  readonly history: number
  /** a token of the bus, whichever node gave it */
  readonly since?: string
  readonly complain?: (error: unknown) => void
  readonly figures?: Figures
}

/** Milliseconds in which somebody has to be elected, where nobody was before. */
const PATIENCE = 20_000
const EVERY = 50

/** @throws PgextError `events-missing`, `connection-failed`, `not-supported`, `events-gone` as in `Source.read` */
export async function openBus({url, bus, history, since, complain = () => {}, figures}: BusOptions): Promise<Source> {
  const db = await connect(url)
  const installed = await readInstalled(db).finally(() => db.close())
  if (!installed)
    throw new PgextError('events-missing', 'pg_events is not installed in this database', {hint: 'pgext events:install'})
  const {engine, incarnation} = installed
  const log = await Log.open({bus, history, name: `pgext_${incarnation.replaceAll('-', '')}`, ...(figures && {figures})})
  const leader = new Leader({url, log, incarnation, history, complain})
  leader.start()
  try {
    const [extent, standing] = await begun(log, leader, bus)
    return new Bus({engine, log, leader, extent, standing, ...(since !== undefined && {since})})
  } catch (error) {
    await leader.close()
    await log.close()
    throw error
  }
}

/** What changes from now on is in the stream, or will be: somebody has begun to read it. */
async function begun(log: Log, leader: Leader, bus: string): Promise<[Extent, Standing]> {
  for (const until = performance.now() + PATIENCE; ; await sleep(EVERY)) {
    // servers of a cluster do not answer until they have a leader of their own
    const begun = await extentOf(log).catch((error) => {
      if (error instanceof PgextError) throw error
      return undefined
    })
    if (begun) return begun
    if (leader.failure && performance.now() > until - PATIENCE / 2) throw leader.failure
    if (performance.now() > until)
      throw new PgextError('connection-failed', `nobody leads the bus at ${hostsOf(bus)}`, {
        hint: 'does another process read consumer "bus" of this database?',
      })
  }
}

async function extentOf(log: Log): Promise<[Extent, Standing] | undefined> {
  const extent = await log.extent()
  const standing = extent && (await log.standing(extent))
  return extent && standing && [extent, standing]
}

interface Given {
  readonly engine: Source['engine']
  readonly log: Log
  readonly leader: Leader
  readonly extent: Extent
  readonly standing: Standing
  readonly since?: string
}

class Bus implements Source {
  readonly engine: Source['engine']
  readonly start: string
  readonly #log: Log
  readonly #leader: Leader
  readonly #ending = new AbortController()
  /** the place after which it begins */
  readonly #place: number
  readonly #skip: number
  readonly #from: number
  readonly #steps: AsyncGenerator<Step>

  constructor({engine, log, leader, extent, standing, since}: Given) {
    this.engine = engine
    this.#log = log
    this.#leader = leader
    const {incarnation, first, last} = extent
    const {base, skip} = splitToken(since ?? tokenOf(incarnation, standing.place))
    this.#place = sequenceOf(base, incarnation)
    this.#skip = skip
    this.start = since ?? base
    const {gap} = standing
    // where nothing was told since, nothing is missing, however old that is
    const isKept = this.#place + 1 >= first || this.#place === standing.place
    if (this.#place < gap || this.#place > last || (since !== undefined && !isKept))
      throw goneError('the bus does not keep what came since')
    // without a token: all that is kept, so that others can go on from what another node told them
    this.#from = Math.max(first, since === undefined ? gap + 1 : this.#place + 1)
    const beginning = since === undefined ? {gap} : {gap, place: this.#place}
    const entries = log.read(this.#from, incarnation, this.#ending.signal)
    this.#steps = stepsOf(entries, {incarnation, ...beginning})
  }

  async *past(): AsyncGenerator<Batch> {
    for (let at = this.#from - 1; at < this.#place; ) {
      const {value, done} = await this.#steps.next()
      if (done) return
      at = value.sequence
      if (value.batch) yield value.batch
    }
  }

  async *read(): AsyncGenerator<Batch> {
    yield* skipping(this.#rest(), () => this.#skip)
  }

  async *#rest(): AsyncGenerator<Batch> {
    // not in a loop of `for`, which would end it for whoever reads on
    for (;;) {
      const {value, done} = await this.#steps.next()
      if (done) return
      if (value.batch && value.sequence > this.#place) yield value.batch
    }
  }

  /** The stream forgets by itself. */
  async acknowledge(): Promise<void> {}

  async close(): Promise<void> {
    this.#ending.abort()
    await this.#leader.close()
    await this.#log.close()
  }
}
