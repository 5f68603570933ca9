// Steps in, the same steps tied to each other, or to others, out.
import type {ObjectId, Step} from '../model.ts'

/** Each step needs the one before it; the object itself is made, or gone, with the last. */
export function chain(name: ObjectId, steps: readonly Step[]): readonly Step[] {
  if (steps.length < 2) return steps
  const link = (at: number) => `${name} step ${at + 1}` as ObjectId
  const others = (ids: readonly ObjectId[]) => ids.filter((id) => id !== name)
  const own = (ids: (step: Step) => readonly ObjectId[]) => (steps.some((step) => ids(step).includes(name)) ? [name] : [])
  // what had the name before goes before the first of them
  const isMade = own((s) => s.makes).length > 0 && own((s) => s.breaks).length === 0
  return steps.map((step, at) => {
    const isLast = at === steps.length - 1
    return {
      ...step,
      ...(at === 0 && isMade && {awaits: [name]}),
      makes: [...others(step.makes), ...(isLast ? own((s) => s.makes) : [link(at)])],
      breaks: [...others(step.breaks), ...(isLast ? own((s) => s.breaks) : [])],
      needs: at > 0 ? [...step.needs, link(at - 1)] : step.needs,
    }
  })
}

/** Steps that share what they need, or make, beside their own. */
export function tied(steps: readonly Step[], {needs, makes}: {needs?: ObjectId; makes?: ObjectId}): readonly Step[] {
  const and = (ids: readonly ObjectId[], id?: ObjectId) => (id ? [...ids, id] : ids)
  return steps.map((step) => ({...step, needs: and(step.needs, needs), makes: and(step.makes, makes)}))
}
