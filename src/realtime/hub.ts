// One source of batches in; to every subscription what its viewer may see of them out, in the order of commits.
import {PgextError} from '../errors.ts'
import type {Declared} from '../events/declared.ts'
import {Writers} from '../events/json.ts'
import type {Link} from '../events/link.ts'
import type {Batch, Change, Message as Sent, Source} from '../events/model.ts'
import {Sieve} from '../events/sieve.ts'
import {Types} from '../events/types.ts'
import {Desk} from './desk.ts'
import {Feed, type FeedOptions} from './feed.ts'
import {prepareAll} from './filter/asking.ts'
import type {Filter} from './filter/filter.ts'
import type {Sight, Withdrawal} from './model.ts'
import {Parts} from './parts.ts'
import {Progress} from './progress.ts'
import {type Known, Round, settle} from './round.ts'
import type {Subscription} from './subscription.ts'
import type {View} from './view.ts'

export interface HubOptions {
  /** Opens the source anew: from a token, or from now on. */
  readonly open: (since?: string) => Promise<Source>
  /** For what is asked about changes. */
  readonly side: Link
  /** For what clients' filters ask: nothing of it may take long. */
  readonly filters: Link
  readonly sight: Sight
  readonly history: FeedOptions['history']
  /** What `pgext.emit` sent. */
  readonly sent: (message: Sent, batch: Batch) => void
  /** Of a batch, as it was committed. */
  readonly changed?: (batch: Batch) => void
  /** What came in between nobody knows. */
  readonly lost?: () => void
  /** Something that people who run it should know. */
  readonly log: (what: string, details?: Readonly<Record<string, unknown>>) => void
}

type Entry = Batch['entries'][number]

/** Entries that are judged together, when more than one batch is waiting. */
const TOGETHER = 2000

export class Hub {
  readonly desk = new Desk()
  readonly types = new Types()
  readonly writers = new Writers(this.types)
  readonly sieve = new Sieve(this.types)
  readonly options: HubOptions
  feed!: Feed
  progress!: Progress
  #turn: Promise<unknown> = Promise.resolve()
  #declared?: Declared
  /** the last batch was no transaction's last */
  #isAmid = false
  readonly #parts = new Parts(this.writers)
  #ended: Promise<void> = Promise.resolve()
  /** batches, changes and messages since it began */
  readonly counts = {batches: 0, changes: 0, told: 0}

  private constructor(options: HubOptions) {
    this.options = options
    options.sight.withdrawn = (withdrawal) =>
      void this.between(() => this.#renew(withdrawal)).catch((error) => this.#complain(error))
  }

  static async open(options: HubOptions): Promise<Hub> {
    const hub = new Hub(options)
    const {open, history} = options
    hub.feed = await Feed.open({
      open,
      history,
      complain: (error) => hub.#complain(error),
      lost: (begin) =>
        hub.between(() => {
          begin()
          hub.#loseAll('the server lost its place in the changes')
          options.lost?.()
        }),
    })
    hub.progress = new Progress(hub, history)
    hub.#ended = hub.#run()
    return hub
  }

  /** What was told last. */
  get token(): string {
    return this.feed.token
  }

  /** When nothing is being told: what it sees then, it sees of all that came up to `token`, and of nothing after it. */
  between<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  async close(): Promise<void> {
    this.progress.close()
    await Promise.all([this.feed.close(), this.#ended])
  }

  async #run(): Promise<void> {
    while (!this.feed.isClosed) {
      await this.feed.some()
      await this.between(async () => {
        const batches = this.feed.take(TOGETHER)
        try {
          await this.#together(batches)
        } catch (error) {
          this.#complain(error)
          // what could not be told is lost to all who wanted it
          this.#loseAll('the server could not judge what changed')
        }
        this.feed.told(batches)
        this.progress.check()
      })
    }
  }

  async #together(batches: readonly Batch[]): Promise<void> {
    const isWanted = (entry: Entry): entry is Change => entry.kind === 'change' && this.desk.wants(entry.shape.relid)
    const known = await this.know(batches.flatMap(({entries}) => entries.filter(isWanted)))
    let n = 0
    for (const batch of batches) {
      const changes = batch.entries.filter(isWanted)
      const own = known.slice(n, n + changes.length)
      n += changes.length
      this.counts.batches++
      this.counts.changes += changes.length
      this.#pass(batch, changes, own)
      for (const entry of batch.entries) if (entry.kind === 'message') this.options.sent(entry, batch)
      this.options.changed?.(batch)
    }
  }

  #pass(batch: Batch, changes: readonly Change[], known: readonly Known[]): void {
    const round = new Round(batch, this.writers)
    const isWhole = batch.last && !this.#isAmid
    this.#isAmid = !batch.last
    const settled = settle(changes, isWhole, (relid) => this.desk.isLate(relid))
    for (const relid of settled.lost)
      for (const view of this.desk.viewsOf(relid)) round.lose(view, 'rows bore the same key for a moment')
    for (const n of settled.order) {
      const change = changes[n]!
      const {relid} = change.shape
      for (const view of this.desk.dependentsOf(relid)) round.lose(view, 'a table changed that its policies read')
      const viewers = this.desk.viewersOf(relid)
      if (viewers) round.take(change, known[n]!, viewers)
    }
    for (const [view, error] of round.failed)
      for (const one of [...view.subscriptions]) this.drop(one, 'failed', `it can't be judged: ${error.message}`)
    round.tell((view, message) => {
      this.counts.told += view.subscriptions.size
      this.#parts.tell(view.subscriptions, message)
    })
    this.#parts.end(batch)
    for (const [view, reason] of round.lost) this.#lose([view], reason, batch.token)
  }

