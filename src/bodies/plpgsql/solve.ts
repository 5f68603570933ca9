// A body's pieces of SQL in; each with the types of its variables, what PostgreSQL says of it, and the names that mean two things out.
import type {Described, Description} from '../../postgres/describe.ts'
import {positionOf} from '../../postgres/error.ts'
import {RECORD, type Types} from '../kind.ts'
import {type Bound, bind, type Mention, type Piece, type TypeAt} from './piece.ts'
import type {Variable} from './scope.ts'
import type {Feed, Work} from './work.ts'

export interface Solved {
  readonly work: Work
  readonly piece: Piece
  readonly bound: Bound
  readonly answer: Described
  /** a variable and a column */
  readonly ambiguous: readonly Mention[]
  /** fields that no record which could be meant has */
  readonly missing: readonly Mention[]
}

export interface Ways {
  readonly ask: (sql: Bound) => Promise<Described>
  /** whether one of these relations and functions has a column of that name */
  readonly isColumn: (name: string, sources: ReadonlySet<string>) => Promise<boolean>
  readonly types: Types
  readonly conflict: 'error' | 'use_variable' | 'use_column'
}

/** Name and type; undefined: nobody knows. */
export type Shape = readonly {readonly name: string; readonly type: number}[] | undefined

export interface Solution {
  readonly solved: ReadonlyMap<Work, Solved>
  /** 0: nobody knows; undefined: it has no such field */
  readonly typeAt: (mention: Mention) => number | undefined
  /** of a record */
  readonly shapeAt: (mention: Mention) => Shape
  /** a record into which nothing is ever put */
  readonly isEmpty: (mention: Mention) => boolean
  /** a record that holds nothing but rows of queries */
  readonly isOfRows: (mention: Mention) => boolean
}

/** In waves: a record's fields are known when what it is filled from is. */
export async function solve(pieces: ReadonlyMap<Work, Piece>, feeds: readonly Feed[], ways: Ways): Promise<Solution> {
  const records = new Records(feeds, pieces)
  const solved = new Map<Work, Solved>()
  let waiting = [...pieces.keys()]
  while (waiting.length > 0) {
    const ready = waiting.filter((work) => pieces.get(work)!.mentions.every((mention) => records.isSettled(mention)))
    const wave = ready.length > 0 ? ready : waiting
    await Promise.all(
      wave.map(async (work) => {
        const one = await solveOne(work, pieces.get(work)!, records, ways)
        solved.set(work, one)
      }),
    )
    for (const work of wave) await records.settle(work, solved.get(work)!.answer, ways.types)
    waiting = waiting.filter((work) => !solved.has(work))
  }
  return {
    solved,
    typeAt: (mention) => records.typeAt(mention),
    shapeAt: (mention) => records.shapeAt(mention),
    isEmpty: (mention) => records.isEmpty(mention),
    isOfRows: (mention) => records.isOfRows(mention),
  }
}

async function solveOne(work: Work, piece: Piece, records: Records, ways: Ways): Promise<Solved> {
  const {mentions, references} = piece
  const missing: Mention[] = []
  const typeAt: TypeAt = (mention) => {
    const type = records.typeAt(mention)
    if (type !== undefined) return type
    missing.push(mention)
    return 0
  }
  const whole = bind(piece, typeAt)
  const doubtful = references.hasRows
    ? await among(mentions, ({reference}) => isDoubtful(reference.names, reference.isSoft, piece, ways))
    : []
  const asked = doubtful.map(async (mention) => {
    if (mention.reference.isKey) return ways.conflict === 'error'
    const bound = bind(piece, typeAt, new Set([mention]))
    return isColumn(mention, bound, await ways.ask(bound), piece)
  })
  const [first, columns] = await Promise.all([ways.ask(whole), Promise.all(asked)])
  const found = doubtful.filter((_, at) => columns[at] === true || (columns[at] === 'perhaps' && !(first instanceof Error)))
  const isTaken = ({reference}: Mention) => ways.conflict === 'use_column' || reference.isSoft
  const ambiguous = found.filter((mention) => !isTaken(mention))
  const left = found.filter(isTaken)
  if (left.length === 0) return {work, piece, bound: whole, answer: first, ambiguous, missing}
  const bound = bind(piece, typeAt, new Set(left))
  return {work, piece, bound, answer: await ways.ask(bound), ambiguous, missing: missing.filter((one) => !left.includes(one))}
}

