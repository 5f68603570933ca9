// One source of batches in; to every subscription what its viewer may see of them out, in the order of commits.
import {PgextError} from '../errors.ts'
import {History} from '../events/history.ts'
import {Writers} from '../events/json.ts'
import type {Link} from '../events/link.ts'
import type {Batch, Change, Message as Sent, Source} from '../events/model.ts'
import {Sieve, type Weighed} from '../events/sieve.ts'
import {Types} from '../events/types.ts'
import {Desk} from './desk.ts'
import {Message} from './message.ts'
import type {Judged, Seen, Sight, Viewer, Withdrawal} from './model.ts'
import type {Subscription} from './subscription.ts'
import {toldJson} from './told.ts'
import type {Declaration, View} from './view.ts'

export interface HubOptions {
  /** Opens the source anew: from a token, or from now on. */
  readonly open: (since?: string) => Promise<Source>
  /** For what is asked about changes. */
  readonly side: Link
  readonly sight: Sight
  readonly history: {readonly milliseconds: number; readonly bytes: number}
  /** What `pgext.emit` sent. */
  readonly sent: (message: Sent, batch: Batch) => void
  /** Of a batch, as it was committed. */
  readonly changed?: (batch: Batch) => void
  /** Something that people who run it should know. */
  readonly log: (what: string, details?: Readonly<Record<string, unknown>>) => void
}

/** Changes that are judged together, when more than one batch is waiting. */
const TOGETHER = 2000
/** Milliseconds until a source that failed is opened again. */
const AGAIN = 1000

export class Hub {
  readonly desk = new Desk()
  readonly types = new Types()
  readonly writers = new Writers(this.types)
  readonly sieve = new Sieve(this.types)
  readonly options: HubOptions
  #history: History
  #source: Source
  #waiting: Batch[] = []
  #wake = () => {}
  #turn: Promise<unknown> = Promise.resolve()
  #isClosed = false
  /** the last token that the source handed over */
  #read: string
  #isReading = false
  #ended: Promise<void> = Promise.resolve()
  /** batches, changes and messages since it began */
  readonly counts = {batches: 0, changes: 0, told: 0}

  private constructor(options: HubOptions, source: Source) {
    this.options = options
    this.#source = source
    this.#read = source.start
    this.#history = new History(options.history, source.start)
    options.sight.withdrawn = (withdrawal) =>
      void this.between(() => this.#renew(withdrawal)).catch((error) => this.#complain(error))
  }

  static async open(options: HubOptions): Promise<Hub> {
    const hub = new Hub(options, await options.open())
    hub.#ended = hub.#run()
    return hub
  }

  /** What was told last. */
  get token(): string {
    return this.#history.newest
  }

  /** A source is being read. */
  get isReading(): boolean {
    return this.#isReading
  }

  /** Batches after a token; undefined when something of them is gone. */
  since(token: string): readonly Batch[] | undefined {
    return this.#history.since(token)
  }

  /** When nothing is being told: what it sees then, it sees of all that came up to `token`, and of nothing after it. */
  between<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#wake()
    await this.#source.close()
    await this.#ended
  }

