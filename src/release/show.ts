// A planned deployment in; what a person reads before it, or JSON for a program, out.

import type {DeploymentRow} from '../deploy/history.ts'
import type {Json, ObjectId} from '../diff/model.ts'
import {quoteName} from '../postgres/quote.ts'
import {capturingText, followingNotes} from '../terminal/capture.ts'
import {costLines} from '../terminal/cost.ts'
import {isSettled} from '../terminal/deploy.ts'
import {capturingJson, dangerLines, dangers} from '../terminal/difference.ts'
import {findingLines, placeFindings} from '../terminal/finding.ts'
import {headlines} from '../terminal/function.ts'
import type {Paint} from '../terminal/paint.ts'
import {preflightJson, preflightNotes} from '../terminal/preflight.ts'
import type {Gap} from '../walk/access.ts'
import type {Deployment} from '../walk/model.ts'
import {driftLines, failingLines} from './line.ts'
import type {Planned} from './plan.ts'
import {stepsOf} from './step.ts'

export interface Told {
  /** what is to be done */
  readonly lines: readonly string[]
  /** what to know beside it */
  readonly notes: readonly string[]
}

export async function tell(planned: Planned, paint: Paint): Promise<Told> {
  const {destination, order, pending, rehearsal, capture, build, publish, previous, rows} = planned
  const {functions, first, between, lasting, migrations, drift, gaps} = rehearsal
  const lines = [`${paint('bold', 'deploy')} to ${destination.label}  ${paint('dim', destination.shown)}`]
  if (previous && previous.state !== 'done') lines.push(`${paint('yellow', 'continues')} ${endOf(previous)}`)
  if (build) lines.push(`${paint('cyan', 'build')} ${build}`)
  if (first.length > 0)
    lines.push(`${paint('cyan', 'functions first')} ${first.join(', ')}: the migrations would break what they replace`)
  for (const file of pending) {
    lines.push(`${paint('yellow', 'apply')} ${file}`)
    for (const {step} of migrations.steps.filter((one) => one.file.endsWith(file))) {
      for (const line of costLines(step, migrations.sizes)) lines.push(paint('dim', `    ${line}`))
      for (const {name, why} of step.hazards) lines.push(`    ${paint(name === 'data-loss' ? 'red' : 'yellow', name)} ${why}`)
    }
  }
  if (functions && !isSettled(functions))
    lines.push(paint('cyan', 'functions'), ...headlines(functions.waiting, paint).map((line) => `    ${line}`))
  if (functions) lines.push(...dangerLines(functions, paint))
  const follows = capture ? await capturingText(capture, paint, 'what follows, in the same transactions') : ''
  if (follows) lines.push(follows)
  if (publish) lines.push(`${paint('cyan', 'publish')} ${publish}`)
  if (between.length > 0)
    lines.push(`${paint('red', 'between')} functions fail until their own deployment:`, ...failingLines(between))
  if (lasting.length > 0) lines.push(`${paint('red', 'breaks-code')} the migrations break functions:`, ...failingLines(lasting))
  if (drift.length > 0) lines.push(`${paint('red', 'drift')} the target is not as its migrations left it:`, ...driftLines(drift))
  const placed = functions
    ? await placeFindings(functions.findings ?? [], functions.written, () => destination.project.sources())
    : []
  return {
    lines,
    notes: [
      ...order,
      ...(rows ? preflightNotes(rows) : []),
      ...followingNotes(capture),
      ...(functions?.notes ?? []),
      ...(functions && functions.stale.length > 0
        ? [`no file has any more, and pgext deploy-functions --prune drops: ${functions.stale.join(', ')}`]
        : []),
      ...gaps.map((gap) => gapLine(gap, functions)),
    ]
      .map((one) => `note: ${one}`)
      .concat(placed.flatMap((one) => findingLines(one, paint))),
  }
}

export function endOf({id, state, steps}: DeploymentRow): string {
  const at = steps.find((one) => one.state === 'failed' || one.state === 'running')
  return `deployment ${id}, which ${state === 'failed' ? 'failed' : 'was cut off'}${at ? ` at step ${at.step}` : ''}`
}

/** With what to write, and where, should the role be meant to. */
function gapLine({role, schema, routines}: Gap, functions: Deployment | undefined): string {
  const whom = quoteName(role)
  if (!routines)
    return `${role} may not use schema ${schema}; if it is to: grant usage on schema ${quoteName(schema)} to ${whom};`
  const shown = routines.slice(0, 5).join(', ')
  const [first] = routines
  const file = functions?.written.get(`function ${first}` as ObjectId)?.path
  const how = `grant execute on function ${first} to ${whom};${file ? ` in ${file}` : ''}`
  return `${role} may not execute ${shown}${routines.length > 5 ? ` and ${routines.length - 5} more` : ''}; if it is to: ${how}`
}

export function planJson(planned: Planned): Record<string, Json> {
  const {destination, pending, rehearsal, capture, previous, rows} = planned
  const {functions, first, between, lasting, migrations, drift, gaps} = rehearsal
  const failing = (all: typeof between): Json => all.map(({routine, why}) => ({routine, why}))
  return {
    target: destination.label,
    database: destination.shown,
    steps: stepsOf(planned).map(({name, doing}) => ({step: name, doing: doing ?? null})),
    pending: [...pending],
    hazards: [
      ...migrations.steps.flatMap(({file, line, step}) => step.hazards.map(({name, why}) => ({name, why, file, line}))),
      ...(functions ? dangers(functions).map(({hazard: {name, why}}) => ({name, why, file: null, line: null})) : []),
    ],
    functions: functions?.waiting.map((change) => ({verb: change.verb, object: (change.to ?? change.from)!.id})) ?? [],
    functionsFirst: [...first],
    between: failing(between),
    breaks: failing(lasting),
    drift: drift.map((change) => ({verb: change.verb, object: (change.to ?? change.from)!.id})),
    gaps: gaps.map(({role, schema, routines}) => ({role, schema, routines: routines ? [...routines] : null})),
    capture: capture ? capturingJson(capture) : null,
    preflight: rows ? preflightJson(rows) : null,
    continues: previous && previous.state !== 'done' ? previous.id : null,
    statements: migrations.steps.length,
  }
}
