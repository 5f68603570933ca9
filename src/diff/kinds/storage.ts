// How a column was kept and is to be in, the statements that set its storage, compression, statistics and options out.
import {quoteName} from '../../postgres/quote.ts'
import type {Catalog, CatalogObject, Context} from '../model.ts'
import type {BaseType} from './base-type.ts'
import {baseType} from './cast.ts'
import {type ColumnBody, tableOf} from './column.ts'

/** What a column clause can't say on every major. */
export function columnExtras(
  from: CatalogObject<ColumnBody> | undefined,
  to: CatalogObject<ColumnBody>,
  {server, desired}: Pick<Context, 'server' | 'desired'>,
): string[] {
  const alter = `ALTER TABLE ${from ? '' : 'ONLY '}${tableOf(to)} ALTER COLUMN ${quoteName(to.name[2]!)}`
  const sql: string[] = []
  const retyped = from && from.body.type !== to.body.type
  if (from?.body.storage !== to.body.storage || (retyped && to.body.storage))
    sql.push(`${alter} SET STORAGE ${to.body.storage ?? (server.major >= 16 ? 'DEFAULT' : storageOf(to, desired))}`)
  if (from && from.body.compression !== to.body.compression)
    sql.push(`${alter} SET COMPRESSION ${to.body.compression ?? 'default'}`)
  if (from?.body.statistics !== to.body.statistics) sql.push(`${alter} SET STATISTICS ${to.body.statistics ?? -1}`)
  const had = from?.body.options ?? []
  const has = to.body.options ?? []
  const set = has.filter((option) => !had.includes(option))
  const gone = had.map(keyOf).filter((key) => !has.some((option) => keyOf(option) === key))
  if (set.length) sql.push(`${alter} SET (${set.join(', ')})`)
  if (gone.length) sql.push(`${alter} RESET (${gone.join(', ')})`)
  return sql
}

/** Before 16 there is no word for a type's own storage. */
function storageOf(column: CatalogObject<ColumnBody>, desired: Catalog): string {
  if (column.body.type.endsWith(']')) return 'EXTENDED'
  const own = ownType(column, desired)
  if (own) return own.body.storage.toUpperCase()
  return ['numeric', 'inet', 'cidr'].includes(baseType(column.body.type)) ? 'MAIN' : 'EXTENDED'
}

/** The base type below a column's type that is a user's. */
function ownType(o: CatalogObject, state: Catalog): CatalogObject<BaseType> | undefined {
  for (const id of o.needs) {
    const need = state.objects.get(id)
    if (need?.kind === 'base type') return need
    const below = need?.kind === 'domain' ? ownType(need, state) : undefined
    if (below) return below
  }
  return undefined
}

const keyOf = (option: string): string => option.slice(0, option.indexOf('='))
