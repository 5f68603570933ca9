// `table public.a=public.b` in, the rename it means out; `table public.a` in, an id out.
import {PgextError} from '../errors.ts'
import {idOf} from './id.ts'
import type {ObjectId} from './model.ts'
import {type Rename, renameable} from './renames.ts'

const EXAMPLE = "for example 'table public.a=public.b', 'column public.t.a=b', 'enum value public.mood.sad=blue'"

/** `KIND OLD=NEW`: OLD with its schema (and table), as pgext prints it; NEW is the last part of the name, or the whole. */
export function renameIn(text: string): Rename {
  const {kind, name: from, signature, rest} = objectIn(text)
  const to = rest.startsWith('=') ? namesIn(rest.slice(1)) : undefined
  if (!to || to.rest || (to.names.length !== 1 && to.names.length !== from.length)) throw unread('--rename', text)
  const name = to.names.length === from.length ? to.names : [...from.slice(0, -1), ...to.names]
  const isWhole = from.length === 2 || from.length === to.names.length
  return {kind, name, ...(signature && {signature}), from: isWhole ? from : from.slice(-1)}
}

/** What is no rename: it goes for good. */
export function goneIn(text: string): ObjectId {
  const {kind, name, signature, rest} = objectIn(text)
  if (rest) throw unread('--no-rename', text)
  return idOf(kind, name, signature)
}

function objectIn(text: string) {
  const kind = renameable().find((one) => text.startsWith(`${one} `))
  if (!kind) throw unread('--rename', text)
  const {names: name, rest: behind} = namesIn(text.slice(kind.length + 1).trimStart())
  if (name.length === 0) throw unread('--rename', text)
  // a routine's types, an operator class's access method
  const end = behind.startsWith('(') ? closing(behind) : behind.startsWith(' USING ') ? behind.search(/=|$/) : 0
  return {kind, name, signature: behind.slice(0, end) || undefined, rest: behind.slice(end)}
}

function closing(text: string): number {
  const at = text.indexOf(')=')
  return at < 0 ? text.length : at + 1
}

const PART = /^(?:"((?:[^"]|"")+)"|([^\s".=(]+)|([-+*/<>=~!@#%^&|`?]+)(?=\())/

/** Dotted parts, quoted where they must be; what follows them is left. */
function namesIn(text: string): {names: string[]; rest: string} {
  const names: string[] = []
  let rest = text
  for (let found = PART.exec(rest); found; found = PART.exec(rest)) {
    names.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? found[3]!)
    rest = rest.slice(found[0].length)
    if (!rest.startsWith('.')) break
    rest = rest.slice(1)
  }
  return {names, rest}
}

function unread(flag: string, text: string): PgextError {
  return new PgextError('usage', `${flag} can’t read ${JSON.stringify(text)}`, {hint: EXAMPLE})
}