  /** All that has to be asked about changes, so that telling them waits for nothing. Permission comes last, and is what it is then. */
  async know(changes: readonly Change[]): Promise<Known[]> {
    if (changes.length === 0) return []
    const {side, sight} = this.options
    const weighed = await this.sieve.weigh(side, changes)
    if (!weighed) throw new PgextError('stopped', 'the server is closing')
    if (this.sieve.declared !== this.#declared) this.#redeclare()
    await this.types.know(side, new Set(changes.flatMap(({shape}) => shape.columns.map(({type}) => type))))
    await this.#prepare(changes)
    const judged = await sight.judge(changes)
    return changes.map((_, n) => ({weighed: weighed[n]!, judged: judged[n]!}))
  }

  /** Filters that texts don't decide. One that raises an error ends its own subscriptions. */
  async #prepare(changes: readonly Change[]): Promise<void> {
    for (const relid of new Set(changes.map(({shape}) => shape.relid))) {
      const filters = new Set<Filter>()
      for (const {wish} of this.desk.viewsOf(relid)) if (wish.filter && !wish.filter.isCompiled) filters.add(wish.filter)
      if (filters.size === 0) continue
      const own = changes.filter(({shape}) => shape.relid === relid)
      const failed = await prepareAll(filters, this.options.filters, this.types, own)
      if (failed.size === 0) continue
      for (const view of this.desk.viewsOf(relid))
        if (view.wish.filter && failed.has(view.wish.filter))
          for (const one of [...view.subscriptions]) this.drop(one, 'failed', 'the filter raised an error, or took too long')
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

  /** Columns that pg_events lists of a table; undefined: all. */
  listed(relid: number): ReadonlySet<string> | undefined {
    return this.sieve.declared?.tables.get(relid)?.excerpt?.columns
  }

  #redeclare(): void {
    this.#declared = this.sieve.declared
    for (const relid of this.desk.tables())
      for (const view of this.desk.viewsOf(relid)) {
        const before = [...view.columns].join()
        this.desk.renew(view, view.access, this.listed(relid))
        if ([...view.columns].join() !== before) this.#lose([view], 'pg_events lists other columns')
      }
  }

  #loseAll(reason: string): void {
    for (const relid of [...this.desk.tables()]) this.#lose(this.desk.viewsOf(relid), reason)
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
        else this.desk.renew(view, access, this.listed(relid))
      }
      this.#lose(this.desk.viewsOf(relid), 'privileges or policies have changed')
    }
  }

  #complain(error: unknown): void {
    const {code, message} = error as PgextError
    if (!this.feed?.isClosed) this.options.log(message, {code})
  }
}
