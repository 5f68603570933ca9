// Objects that pgext does not compare yet, by what they are: said with every diff, never silently passed over.
import {address, isUserSchema} from './address.ts'

/** catalog, what its objects are called, the condition that makes one a user's */
const IN_SCHEMA: readonly (readonly [string, string, string, string])[] = [
  ['pg_class', 'rel', 'foreign table', `o.relkind = 'f'`],
  ['pg_type', 'typ', 'base type', `o.typtype in ('b', 'p') and not exists (select from pg_type e where e.typarray = o.oid)`],
]
const ON_TOP: readonly (readonly [string, string, string])[] = [
  ['pg_foreign_data_wrapper', 'o.fdwname', 'foreign data wrapper'],
  ['pg_foreign_server', 'o.srvname', 'foreign server'],
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
