// A difference in; text for a person, or JSON for a program, out.
import type {Change, Hazard, Json, Step} from '../diff/model.ts'
import type {Difference} from '../walk/model.ts'
import type {Paint} from './paint.ts'

export interface Danger {
  readonly hazard: Hazard
  readonly step: Step
}

export function isEqual({changes, waiting, plan}: Difference): boolean {
  return changes.length === 0 && waiting.length === 0 && plan.steps.length === 0
}

/** The hazards of a plan, each with its step, worst first. */
export function dangers(difference: Difference): Danger[] {
  const all = difference.plan.steps.flatMap((step) => step.hazards.map((hazard) => ({hazard, step})))
  return all.sort((a, b) => rank(a.hazard) - rank(b.hazard))
}

export function dangerLines(difference: Difference, paint: Paint): string[] {
  return dangers(difference).map(({hazard, step}) => {
    const style = hazard.name === 'data-loss' ? 'red' : 'yellow'
    return `${paint(style, hazard.name)} ${reasonOf({hazard, step})}`
  })
}

/** What a hazard is about, and why; most reasons name it themselves. */
export function reasonOf({hazard, step}: Danger): string {
  return hazard.why.startsWith(step.object) ? hazard.why : `${step.object}: ${hazard.why}`
}

/** One sentence on the proof: where it ran, on which rows, what it could not fill. */
export function proofLines({proof}: Difference, paint: Paint): string[] {
  if (!proof) return []
  const on = proof.planted === 0 ? '' : ` with rows in ${count(proof.planted, 'table')}`
  return [
    `${paint('green', 'proven')} on PostgreSQL ${proof.major}${proof.major === proof.target ? '' : `, target ${proof.target}`}${on}`,
    ...proof.unplanted.map(({table, why}) => `${paint('yellow', 'proven without rows')} in ${table}: ${why}`),
    ...proof.dataDependent.map(({step, why}) => `${paint('yellow', 'data-dependent')} ${step.object}: ${why}`),
  ]
}

export function differenceJson(difference: Difference, sql: string): Record<string, Json> {
  const {changes, waiting, notes, proof, renames, candidates} = difference
  return {
    equal: isEqual(difference),
    from: difference.current.side,
    to: difference.desired.side,
    changes: changes.map(changeJson),
    waiting: waiting.map(changeJson),
    sql,
    hazards: dangers(difference).map(({hazard, step}) => ({
      name: hazard.name,
      why: hazard.why,
      object: step.object,
      sql: step.sql,
    })),
    notes,
    renames: renames.map(({object, sql}) => ({object, sql})),
    candidates: candidates.map(({old, now, answer}) => ({old, now, answer})),
    proof: proof
      ? {
          major: proof.major,
          target: proof.target,
          planted: proof.planted,
          unplanted: proof.unplanted.map(({table, why}) => ({table, why})),
          dataDependent: proof.dataDependent.map(({step, why}) => ({object: step.object, sql: step.sql, why})),
        }
      : null,
  }
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

function changeJson(change: Change): Json {
  const object = change.verb === 'drop' ? change.from : change.to
  return {verb: change.verb, kind: object.kind, object: object.id}
}

function rank(hazard: Hazard): number {
  return hazard.name === 'data-loss' ? 0 : 1
}
