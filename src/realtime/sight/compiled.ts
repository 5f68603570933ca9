// Images and viewers in; who sees which out, by a predicate that JavaScript decides: viewers are found by what they compare with the row.
import type {PgextError} from '../../errors.ts'
import type {Viewer} from '../model.ts'
import type {Anchor, Disjunct} from '../predicate/disjunct.ts'
import {type Decide, decided, type Texts, type Verdict} from '../predicate/evaluate.ts'
import type {Value} from '../predicate/model.ts'
import {type Alone, unsent} from './alone.ts'
import type {Eyes} from './eyes.ts'
import {type Image, placesOf, valuesOf} from './image.ts'
import type {Judge, Note} from './judge.ts'
import type {Law} from './law.ts'
import type {Program} from './program.ts'

export class Compiled implements Judge {
  readonly #eyes: Eyes
  readonly #law: Law
  readonly #program: Program
  /** for viewers whose values end in an error */
  readonly #alone: Alone
  readonly #values = new Map<Viewer, readonly Value[]>()
  /** of disjuncts with an anchor: who compares with which text */
  readonly #found: readonly (Map<string, Set<Viewer>> | undefined)[]
  /** everybody here, as it is handed out; undefined: to be made again */
  #all?: ReadonlySet<Viewer>

  constructor(eyes: Eyes, law: Law, program: Program, alone: Alone) {
    this.#eyes = eyes
    this.#law = law
    this.#program = program
    this.#alone = alone
    this.#found = program.disjuncts.map(({anchor}) => (anchor ? new Map() : undefined))
  }

  async join(viewers: readonly Viewer[]): Promise<void> {
    const {sql, values} = this.#program
    const landed = sql ? ((await this.#eyes.ask({sql, path: 'empty'}, viewers)) ?? []) : viewers.map(() => [])
    for (const [at, viewer] of viewers.entries()) {
      const texts = landed[at]
      if (Array.isArray(texts)) this.#bind(viewer, values(texts))
      else await this.#alone.join([viewer])
    }
    this.#all = undefined
  }

  leave(viewer: Viewer): void {
    this.#alone.leave(viewer)
    const values = this.#values.get(viewer)
    if (!values) return
    this.#values.delete(viewer)
    this.#all = undefined
    for (const [at, {anchor}] of this.#program.disjuncts.entries()) {
      for (const key of anchor ? keysOf(anchor, values) : []) {
        const found = this.#found[at]!.get(key)
        found?.delete(viewer)
        if (found?.size === 0) this.#found[at]!.delete(key)
      }
    }
  }

  judge(images: readonly Image[], notes: readonly Note[]): Promise<void> | undefined {
    if (this.#values.size > 0) {
      let shape: Image['shape'] | undefined
      let places: (number | undefined)[] = []
      for (const [n, image] of images.entries()) {
        if (image.shape !== shape) {
          shape = image.shape
          places = placesOf(shape, this.#program.columns)
        }
        this.#decide(valuesOf(image, places), notes[n]!)
      }
    }
    return this.#alone.judge(images, notes)
  }

  #bind(viewer: Viewer, values: readonly Value[]): void {
    this.#values.set(viewer, values)
    for (const [at, {anchor}] of this.#program.disjuncts.entries()) {
      for (const key of anchor ? keysOf(anchor, values) : []) {
        const found = this.#found[at]!.get(key)
        if (found) found.add(viewer)
        else this.#found[at]!.set(key, new Set([viewer]))
      }
    }
  }

  #decide(texts: readonly (string | null)[] | undefined, note: Note): void {
    if (!texts) {
      note.doubt(this.#values.keys(), this.#unsent)
      return
    }
    for (const [at, disjunct] of this.#program.disjuncts.entries()) {
      if (disjunct.anchor) this.#seek(disjunct, at, texts, note)
      else if (this.#isSeenByAll(disjunct.bind(texts), disjunct.isRowOnly, note)) return
    }
  }

  #isSeenByAll(bound: Verdict | Decide, isRowOnly: boolean, note: Note): boolean {
    if (typeof bound !== 'function' || isRowOnly) {
      const [constants] = this.#values.values()
      const isSeen = decided(bound, constants!) === true
      if (isSeen) note.see(this.#everybody)
      return isSeen
    }
    for (const [viewer, values] of this.#values) if (bound(values) === true) note.seeOne(viewer)
    return false
  }

  #seek({anchor, isExact, bind}: Disjunct, at: number, row: Texts, note: Note): void {
    const {columns} = this.#program
    const place = columns.findIndex(({name}) => name === anchor!.column.name)
    const bound = isExact ? true : bind(row)
    if (bound === false || bound === null) return
    for (const key of soughtBy(anchor!, row[place]!)) {
      for (const viewer of this.#found[at]!.get(key) ?? []) {
        if (bound === true || decided(bound, this.#values.get(viewer)!) === true) note.seeOne(viewer)
      }
    }
  }

  get #everybody(): ReadonlySet<Viewer> {
    this.#all ??= new Set(this.#values.keys())
    return this.#all
  }

  get #unsent(): PgextError {
    return unsent(this.#law)
  }
}

/** By which texts of the column a viewer is found. */
function keysOf({is, term}: Anchor, values: readonly Value[]): ReadonlySet<string> {
  const value = values[term.at] as Value
  if (value === null) return new Set()
  return new Set(is === 'any' ? (value as readonly (string | null)[]).filter((one) => one !== null) : [value as string])
}

function soughtBy(anchor: Anchor, text: string | null): Iterable<string> {
  if (text === null) return []
  if (anchor.is !== 'member') return [anchor.column.read(text)]
  return new Set(anchor.elements(text).filter((one) => one !== null))
}
