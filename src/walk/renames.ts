// The current state and renames that somebody declared in; the state as it is once they are done, and the steps that do them, out.
import {type Candidate, candidates} from '../diff/candidates.ts'
import {derivedRenames} from '../diff/derived.ts'
import type {Catalog, ObjectId, States, Step} from '../diff/model.ts'
import {afterQuiet, idsAfter, quietPairs, quietSteps} from '../diff/quiet.ts'
import {nextRound, type Rename, type Renamed, refuseUnmet} from '../diff/renames.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName} from '../postgres/quote.ts'
import {runSteps} from '../prove/run.ts'
import type {ShadowDatabase} from '../shadow/model.ts'
import type {RenameAnswers, State, Tell} from './model.ts'

export interface Settled {
  /** the current state after the renames, as PostgreSQL prints it */
  readonly catalog: Catalog
  readonly steps: readonly Step[]
  /** how many of them were declared; the others follow */
  readonly declared: number
  /** what takes back those that reach beyond a database */
  readonly undo: readonly string[]
}

/** Runs the steps and reads what the state is then. */
export type Run = (steps: readonly Step[]) => Promise<Catalog>

export async function settle(current: Catalog, desired: Catalog, declared: readonly Rename[], run: Run): Promise<Settled> {
  let catalog = current
  const steps: Step[] = []
  const done: Renamed[] = []
  let rest = declared
  let last: readonly Renamed[] = []
  while (rest.length > 0) {
    const round = nextRound(catalog, desired, rest, last)
    rest = round.rest
    if (round.steps.length === 0) break
    catalog = await run(round.steps)
    steps.push(...round.steps)
    done.push(...round.done)
    last = round.done
  }
  refuseUnmet(rest, catalog, desired)
  const derived = derivedRenames(catalog, desired, straight(done))
  if (derived.length > 0) catalog = await run(derived)
  return {catalog, steps: [...steps, ...derived], declared: steps.length, undo: done.flatMap(undoOf).reverse()}
}

/** From the first name to the last, whatever was between. */
function straight(done: readonly Renamed[]): Renamed[] {
  const between = done.filter((one) => one.between)
  const first = ({kind, from}: Renamed) => between.find((one) => one.kind === kind && isEqual(one.to, from))?.from ?? from
  return done.flatMap((one) => (one.between ? [] : [{...one, from: first(one)}]))
}

const isEqual = (a: readonly string[], b: readonly string[]): boolean => a.join('\0') === b.join('\0')

/** Roles are the cluster's: a copy of a database has them in common with the others. */
function undoOf({kind, from, to}: Renamed): string[] {
  return kind === 'role' ? [`ALTER ROLE ${quoteName(to[0]!)} RENAME TO ${quoteName(from[0]!)}`] : []
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
  let settled: Settled | undefined
  try {
    settled = await settle(current.catalog, desired, declared, async (steps) => {
      if (!copy) {
        tell('settling renames')
        const database = await current.clone()
        copy = {database, db: await database.connect()}
      }
      await runSteps(copy.db, steps, async () => false)
      return read(copy.db)
    })
    return settled
  } finally {
    for (const sql of settled?.undo ?? []) await copy?.db.script(sql)
    await copy?.db.close()
    await copy?.database.drop()
  }
}

/** What the same steps make of a clone of the current state. */
export async function renamedClone(
  current: Pick<State, 'clone'>,
  steps: readonly Step[],
  undo: readonly string[] = [],
): Promise<ShadowDatabase> {
  const database = await current.clone()
  if (steps.length === 0) return database
  const db = await database.connect()
  await runSteps(db, steps, async () => false).finally(() => db.close())
  if (undo.length === 0) return database
  return {
    shadow: database.shadow,
    name: database.name,
    connect: (options) => database.connect(options),
    clone: () => database.clone(),
    async drop() {
      const last = await database.connect()
      for (const sql of undo) await last.script(sql).catch(() => {})
      await last.close()
      await database.drop()
    },
  }
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
