// Queries and committed batches of changes in; each query's rows, and what has changed in them since, out to those who asked.
import {setTimeout as sleep} from 'node:timers/promises'
import {PgextError} from '../../errors.ts'
import {Writers} from '../../events/json.ts'
import type {Batch, Change} from '../../events/model.ts'
import {Types} from '../../events/types.ts'
import type {Db} from '../../postgres/db.ts'
import {Consultation} from './consult.ts'
import {guarded} from './guard.ts'
import {Lookout} from './lookout.ts'
import {readMarks} from './marks.ts'
import {type Handle, LIMITS, type Limits, type Query, type Subscriber} from './model.ts'
import type {Named} from './named.ts'
import {isPassing, Pool} from './pool.ts'
import {Preparation} from './preparation.ts'
import {Runner} from './runner.ts'
import {type Asked, type Member, Standing} from './standing.ts'
import {Unseen} from './unseen.ts'

/** Milliseconds until a session is asked for again that could not be had, doubled each time, and at most; and times until it is said. */
const FIRST = 50
const LONGEST = 5000
const TRIES = 8

export interface LiveOptions {
  /** a session of the role that queries run as, or that is a member of all roles they run as */
  readonly open: () => Promise<Db>
  /** queries of files */
  readonly named?: ReadonlyMap<string, Named>
  readonly limits?: Partial<Limits>
  /** milliseconds between two looks whether what queries reach is defined otherwise now, one for all of them; 0: who calls `withdrawn` looks */
  readonly look?: number
}

interface Subscription extends Member {
  query: Query
  /** another one whenever the query is replaced */
  turn: number
  standing?: Standing
}

export class Live {
  readonly #limits: Limits
  readonly #pool: Pool
  readonly #types = new Types()
  readonly #writers = new Writers(this.#types)
  readonly #unseen = new Unseen()
  readonly #lookout = new Lookout()
  readonly #runner: Runner
  readonly #consultation: Consultation
  readonly #preparation: Preparation
  readonly #subscriptions = new Set<Subscription>()
  readonly #standing = new Map<string, Standing>()
  readonly #keys = new Map<Standing, string>()
  readonly #lookEvery: number
  #looking?: NodeJS.Timeout
  #isClosed = false

