// A difference in; text for a person, or JSON for a program, out.
import {tellCost} from '../cost/corrected.ts'
import {couldNotLook} from '../diff/denied.ts'
import type {Change, Hazard, Json, Step} from '../diff/model.ts'
import {namesOf} from '../diff/unmodelled.ts'
import {PgextError} from '../errors.ts'
import type {Capturing, Difference, Measured, State} from '../walk/model.ts'
import type {Paint} from './paint.ts'
import {hidePasswords} from './url.ts'

export interface Danger {
  readonly hazard: Hazard
  readonly step: Step
}

export function isEqual({changes, waiting, unseen, plan, capture}: Difference): boolean {
  if (capture && capture.steps.length + capture.inside > 0) return false
  return !unseen.some(({decides}) => decides) && changes.length === 0 && waiting.length === 0 && plan.steps.length === 0
}

/** What the role may not see, where that decides nothing. */
export function unseenNotes({unseen}: Difference): string[] {
  return unseen.filter(({decides}) => !decides).map((one) => couldNotLook(one))
}

/** Nobody can say that nothing differs in what could not be looked at. */
export function refuseUnseen({unseen}: Difference, isMeant: (kind: string) => boolean = () => true): void {
  const deciding = unseen.filter(({kind, decides}) => decides && isMeant(kind))
  if (deciding.length === 0) return
  const list = deciding.map((one) => `  ${couldNotLook(one, one.declared)}`).join('\n')
  throw new PgextError('not-allowed', `the role may not see what has to be compared:\n${list}`, {
    hint: `grant it SELECT there, or leave such objects alone: "ignore": ["${deciding[0]!.kind} *"] in pgext.json`,
  })
}

/** "Nothing differs" would say too much: what is not compared is named, and with --strict that is the end of it. */
export function refuseUncompared(sides: readonly Pick<State, 'side' | 'catalog'>[], isStrict: boolean): void {
  if (!isStrict) return
  const lines = sides.flatMap(({side, catalog}) => catalog.unmodelled.map((one) => `  ${hidePasswords(side)}: ${namesOf(one)}`))
  if (lines.length === 0) return
  throw new PgextError('not-supported', `there are objects that pgext does not compare:\n${lines.join('\n')}`, {
    hint: 'compare them by hand; without --strict (and "strict" in pgext.json) they are named, and the rest is compared',
  })
}

/** The hazards of a plan, each with its step, worst first. */
export function dangers(difference: Difference): Danger[] {
  const all = difference.plan.steps.flatMap((step) => step.hazards.map((hazard) => ({hazard, step})))
  return all.sort((a, b) => rank(a.hazard) - rank(b.hazard))
}

export function dangerLines(difference: Difference, paint: Paint): string[] {
  const lines = dangers(difference).map(({hazard, step}) => {
    const style = hazard.name === 'data-loss' ? 'red' : 'yellow'
    return `${paint(style, hazard.name)} ${reasonOf({hazard, step})}`
  })
  // several steps may read one table
  return [...new Set(lines)]
}

/** Their reasons name the table, or whatever else they are about, whichever part of it the step is. */
const WHOLE: ReadonlySet<string> = new Set(['rewrite', 'blocking-reads', 'blocking-writes', 'long-scan', 'security-widened'])

/** What a hazard is about, and why; most reasons name it themselves. */
export function reasonOf({hazard, step}: Danger): string {
  return hazard.why.startsWith(step.object) || WHOLE.has(hazard.name) ? hazard.why : `${step.object}: ${hazard.why}`
}

/** One sentence on the proof: where it ran, on which rows, what it could not fill. */
export function proofLines({proof, measured}: Difference, paint: Paint): string[] {
  if (!proof) return []
  const on = proof.planted === 0 ? '' : ` with rows in ${count(proof.planted, 'table')}`
  return [
    `${paint('green', 'proven')} on PostgreSQL ${proof.major}${proof.major === proof.target ? '' : `, target ${proof.target}`}${on}`,
    ...proof.unplanted.map(({table, why}) => `${paint('yellow', 'proven without rows')} in ${table}: ${why}`),
    // steps that say so themselves are among the hazards
    ...proof.dataDependent
      .filter(({step}) => !step.hazards.some(({name}) => name === 'data-dependent'))
      .map(({step, why}) => `${paint('yellow', 'data-dependent')} ${step.object}: ${why}`),
    ...(measured ? [`${paint('green', 'measured')} on PostgreSQL ${proof.major}: ${measuredWords(measured)}`] : []),
  ]
}

/** `7 steps, 1 of them otherwise than said; 2 not` */
function measuredWords({steps, differing, unseen}: Measured): string {
  const otherwise = differing.length > 0 ? `, ${differing.length} of them otherwise than said` : ''
  return `${count(steps, 'step')}${otherwise}${unseen.length > 0 ? `; ${unseen.length} not` : ''}`
}

export function differenceJson(difference: Difference, sql: string): Record<string, Json> {
  const {changes, waiting, notes, proof, renames, candidates} = difference
  return {
    equal: isEqual(difference),
    from: hidePasswords(difference.current.side),
    to: hidePasswords(difference.desired.side),
    changes: changes.map(changeJson),
    waiting: waiting.map(changeJson),
    sql,
    hazards: dangers(difference).map(({hazard, step}) => ({
      name: hazard.name,
      why: hazard.why,
      object: step.object,
      sql: step.sql,
    })),
    ...stepsJson(difference),
    capture: difference.capture ? capturingJson(difference.capture) : null,
    notes,
    renames: renames.map(({object, sql}) => ({object, sql})),
    candidates: candidates.map(({old, now, answer, loses}) => ({old, now, answer, loses})),
    couldNotLook: difference.unseen.map(({kind, why, declared, decides}) => ({kind, why, declared, decides})),
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

function stepJson({sql, object, transaction, cost}: Step, {sizes}: Pick<Difference, 'sizes'>): Json {
  const locks = [...(cost?.locks ?? [])].map(([relation, mode]) => ({
    relation,
    mode,
    rewrites: cost!.rewrites.has(relation),
    scans: cost!.scans.has(relation),
    bytes: sizes.get(relation)?.bytes ?? null,
    rows: sizes.get(relation)?.rows ?? null,
  }))
  return {sql, object, transaction, locks, unknown: cost?.unknown ?? false, measured: cost?.measured ?? false}
}

export function stepsJson(difference: Difference): {steps: Json; measured: Json} {
  const {measured, plan} = difference
  return {
    steps: plan.steps.map((step) => stepJson(step, difference)),
    measured: measured
      ? {
          steps: measured.steps,
          differing: measured.differing.map(({step, said}) => ({
            sql: step.sql,
            said: tellCost(said),
            seen: tellCost(step.cost!),
          })),
          unmeasured: measured.unseen.map(({step, why}) => ({sql: step.sql, why})),
        }
      : null,
  }
}

export function changeJson(change: Change): Json {
  const object = change.verb === 'drop' ? change.from : change.to
  return {verb: change.verb, kind: object.kind, object: object.id}
}

/** What capture of realtime tables takes. */
export function capturingJson(capture: Capturing): Json {
  const {engine = null, isDeclared, steps, inside, sizes} = capture
  return {engine, declared: isDeclared, steps: steps.map((step) => stepJson(step, {sizes})), inside}
}

const WORST_FIRST: readonly string[] = ['data-loss', 'rewrite', 'blocking-reads', 'blocking-writes']

function rank({name}: Hazard): number {
  const at = WORST_FIRST.indexOf(name)
  return name === 'long-scan' ? WORST_FIRST.length + 1 : at < 0 ? WORST_FIRST.length : at
}
