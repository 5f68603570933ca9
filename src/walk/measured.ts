// A plan's steps and what PostgreSQL was seen to do for them in; the same steps with that said of them, and what had been said otherwise, out.
import {corrected, tellCost} from '../cost/corrected.ts'
import {hazardsOf} from '../cost/price.ts'
import type {Seen} from '../cost/seen.ts'
import type {Cost, Hazard, Step} from '../diff/model.ts'
import {type Measurement, measureSteps} from '../prove/measured.ts'
import type {ShadowDatabase} from '../shadow/model.ts'
import type {Measured} from './model.ts'

/** Renames run before anything is compared, and so before the proof begins. */
export async function measureRenames(
  clone: () => Promise<ShadowDatabase>,
  steps: readonly Step[],
  undo: readonly string[],
): Promise<Measurement> {
  if (steps.length === 0) return {seen: new Map(), unseen: []}
  const database = await clone()
  try {
    return await measureSteps(database, steps)
  } finally {
    const last = await database.connect()
    for (const sql of undo) await last.script(sql).catch(() => {})
    await last.close()
    await database.drop()
  }
}

/** `steps`: as they were measured, one for each of `told` */
export function tellMeasured(
  told: readonly Step[],
  steps: readonly Step[],
  measurements: readonly Measurement[],
): {readonly steps: Step[]; readonly measured: Measured} {
  const seen = new Map(measurements.flatMap((one) => [...one.seen]))
  const why = new Map(measurements.flatMap((one) => one.unseen.map((left) => [left.step, left.why] as const)))
  const differing: {step: Step; said: Cost}[] = []
  const unseen: {step: Step; why: string}[] = []
  const now = told.map((step, at) => {
    const here = seen.get(steps[at]!)
    if (!here) {
      unseen.push({step, why: why.get(steps[at]!) ?? 'it is not run on copies'})
      return step
    }
    const {step: mended, said} = mend(step, here)
    if (said) differing.push({step: mended, said})
    return mended
  })
  return {steps: now, measured: {steps: now.length - unseen.length, differing, unseen}}
}

function mend(step: Step, seen: Seen): {step: Step; said?: Cost} {
  const {cost, said} = corrected(step.cost, seen)
  if (!said) return {step: {...step, cost}}
  const wrong = new Set(hazardsOf(said).map(wordsOf))
  const hazards = [...step.hazards.filter((hazard) => !wrong.has(wordsOf(hazard))), ...hazardsOf(cost)]
  return {step: {...step, cost, hazards}, said}
}

const wordsOf = ({name, why}: Hazard): string => `${name} ${why}`

/** A sentence for each step that does otherwise than pgext knew, or could not be looked at. */
export function measuredNotes({differing, unseen}: Measured): string[] {
  return [
    ...differing.map(
      ({step, said}) =>
        `measured otherwise than said, of ${lineOf(step)}: it locks ${tellCost(step.cost!)}; said was ${tellCost(said)}`,
    ),
    ...unseen.map(({step, why}) => `not measured, so said as it is known: ${lineOf(step)} (${why})`),
  ]
}

function lineOf({sql}: Step): string {
  const [line, ...more] = sql.split('\n')
  return more.length > 0 ? `${line} …` : line!
}
