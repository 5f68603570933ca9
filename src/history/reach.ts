// A database's state and the migrations before it in; one more migration, which leads from these to it, proven, out.
import {renderSql} from '../diff/render.ts'
import {PgextError} from '../errors.ts'
import {type Migration, migrationFrom, versionOf} from '../migrations/file.ts'
import {headerOf} from '../migrations/header.ts'
import {differenceOf} from '../walk/difference.ts'
import type {Difference} from '../walk/model.ts'
import {openMigrations, type Workplace} from '../walk/sides.ts'
import {differing} from './match.ts'
import type {Present} from './present.ts'

export interface Reached {
  readonly difference: Difference
  /** what the migration holds, without its header */
  readonly sql: string
}

/** Nothing that it does is to be run on that database: the file is for those that start from nothing. */
export async function reach(present: Present, before: readonly Migration[], name: string, place: Workplace): Promise<Reached> {
  const {files, state} = present
  const roles = files.loaded!.rolesCreated
  const current = await openMigrations(before, place, roles)
  // 'migrations' would mean those of the project, and the functions that its database has beside them
  const options = {
    from: 'migrations:none',
    to: 'database',
    online: false,
    prove: true,
    allow: new Set<string>(),
    named: files.loaded!.rolesMentioned,
  }
  const difference = await differenceOf({current, desired: state, roles}, options, place)
  const {plan} = difference
  const sql = renderSql(plan, {transactions: true, allowed: place.project.settings.refuse})
  if (plan.steps.length === 0) return {difference, sql}
  place.tell('replaying what was written')
  const path = `${place.project.settings.migrations}/${versionOf(new Date())}_${name}.sql`
  const made = migrationFrom(path, `${headerOf({from: plan.from, to: plan.to})}\n${sql}`)
  const left = await differing(present, [...before, made], place)
  if (left.length === 0) return {difference, sql}
  const ids = left.slice(0, 10).map((change) => `  ${change.verb === 'drop' ? change.from.id : change.to.id}`)
  throw new PgextError('proof-failed', `its replay makes another state than the database has; these differ:\n${ids.join('\n')}`, {
    hint: 'this is a fault in pgext: nothing was written; "ignore" in pgext.json leaves such objects alone',
  })
}
