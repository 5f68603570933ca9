// How a column was kept and is to be in, the statements that set its storage, compression, statistics and options out.
import {quoteName} from '../../postgres/quote.ts'
import type {Catalog, CatalogObject, Context, Step} from '../model.ts'
import {alters} from '../step.ts'
import type {BaseType} from './base-type.ts'
import {baseType} from './cast.ts'
import {type ColumnBody, tableOf} from './column.ts'
import {sequenceExtras} from './identity.ts'
import {optionChanges} from './option.ts'

/** How a column's values are kept and measured, where it isn't as its type has it. */
export interface Kept {
  readonly storage?: string
  readonly compression?: string
  readonly statistics?: number
  readonly options?: readonly string[]
}

/** Keys of a body with their values, of an attribute `a` and its type `t`. */
export const KEPT = {
  storage: `case when a.attstorage <> t.typstorage
    then case a.attstorage when 'p' then 'PLAIN' when 'e' then 'EXTERNAL' when 'x' then 'EXTENDED' when 'm' then 'MAIN' end end`,
  compression: `case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end`,
  statistics: 'case when a.attstattarget >= 0 then a.attstattarget end',
  // some servers (15.20) write a mark of their own there, another one in each database
  options: `case when a.attoptions is not null then (select jsonb_agg(o order by o) from unnest(a.attoptions) o where o !~ '^pg_attver=') end`,
}

/** What is left of it under another type. */
export const AS_TYPED = {storage: undefined, compression: undefined}

/** What a column clause can't say on every major. */
export function columnExtras(
  from: CatalogObject<ColumnBody> | undefined,
  to: CatalogObject<ColumnBody>,
  {server, desired}: Pick<Context, 'server' | 'desired'>,
): string[] {
  const alter = `ALTER TABLE ONLY ${tableOf(to)} ALTER COLUMN ${quoteName(to.name[2]!)}`
  const retyped = from && from.body.type !== to.body.type
  // another type brings its own storage, and compression
  const kept = retyped ? {...from.body, ...AS_TYPED} : from?.body
  const had = kept ?? {compression: to.body.compression}
  const own = server.major >= 16 ? 'DEFAULT' : storageOf(to, desired)
  return [...keptClauses(had, to.body, own).map((clause) => `${alter} ${clause}`), ...(from ? [] : sequenceExtras(to))]
}

/** A table that has nothing to toast for a moment loses its toast table, with its options. */
export function toastedAgain(from: CatalogObject<ColumnBody>, to: CatalogObject<ColumnBody>, context: Context): Step[] {
  const options: readonly string[] = context.desired.objects.get(to.parent!)?.body.toastOptions ?? []
  const isRetyped = (c: CatalogObject) => {
    const now = context.desired.objects.get(c.id)
    return c.kind === 'column' && now !== undefined && now.body.type !== c.body.type
  }
  const changed = options.length > 0 ? context.children('current', to.parent!).filter(isRetyped) : []
  // once a table will do
  if (changed[0]?.id !== from.id) return []
  const needs = [...to.needs, ...changed.slice(1).map(({id}) => id)]
  return optionChanges(`ONLY ${tableOf(to)}`, [], options).map((sql) => alters(from, to, sql, {needs, makes: []}))
}

/** `SET STORAGE EXTERNAL`, `SET (n_distinct=5)`; `own` stands for the storage that its type has. */
export function keptClauses(from: Kept, to: Kept, own: string): string[] {
  const [had, has] = [from.options ?? [], to.options ?? []]
  const set = has.filter((option) => !had.includes(option))
  const gone = had.map(keyOf).filter((key) => !has.some((option) => keyOf(option) === key))
  return [
    ...(from.storage === to.storage ? [] : [`SET STORAGE ${to.storage ?? own}`]),
    ...(from.compression === to.compression ? [] : [`SET COMPRESSION ${to.compression ?? 'default'}`]),
    ...(from.statistics === to.statistics ? [] : [`SET STATISTICS ${to.statistics ?? -1}`]),
    ...(set.length > 0 ? [`SET (${set.join(', ')})`] : []),
    ...(gone.length > 0 ? [`RESET (${gone.join(', ')})`] : []),
  ]
}

/** Before 16 there is no word for a type's own storage. */
export function storageOf(column: CatalogObject<{readonly type: string}>, desired: Catalog): string {
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
