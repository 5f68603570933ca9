// A database's URL and the files in; what its routines lack, told by a look at them alone, out; undefined where that takes more.

import {type Records, readRecords} from '../deploy/record.ts'
import type {Catalog, Plan, Step} from '../diff/model.ts'
import {plan} from '../diff/plan.ts'
import {type Read, ROUTINES, readRoutines, routinesOf} from '../diff/routines.ts'
import {scope} from '../diff/scope.ts'
import type {Db} from '../postgres/db.ts'
import {asked} from './asked.ts'
import {deployable, functionChanges} from './functions.ts'
import {leaveFunctions, said} from './known.ts'
import type {Deployment, DeployRequest} from './model.ts'
import {choiceOf, isRecorded, recordsAfter, staleIn} from './records.ts'
import {deployed, onlyOf, touchedBy} from './routines.ts'
import {rulesFor} from './rules.ts'
import {blind} from './same.ts'
import type {Known, Workplace} from './sides.ts'

export function glance(request: DeployRequest, looked: Looked, desired: Known, place: Workplace): Deployment | undefined {
  return tell(request, looked, desired, {...desired, catalog: routinesOf(desired.catalog)}, place)
}

/** A database's routines, as they stand, and which of them pgext deployed. */
export interface Looked extends Read {
  readonly records: Records | undefined
}

/** @param files what of the desired state is about routines */
export function tell(
  request: DeployRequest,
  {catalog, records}: Omit<Looked, 'mark'>,
  desired: Known,
  files: Known,
  place: Workplace,
): Deployment | undefined {
  const loaded = files.loaded!
  if (catalog.server.major !== files.catalog.server.major) return undefined
  const current: Known = {
    side: 'database',
    catalog,
    live: {url: request.url, server: catalog.server, ...(records && {records})},
    clone: () => Promise.reject(new Error('a part of a state makes no database')),
  }
  if (said(files, current).due.length > 0) return undefined
  const rules = rulesFor(current, files, place)
  const choice = choiceOf(request, records, catalog, files.catalog)
  const scoped = leaveFunctions(scope(catalog, files.catalog, rules), current, files, choice)
  const functions = deployable(scoped.current, scoped.desired, new Set([...loaded.functions, ...choice.pruned]), choice.isOurs)
  const waiting = asked(functionChanges(scoped.current, scoped.desired, functions), request.names, [catalog, files.catalog])
  const target = deployed(scoped.current, waiting)
  const shape: Plan = plan(scoped.current, target, {server: catalog.server, changes: waiting})
  if (!shape.steps.every((step) => isInPlace(step, catalog)) || waiting.some(isOfMachineCode)) return undefined
  const recorded = recordsAfter(records, {loaded, live: catalog, waiting, kept: []})
  const counted = (routines: Catalog) =>
    onlyOf(
      leaveFunctions(scope(routines, files.catalog, {...rules, carried: scoped.carried}), current, files, choice).current,
      functions,
    )
  return {
    current,
    desired,
    changes: [],
    waiting,
    unseen: [],
    plan: shape,
    sizes: new Map(),
    notes: [...loaded.notes, ...scoped.notes, ...blind(current, desired)],
    renames: [],
    candidates: [],
    deploying: {
      plan: shape,
      touched: touchedBy(waiting),
      counted,
      expected: onlyOf(target, functions),
      ...(!isRecorded(records, recorded) && {records: recorded}),
    },
    inPlace: true,
    written: loaded.written,
    callers: new Map(),
    stale: staleIn(records, catalog, files.catalog),
  }
}

/** Nothing is in the way of a routine that is made, or replaced, or spoken of. */
function isInPlace({verb, object}: Step, {objects}: Catalog): boolean {
  return verb !== 'drop' || !ROUTINES.has(objects.get(object)?.kind ?? '')
}

/** Those of base types come with their shells. */
const isOfMachineCode = ({to}: {to?: {body: any}}): boolean => / LANGUAGE (c|internal)\n/i.test(to?.body.definition ?? '')

export async function lookFor({url}: DeployRequest, {session}: Workplace): Promise<Looked> {
  if (session) return look(session)
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(url)
  return look(db).finally(() => db.close())
}

/** One snapshot, and nothing else: what goes meanwhile is seen when everything is looked at. */
export async function look(db: Db): Promise<Looked> {
  await db.script('begin isolation level repeatable read read only')
  try {
    const read = await readRoutines(db)
    return {...read, records: await readRecords(db)}
  } finally {
    await db.script('commit')
  }
}
