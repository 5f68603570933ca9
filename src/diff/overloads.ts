// Steps in, the same steps out: what calls a function is made when overloads that go are gone.
import {idOf} from './id.ts'
import type {CatalogObject, Context, ObjectId, Step} from './model.ts'

/** Calls are printed for the functions of one state: with those of the other beside them they may be ambiguous, or go astray. */
export function isOverloaded(gone: CatalogObject, needs: readonly ObjectId[]): boolean {
  if (gone.kind !== 'function') return false
  const name = idOf('function', gone.name, '(')
  return needs.some((id) => id.startsWith(name))
}

export function afterOverloads(steps: readonly Step[], context: Context): Step[] {
  const broken = steps.flatMap((step) => step.breaks).filter((id) => id.startsWith('function ') && !context.isMade(id))
  const gone = new Set(broken)
  const byName = new Map<string, ObjectId[]>()
  for (const id of gone) {
    const o = context.current.objects.get(id)
    if (!o) continue
    const name = idOf('function', o.name, '(')
    byName.set(name, [...(byName.get(name) ?? []), id])
  }
  if (byName.size === 0) return [...steps]
  return steps.map((step) => {
    const makes = step.breaks.filter((id) => gone.has(id)).map(goneFunction)
    const called = step.needs.flatMap((id) =>
      id.startsWith('function ') ? (byName.get(id.slice(0, id.indexOf('(') + 1)) ?? []) : [],
    )
    if (makes.length === 0 && called.length === 0) return step
    return {...step, makes: [...step.makes, ...makes], softNeeds: [...step.softNeeds, ...called.map(goneFunction)]}
  })
}

function goneFunction(id: ObjectId): ObjectId {
  return `${id} gone` as ObjectId
}
