// What was measured, by statement and major, in and out of measured.json.
import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Cost, LockMode} from '../../src/diff/model.ts'

/** A Cost as JSON. */
export interface Seen {
  readonly locks: Readonly<Record<string, LockMode>>
  readonly rewrites: readonly string[]
  readonly scans: readonly string[]
}

export interface Known {
  /** '18' → '18.4' */
  readonly servers: Readonly<Record<string, string>>
  /** by the statement and where it ran; then by majors, '15 16 17' */
  readonly statements: Readonly<Record<string, Readonly<Record<string, Seen>>>>
}

const FILE = join(import.meta.dirname, 'measured.json')

export const readKnown = (): Known => JSON.parse(readFileSync(FILE, 'utf8'))

export function writeKnown(servers: Known['servers'], measured: ReadonlyMap<string, ReadonlyMap<number, Seen>>): void {
  const statements = Object.fromEntries([...measured].map(([key, byMajor]) => [key, grouped(byMajor)]))
  writeFileSync(FILE, `${JSON.stringify({servers, statements}, null, 2)}\n`)
}

export function seenOn(found: Known['statements'][string] | undefined, major: number): Seen | undefined {
  return Object.entries(found ?? {}).find(([majors]) => majors.split(' ').includes(String(major)))?.[1]
}

export function seenOf({locks, rewrites, scans}: Cost): Seen {
  return {locks: Object.fromEntries([...locks].sort(byName)), rewrites: [...rewrites].sort(), scans: [...scans].sort()}
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1)

function grouped(byMajor: ReadonlyMap<number, Seen>): Record<string, Seen> {
  const groups = new Map<string, number[]>()
  for (const [major, seen] of byMajor) groups.set(JSON.stringify(seen), [...(groups.get(JSON.stringify(seen)) ?? []), major])
  return Object.fromEntries([...groups].map(([seen, majors]) => [majors.sort().join(' '), JSON.parse(seen)]))
}
