// A plan's steps in, those that share a transaction together out, in the order given.
import type {Step} from './model.ts'

export interface Group {
  /** outside any transaction */
  readonly alone: boolean
  readonly steps: readonly Step[]
}

/** What follows a 'commit-after' step, unless it is one itself, finds it committed; an 'apart' step shares with none. */
export function groups(steps: readonly Step[]): Group[] {
  const made: {alone: boolean; steps: Step[]}[] = []
  for (const step of steps) {
    const alone = step.transaction === 'alone'
    const open = made.at(-1)
    const last = open?.steps.at(-1)?.transaction
    const isClosed =
      last === 'apart' || step.transaction === 'apart' || (last === 'commit-after' && step.transaction !== 'commit-after')
    if (open && open.alone === alone && !isClosed) open.steps.push(step)
    else made.push({alone, steps: [step]})
  }
  return made
}
