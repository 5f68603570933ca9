// An extension, the schema it lives in, and those that are its own (its claims); its version where files say one. Its members are its own business.
import {quoteName, quoteText} from '../../postgres/quote.ts'
import {address, OWN_EXTENSION} from '../address.ts'
import type {Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {chain} from './chain.ts'
import {RELIES} from './routine.ts'

export interface Extension {
  readonly schema: string
  /** taken out before anything is compared, but where files say it: which one there is depends on the server */
  readonly version?: string
}

/** Control files that name a schema, which CREATE EXTENSION makes; they are read only where one may matter. */
const CONTROLLED = `(
  select a.name, a.version, a.schema from pg_available_extension_versions() a
  where a.schema not in ('pg_catalog', 'public')
    and (select bool_or(not e.extrelocatable and en.nspname not in ('pg_catalog', 'public')) from pg_extension e join pg_namespace en on en.oid = e.extnamespace)
)`

export const extension: Kind<Extension> = {
  name: 'extension',
  query: () => `
    select ${address('pg_extension', 'x.oid')} as address, array[x.extname]::text[] as name, 
      jsonb_strip_nulls(jsonb_build_object('schema', n.nspname, 'version', case when x.extname <> 'plpgsql' then x.extversion end)) as body,
      array(select 'schema ' || s.name from (
        select m.nspname from pg_depend d join pg_namespace m on m.oid = d.objid
        where d.classid = 'pg_namespace'::regclass and d.refclassid = 'pg_extension'::regclass and d.refobjid = x.oid and d.deptype = 'e'
        union select v.schema from ${CONTROLLED} v where v.name = x.extname and v.version = x.extversion and v.schema = n.nspname
      ) s (name) order by 1) as claims,
      case when r.refobjid is not null then '{"relies": true}'::jsonb end as beside
    from pg_extension x
    join pg_namespace n on n.oid = x.extnamespace
    left join (
      select distinct d.refobjid
      from pg_depend d
      join pg_proc p on p.oid = d.objid
      join pg_language l on l.oid = p.prolang
      where d.classid = 'pg_proc'::regclass and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
        and p.oid = any (array(select objid from pg_depend where classid = 'pg_proc'::regclass and deptype = 'e')) and ${RELIES}
    ) r on r.refobjid = x.oid
    where x.extname <> '${OWN_EXTENSION}'`,
  create: (o) => [creates(o, `CREATE EXTENSION ${quoteName(o.name[0]!)}${schemaOf(o.body)}${versionOf(o.body)}`)],
  alter(from, to) {
    const {schema, version} = to.body
    const back = version !== undefined && leadsBack(from.body.version ?? version, version)
    if (back) return {refuse: `${to.id} can’t go back from version ${from.body.version} to ${version}: ${WAY_BACK}`}
    const clauses = [
      ...(from.body.version === version || version === undefined ? [] : [`UPDATE TO ${quoteText(version)}`]),
      ...(from.body.schema === schema ? [] : [`SET SCHEMA ${quoteName(schema)}`]),
    ]
    return chain(
      to.id,
      clauses.map((clause) => alters(from, to, `ALTER EXTENSION ${quoteName(to.name[0]!)} ${clause}`)),
    )
  },
  drop: (o) => [drops(o, `DROP EXTENSION ${quoteName(o.name[0]!)}`)],
  replaceable: () => false,
}

function schemaOf({schema}: Extension): string {
  return schema === 'pg_catalog' ? '' : ` WITH SCHEMA ${quoteName(schema)}`
}

function versionOf({version}: Extension): string {
  return version === undefined ? '' : ` VERSION ${quoteText(version)}`
}

const WAY_BACK =
  'extensions bring scripts that lead forward; where this one has another, put ALTER EXTENSION … UPDATE TO into a migration yourself, else take the version out of the files'

/** Of versions made of numbers; of others nobody knows which is the older. */
function leadsBack(from: string, to: string): boolean {
  const [had, has] = [from, to].map((version) => version.split('.'))
  if (![...had!, ...has!].every((part) => /^\d+$/.test(part))) return false
  const at = had!.findIndex((part, n) => Number(part) !== Number(has![n] ?? 0))
  return at >= 0 && Number(had![at]) > Number(has![at] ?? 0)
}
