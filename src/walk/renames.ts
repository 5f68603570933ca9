// The current state and renames that somebody declared in; the state as it is once they are done, and the steps that do them, out.
import {type Candidate, candidates} from '../diff/candidates.ts'
import {derivedRenames} from '../diff/derived.ts'
import type {Catalog, ObjectId, States, Step} from '../diff/model.ts'
import {afterQuiet, idsAfter, quietPairs, quietSteps} from '../diff/quiet.ts'
import {nextRound, type Rename, type Renamed, refuseUnmet} from '../diff/renames.ts'
import type {Db} from '../postgres/db.ts'
import {runSteps} from '../prove/run.ts'
import type {ShadowDatabase} from '../shadow/model.ts'
import type {RenameAnswers, State, Tell} from './model.ts'

export interface Settled {
  /** the current state after the renames, as PostgreSQL prints it */
  readonly catalog: Catalog
  readonly steps: readonly Step[]
  /** how many of them were declared; the others follow */
  readonly declared: number
}

/** Runs the steps and reads what the state is then. */
export type Run = (steps: readonly Step[]) => Promise<Catalog>

export async function settle(current: Catalog, desired: Catalog, declared: readonly Rename[], run: Run): Promise<Settled> {
  let catalog = current
  const steps: Step[] = []
  const done: Renamed[] = []
  let rest = declared
  while (rest.length > 0) {
    const round = nextRound(catalog, desired, rest, done)
    rest = round.rest
    if (round.steps.length === 0) break
    catalog = await run(round.steps)
    steps.push(...round.steps)
    done.push(...round.done)
  }
  refuseUnmet(rest, catalog, desired)
  const derived = derivedRenames(catalog, desired, done)
  if (derived.length > 0) catalog = await run(derived)
  return {catalog, steps: [...steps, ...derived], declared: steps.length}
}

export interface Settling {
  readonly current: Pick<State, 'catalog' | 'clone'>
  readonly desired: Catalog
  readonly declared: readonly Rename[]
  read(db: Db): Promise<Catalog>
  readonly tell: Tell
}

/** RENAMEs run on a clone, that is read again, and only then compared: every expression that names a renamed column prints differently. */
export async function settleOnClone({current, desired, declared, read, tell}: Settling): Promise<Settled> {
  let copy: {database: ShadowDatabase; db: Db} | undefined
  try {
    return await settle(current.catalog, desired, declared, async (steps) => {
      if (!copy) {
        tell('settling renames')
        const database = await current.clone()
        copy = {database, db: await database.connect()}
      }
      await runSteps(copy.db, steps, async () => false)
      return read(copy.db)
    })
  } finally {
    await copy?.db.close()
    await copy?.database.drop()
  }
}

/** What the same steps make of a clone of the current state. */
export async function renamedClone(current: Pick<State, 'clone'>, steps: readonly Step[]): Promise<ShadowDatabase> {
  const database = await current.clone()
  if (steps.length === 0) return database
  const db = await database.connect()
  await runSteps(db, steps, async () => false).finally(() => db.close())
  return database
}

export interface Hushed {
  readonly current: Catalog
  readonly steps: readonly Step[]
  /** what an id of the state before is called now */
  readonly idNow: (id: ObjectId) => ObjectId
}

/** Renames that nobody needs to be asked about: nothing is lost, and what is renamed is not built again. */
export function hush({current, desired}: States): Hushed {
  const pairs = quietPairs(current, desired)
  return {current: afterQuiet(current, pairs), steps: quietSteps(pairs, current, desired), idNow: idsAfter(pairs)}
}

/** Those that nobody has answered. */
export function openCandidates({current, desired}: States, {no}: RenameAnswers): Candidate[] {
  if (no === 'all') return []
  return candidates(current, desired).filter(({old}) => !no.has(old))
}
