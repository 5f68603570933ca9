// A database, the API's roles and the schemas that it shows in; what these roles may not use of them out.
import type {Db} from '../postgres/db.ts'

export interface Gap {
  readonly role: string
  /** absent: the role may not use the schema */
  readonly routines?: readonly string[]
  readonly schema: string
}

/** Triggers' functions are called by nobody, and an extension's are its own affair. A role that is not there yet has what PUBLIC has. */
const ASK = `
  with r as (
    select w.name, coalesce(r.rolname, 'public')::name as asked
    from pg_catalog.json_array_elements_text($1::text::json) w (name) left join pg_catalog.pg_roles r on r.rolname = w.name
  )
  select r.name as role, n.nspname::text as schema, pg_catalog.has_schema_privilege(r.asked, n.oid, 'USAGE') as uses,
    coalesce((
      select json_agg(p.oid::regprocedure::text order by p.oid::regprocedure::text) from pg_catalog.pg_proc p
      where p.pronamespace = n.oid and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
        and not pg_catalog.has_function_privilege(r.asked, p.oid, 'EXECUTE')
        and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    ), '[]')::text as closed
  from r cross join pg_catalog.pg_namespace n
  where n.nspname in (select pg_catalog.json_array_elements_text($2::text::json))
  order by 1, 2`

export async function gapsIn(db: Db, roles: readonly string[], schemas: readonly string[]): Promise<Gap[]> {
  const rows = await db.query(ASK, [JSON.stringify(roles), JSON.stringify(schemas)])
  return rows.flatMap(({role, schema, uses, closed}): Gap[] => {
    if (!uses) return [{role, schema}]
    const routines = JSON.parse(closed) as string[]
    return routines.length > 0 ? [{role, schema, routines}] : []
  })
}

/** Of those, what was not so before. */
export function newGaps(gaps: readonly Gap[], before: readonly Gap[]): Gap[] {
  return gaps.flatMap((gap): Gap[] => {
    const was = before.find(({role, schema}) => role === gap.role && schema === gap.schema)
    if (!was) return [gap]
    if (!gap.routines) return was.routines ? [gap] : []
    // what stood in a schema that nobody could use is told now
    const routines = gap.routines.filter((one) => !was.routines?.includes(one))
    return routines.length > 0 ? [{...gap, routines}] : []
  })
}
