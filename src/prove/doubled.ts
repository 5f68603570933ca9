// A plan that moves rows, those that were planted, and the database after it in; what says that some came twice out.
import {idOf} from '../diff/id.ts'
import type {Catalog, Plan} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import {quoteNames} from '../postgres/quote.ts'
import type {TableRows} from './snapshot.ts'

/** No plan makes rows: where more are found than were planted, a row was moved to two places. */
export async function doubled(plan: Plan, desired: Catalog, before: readonly TableRows[], db: Db): Promise<string | undefined> {
  if (!plan.steps.some(({moves}) => moves)) return undefined
  const made = plan.steps.flatMap(({makes}) => makes)
  const held = before.map(({schema, name}) => idOf('table', [schema, name]))
  const tables = [...new Set([...made, ...held])].flatMap((id) => desired.objects.get(id) ?? [])
  const leaves = tables.filter((o) => o.kind === 'table' && !o.body.partitionBy)
  if (leaves.length === 0) return undefined
  const counts = leaves.map(({name}) => `(select count(*) from only ${quoteNames(...name)})`)
  const [row] = await db.query<{found: string}>(`select (${counts.join(' + ')})::text as found`)
  const planted = before.reduce((sum, {rows}) => sum + rows.length, 0)
  return Number(row!.found) > planted ? `${planted} rows were planted, and ${row!.found} are there` : undefined
}
