// Images and viewers in; who sees which out, by a predicate that JavaScript decides: viewers are found by what they compare with the row.
import type {Viewer} from '../model.ts'
import type {Anchor, Disjunct} from '../predicate/disjunct.ts'
import {type Decide, decided, type Texts, type Verdict} from '../predicate/evaluate.ts'
import type {Value} from '../predicate/model.ts'
import {type Alone, unsent} from './alone.ts'
import type {Eyes} from './eyes.ts'
import {type Group, Groups} from './group.ts'
import {type Image, placesOf, valuesOf} from './image.ts'
import type {Judge, Note} from './judge.ts'
import type {Law} from './law.ts'
import type {Program} from './program.ts'

type Values = readonly Value[]

export class Compiled implements Judge {
  readonly #eyes: Eyes
  readonly #law: Law
  readonly #program: Program
  /** for viewers whose values end in an error */
  readonly #alone: Alone
  readonly #groups = new Groups<Values>()
  /** of disjuncts with an anchor: who compares with which text */
  readonly #found: readonly (Map<string, Set<Group<Values>>> | undefined)[]
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
    this.#all = undefined
    const group = this.#groups.leave(viewer)
    if (!group) return
    this.#eachKey(group.values, (found, key) => {
      found.get(key)?.delete(group)
      if (found.get(key)?.size === 0) found.delete(key)
    })
  }

  judge(images: readonly Image[], notes: readonly Note[]): Promise<void> | undefined {
    if (this.#groups.size > 0) {
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

  #bind(viewer: Viewer, values: Values): void {
    const group = this.#groups.join(viewer, values)
    if (!group) return
    this.#eachKey(values, (found, key) => {
      const own = found.get(key)
      if (own) own.add(group)
      else found.set(key, new Set([group]))
    })
  }

  #eachKey(values: Values, visit: (found: Map<string, Set<Group<Values>>>, key: string) => void): void {
    for (const [at, {anchor}] of this.#program.disjuncts.entries())
      for (const key of anchor ? keysOf(anchor, values) : []) visit(this.#found[at]!, key)
  }

  #decide(texts: Texts | undefined, note: Note): void {
    if (!texts) {
      note.doubt(this.#groups.viewers, unsent(this.#law))
      return
    }
    for (const [at, disjunct] of this.#program.disjuncts.entries()) {
      if (disjunct.anchor) this.#seek(disjunct, at, texts, note)
      else if (this.#isSeenByAll(disjunct.bind(texts), note)) return
    }
  }

  #isSeenByAll(bound: Verdict | Decide, note: Note): boolean {
    if (typeof bound !== 'function') {
      if (bound === true) note.see(this.#everybody)
      return bound === true
    }
    for (const group of this.#groups.list) if (bound(group.values) === true) group.tell(note)
    return false
  }

  #seek({anchor, isExact, bind}: Disjunct, at: number, row: Texts, note: Note): void {
    const {columns} = this.#program
    const place = columns.findIndex(({name}) => name === anchor!.column.name)
    const bound = isExact ? true : bind(row)
    if (bound === false || bound === null) return
    for (const key of soughtBy(anchor!, row[place]!)) {
      for (const group of this.#found[at]!.get(key) ?? [])
        if (bound === true || decided(bound, group.values) === true) group.tell(note)
    }
  }

  get #everybody(): ReadonlySet<Viewer> {
    this.#all ??= new Set(this.#groups.viewers)
    return this.#all
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