  constructor({open, named, limits, look = 1000}: LiveOptions) {
    this.#lookEvery = look
    this.#limits = {...LIMITS, ...limits}
    this.#pool = new Pool(open, this.#limits.sessions)
    this.#runner = new Runner({
      pool: this.#pool,
      types: this.#types,
      writers: this.#writers,
      unseen: this.#unseen,
      limits: this.#limits,
      changed: (standing) => this.#again([standing]),
    })
    this.#preparation = new Preparation(this.#pool, this.#types, this.#limits.rows, named)
    this.#consultation = new Consultation(this.#pool, this.#types, this.#writers, this.#unseen, this.#limits)
  }

  /** Standing queries: equal ones are one. */
  get size(): number {
    return this.#standing.size
  }

  open(subscriber: Subscriber): Handle {
    const {id, viewer} = subscriber
    const subscription: Subscription = {...guarded(subscriber), id, query: subscriber, turn: 0, ...(viewer && {viewer})}
    this.#subscriptions.add(subscription)
    void this.#join(subscription)
    return {
      replace: (query) => {
        if (!this.#subscriptions.has(subscription)) return
        this.#leave(subscription)
        subscription.query = query
        void this.#join(subscription)
      },
      repeat: () => subscription.standing?.repeat(subscription),
      close: () => {
        this.#subscriptions.delete(subscription)
        this.#leave(subscription)
      },
    }
  }

  /** All that one transaction changed, or a part of it: whole rows, before the lists and filters of pg_events. */
  changed({xid, entries}: Batch): void {
    const changes = entries.filter((entry): entry is Change => entry.kind === 'change')
    if (changes.length === 0) return
    const batch = this.#unseen.add(xid)
    for (const change of changes) {
      this.#lookout.find(change, (standing, asks) => {
        if (asks) this.#consultation.ask(standing, change, batch)
        else standing.trigger(batch)
      })
    }
  }

  /**
   * Privileges, policies, views or what pg_events declares may be others now: what reaches these tables is looked at anew, and run again.
   * @param tables absent: all
   */
  withdrawn(tables?: ReadonlySet<number>): void {
    this.#again(
      [...this.#standing.values()].filter(({prepared}) => !tables || [...prepared.reached].some((oid) => tables.has(oid))),
    )
  }

  /** Files that were read again: who asked for one that is another now is told its rows. */
  reload(named: ReadonlyMap<string, Named>): void {
    const moved = this.#preparation.reload(named)
    for (const subscription of this.#subscriptions) {
      const {sql, name} = subscription.query
      if (sql !== undefined || name === undefined || !moved.has(name)) continue
      this.#leave(subscription)
      void this.#join(subscription)
    }
  }

  /** What PostgreSQL says of queries of files, by name, as the session's own role; who asks for one is told for theirs. */
  check(named: ReadonlyMap<string, Named>): Promise<ReadonlyMap<string, PgextError>> {
    return this.#preparation.check(named)
  }

  /** Changes may have been missed: everything is run again. */
  missed(): void {
    for (const standing of this.#standing.values()) standing.trigger(this.#unseen.sequence)
  }

  /** What queries reach may be defined otherwise now: those that do are looked at anew. */
  async look(): Promise<void> {
    const standings = [...this.#standing.values()]
    const all = new Set(standings.map(({prepared}) => prepared))
    const oids = new Set([...all].flatMap(({reached}) => [...reached]))
    const now = await this.#pool.use((db) => readMarks(db, [...oids]))
    const moved = new Set([...all].filter(({marks}) => [...marks].some(([oid, mark]) => now.get(oid) !== mark)))
    this.#again(standings.filter(({prepared}) => moved.has(prepared)))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#looking)
    this.#runner.close()
    for (const subscription of this.#subscriptions) this.#leave(subscription)
    this.#subscriptions.clear()
    await this.#pool.close()
  }

  async #join(subscription: Subscription): Promise<void> {
    const {turn} = subscription
    const isOld = () => subscription.turn !== turn || this.#isClosed
    for (let tries = 1; !isOld(); tries++) {
      try {
        const {key, ...asked} = await this.#preparation.of(subscription.query, subscription.viewer)
        if (isOld()) return
        const standing = this.#standing.get(key) ?? this.#stand(key, asked)
        subscription.standing = standing
        for (const message of asked.prepared.warnings)
          subscription.send(JSON.stringify({type: 'warning', id: subscription.id, code: 'unseen', message}))
        standing.join(subscription)
        return
      } catch (thrown) {
        if (isOld()) return
        const error = thrown instanceof PgextError ? thrown : new PgextError('sql', String(thrown), {cause: thrown})
        if (!isPassing(error)) {
          subscription.onError(error)
          return
        }
        // the server may be away for a moment: said once, when it is more than that
        if (tries === TRIES) subscription.onError(error)
        await sleep(Math.min(LONGEST, FIRST * 2 ** tries))
      }
    }
  }

  #stand(key: string, asked: Omit<Asked, 'wanted'>): Standing {
    // what was told of so far may not be seen by the first run
    const standing = new Standing(
      {...asked, wanted: this.#unseen.sequence},
      {
        ready: (standing) => this.#runner.add(standing),
        moved: (standing) => this.#lookout.moved(standing),
      },
    )
    this.#standing.set(key, standing)
    this.#keys.set(standing, key)
    this.#lookout.add(standing)
    standing.start()
    this.#keepLooking()
    return standing
  }

  /** While there are any. A look that fails is made up for by the next. */
  #keepLooking(): void {
    if (this.#looking || this.#lookEvery === 0) return
    this.#looking = setTimeout(async () => {
      await this.look().catch(() => {})
      this.#looking = undefined
      if (this.#standing.size > 0 && !this.#isClosed) this.#keepLooking()
    }, this.#lookEvery)
    this.#looking.unref()
  }

  #leave(subscription: Subscription): void {
    subscription.turn++
    const {standing} = subscription
    subscription.standing = undefined
    if (!standing) return
    standing.leave(subscription)
    if (standing.members.size > 0) return
    this.#lookout.remove(standing)
    this.#standing.delete(this.#keys.get(standing)!)
    this.#keys.delete(standing)
  }

  /** What is known of them is old. */
  #again(standings: readonly Standing[]): void {
    if (standings.length === 0) return
    const old = new Set(standings)
    this.#preparation.forget()
    for (const subscription of this.#subscriptions) {
      if (!subscription.standing || !old.has(subscription.standing)) continue
      this.#leave(subscription)
      void this.#join(subscription)
    }
  }
}
