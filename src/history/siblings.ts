// Migrations of several branches in; which stay, which may move, and on what each was written, out. Pure.
import type {Migration} from '../migrations/file.ts'
import {fileOf} from '../migrations/sum.ts'

export interface Sides {
  /** in order: these stay as they are */
  readonly fixed: readonly Migration[]
  /** in order: these come behind */
  readonly movable: readonly Migration[]
  /** left by a run that was cut off: another file says that it was written instead */
  readonly over: readonly Migration[]
  /** what those that move were written on, as far as git knows; absent: nobody knows */
  readonly base?: ReadonlySet<string>
}

export interface Known {
  readonly files: ReadonlySet<string>
  readonly base: ReadonlySet<string>
}

/**
 * @param onto files of the commit that stays, and of the one where the branches part
 * @param applied files that a database has which somebody named: they stay, and what of `onto` is not applied there may move
 */
export function sidesOf(all: readonly Migration[], onto?: Known, applied?: ReadonlySet<string>): Sides {
  const over = all.filter((one) => all.some((other) => other !== one && stoodFor(other, one)))
  const there = all.filter((one) => !over.includes(one))
  const isOnto = (one: Migration) => onto?.files.has(fileOf(one)) ?? !isAside(one, there)
  const isShared = (one: Migration) => onto?.base.has(fileOf(one)) ?? false
  const mine = there.filter((one) => !isOnto(one))
  const decides = applied !== undefined && mine.some((one) => applied.has(fileOf(one)))
  const isFixed = (one: Migration) => (decides ? applied.has(fileOf(one)) || isShared(one) : isOnto(one))
  return {
    fixed: there.filter(isFixed),
    movable: there.filter((one) => !isFixed(one)),
    over,
    ...(onto && {base: onto.base}),
  }
}

function stoodFor({header}: Migration, {version, checksum}: Migration): boolean {
  return [...(header.replaces ?? []), ...(header.former ?? [])].some(
    (one) => one.version === version && one.checksum === checksum,
  )
}

/** Without git: it says that it was written on a state that an earlier one leaves, and others have come between. */
function isAside(one: Migration, all: readonly Migration[]): boolean {
  const before = all.filter(({version}) => version < one.version)
  const parent = parentOf(one, all)
  return parent !== undefined && parent !== before.at(-1)
}

/** The one whose state it says that it was written on. */
function parentOf({version, header}: Migration, all: readonly Migration[]): Migration | undefined {
  if (!header.from) return undefined
  return all.findLast((other) => other.version < version && other.header.to === header.from)
}

/** What it was written on: by the fingerprints in the headers, where they lead to the beginning; else all that is older and was there. */
export function writtenOn(one: Migration, {fixed, movable, base}: Sides): Set<Migration> {
  const all = [...fixed, ...movable].sort((a, b) => (a.version < b.version ? -1 : 1))
  const found = new Set<Migration>()
  let at: Migration | undefined = one
  for (;;) {
    at = parentOf(at, all)
    if (!at) break
    found.add(at)
  }
  const isThere = (other: Migration) => !base || base.has(fileOf(other)) || movable.includes(other)
  const oldest = [...found].at(-1) ?? one
  for (const other of all) if (other.version < oldest.version && isThere(other)) found.add(other)
  return found
}

/** Are they in one line already, each on what the one before leaves? Only headers can say so. */
export function isInLine({fixed, movable}: Sides): boolean {
  const last = fixed.at(-1)
  if (last && movable.some(({version}) => version < last.version)) return false
  return movable.every((one, index) => {
    const before = index === 0 ? last : movable[index - 1]
    return one.header.from !== undefined && (before ? before.header.to === one.header.from : true)
  })
}
