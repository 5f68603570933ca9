// The engine's memory in; words, strings and the places of PostgreSQL's own variables in it out, each found by what it holds and never by a number.
import {PgextError} from '../../errors.ts'

/** Emscripten's module: exported functions and variables, with an underscore before their names. */
export type Module = Record<string, any> & {readonly HEAPU8: Uint8Array}

/** Of HTAB: where its name is. */
const TABLE_NAME = 28
/** first word of a CachedPlanSource */
const PLAN = 195726186
/** Variables lie in there, constants below them, and the heap far above. */
const [FIRST, LAST] = [2_000_000, 3_200_000]
const STRUCTS = 1024

export class Memory {
  readonly module: Module
  #words: Uint32Array = new Uint32Array(0)

  constructor(module: Module) {
    this.module = module
  }

  /** Memory that has grown is another buffer. */
  get words(): Uint32Array {
    const {buffer} = this.module.HEAPU8
    if (this.#words.buffer !== buffer) this.#words = new Uint32Array(buffer)
    return this.#words
  }

  get(address: number): number {
    return this.words[address >>> 2]!
  }

  set(address: number, value: number): void {
    this.words[address >>> 2] = value
  }

  /** of a variable that extensions may use */
  variable(name: string): number {
    const found = this.module[`_${name}`]
    const address = typeof found === 'number' ? found : found?.value
    if (typeof address !== 'number') throw missing(name)
    return address
  }

  text(address: number): string | undefined {
    if (address === 0) return undefined
    const heap = this.module.HEAPU8
    const end = heap.indexOf(0, address)
    // a copy: what is shared can't be decoded
    return Buffer.from(heap.slice(address, end)).toString('utf8')
  }

  /** Bytes that stay. */
  keep(bytes: Uint8Array): number {
    const address: number = this.module._malloc(bytes.length)
    this.module.HEAPU8.set(bytes, address)
    return address
  }

  /** Where constant strings of this text are. */
  strings(value: string): number[] {
    const heap = Buffer.from(this.module.HEAPU8.buffer, 0, LAST)
    // what stands before it does not matter: constants that end alike share their ends
    const wanted = Buffer.from(`${value}\0`)
    const found: number[] = []
    for (let at = heap.indexOf(wanted); at >= 0; at = heap.indexOf(wanted, at + 1)) found.push(at)
    return found
  }

  /** Addresses of variables that hold this word. */
  holding(word: number): number[] {
    const found: number[] = []
    const words = this.words.subarray(FIRST >>> 2, LAST >>> 2)
    for (let at = words.indexOf(word); at >= 0; at = words.indexOf(word, at + 1)) found.push(FIRST + at * 4)
    return found
  }

  /** Addresses of variables that point to what is so. */
  pointers(is: (pointed: number, address: number) => boolean): number[] {
    const found: number[] = []
    const {words} = this
    const end = endOf(words)
    // most point to nothing: they are passed over without a call
    for (let at = FIRST >>> 2; at < LAST >>> 2; at++) {
      const word = words[at]!
      if (word > STRUCTS && (word & 3) === 0 && word < end && is(word, at * 4)) found.push(at * 4)
    }
    return found
  }

  isPointer(word: number): boolean {
    return word > STRUCTS && (word & 3) === 0 && word < endOf(this.words)
  }

  /** Variables that point to the hash table of this name. */
  tables(name: string): number[] {
    const wanted = Buffer.from(`${name}\0`)
    const heap = Buffer.from(this.module.HEAPU8.buffer)
    const {words} = this
    return this.pointers((table) => {
      const at = words[(table + TABLE_NAME) >>> 2]!
      return at > STRUCTS && heap[at] === wanted[0] && heap.subarray(at, at + wanted.length).equals(wanted)
    })
  }

  plans(): number[] {
    const {words} = this
    return this.pointers((plan) => words[plan >>> 2] === PLAN)
  }
}

/** What lies behind it is too short for anything that is pointed to. */
const endOf = (words: Uint32Array): number => words.length * 4 - 64

/** Exactly one place, or none is trusted. */
export function only(places: readonly number[], what: string): number {
  const [place, ...others] = places
  if (place === undefined || others.length > 0) throw missing(what)
  return place
}

const missing = (what: string): PgextError =>
  new PgextError('engine-missing', `PGlite's memory is not laid out as pgext knows it: ${what} was not found`, {
    hint: 'install pgext again: it needs exactly the PGlite that it names',
  })