  async #run(): Promise<void> {
    const telling = this.#tell()
    while (!this.#isClosed) {
      try {
        this.#isReading = true
        for await (const batch of this.#source.read()) {
          this.#waiting.push(batch)
          this.#read = batch.token
          this.#wake()
          if (this.#waiting.length > TOGETHER) await this.between(() => {})
        }
        if (!this.#isClosed) throw new PgextError('connection-lost', 'the source of changes ended')
      } catch (error) {
        this.#isReading = false
        if (!this.#isClosed) await this.#reopen(error)
      }
    }
    await telling
  }

  /** From where all was told, if that is still known. */
  async #reopen(error: unknown): Promise<void> {
    this.#complain(error)
    await this.#source.close().catch(() => {})
    for (;;) {
      if (this.#isClosed) return
      await this.options.side.sleep(AGAIN)
      try {
        const isGone = error instanceof PgextError && error.code === 'events-gone'
        const since = isGone ? undefined : this.#read
        this.#source = await this.options.open(since)
        if (this.#isClosed) return await this.#source.close()
        if (since === undefined) await this.between(() => this.#begin(this.#source.start))
        return
      } catch (again) {
        error = again
        this.#complain(again)
      }
    }
  }

  /** What came meanwhile nobody knows. */
  #begin(start: string): void {
    this.#waiting = []
    this.#read = start
    this.#history = new History(this.options.history, start)
    for (const relid of [...this.desk.tables()]) this.#lose(this.desk.viewsOf(relid), 'the server lost its place in the changes')
  }

  async #tell(): Promise<void> {
    while (!this.#isClosed) {
      if (this.#waiting.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
          if (this.#waiting.length > 0 || this.#isClosed) resolve()
        })
        continue
      }
      await this.between(async () => {
        const batches: Batch[] = []
        for (let count = 0; this.#waiting.length > 0 && count < TOGETHER; count += batches.at(-1)!.entries.length)
          batches.push(this.#waiting.shift()!)
        await this.#together(batches).catch((error) => {
          this.#complain(error)
          // what could not be told is lost to all who wanted it
          for (const relid of [...this.desk.tables()])
            this.#lose(this.desk.viewsOf(relid), 'the server could not judge what changed')
        })
        for (const batch of batches) this.#history.push(batch)
        const {token} = batches.at(-1)!
        this.#source.acknowledge(token).catch((error) => this.#complain(error))
      })
    }
  }

  async #together(batches: readonly Batch[]): Promise<void> {
    const wanted = batches.flatMap(({entries}) =>
      entries.filter((entry): entry is Change => entry.kind === 'change' && this.desk.wants(entry.shape.relid)),
    )
    const known = await this.know(wanted)
    let n = 0
    for (const batch of batches) {
      const changes = batch.entries.filter(
        (entry): entry is Change => entry.kind === 'change' && this.desk.wants(entry.shape.relid),
      )
      const from = n
      n += changes.length
      this.counts.batches++
      this.counts.changes += changes.length
      this.tell(batch, changes, known.slice(from, n), (view) => view.subscriptions)
      for (const entry of batch.entries) if (entry.kind === 'message') this.options.sent(entry, batch)
      this.options.changed?.(batch)
    }
  }

  /** All that has to be asked about changes, so that telling them waits for nothing. Permission comes last, and is what it is then. */
  async know(changes: readonly Change[]): Promise<Known[]> {
    if (changes.length === 0) return []
    const {side, sight} = this.options
    const weighed = await this.sieve.weigh(side, changes)
    if (!weighed) throw new PgextError('stopped', 'the server is closing')
    await this.types.know(side, new Set(changes.flatMap(({shape}) => shape.columns.map(({type}) => type))))
    await this.#prepare(changes)
    const judged = await sight.judge(changes)
    return changes.map((_, n) => ({weighed: weighed[n]!, judged: judged[n]!}))
  }

  /** @param to those of a view who are told */
  tell(
    batch: Batch,
    changes: readonly Change[],
    known: readonly Known[],
    to: (view: View) => Iterable<{tell(message: Message): void}>,
  ): void {
    const told = new Map<View, Change[]>()
    const lost = new Map<View, string>()
    for (const [n, change] of changes.entries()) this.#sort(change, known[n]!, told, lost)
    const texts = new Map<Change, string>()
    const bodies = new Map<string, Message>()
    const names = new Map<Change, number>()
    const json = (change: Change): string => {
      let text = texts.get(change)
      if (text === undefined) {
        text = toldJson(change, this.writers)
        texts.set(change, text)
      }
      return text
    }
    for (const [view, own] of told) {
      if (lost.has(view)) continue
      // views that are told the same share the message
      const key = own.map((change) => names.get(change) ?? (names.set(change, names.size), names.size - 1)).join()
      let message = bodies.get(key)
      if (!message) {
        message = new Message(batch, own, this.writers, json)
        bodies.set(key, message)
      }
      for (const one of to(view)) {
        this.counts.told++
        one.tell(message)
      }
    }
    if (lost.size > 0) for (const [view, reason] of lost) this.#lose([view], reason, batch.token)
  }

