// PGlite's program in; the same over memory that other threads may write to out, so that a statement can be cancelled while it runs.
import {readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'

const IMPORTS = 2
const [FUNCTION, TABLE, MEMORY, GLOBAL] = [0, 1, 2, 3]
/** flags of an imported memory's limits, and as many pages as there can be */
const [HAS_MAXIMUM, SHARED, PAGES] = [1, 2, 65536]

/** PostgreSQL's functions by number. */
export interface Functions {
  get(place: number): unknown
}

export interface Program {
  readonly exports: Readonly<Record<string, Functions | undefined>>
}

/** Node has it, TypeScript's library for it only in browsers. */
interface Assembly {
  Module: new (bytes: Uint8Array) => object
  Memory: new (limits: object) => object
  compile(bytes: Uint8Array): Promise<object>
  instantiate(program: object, imports: object): Promise<Program>
}

const assembly = (globalThis as unknown as {WebAssembly: Assembly}).WebAssembly

/** PostgreSQL's own program. */
export function readProgram(): object {
  const folder = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'))
  return new assembly.Module(readFileSync(join(folder, 'pglite.wasm')))
}

/**
 * The engine makes its memory by itself, and loads extensions (PL/pgSQL is one): from now on this thread makes no memory that is not shared,
 * and no program that wants another. Gives back PostgreSQL's programs as they are started.
 */
export function shareMemory(): Program[] {
  const {Memory, Module, compile, instantiate} = assembly
  const programs: Program[] = []
  assembly.Memory = new Proxy(Memory, {construct: (made, [limits]) => new made({...limits, shared: true})})
  assembly.Module = new Proxy(Module, {construct: (made, [bytes]) => new made(shared(bytes))})
  assembly.compile = (bytes) => compile(shared(bytes))
  assembly.instantiate = async (program, imports) => {
    const made = await instantiate(ArrayBuffer.isView(program) ? shared(program as Uint8Array) : program, imports)
    if ('PostgresMainLoopOnce' in (made.exports ?? {})) programs.push(made)
    return made
  }
  return programs
}

/** The same program, but that it imports memory which is shared: a flag among its imports, and a maximum, which then has to be there. */
function shared(program: Uint8Array): Buffer {
  const bytes = Buffer.from(program)
  const reader = new Reader(bytes, 8)
  while (reader.at < bytes.length) {
    const [section, start] = [reader.byte(), reader.at]
    const length = reader.number()
    const [from, end] = [reader.at, reader.at + length]
    reader.at = end
    if (section !== IMPORTS) continue
    const content = withShared(bytes, from)
    return content
      ? Buffer.concat([bytes.subarray(0, start), leb(length + content.added), content.bytes(end), bytes.subarray(end)])
      : bytes
  }
  return bytes
}

interface Content {
  readonly added: number
  /** of the section, up to its end */
  bytes(end: number): Buffer
}

function withShared(bytes: Buffer, from: number): Content | undefined {
  const reader = new Reader(bytes, from)
  for (let left = reader.number(); left > 0; left--) {
    const flags = readImport(reader)
    if (flags === undefined) continue
    const maximum = bytes[flags]! & HAS_MAXIMUM ? Buffer.alloc(0) : leb(PAGES)
    const {at} = reader
    bytes[flags]! |= SHARED | HAS_MAXIMUM
    return {added: maximum.length, bytes: (end) => Buffer.concat([bytes.subarray(from, at), maximum, bytes.subarray(at, end)])}
  }
  return undefined
}

/** LEB128 */
function leb(value: number): Buffer {
  const bytes: number[] = []
  for (let left = value; bytes.length === 0 || left > 0; left >>>= 7) bytes.push((left & 127) | (left > 127 ? 128 : 0))
  return Buffer.from(bytes)
}

/** Where the flags of an imported memory's limits are. */
function readImport(reader: Reader): number | undefined {
  reader.skip(reader.number())
  reader.skip(reader.number())
  const kind = reader.byte()
  if (kind === FUNCTION) reader.number()
  if (kind === TABLE) reader.byte()
  const flags = reader.at
  if (kind === TABLE || kind === MEMORY) {
    const limits = reader.byte()
    reader.number()
    if (limits & 1) reader.number()
  }
  if (kind === GLOBAL) reader.skip(2)
  return kind === MEMORY ? flags : undefined
}

class Reader {
  at: number
  readonly #bytes: Buffer

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  byte(): number {
    return this.#bytes[this.at++]!
  }

  skip(count: number): void {
    this.at += count
  }

  /** LEB128 */
  number(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value |= (byte & 127) << shift
      if (!(byte & 128)) return value >>> 0
    }
  }
}
