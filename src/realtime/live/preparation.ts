// What is asked for in; all that has to be known to keep it up to date out, asked of the database once for all that ask the same.
import {PgextError} from '../../errors.ts'
import type {Types} from '../../events/types.ts'
import type {Viewer} from '../model.ts'
import {shareKey} from './claims.ts'
import {Inspection} from './inspection.ts'
import {type Query, THROTTLE} from './model.ts'
import type {Named} from './named.ts'
import {readParameters} from './parameters.ts'
import type {Pool} from './pool.ts'
import {type Manner, type Prepared, prepare} from './prepared.ts'
import {NO_RULE, readRule} from './rule.ts'
import type {Asked} from './standing.ts'

/** Milliseconds of a timer, at most. */
const LONGEST = 2 ** 31 - 1
/** Statements that are remembered, beside those that stand. */
const MOST = 1000

export class Preparation {
  readonly #pool: Pool
  readonly #types: Types
  readonly #rows: number
  #named: ReadonlyMap<string, Named>
  readonly #prepared = new Map<string, Promise<Prepared>>()
  /** functions are equal when they are the same */
  readonly #functions = new WeakMap<object, number>()
  #numbered = 0
  readonly #inspection: Inspection

  constructor(pool: Pool, types: Types, rows: number, named: ReadonlyMap<string, Named> = new Map()) {
    this.#pool = pool
    this.#types = types
    this.#rows = rows
    this.#named = named
    this.#inspection = new Inspection(pool)
  }

  /** `key`: equal for those whose rows, and changes of rows, are the same. */
  async of(query: Query, viewer: Viewer | undefined): Promise<Omit<Asked, 'wanted'> & {readonly key: string}> {
    const named = this.#find(query)
    const {text, ...manner} = this.#mannerOf(query, named)
    const prepared = await this.#prepare(text, manner, viewer)
    const types = prepared.inputs.map(({oid}) => oid)
    const parameters = readParameters(query.params, types, named?.names)
    // a function asks as the viewer
    const share = shareKey(typeof query.refresh === 'function' ? 'all' : prepared.share, viewer)
    await this.#inspection.look(prepared, share, viewer, parameters, named?.names ?? [])
    const rule = query.refresh ? await readRule(this.#pool, query.refresh, prepared) : NO_RULE
    const given = query.key ?? named?.key
    const keys = given ? [keyPlaces(given, prepared)] : prepared.keys
    const throttle = query.throttleMs ?? named?.throttleMs ?? THROTTLE
    if (!(throttle >= 0 && throttle <= LONGEST)) throw new PgextError('usage', `throttleMs is milliseconds from 0 to ${LONGEST}`)
    const key = JSON.stringify([prepared.number, share, parameters, throttle, keys, this.#refreshKey(query)])
    return {key, prepared, parameters, rule, keys, isKeyGiven: given !== undefined, share, throttle}
  }

  /** What is known may be old. */
  forget(): void {
    this.#prepared.clear()
  }

  /** @returns names of those that are others now, or gone */
  reload(named: ReadonlyMap<string, Named>): Set<string> {
    const before = this.#named
    this.#named = named
    const names = new Set([...before.keys(), ...named.keys()])
    return new Set([...names].filter((name) => JSON.stringify(before.get(name)) !== JSON.stringify(named.get(name))))
  }

  async check(named: ReadonlyMap<string, Named>): Promise<Map<string, PgextError>> {
    const found = await Promise.all(
      [...named].map(([name, one]) => {
        const {text, ...manner} = this.#mannerOf({}, one)
        return prepare(this.#pool, this.#types, text, undefined, manner).then(
          () => [],
          (error: PgextError) => [[name, error] as const],
        )
      }),
    )
    return new Map(found.flat())
  }

  #find({sql, name}: Query): Named | undefined {
    if (sql !== undefined) return undefined
    if (name === undefined) throw new PgextError('usage', 'a live query needs sql')
    const named = this.#named.get(name)
    if (!named) throw new PgextError('query-missing', `there is no query ${name}`)
    return named
  }

  #mannerOf(query: Query, named: Named | undefined): Manner & {readonly text: string} {
    return {
      text: named ? named.text : query.sql!,
      rows: this.#rows,
      static: query.static ?? named?.static ?? false,
      reads: [...(query.reads ?? []), ...(named?.reads ?? [])],
      ...(named && {file: named.file, types: named.types}),
    }
  }

  #prepare(text: string, manner: Manner, viewer: Viewer | undefined): Promise<Prepared> {
    // names are looked up with the rights of the role
    const key = JSON.stringify([text, viewer?.role, manner])
    const known = this.#prepared.get(key)
    if (known) return known
    const preparing = prepare(this.#pool, this.#types, text, viewer, manner)
    this.#prepared.set(key, preparing)
    preparing.catch(() => this.#prepared.delete(key))
    if (this.#prepared.size > MOST) this.#prepared.delete(this.#prepared.keys().next().value!)
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