  #sort(change: Change, {weighed, judged}: Known, told: Map<View, Change[]>, lost: Map<View, string>): void {
    const {relid} = change.shape
    for (const view of this.desk.dependentsOf(relid)) lost.set(view, 'a table changed that its policies read')
    const viewers = this.desk.viewersOf(relid)
    if (!viewers || !weighed.table) return
    const declared = declarationOf(weighed)
    const error = [weighed.row, weighed.old].find((verdict) => verdict instanceof PgextError)
    for (const viewer of candidates(viewers, change, judged)) {
      const failed = judged.row?.unknown.get(viewer) ?? judged.old?.unknown.get(viewer)
      for (const view of viewers.get(viewer)!.values()) {
        if (failed && failed.code !== 'events-gone') {
          for (const one of [...view.subscriptions]) this.drop(one, 'failed', failed.message)
          continue
        }
        const permitted = {row: triOf(judged.row, viewer), old: change.old ? triOf(judged.old, viewer) : openOf(view)}
        const left = error ? 'gone' : view.of(change, declared, permitted)
        if (left === 'gone') lost.set(view, `a change of the table can't be judged${error ? `: ${error.message}` : ''}`)
        else if (left) {
          const own = told.get(view)
          if (own) own.push(left)
          else told.set(view, [left])
        }
      }
    }
  }

  /** Filters that texts don't decide. One that raises an error ends its own subscriptions. */
  async #prepare(changes: readonly Change[]): Promise<void> {
    for (const relid of new Set(changes.map(({shape}) => shape.relid))) {
      const filters = new Set(
        this.desk.viewsOf(relid).flatMap(({wish}) => (wish.filter && !wish.filter.isCompiled ? [wish.filter] : [])),
      )
      const own = changes.filter(({shape}) => shape.relid === relid)
      for (const filter of filters) {
        await filter.prepare(this.options.side, this.types, own).catch((error) => {
          if (!(error instanceof PgextError) || error.code !== 'events-gone') throw error
          for (const view of this.desk.viewsOf(relid).filter(({wish}) => wish.filter === filter))
            for (const one of [...view.subscriptions]) this.drop(one, 'failed', 'the filter raised an error')
        })
      }
    }
  }

  /** A subscription is no more, because it must not be. */
  drop(subscription: Subscription, code: 'not-found' | 'failed', message: string): void {
    this.leave(subscription)
    subscription.end(code, message)
  }

  leave(subscription: Subscription): void {
    const {view} = subscription
    if (!view.subscriptions.has(subscription)) return
    this.desk.leave(subscription)
    this.options.sight.leave(view.access.relid, view.wish.viewer)
  }

  #lose(views: Iterable<View>, reason: string, token = this.token): void {
    for (const view of views) for (const one of [...view.subscriptions]) one.gone(token, reason)
  }

  async #renew({tables}: Withdrawal): Promise<void> {
    await this.sieve.refresh(this.options.side)
    for (const relid of tables) {
      for (const view of this.desk.viewsOf(relid)) {
        const access = this.options.sight.access(relid, view.wish.viewer)
        if (!access) for (const one of [...view.subscriptions]) this.drop(one, 'not-found', 'this may no longer be seen')
        else this.desk.renew(view, access, this.sieve.declared?.tables.get(relid)?.excerpt?.columns)
      }
      this.#lose(this.desk.viewsOf(relid), 'privileges or policies have changed')
    }
  }

  #complain(error: unknown): void {
    if (this.#isClosed) return
    const {code, message} = error as PgextError
    this.options.log(message, {code})
  }
}

export interface Known {
  readonly weighed: Weighed
  readonly judged: Judged
}

/** Of those who want the table, who may have seen something of a change. */
function candidates(viewers: ReadonlyMap<Viewer, unknown>, change: Change, {row, old}: Judged): Iterable<Viewer> {
  if (change.operation === 'TRUNCATE' || row?.by === 'all' || old?.by === 'all') return viewers.keys()
  const found = new Set<Viewer>()
  for (const seen of [row, old]) {
    if (!seen) continue
    for (const viewer of seen.by as ReadonlySet<Viewer>) if (viewers.has(viewer)) found.add(viewer)
    for (const viewer of seen.unknown.keys()) if (viewers.has(viewer)) found.add(viewer)
  }
  return found
}

const triOf = (seen: Seen | undefined, viewer: Viewer): boolean | undefined =>
  !seen || seen.unknown.has(viewer) ? undefined : seen.by === 'all' || seen.by.has(viewer)

/** The row before was not sent: who may see every row may have seen it. */
const openOf = (view: View): boolean | undefined => (view.access.tier === 'privileges' ? true : undefined)

function declarationOf({table, row, old}: Weighed): Declaration {
  return table?.filter ? {row: row ?? 'unknown', old: old ?? 'unknown'} : {}
}
