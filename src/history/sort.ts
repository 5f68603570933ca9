// What stays and what may move in; which of these make the same state behind what stays, tried on shadows, and which have to be written anew, out.
import {PgextError, type Where} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import {rowsIn} from '../migrations/rows.ts'
import {compareSchema} from '../walk/functions.ts'
import {type Known, openMigrations, type Workplace} from '../walk/sides.ts'
import {type Sides, writtenOn} from './siblings.ts'

export interface Sorted {
  /** their text stays as it is, in this order behind what is fixed */
  readonly kept: readonly Migration[]
  /** they only make their state in the order that they were written in */
  readonly rest: readonly Failed[]
  /** of kept ones, what nobody but their author can judge, a sentence each */
  readonly notes: readonly string[]
}

export interface Failed {
  readonly migration: Migration
  /** what happened, as a sentence */
  readonly why: string
  readonly where?: Where
  /** nobody but its author knows what it is to do: where it was written by hand, or has statements that a diff never writes */
  readonly byHand?: string
}

/** @param roles those that files create */
export async function sortOut(sides: Sides, roles: ReadonlySet<string>, place: Workplace): Promise<Sorted> {
  const kept: Migration[] = []
  const rest: Failed[] = []
  const notes: string[] = []
  const open = (list: readonly Migration[]) => openMigrations(list, place, roles)
  for (const migration of sides.movable) {
    place.tell(`trying ${migration.path} in both orders`)
    const placed = [...sides.fixed, ...kept]
    const on = writtenOn(migration, sides)
    const under = placed.filter((one) => on.has(one))
    const aside = placed.filter((one) => !on.has(one))
    const failed = await trial(migration, under, aside, placed, open)
    const rows = await rowsIn(migration)
    const hand = byHand(migration, rows)
    // only its author could write it anew; behind the others is where it runs from now on
    if (failed && !(hand && failed.runsBehind)) {
      rest.push({migration, why: failed.why, ...(failed.where && {where: failed.where}), ...(hand && {byHand: hand})})
      continue
    }
    kept.push(migration)
    const {path} = migration
    if (failed)
      notes.push(`${path} runs behind the others only (${failed.why}): a database that has applied it first goes another way`)
    else if (rows && aside.length > 0)
      notes.push(`${path}:${rows.line} may change rows: schemas are the same in both orders, of rows you have to judge`)
  }
  return {kept, rest, notes}
}

interface Tried extends Pick<Failed, 'why' | 'where'> {
  /** it is only the other order that makes another state, or none */
  readonly runsBehind: boolean
}

/** undefined: it may come last, where it makes what it makes before the others. */
async function trial(
  one: Migration,
  under: readonly Migration[],
  aside: readonly Migration[],
  placed: readonly Migration[],
  open: (list: readonly Migration[]) => Promise<Known>,
): Promise<Tried | undefined> {
  const last = await attempt(() => open([...placed, one]))
  if (!last.state)
    return {
      why: `behind ${namesOf(aside.length > 0 ? aside : placed)}: ${last.error.message}`,
      ...at(last.error),
      runsBehind: false,
    }
  if (aside.length === 0) return undefined
  const first = await attempt(() => open([...under, one, ...aside]))
  if (!first.state) return {why: `before ${namesOf(aside)}: ${first.error.message}`, ...at(first.error), runsBehind: true}
  const changes = compareSchema(first.state.catalog, last.state.catalog, new Set())
  if (changes.length === 0) return undefined
  const ids = changes.slice(0, 3).map((change) => (change.verb === 'drop' ? change.from.id : change.to.id))
  return {why: `before ${namesOf(aside)} it makes another state than behind: ${ids.join(', ')}`, runsBehind: true}
}

type Attempt = {readonly state: Known; readonly error?: undefined} | {readonly state?: undefined; readonly error: PgextError}

async function attempt(work: () => Promise<Known>): Promise<Attempt> {
  try {
    return {state: await work()}
  } catch (error) {
    // a server that is gone has said nothing about the order
    if (!(error instanceof PgextError) || !TELLS.has(error.code)) throw error
    return {error}
  }
}

const TELLS: ReadonlySet<string> = new Set(['sql', 'bad-sql', 'rows'])

const at = ({where}: PgextError) => where && {where}

const namesOf = (list: readonly Migration[]): string => list.map(({path}) => path).join(', ')

function byHand({header}: Migration, rows: Where | undefined): string | undefined {
  if (header.format === undefined || header.to === undefined) return 'it was written by hand'
  return rows && `it may change rows (line ${rows.line}), which no diff knows of`
}
