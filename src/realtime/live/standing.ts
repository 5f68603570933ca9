// One query that is kept up to date: when it runs again, what it answered last, and who is told.
import type {PgextError} from '../../errors.ts'
import type {Viewer} from '../model.ts'
import type {Prepared} from './prepared.ts'
import type {Result} from './result.ts'
import type {Rule} from './rule.ts'

/** Who is told. */
export interface Member {
  readonly id: string
  readonly viewer?: Viewer
  readonly send: (message: string) => void
  readonly onError: (error: PgextError) => void
}

/** What a standing query asks of those around it. */
export interface Around {
  /** it is to be run as soon as there is a session */
  ready(standing: Standing): void
  /** its result is another one, or not known now */
  moved(standing: Standing): void
}

type State = 'idle' | 'waiting' | 'ready' | 'running'

export class Standing {
  readonly prepared: Prepared
  readonly parameters: readonly (string | null)[]
  readonly rule: Rule
  /** columns of the result, by position, that tell its rows apart, best first */
  readonly keys: readonly (readonly number[])[]
  readonly isKeyGiven: boolean
  /** those of equal ones may be run together */
  readonly share: string
  readonly members = new Set<Member>()
  /** who it runs as: of those that are equal to it the one that came last, whose claims are the newest */
  viewer?: Viewer
  readonly looksUp: boolean
  /** it raised an error when it was run with others */
  isAlone = false
  /** runs that could not be carried out, one after the other */
  tries = 0
  /** the newest batch that it must see */
  wanted: number
  result?: Result
  readonly #throttle: number
  readonly #around: Around
  #state: State = 'idle'
  #isAgain = false
  #begun = Number.NEGATIVE_INFINITY
  #trying = 0
  readonly #waiting = new Set<() => void>()
  #isWarned = false
  #timer?: NodeJS.Timeout
  #version = 0
  #runs = 0
  readonly #texts = new Map<number, ReadonlySet<string | null>>()

  constructor({prepared, parameters, rule, keys, isKeyGiven, share, throttle, wanted}: Asked, around: Around) {
    this.prepared = prepared
    this.parameters = parameters
    this.rule = rule
    this.keys = keys
    this.isKeyGiven = isKeyGiven
    this.share = share
    this.wanted = wanted
    this.looksUp = [...rule.conditions.values()].flat().some(({from}) => from !== undefined)
    this.#throttle = throttle
    this.#around = around
  }

  /** It is to be run before long: a change is not to be looked at any more. */
  get isTriggered(): boolean {
    return this.#state === 'waiting' || this.#state === 'ready' || this.#isAgain
  }

  /** When no run is under way: its result may have what the last one has not. */
  async settled(): Promise<void> {
    while (this.#state === 'running' && this.members.size > 0) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  /** What is in the result's column, as conditions compare it; undefined: not known now. */
  texts(from: number): ReadonlySet<string | null> | undefined {
    return this.#texts.get(from)
  }

  /** Who comes when there is a result is told it. */
  join(member: Member): void {
    this.members.add(member)
    this.viewer = member.viewer
    this.repeat(member)
  }

  leave(member: Member): void {
    this.members.delete(member)
    if (this.members.size > 0) return
    clearTimeout(this.#timer)
    this.#wake()
  }

  /** All rows once more, for one who has lost some of what was told. */
  repeat(member: Member): void {
    if (this.result) member.send(message('rows', member, this.result.whole(this.#version)))
  }

  /** For the first time: at once, and without a part in the throttle. */
  start(): void {
    this.#state = 'ready'
    this.#around.ready(this)
  }

  trigger(batch: number): void {
    this.wanted = Math.max(this.wanted, batch)
    if (this.#state === 'running') this.#isAgain = true
    if (this.#state === 'idle') this.#schedule(this.#begun + this.#throttle - performance.now())
  }

  begin(): void {
    this.#trying = performance.now()
    this.#state = 'running'
    this.#isAgain = false
    // a change that comes now may concern rows that only the next result has
    this.#texts.clear()
    if (this.looksUp) this.#around.moved(this)
  }

  answered(found: Result, texts: ReadonlyMap<number, ReadonlySet<string | null>>): void {
    this.tries = 0
    this.isAlone = false
    for (const [from, values] of texts) this.#texts.set(from, values)
    const before = this.result
    const result = before && !this.prepared.isOrdered ? found.inOrderOf(before) : found
    this.result = result
    this.#warn()
    if (!before || !result.equals(before)) {
      const delta = before && result.since(before, this.#version + 1)
      this.#version++
      for (const member of this.members)
        member.send(delta ? message('delta', member, delta) : message('rows', member, result.whole(this.#version)))
    }
    if (this.looksUp) this.#around.moved(this)
    this.#end()
  }

  /** A key that was asked for, and does not do. */
  #warn(): void {
    if (this.#isWarned || !this.isKeyGiven || !this.result || this.result.key || this.result.rows.length === 0) return
    this.#isWarned = true
    const text = 'several rows have the same key: they are told whole'
    for (const {id, send} of this.members) send(JSON.stringify({type: 'warning', id, code: 'key', message: text}))
  }

  failed(error: PgextError): void {
    this.tries = 0
    this.say(error)
    this.#end()
  }

  say(error: PgextError): void {
    for (const member of this.members) member.onError(error)
  }

  /** It could not be run now. */
  later(milliseconds: number): void {
    this.tries++
    this.#state = 'idle'
    this.#schedule(milliseconds)
    this.#wake()
  }

  #end(): void {
    // the first run has no part in the throttle
    if (this.#runs++ > 0) this.#begun = this.#trying
    this.#state = 'idle'
    if (this.#isAgain) this.#schedule(this.#begun + this.#throttle - performance.now())
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  #schedule(milliseconds: number): void {
    this.#isAgain = false
    if (milliseconds <= 0) {
      this.start()
      return
    }
    this.#state = 'waiting'
    this.#timer = setTimeout(() => {
      if (this.members.size > 0) this.start()
    }, milliseconds)
  }
}

export interface Asked {
  readonly prepared: Prepared
  readonly parameters: readonly (string | null)[]
  readonly rule: Rule
  readonly keys: readonly (readonly number[])[]
  readonly isKeyGiven: boolean
  readonly share: string
  readonly throttle: number
  readonly wanted: number
}

const message = (type: 'rows' | 'delta', {id}: Member, fields: string): string =>
  `{"type":"${type}","id":${JSON.stringify(id)},${fields}}`
