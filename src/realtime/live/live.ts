// Queries and committed batches of changes in; each query's rows, and what has changed in them since, out to those who asked.
import {PgextError} from '../../errors.ts'
import {Writers} from '../../events/json.ts'
import type {Batch, Change} from '../../events/model.ts'
import {Types} from '../../events/types.ts'
import type {Db} from '../../postgres/db.ts'
import {shareKey} from './claims.ts'
import {Consultation} from './consult.ts'
import {Lookout} from './lookout.ts'
import {type Marks, movedSince, readMarks} from './marks.ts'
import {type Handle, LIMITS, type Limits, type Query, type Subscriber, THROTTLE} from './model.ts'
import type {Named} from './named.ts'
import {readParameters} from './parameters.ts'
import {Pool} from './pool.ts'
import {type Manner, type Prepared, prepare} from './prepared.ts'
import {NO_RULE, readRule} from './rule.ts'
import {Runner} from './runner.ts'
import {type Member, Standing} from './standing.ts'
import {Unseen} from './unseen.ts'

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
  readonly subscriber: Subscriber
  query: Query
  /** another one whenever the query is replaced */
  turn: number
  standing?: Standing
}

export class Live {
  #named: ReadonlyMap<string, Named>
  readonly #limits: Limits
  readonly #pool: Pool
  readonly #types = new Types()
  readonly #writers = new Writers(this.#types)
  readonly #unseen = new Unseen()
  readonly #lookout = new Lookout()
  readonly #runner: Runner
  readonly #consultation: Consultation
  readonly #subscriptions = new Set<Subscription>()
  readonly #standing = new Map<string, Standing>()
  readonly #keys = new Map<Standing, string>()
  #prepared = new Map<string, Promise<Prepared>>()
  readonly #functions = new WeakMap<object, number>()
  readonly #lookEvery: number
  #looking?: NodeJS.Timeout
  #marks: Marks = new Map()
  #numbered = 0
  #isClosed = false

  constructor({open, named, limits, look = 1000}: LiveOptions) {
    this.#lookEvery = look
    this.#named = named ?? new Map()
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
    this.#consultation = new Consultation(this.#pool, this.#types, this.#writers, this.#unseen, this.#limits)
  }

  /** Standing queries: equal ones are one. */
  get size(): number {
    return this.#standing.size
  }

