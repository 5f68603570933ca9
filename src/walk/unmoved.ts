// Files and a database in; where both are as they were when nothing was left to do, that out: no parser, no kinds, no shadow are needed.
import type {Standing} from '../deploy/record.ts'
import type {ObjectId} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import {showUrl} from '../postgres/url.ts'
import type {SourceFile} from '../shadow/model.ts'
import {keepFound, keyOf, recallFound} from './cache.ts'
import type {Looked} from './glance.ts'
import type {Deployment, DeployRequest, Side, State} from './model.ts'
import type {Workplace} from './sides.ts'
import {BUILT, VERSION} from './version.ts'

/** An answer that left nothing to do, and the rows of the database that it was made of: the same rows lead to the same answer. */
interface Unmoved {
  readonly answer: Pick<Deployment, 'notes' | 'stale' | 'plan'>
  readonly records: readonly (readonly [ObjectId, Standing])[]
  readonly mark: string
  /** asks for the mark */
  readonly script: string
}

/** undefined: it has to be told anew. */
export async function unmoved(
  request: DeployRequest,
  sources: readonly SourceFile[],
  place: Workplace,
): Promise<Deployment | undefined> {
  if (!place.session || request.whole) return undefined
  const known = await recallFound<Unmoved>(await keyFor(request, sources, place))
  if (!known || !(await isStill(place.session, known))) return undefined
  return {
    ...known.answer,
    current: unseen('database'),
    desired: unseen('files'),
    changes: [],
    waiting: [],
    unseen: [],
    sizes: new Map(),
    renames: [],
    candidates: [],
    inPlace: true,
    written: new Map(),
    callers: new Map(),
  }
}

export interface Answer {
  readonly deployment: Deployment
  readonly looked: Looked
}

export async function keepUnmoved(
  request: DeployRequest,
  sources: readonly SourceFile[],
  place: Workplace,
  {deployment, looked: {catalog, mark, records}}: Answer,
): Promise<void> {
  const {plan, waiting, unseen, renames, deploying, notes, stale} = deployment
  if (plan.steps.length + waiting.length + unseen.length + renames.length > 0) return
  if (!records || !deploying || deploying.records) return
  const {markScript} = await import('../diff/routines.ts')
  const known: Unmoved = {answer: {notes, stale, plan}, records: [...records], mark, script: markScript(catalog.server)}
  await keepFound(await keyFor(request, sources, place), known)
}

/** All that decides what is made of those rows. */
async function keyFor({names, prune, url}: DeployRequest, sources: readonly SourceFile[], place: Workplace): Promise<string> {
  const {project, target} = place
  const {settings, shadowUrl} = project
  const given = [names, prune, sources, await place.external(), settings, shadowUrl]
  return keyOf(['unmoved', VERSION, BUILT, given, showUrl(url), target?.server, target?.attributes])
}

/** In one snapshot; what was told of another one, or can't be read now, is no answer. */
async function isStill(db: Db, {script, mark, records}: Unmoved): Promise<boolean> {
  try {
    const answers = await db.script(`begin isolation level repeatable read read only; ${script}; ${RECORDS}; commit`)
    const [recorded = []] = answers.filter(([row]) => row && !('mark' in row))
    const marks = answers.flatMap(([row]) => row?.mark ?? [])
    const standing = new Map(records)
    const isSame = recorded.length === standing.size && recorded.every(({routine, standing: as}) => standing.get(routine) === as)
    return isSame && marks.join(' ') === mark
  } catch {
    await db.script('rollback').catch(() => {})
    return false
  }
}

const RECORDS = 'select routine, standing from pgext.routine'

function unseen(side: Side): State {
  const catalog = (): never => {
    throw new Error(`nothing of ${side} was read`)
  }
  return {
    side,
    get catalog() {
      return catalog()
    },
    clone: () => Promise.reject(catalog()),
  }
}
