// How migrations stand in a database in; those that are older than what is applied there refused, or said.
import {PgextError} from '../errors.ts'
import type {MigrationStatus} from './status.ts'
import {fileOf} from './sum.ts'

/**
 * A pending file that is older than the newest applied one runs on a state that nobody has replayed it on.
 * @param allowed somebody said --out-of-order
 * @param how to say it
 * @returns sentences that say what runs out of order
 */
export function refuseLate(
  all: readonly MigrationStatus[],
  target: string,
  allowed: boolean,
  how = 'add --out-of-order',
): string[] {
  const late = all.filter((one) => one.late)
  if (late.length === 0) return []
  const newest = all.filter(({row}) => row).at(-1)
  const after = `${newest ? fileOf(newest) : 'one'}, which is applied to ${target}`
  if (allowed) return late.map((one) => `${fileOf(one)} is older than ${after}: it runs behind it`)
  const pending = all
    .filter((one) => one.standing === 'pending')
    .map((one) => `  ${one.late ? 'older  ' : 'pending'} ${fileOf(one)}`)
  throw new PgextError(
    'not-allowed',
    `pending migrations are older than ${after}, and nothing was applied. In this order they would be:\n${pending.join('\n')}`,
    {
      hint: `pgext migrate:rebase looks whether the order matters, and moves what may be moved behind; to apply them as they are, ${how}`,
    },
  )
}