async function isDoubtful(
  names: readonly string[],
  isSoft: boolean,
  {references}: Piece,
  {conflict, isColumn}: Ways,
): Promise<boolean> {
  if (names[0]!.startsWith('$') || (conflict === 'use_variable' && !isSoft)) return false
  return references.names.has(names[0]!) || (names.length === 1 && (await isColumn(names[0]!, references.names)))
}

/** Left as it is written: does PostgreSQL take it for a column? */
function isColumn({from, to}: Mention, bound: Bound, answer: Described, {shift}: Piece): boolean | 'perhaps' {
  if (!(answer instanceof Error)) return true
  if (answer.sqlstate !== '42703' && answer.sqlstate !== '42P01') return answer.sqlstate === '42702' ? true : 'perhaps'
  const position = positionOf(answer)
  const at = position === undefined ? -1 : bound.at(position) - shift
  return at >= from && at < to ? false : 'perhaps'
}

async function among<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept = await Promise.all(items.map(test))
  return items.filter((_, at) => kept[at])
}

/** What records hold, place by place. */
class Records {
  readonly #feeds = new Map<Variable, Feed[]>()
  readonly #shapes = new Map<Work, Shape>()
  readonly #pieces: ReadonlyMap<Work, Piece>

  constructor(feeds: readonly Feed[], pieces: ReadonlyMap<Work, Piece>) {
    this.#pieces = pieces
    for (const feed of feeds) this.#feeds.set(feed.variable, [...(this.#feeds.get(feed.variable) ?? []), feed])
  }

  isSettled({variable, at}: Mention): boolean {
    if (!variable.isRecord) return true
    return this.#feedsAt(variable, at).every(({work}) => !work || !this.#pieces.has(work) || this.#shapes.has(work))
  }

  async settle(work: Work, answer: Described, types: Types): Promise<void> {
    this.#shapes.set(work, answer instanceof Error ? undefined : await shapeOf(work, answer, types))
  }

  /** 0: nobody knows; undefined: it has no such field. */
  typeAt({variable, field, at}: Mention): number | undefined {
    if (!variable.isRecord) return variable.type
    if (field === undefined) return RECORD
    const feeds = this.#feedsAt(variable, at)
    const shapes = feeds.map(({work}) => (work ? this.#shapes.get(work) : undefined))
    if (shapes.length === 0 || shapes.includes(undefined)) return 0
    const found = shapes.map((shape) => shape!.find(({name}) => name === field)?.type)
    const types = new Set(found)
    if (types.size === 1) return found[0]
    return 0
  }

  isEmpty({variable}: Mention): boolean {
    return variable.isRecord && !this.#feeds.has(variable)
  }

  isOfRows({variable, at}: Mention): boolean {
    if (!variable.isRecord || variable.origin !== 'declared') return false
    const feeds = this.#feedsAt(variable, at)
    return feeds.length > 0 && feeds.every(({work}) => work?.role.kind === 'rows')
  }

  /** What all that it is filled from agree on. */
  shapeAt({variable, at}: Mention): Shape {
    const shapes = this.#feedsAt(variable, at).map(({work}) => (work ? this.#shapes.get(work) : undefined))
    const [first] = shapes
    const isSame = shapes.every(
      (shape) => shape && JSON.stringify(shape.map(({type}) => type)) === JSON.stringify(first?.map(({type}) => type)),
    )
    return isSame ? first : undefined
  }

  /** Inside a loop over rows, unless it is given another there: those rows. */
  #feedsAt(variable: Variable, at: number): readonly Feed[] {
    const all = this.#feeds.get(variable) ?? []
    const loops = all.filter(({loop}) => loop && loop.from <= at && at < loop.to)
    const inner = loops.at(-1)
    if (!inner) return all
    const others = all.filter((feed) => feed !== inner && feed.at >= inner.loop!.from && feed.at < inner.loop!.to)
    return others.length === 0 ? [inner] : all
  }
}

async function shapeOf({role}: Work, {columns}: Description, types: Types): Promise<Shape> {
  if (role.kind === 'text') return undefined
  if (role.kind !== 'assign' && role.kind !== 'value') return columns
  // a row that is assigned
  const type = await types.of(columns[0]?.type ?? 0)
  return type?.fields?.map(({name, type}) => ({name, type}))
}
