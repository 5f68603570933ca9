// How migrations stand in a database in; of those that are older than what is applied there, what a command says.
import {refuseLate} from '../migrations/late.ts'
import type {MigrationStatus} from '../migrations/status.ts'
import {fileOf} from '../migrations/sum.ts'

/** Of the files: what runs out of order, and a sentence for each. A dry run only says that it would be refused. */
export function lateIn(
  all: readonly MigrationStatus[],
  {
    target,
    outOfOrder,
    dryRun,
  }: {readonly target: {readonly name: string}; readonly outOfOrder: boolean; readonly dryRun: boolean},
): {late: string[]; notes: string[]} {
  const late = all.filter((one) => one.late).map(fileOf)
  if (!dryRun || outOfOrder) return {late, notes: refuseLate(all, target.name, outOfOrder)}
  const why = 'older than what is applied: it would be refused without --out-of-order; pgext migrate:rebase puts it behind'
  return {late, notes: late.map((file) => `${file} is ${why}`)}
}
