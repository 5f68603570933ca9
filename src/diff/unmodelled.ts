// Objects that pgext does not compare yet, by what they are: said with every diff, never silently passed over.
import {address, isUserSchema} from './address.ts'

/** catalog, what its objects are called, the condition that makes one a user's */
const IN_SCHEMA: readonly (readonly [string, string, string, string])[] = [
  ['pg_class', 'rel', 'foreign table', `o.relkind = 'f'`],
  ['pg_collation', 'coll', 'collation', 'true'],
  ['pg_conversion', 'con', 'conversion', 'true'],
  ['pg_operator', 'opr', 'operator', 'true'],
  ['pg_opclass', 'opc', 'operator class', 'true'],
  ['pg_opfamily', 'opf', 'operator family', 'true'],
  ['pg_statistic_ext', 'stx', 'statistics object', 'true'],
  ['pg_ts_config', 'cfg', 'text search configuration', 'true'],
  ['pg_ts_dict', 'dict', 'text search dictionary', 'true'],
  ['pg_ts_parser', 'prs', 'text search parser', 'true'],
  ['pg_ts_template', 'tmpl', 'text search template', 'true'],
  ['pg_type', 'typ', 'base type', `o.typtype in ('b', 'p') and not exists (select from pg_type e where e.typarray = o.oid)`],
]
const ON_TOP: readonly (readonly [string, string, string])[] = [
  ['pg_event_trigger', 'o.evtname', 'event trigger'],
  ['pg_foreign_data_wrapper', 'o.fdwname', 'foreign data wrapper'],
  ['pg_foreign_server', 'o.srvname', 'foreign server'],
  ['pg_language', 'o.lanname', 'language'],
  ['pg_am', 'o.amname', 'access method'],
  ['pg_cast', `format_type(o.castsource, null) || ' as ' || format_type(o.casttarget, null)`, 'cast'],
  ['pg_transform', `format_type(o.trftype, null)`, 'transform'],
]

/** Rows (what, names): extension members left out, at most twenty names of each. */
export const UNMODELLED = `
  select u.what, count(*)::int as count, (array_agg(u.name order by u.name))[1:20] as names
  from (
    ${[
      ...IN_SCHEMA.map(
        ([catalog, prefix, what, condition]) => `select '${what}' as what, quote_ident(n.nspname) || '.' || quote_ident(o.${prefix}name) as name, ${address(catalog, 'o.oid')} as address
    from ${catalog} o join pg_namespace n on n.oid = o.${prefix}namespace where ${isUserSchema('n.nspname')} and ${condition}`,
      ),
      ...ON_TOP.map(([catalog, name, what]) => `select '${what}', (${name})::text, ${address(catalog, 'o.oid')} from ${catalog} o where o.oid >= 16384`),
    ].join('\n    union all ')}
  ) u
  where not exists (
    select from pg_depend d where d.deptype = 'e' and d.classid::regclass || '/' || d.objid || '/0' = u.address)
  group by u.what order by u.what`

export interface Unmodelled {
  readonly what: string
  readonly count: number
  readonly names: readonly string[]
}

export function sentenceOf({what, count, names}: Unmodelled): string {
  const more = count > names.length ? ` … and ${count - names.length} more` : ''
  return `not compared: ${what}${count > 1 ? 's' : ''} ${names.join(', ')}${more}`
}
