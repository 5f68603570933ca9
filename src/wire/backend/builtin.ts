// PostgreSQL's own functions in; some of them replaced by ours out, as the engine has one process where sessions are to have one each.
import {type Memory, only} from './memory.ts'
import type {Functions} from './wasm.ts'

/** Of a call: where its first argument is, and how far the next is from it. */
const [ARGUMENTS, STEP] = [20, 8]

export type Native = (call: number) => number

/** In the table of built-in functions: oid, number of arguments, name, function. */
export function replace(memory: Memory, functions: Functions, name: string, make: (native: Native) => Native): void {
  const entry = entryOf(memory, name)
  const native = functions.get(memory.get(entry + 4)) as Native
  memory.set(entry + 4, memory.module.addFunction(make(native), 'ii'))
}

export function nativeOf(memory: Memory, functions: Functions, name: string): Native {
  return functions.get(memory.get(entryOf(memory, name) + 4)) as Native
}

/** bytes of an entry: oid · arguments and flags · name · function */
const ENTRY = 16
const tables = new WeakMap<Memory, ReadonlyMap<string, number>>()

function entryOf(memory: Memory, name: string): number {
  let table = tables.get(memory)
  if (!table) {
    table = tableOf(memory)
    tables.set(memory, table)
  }
  const entry = table.get(name)
  return only(entry === undefined ? [] : [entry], `function ${name}`)
}

/** Names and their places: the entries around one that is told by its name, each behind the other by their oids. */
function tableOf(memory: Memory): Map<string, number> {
  const {words} = memory
  const names = memory.strings('pg_backend_pid')
  const isEntry = (at: number) => words[at - 2]! < 10_000 && words[at - 2]! > 0 && isFlags(words[at - 1]!)
  const known = only(
    names.flatMap((name) => memory.holding(name)).filter((address) => isEntry(address >>> 2)),
    'the table of functions',
  )
  const table = new Map<string, number>()
  const add = (at: number) => table.set(memory.text(memory.get(at))!, at)
  const oid = (at: number) => memory.get(at - 8)
  add(known)
  for (let at = known; isEntry((at + ENTRY) >>> 2) && oid(at + ENTRY) > oid(at); at += ENTRY) add(at + ENTRY)
  for (let at = known; isEntry((at - ENTRY) >>> 2) && oid(at - ENTRY) < oid(at); at -= ENTRY) add(at - ENTRY)
  return table
}

/** number of arguments, whether it is strict, whether it gives sets */
const isFlags = (word: number): boolean => (word & 0xffff) < 100 && word >>> 16 <= 0x0101 && ((word >>> 16) & 0xfe) === 0

export const argument = (memory: Memory, call: number, at: number): number => memory.get(call + ARGUMENTS + at * STEP)
