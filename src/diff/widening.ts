// Steps and the changes they carry out in; the same steps out, those after which somebody may see or do more with that hazard.
import {kindOf} from './kinds/index.ts'
import type {Change, Context, ObjectId, Step} from './model.ts'

export function widening(steps: readonly Step[], changes: readonly Change[], context: Context): Step[] {
  const whys = new Map<ObjectId, string>()
  for (const change of changes) {
    const o = change.to ?? change.from
    const why = kindOf(o.kind).widens?.(change, context)
    if (why) whys.set(o.id, why)
  }
  if (whys.size === 0) return [...steps]
  const last = new Map(steps.map((step, at) => [step.object, at]))
  return steps.map((step, at) => {
    const why = last.get(step.object) === at ? whys.get(step.object) : undefined
    return why ? {...step, hazards: [...step.hazards, {name: 'security-widened', why}]} : step
  })
}
