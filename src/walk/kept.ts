// What is to be done to functions in; those that stay beside the ones that come instead of them, with all that is said of them, out.
import {idOf} from '../diff/id.ts'
import type {RoutineBody} from '../diff/kinds/routine.ts'
import type {Catalog, CatalogObject, Change} from '../diff/model.ts'
import {ROUTINES} from '../diff/routines.ts'
import {belongsTo} from './functions.ts'

export interface Kept {
  readonly kept: readonly CatalogObject[]
  readonly notes: readonly string[]
}

export const KEPT_NONE: Kept = {kept: [], notes: []}

/** @param current everything that is there */
export function keptBy(changes: readonly Change[], target: Catalog, current: Catalog): Kept {
  const gone = changes.flatMap((change) => (change.verb === 'drop' && ROUTINES.has(change.from.kind) ? [change.from] : []))
  const come = changes.flatMap((change) => (change.verb === 'create' && ROUTINES.has(change.to.kind) ? [change.to] : []))
  const meant = gone.map((old) => ({old, why: hindrance(old, come, target)}))
  const ids = new Set(meant.flatMap(({old, why}) => (why ? [] : [old.id])))
  return {
    kept: [...current.objects.values()].filter((o) => belongsTo(o, ids, current)),
    notes: meant.flatMap(({old, why}) => (why ? [`not kept: ${old.id}, ${why}`] : [])),
  }
}

function hindrance(old: CatalogObject, come: readonly CatalogObject[], target: Catalog): string | undefined {
  if ([...ROUTINES].some((kind) => target.objects.has(idOf(kind, old.name, old.signature))))
    return 'as the new one takes arguments of the same types'
  const rival = come.find((o) => o.name.join('\0') === old.name.join('\0') && answers(o, old))
  return rival && `as calls of it mean ${rival.id}, too, whose further arguments have defaults`
}

/** With defaults for what the old one did not have: a call of the old one would fit both, and PostgreSQL takes neither. */
function answers(now: CatalogObject<RoutineBody>, old: CatalogObject<RoutineBody>): boolean {
  const [wanted, given] = [inputs(now), inputs(old)]
  return (
    given.length < wanted.length &&
    wanted.length - (now.body.defaults ?? 0) <= given.length &&
    given.every((type, at) => type === wanted[at])
  )
}

const inputs = ({body}: CatalogObject<RoutineBody>): string[] =>
  (body.parameters ?? []).flatMap(({mode, type}) => (mode === 'o' || mode === 't' ? [] : [type]))
