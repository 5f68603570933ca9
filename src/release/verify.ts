// A deployment whose steps are done in; that the target is what the files say, in words, or an error that says what is not, out.
import type {Change} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import {driftLines} from './line.ts'
import type {Planned} from './plan.ts'
import type {Means} from './step.ts'

export async function verify({rehearsal}: Planned, {walk, progress, note}: Means): Promise<string> {
  const found = await progress.during('comparing the target with the files', () =>
    walk.difference({
      from: 'database',
      to: 'files',
      online: false,
      prove: false,
      allow: new Set(),
      renames: {yes: [], no: 'all'},
    }),
  )
  const known = new Set(rehearsal.drift.map(keyOf))
  const left = [...found.changes, ...found.waiting]
  const fresh = left.filter((change) => !known.has(keyOf(change)))
  if (fresh.length > 0)
    throw new PgextError('target-moved', `the target is not what the files say:\n${driftLines(fresh).join('\n')}`, {
      hint: 'did somebody else change it meanwhile? pgext diff shows it, and pgext deploy tries again',
    })
  if (left.length > 0) note(`note: as before, the target is not as its migrations left it:\n${driftLines(left).join('\n')}`)
  const {capture} = found
  if (capture?.isDeclared && (!capture.engine || capture.steps.length + capture.inside > 0))
    throw new PgextError('target-moved', 'capture of realtime tables is not as the files say', {
      hint: 'pgext events:status tells more, and pgext migrate mends it',
    })
  const realtime = capture?.engine ? ', realtime tables are captured' : ''
  return `${left.length > 0 ? 'nothing else differs' : 'nothing differs from the files'}${realtime}`
}

const keyOf = (change: Change): string => `${change.verb} ${(change.to ?? change.from)!.id}`
