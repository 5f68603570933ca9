// Both catalogs and a database after the plan in, new sequences that would give a column values it holds already out.
import type {Catalog, CatalogObject} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import {quoteName, quoteNames, quoteText} from '../postgres/quote.ts'
import type {TableName} from './facts.ts'

/** @param tables those that hold rows */
export async function repeating(current: Catalog, desired: Catalog, tables: readonly TableName[], db: Db): Promise<string[]> {
  const held = new Set(tables.map(({schema, name}) => `table ${quoteNames(schema, name)}`))
  const counted = [...desired.objects.values()].filter((o) => {
    if (o.kind !== 'column' && o.kind !== 'default') return false
    const before = current.objects.get(o.kind === 'column' ? o.id : o.parent!)
    if (!before || !held.has(before.parent!)) return false
    return o.kind === 'column'
      ? o.body.identity && !before.body.identity
      : o.needs.some((id) => id.startsWith('sequence ') && !current.objects.has(id))
  })
  if (counted.length === 0) return []
  const found = await db.script(counted.map(lookSql).join(';\n'))
  return found.flatMap((rows, n) => rows.map(({sequence}) => saying(sequence as string, counted[n]!)))
}

function saying(sequence: string, column: CatalogObject): string {
  return `sequence ${sequence} would give values that ${quoteNames(...column.name)} holds already`
}

/** The bounds of a sequence may leave out values that no sequence gave. */
function lookSql(o: CatalogObject): string {
  const [schema, table, column] = o.name as [string, string, string]
  const name = quoteName(column)
  return `select s.seqrelid::regclass::text as sequence
    from pg_catalog.pg_attribute a
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    join pg_catalog.pg_depend p on p.deptype = 'i' and p.classid = 'pg_class'::regclass and p.refobjid = a.attrelid and p.refobjsubid = a.attnum
      or p.deptype = 'n' and p.classid = 'pg_attrdef'::regclass and p.objid = d.oid and p.refclassid = 'pg_class'::regclass
    join pg_catalog.pg_sequence s on s.seqrelid = case p.deptype when 'i' then p.objid else p.refobjid end
    cross join lateral (select coalesce(pg_catalog.pg_sequence_last_value(s.seqrelid), s.seqstart) as value) at
    where a.attrelid = ${quoteText(quoteNames(schema, table))}::regclass and a.attname = ${quoteText(column)}
      and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
      and exists (select from ${quoteNames(schema, table)} held where held.${name} between s.seqmin and s.seqmax
        and case when s.seqincrement > 0 then held.${name} > at.value else held.${name} < at.value end)`
}
