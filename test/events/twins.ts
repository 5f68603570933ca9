// One schema in, two databases on one server that are told the same, each captured by another engine, out; and what both hand over, held together.
import {expect} from 'vitest'
import {eventJson} from '../../src/events/event.ts'
import {openSource} from '../../src/events/events.ts'
import {Writers} from '../../src/events/json.ts'
import type {Link} from '../../src/events/link.ts'
import type {Batch, Change, Message, Row, Source} from '../../src/events/model.ts'
import {Types} from '../../src/events/types.ts'
import {lineOf, openPlace, type Place} from './place.ts'

const ENGINES = ['queue', 'wal'] as const
type EngineName = (typeof ENGINES)[number]
type Entry = Change | Message

/** After each statement; a mixed one does several things at once, of which the queue hears one after the other. */
export const step = (isMixed = false): string => `select pgext.emit('step', '${isMixed}')`
const END = `select pgext.emit('end', '0')`

/** Of tables and columns as the engines may differ by. */
export interface Differing {
  /** tables whose events have whole old rows on both */
  readonly full: ReadonlySet<string>
  /** columns that the log leaves out before 18 */
  readonly generated: ReadonlySet<string>
  /** tables with values that may stand outside of the row */
  readonly outside: ReadonlySet<string>
}

class Twin {
  readonly place: Place
  readonly #source: Source
  readonly #side: Link
  readonly #batches: AsyncIterator<Batch>
  readonly #types = new Types()
  readonly #writers = new Writers(this.#types)
  #names = new Map<number, string>()

  private constructor(place: Place, source: Source, side: Link) {
    this.place = place
    this.#source = source
    this.#side = side
    this.#batches = source.read()[Symbol.asyncIterator]()
  }

  static async open(urlOf: (database: string) => string, schema: string, engine: EngineName): Promise<Twin> {
    const place = await openPlace(urlOf, schema, engine)
    const {source, side} = await openSource({url: place.url})
    expect(source.engine).toBe(engine)
    return new Twin(place, source, side)
  }

  /** All up to the end that was sent. */
  async told(): Promise<Entry[]> {
    const entries: Entry[] = []
    for (;;) {
      const {value, done} = await this.#batches.next()
      if (done) throw new Error('the source has ended')
      for (const entry of value.entries) {
        if (entry.kind === 'message' && entry.channel === 'end') return entries
        entries.push(entry)
      }
    }
  }

  async typeName(oid: number): Promise<string> {
    if (!this.#names.has(oid)) {
      const types = await this.place.ask('select oid::int8 as oid, oid::regtype::text as name from pg_type')
      this.#names = new Map(types.map(({oid, name}) => [Number(oid), name]))
    }
    return this.#names.get(oid) ?? 'a type that is gone'
  }

  async json(change: Change): Promise<string> {
    await this.#types.know(
      this.#side,
      change.shape.columns.map(({type}) => type),
    )
    return eventJson(change, {token: '', xid: '', time: '2026-01-01 00:00:00+00'}, this.#writers)
  }

  async close(): Promise<void> {
    await this.#source.close()
    await this.#side.close()
    await this.place.db.close()
  }
}

export class Twins {
  readonly #twins: readonly Twin[]
  readonly #differing: Differing

  private constructor(twins: readonly Twin[], differing: Differing) {
    this.#twins = twins
    this.#differing = differing
  }

  static async open(urlOf: (database: string) => string, schema: string, differing: Partial<Differing> = {}): Promise<Twins> {
    const none = new Set<string>()
    const twins = []
    for (const engine of ENGINES) twins.push(await Twin.open(urlOf, schema, engine))
    return new Twins(twins, {full: none, generated: none, outside: none, ...differing})
  }

  /** Both are told the same, by each its own session. */
  async tell(work: (place: Place) => Promise<unknown>): Promise<void> {
    for (const {place} of this.#twins) await work(place)
  }

  async drain(): Promise<void> {
    await this.tell(({ask}) => ask(END))
    for (const twin of this.#twins) await twin.told()
  }

  /** What both have handed over since, as lines of the queue, which knows more: the same entries in the same order. */
  async same(): Promise<string[]> {
    await this.tell(({ask}) => ask(END))
    const [queue, wal] = this.#twins as [Twin, Twin]
    const [captured, streamed] = [await queue.told(), await wal.told()]
    const [ours, theirs] = [stepsOf(captured), stepsOf(streamed)]
    expect(theirs.map((step) => step.map(briefly))).toEqual(ours.map((step) => step.map(briefly)))
    for (const [at, step] of ours.entries())
      for (const [index, entry] of step.entries()) await this.#compare(entry, theirs[at]![index]!, [queue, wal])
    return captured.filter((entry) => entry.kind !== 'message' || entry.channel !== 'step').map(lineOf)
  }

  async #compare(ours: Entry, theirs: Entry, [queue, wal]: readonly [Twin, Twin]): Promise<void> {
    if (ours.kind === 'message' || theirs.kind === 'message') return expect(theirs).toEqual(ours)
    const {full, generated, outside} = this.#differing
    const known = new Set(theirs.shape.columns.map(({name}) => name))
    const kept = ours.shape.columns.map(({name}) => known.has(name) || !generated.has(name))
    const only = <T>(values: readonly T[]) => values.filter((_, at) => kept[at])
    const shape = {...ours.shape, columns: only(ours.shape.columns)}
    const described = async (change: Change, twin: Twin) =>
      Promise.all(
        change.shape.columns.map(async ({name, type, key}) => `${name} ${await twin.typeName(type)}${key ? ' key' : ''}`),
      )
    expect(await described(theirs, wal)).toEqual(await described({...ours, shape}, queue))
    const told = (values: Row | undefined, by: Row | undefined) =>
      values && by && only(values).map((value, at) => (by[at] === undefined ? undefined : value))
    const {table} = shape
    if (full.has(table)) expect(theirs.old === undefined).toBe(ours.old === undefined)
    if (full.has(table) || !outside.has(table)) expect(theirs.row ?? []).not.toContain(undefined)
    if (full.has(table)) expect(theirs.old ?? []).not.toContain(undefined)
    const {old, row, ...rest} = ours
    const less: Change = {
      ...rest,
      shape,
      ...(row && {row: told(row, theirs.row)!}),
      ...(theirs.old && old && {old: told(old, theirs.old)!}),
    }
    expect(lineOf(theirs)).toBe(lineOf(less))
    expect(await wal.json(theirs)).toBe(await queue.json(less))
  }

  async close(): Promise<void> {
    for (const twin of this.#twins) await twin.close()
  }
}

/** What tells that entries are each other's twins: all but what one engine may not know. */
function briefly(entry: Entry): string {
  if (entry.kind === 'message') return lineOf(entry)
  const {operation, shape, row, old, partition} = entry
  const keys = shape.columns.flatMap(({key}, at) => (key ? [`${(row ?? old)?.[at]}`] : []))
  return [operation, `${shape.schema}.${shape.table}`, partition?.table ?? '', ...keys].join(' ')
}

function stepsOf(entries: readonly Entry[]): Entry[][] {
  const steps: Entry[][] = [[]]
  for (const entry of entries) {
    if (entry.kind === 'message' && entry.channel === 'step') {
      if (entry.payload === 'true') steps.push(sorted(steps.pop()!))
      steps.push([])
    } else steps.at(-1)!.push(entry)
  }
  return steps
}

const sorted = (entries: readonly Entry[]): Entry[] => entries.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
const placeOf = (entry: Entry): string => `${briefly(entry)} ${entry.kind === 'change' ? (entry.row?.join('|') ?? '') : ''}`
