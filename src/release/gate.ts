// A planned deployment and what somebody allows in; the first thing that is in its way, as an error, or nothing, out.
import {PgextError} from '../errors.ts'
import {refuseUnallowed} from '../terminal/deploy.ts'
import {count} from '../terminal/difference.ts'
import {refuseBroken} from '../terminal/preflight.ts'
import {driftLines, failingLines} from './line.ts'
import type {Planned} from './plan.ts'

export async function refuse(planned: Planned, allow: readonly string[]): Promise<void> {
  const {rehearsal, rows, destination} = planned
  const {settings} = destination.project
  const allowed = new Set<string>([...settings.allow, ...allow])
  const {drift, functions, between, lasting, migrations} = rehearsal
  if (drift.length > 0 && !allowed.has('drift'))
    throw new PgextError(
      'target-moved',
      `the target is not as its migrations left it, and nothing was deployed:\n${driftLines(drift).join('\n')}`,
      {
        hint: 'somebody has changed it by hand: take that back, or write it into a migration; --allow drift deploys all the same',
      },
    )
  if (rows) refuseBroken(rows)
  const faults = (functions?.findings ?? []).filter(({level}) => level === 'error')
  if (faults.length > 0)
    throw new PgextError('bad-sql', `${count(faults.length, 'fault')} in function bodies: nothing was deployed`, {
      hint: 'mend what is said above; pgext deploy-functions --dry-run shows it too, once the migrations are applied',
    })
  if (lasting.length > 0 && !allowed.has('breaks-code'))
    throw new PgextError(
      'not-allowed',
      `the migrations break functions, and nothing here mends them:\n${failingLines(lasting).join('\n')}`,
      {hint: 'bring these functions up to date in your files, or add --allow breaks-code'},
    )
  if (between.length > 0 && !allowed.has('between'))
    throw new PgextError(
      'not-allowed',
      `functions would fail between the migrations and their own deployment, and nothing was deployed:\n${failingLines(between).join('\n')}`,
      {
        hint: 'do it in two deployments (add what is new first, take away what is old when nothing uses it), or add --allow between when a moment of that does no harm',
      },
    )
  const refused = new Set<string>(settings.refuse.filter((name) => !allowed.has(name)))
  const met = migrations.steps.flatMap(({file, line, step}) =>
    step.hazards.filter(({name}) => refused.has(name)).map(({name, why}) => ({name, line: `  ${file}:${line}: ${name}: ${why}`})),
  )
  if (met.length > 0)
    throw new PgextError(
      'not-allowed',
      `"refuse" in pgext.json has hazards of these migrations, and nothing was deployed:\n${met.map(({line}) => line).join('\n')}`,
      {hint: `if that is meant, add --allow ${[...new Set(met.map(({name}) => name))].join(',')}`},
    )
  if (functions) await refuseUnallowed(functions, allow, destination.project)
}
