// Statements without variables in, what PostgreSQL notes that they need out: of functions in standard SQL made of them, of which nothing stays.
import {isUserSchema} from '../../diff/address.ts'
import {idOf} from '../../diff/id.ts'
import type {ObjectId} from '../../diff/model.ts'
import type {Db} from '../../postgres/db.ts'
import {quoteName} from '../../postgres/quote.ts'

/** To be made under a search_path. */
export interface Draft {
  readonly path: string
  /** a body in SQL may put its function's name before a parameter's */
  readonly name: string
  readonly parameters: string
  readonly statements: readonly string[]
}

/** Something of the user's. */
export interface Need {
  readonly kind: string
  readonly schema: string
  readonly name: string
  readonly signature?: string
  /** a column of it, and not the whole */
  readonly part?: string
  /** a relation's row as a type */
  readonly isType?: true
}

export function idOfNeed({kind, schema, name, signature, part}: Need): ObjectId {
  return part === undefined ? idOf(kind, [schema, name], signature) : idOf(PARTS[kind] ?? 'column', [schema, name, part])
}

/**
 * Drafts that PostgreSQL refuses have none.
 * @param turn another for each call in a transaction, in which all that was made stays to its end
 */
export async function needsOf(db: Db, drafts: readonly Draft[], turn: number): Promise<(readonly Need[] | undefined)[]> {
  if (drafts.length === 0) return []
  const nameAt = (at: number): string => `pgext_draft_${turn}_${at}`
  const sql = drafts.map(({path, name, parameters, statements}, at) => {
    const called = `pg_temp.${quoteName(name)}`
    return [
      path,
      `create function ${called}(${parameters}) returns void language sql begin atomic\n${statements.join('\n;\n')}\n;\nend`,
      `alter function ${called} rename to ${nameAt(at)}`,
    ]
  })
  await db.query(`select pg_catalog.set_config('pgext.drafts', $1, true)`, [JSON.stringify(sql)])
  await db.script(MAKE)
  const rows = await db.query(`${DEPENDS} where p.pronamespace = pg_catalog.pg_my_temp_schema()`)
  const found = new Map<string, Need[]>(rows.map(({made}) => [made, []]))
  for (const row of rows) if (row.kind) found.get(row.made)!.push(needOf(row))
  return drafts.map((_, at) => found.get(nameAt(at)))
}

/** What was noted when bodies in standard SQL were made. */
export async function atomicNeeds(db: Db, oids: readonly number[]): Promise<ReadonlyMap<number, readonly Need[]>> {
  const found = new Map<number, Need[]>(oids.map((oid) => [oid, []]))
  if (oids.length === 0) return found
  const rows = await db.query(`${DEPENDS} where p.oid = any ($1::oid[])`, [[...oids]])
  for (const row of rows) if (row.kind) found.get(row.oid)!.push(needOf(row))
  return found
}

function needOf({kind, schema, name, part, signature, type}: Record<string, any>): Need {
  return {kind, schema, name, ...(signature && {signature}), ...(part && {part}), ...(type && {isType: true})}
}

const PARTS: Readonly<Record<string, string>> = {
  table: 'column',
  'foreign table': 'foreign column',
  view: 'view column',
  'materialized view': 'view column',
  'composite type': 'attribute',
}

/** Each by itself: one that is refused takes no other along. */
const MAKE = `
  do $make$
  declare draft record;
  begin
    for draft in select value ->> 0 as path, value ->> 1 as sql, value ->> 2 as name from pg_catalog.json_array_elements(pg_catalog.current_setting('pgext.drafts')::pg_catalog.json) loop
      begin
        perform pg_catalog.set_config('search_path', draft.path, true);
        execute draft.sql;
        execute draft.name;
      exception when others then
        null;
      end;
    end loop;
    perform pg_catalog.set_config('search_path', '', true);
  end $make$`

/** Rows (made, oid, kind, schema, name, part, signature); arrays stand for what they are arrays of, a row's type for its relation. */
const DEPENDS = `
  select p.proname::text as made, p.oid::int8::float8 as oid, u.*
  from pg_catalog.pg_proc p
  left join pg_catalog.pg_depend d on d.objid = p.oid and d.classid = 'pg_catalog.pg_proc'::regclass and d.deptype = 'n'
  left join pg_catalog.pg_type t on d.refclassid = 'pg_catalog.pg_type'::regclass and t.oid = d.refobjid
  left join pg_catalog.pg_type e on e.oid = case when t.typcategory = 'A' and t.typelem <> 0 then t.typelem else t.oid end
  left join lateral (
    select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence'
        when 'c' then 'composite type' else 'table' end as kind, n.nspname::text as schema, c.relname::text as name, a.attname::text as part, null as signature, e.oid is not null as type
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace and ${isUserSchema('n.nspname')}
    left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.refobjsubid and a.attnum > 0 and e.oid is null
    where c.oid = case when d.refclassid = 'pg_catalog.pg_class'::regclass then d.refobjid else e.typrelid end
    union all
    select case f.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end, n.nspname::text, f.proname::text, null,
      '(' || coalesce((select string_agg(format_type(x, null), ', ' order by i) from unnest(f.proargtypes) with ordinality y (x, i)), case f.prokind when 'a' then '*' else '' end) || ')', false
    from pg_catalog.pg_proc f
    join pg_catalog.pg_namespace n on n.oid = f.pronamespace and ${isUserSchema('n.nspname')}
    where d.refclassid = 'pg_catalog.pg_proc'::regclass and f.oid = d.refobjid
    union all
    select case e.typtype when 'e' then 'enum' when 'd' then 'domain' when 'r' then 'range type' else 'base type' end, n.nspname::text, e.typname::text, null, null, true
    from pg_catalog.pg_namespace n
    where n.oid = e.typnamespace and ${isUserSchema('n.nspname')} and e.typrelid = 0 and e.typtype in ('e', 'd', 'r', 'b')
  ) u on true`
