// What differs in, what a person is shown of it and the SQL that a migration would hold out.
import type {Difference} from '../walk/model.ts'
import type {Paint} from './paint.ts'
import {renameLines, summaryLines} from './summary.ts'

export interface ShowOptions {
  /** the SQL itself, with what each step locks and reads; else the summary */
  readonly whole: boolean
  /** hazards that somebody had to allow */
  readonly allowed: readonly string[]
  readonly paint: Paint
}

export async function showPlan(
  difference: Difference,
  {whole, allowed, paint}: ShowOptions,
): Promise<{readonly sql: string; readonly text: string}> {
  const {renderSql} = await import('../diff/render.ts')
  const options = {transactions: true, allowed}
  const sql = renderSql(difference.plan, options)
  if (!whole) return {sql, text: [...renameLines(difference, paint), ...summaryLines(difference.changes, paint)].join('\n')}
  const [{costLines}, {colourSql}] = await Promise.all([import('./cost.ts'), import('./sql.ts')])
  const shown = renderSql(difference.plan, {...options, beside: (step) => costLines(step, difference.sizes)})
  return {sql, text: colourSql(shown.trimEnd(), paint)}
}
