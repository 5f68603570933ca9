// How a column was kept and is to be in, the statements that set its storage, compression, statistics and options out.
import {quoteName} from '../../postgres/quote.ts'
import type {CatalogObject} from '../model.ts'
import {baseType} from './cast.ts'
import {type ColumnBody, tableOf} from './column.ts'

/** What a column clause can't say on every major. */
export function columnExtras(from: CatalogObject<ColumnBody> | undefined, to: CatalogObject<ColumnBody>, major = 18): string[] {
  const alter = `ALTER TABLE ${from ? '' : 'ONLY '}${tableOf(to)} ALTER COLUMN ${quoteName(to.name[2]!)}`
  const sql: string[] = []
  const retyped = from && from.body.type !== to.body.type
  if (from?.body.storage !== to.body.storage || (retyped && to.body.storage))
    sql.push(`${alter} SET STORAGE ${to.body.storage ?? (major >= 16 ? 'DEFAULT' : storageOf(to.body.type))}`)
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
function storageOf(type: string): string {
  return ['numeric', 'inet', 'cidr'].includes(baseType(type)) ? 'MAIN' : 'EXTENDED'
}

const keyOf = (option: string): string => option.slice(0, option.indexOf('='))
