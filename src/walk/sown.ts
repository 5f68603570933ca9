// Files of rows in; what is wrong with them where a project's migrations have run, and its files say the rest, out: tried on a copy.
import {PgextError} from '../errors.ts'
import {runSeeds, type SeedFile} from '../migrations/seed.ts'
import {runSteps} from '../prove/run.ts'
import {connectMighty} from './copy.ts'
import {difference} from './difference.ts'
import {withNamed} from './proof.ts'
import {namesMentioned, type Workplace} from './sides.ts'

/** Nothing of them is tried on somebody's server. */
export async function sown(seeds: readonly SeedFile[], place: Workplace): Promise<PgextError | undefined> {
  const {project} = place
  // functions come with everything else
  const sources = async () => (await project.sources()).map((file) => ({...file, holdsFunctions: false}))
  const options = {from: 'migrations', to: 'files', online: false, prove: false, allow: new Set<string>()}
  const answers = {yes: [], no: 'all'} as const
  const {current, desired, plan} = await difference({...options, renames: answers}, {...place, project: {...project, sources}})
  const database = await withNamed(desired, place, () => current.clone())()
  if (database.shadow.engine === 'server') {
    await database.drop()
    return undefined
  }
  const db = await connectMighty(database, place.target, await namesMentioned(seeds))
  place.tell('trying the rows to begin with')
  try {
    // whatever fails here has been told, or is none of theirs
    const isThere = await runSteps(db, plan.steps, async () => false).then(
      () => true,
      () => false,
    )
    if (isThere) await runSeeds(db, seeds)
    return undefined
  } catch (error) {
    // what this copy can't do (COPY from stdin on PGlite) says nothing of the files
    return error instanceof PgextError && error.sqlstate && error.where ? error : undefined
  } finally {
    await db.close()
    await database.drop()
  }
}