  open(subscriber: Subscriber): Handle {
    const {id, viewer, send, onError} = subscriber
    const subscription: Subscription = {id, send, onError, subscriber, query: subscriber, turn: 0, ...(viewer && {viewer})}
    this.#subscriptions.add(subscription)
    void this.#join(subscription)
    return {
      replace: (query) => {
        if (!this.#subscriptions.has(subscription)) return
        this.#leave(subscription)
        subscription.query = query
        void this.#join(subscription)
      },
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
    this.#prepared = new Map()
    this.#again(
      [...this.#standing.values()].filter(({prepared}) => !tables || [...prepared.reached].some((oid) => tables.has(oid))),
    )
  }

  /** Files that were read again: who asked for one that is another now is told its rows. */
  reload(named: ReadonlyMap<string, Named>): void {
    const before = this.#named
    this.#named = named
    for (const subscription of this.#subscriptions) {
      const {sql, name} = subscription.query
      if (sql !== undefined || name === undefined || JSON.stringify(before.get(name)) === JSON.stringify(named.get(name)))
        continue
      this.#leave(subscription)
      void this.#join(subscription)
    }
  }

  /** What PostgreSQL says of them, as the session's own role; who asks for one later is told for theirs. */
  async check(named: ReadonlyMap<string, Named>): Promise<PgextError[]> {
    const errors: PgextError[] = []
    for (const {text, file, types, static: isStatic, reads} of named.values()) {
      const manner = {rows: this.#limits.rows, static: isStatic, reads, types, file}
      await prepare(this.#pool, this.#types, text, undefined, manner).catch((error) => errors.push(error))
    }
    return errors
  }

  /** Changes may have been missed: everything is run again. */
  missed(): void {
    for (const standing of this.#standing.values()) standing.trigger(this.#unseen.sequence)
  }

  /** What queries reach may be defined otherwise now: those that do are looked at anew. */
  async look(): Promise<void> {
    const oids = new Set([...this.#standing.values()].flatMap(({prepared}) => [...prepared.reached]))
    const now = await this.#pool.use((db) => readMarks(db, db.server.major, [...oids]))
    const moved = movedSince(this.#marks, now)
    this.#marks = now
    if (!moved || moved.size > 0) this.withdrawn(moved)
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
    const {turn, query, viewer} = subscription
    try {
      const {text, names, ...manner} = this.#textOf(query)
      const {key: named, throttleMs} = this.#named.get(query.name ?? '') ?? {}
      // before anything is asked: what is told from here on may not be in the first result
      const wanted = this.#unseen.sequence
      const prepared = await this.#prepare(text, manner, subscription)
      const parameters = readParameters(query.params, prepared.parameters, names)
      const rule = query.refresh ? await readRule(this.#pool, query.refresh, prepared) : NO_RULE
      if (subscription.turn !== turn || !this.#subscriptions.has(subscription)) return
      const share = shareKey(prepared.share, viewer)
      const given = query.key ?? named
      const keys = given ? [keyPlaces(given, prepared)] : prepared.keys
      const throttle = query.throttleMs ?? throttleMs ?? THROTTLE
      const key = JSON.stringify([prepared.number, share, parameters, throttle, keys, this.#refreshKey(query)])
      const asked = {prepared, parameters, rule, keys, share, throttle, wanted}
      const standing = this.#standing.get(key) ?? this.#stand(key, asked)
      subscription.standing = standing
      for (const message of prepared.warnings)
        subscription.send(JSON.stringify({type: 'warning', id: subscription.id, code: 'unseen', message}))
      standing.join(subscription)
    } catch (error) {
      if (subscription.turn !== turn || this.#isClosed) return
      subscription.onError(error instanceof PgextError ? error : new PgextError('sql', String(error), {cause: error}))
    }
  }

  #stand(key: string, asked: ConstructorParameters<typeof Standing>[0]): Standing {
    const standing = new Standing(asked, {
      ready: (standing) => this.#runner.add(standing),
      moved: (standing) => this.#lookout.moved(standing),
    })
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
    this.#prepared = new Map()
    for (const subscription of this.#subscriptions) {
      if (!subscription.standing || !standings.includes(subscription.standing)) continue
      this.#leave(subscription)
      void this.#join(subscription)
    }
  }

  #textOf({sql, name, static: isStatic, reads}: Query): Manner & {text: string; names: readonly string[]} {
    const manner = {rows: this.#limits.rows, static: isStatic ?? false, reads: reads ?? []}
    if (sql !== undefined) return {...manner, text: sql, names: []}
    const named = name === undefined ? undefined : this.#named.get(name)
    if (!named) throw new PgextError('usage', name === undefined ? 'a live query needs sql' : `there is no query ${name}`)
    const {text, file} = named
    return {
      ...manner,
      text,
      file,
      names: named.names,
      types: named.types,
      static: isStatic ?? named.static,
      reads: [...manner.reads, ...named.reads],
    }
  }

  #prepare(text: string, manner: Manner, {viewer}: Subscription): Promise<Prepared> {
    // names are looked up with the rights of the role
    const key = JSON.stringify([text, viewer?.role, manner])
    let preparing = this.#prepared.get(key)
    if (!preparing) {
      preparing = prepare(this.#pool, this.#types, text, viewer, manner)
      this.#prepared.set(key, preparing)
      preparing.catch(() => this.#prepared.delete(key))
    }
    return preparing
  }

  #refreshKey({refresh}: Query): unknown {
    if (typeof refresh !== 'function') return refresh
    const number = this.#functions.get(refresh) ?? ++this.#numbered
    this.#functions.set(refresh, number)
    return number
  }
}

function keyPlaces(key: readonly string[], {columns}: Prepared): number[] {
  return key.map((name) => {
    const at = columns.findIndex((column) => column.name === name)
    if (at < 0) throw new PgextError('usage', `the key names ${name}, which is no column of the query`)
    return at
  })
}
