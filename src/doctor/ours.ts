// A database and a project's settings in; whose schemas and objects are looked at, out: those of extensions and of hosts are their own affair.
import {isNamed, like, type Pattern, readPattern} from '../diff/ignore.ts'
import {KNOWN} from '../diff/theirs.ts'
import type {Db} from '../postgres/db.ts'
import type {Settings} from '../project/model.ts'
import type {Finding} from './model.ts'

/** What Supabase brings along, where its own role is there. */
const SUPABASE: readonly string[] = [
  ...['auth', 'storage', 'realtime', 'vault', 'graphql', 'graphql_public', 'extensions', 'pgbouncer', 'net', 'cron'],
  ...[
    'pgsodium',
    'pgsodium_masks',
    'pgtle',
    'supabase_functions',
    'supabase_migrations',
    '_realtime',
    '_analytics',
    '_supavisor',
  ],
]

const SCHEMAS = `
  select n.oid::text as oid, n.nspname::text as name, exists (select from pg_roles r where r.rolname = 'supabase_admin') as hosted,
    (select coalesce(json_agg(e.extname), '[]')::text from pg_extension e) as extensions
  from pg_namespace n
  where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgext')
    and not exists (select from pg_depend x where x.classid = 'pg_namespace'::regclass and x.objid = n.oid and x.deptype = 'e')
    and not exists (select from pg_extension e where e.extname = 'pg_partman' and e.extnamespace = n.oid and n.nspname <> 'public')
    and not exists (select from pg_extension e join pg_available_extension_versions v on v.name = e.extname and v.version = e.extversion
      where not e.extrelocatable and e.extnamespace = n.oid and v.schema = n.nspname and n.nspname <> 'public')
  order by n.nspname`

/** As a list in SQL, never empty. */
export async function ourSchemas(db: Db, {external}: Settings): Promise<string> {
  const rows = await db.query<{oid: string; name: string; hosted: boolean; extensions: string}>(SCHEMAS)
  const [first] = rows
  const made = (JSON.parse(first?.extensions ?? '[]') as string[]).flatMap((name) => KNOWN[name] ?? [])
  const theirs = [...external.schemas, ...made, ...(first?.hosted ? SUPABASE : [])]
  return ['0', ...rows.filter(({name}) => !theirs.some((one) => like(one, name))).map(({oid}) => oid)].join(', ')
}

/** Whether "ignore" of pgext.json leaves the object alone that a finding is about, or what it stands in. */
export function isLeftAlone({subject = []}: Finding, patterns: readonly string[]): boolean {
  const read = patterns
    .map(readPattern)
    .filter((one): one is Pattern => typeof one !== 'string' && !one.of && one.to === undefined)
  return subject.some(({kind, name, signature}) =>
    read.some(
      (one) =>
        one.kind === kind &&
        (one.signature === undefined || like(one.signature, signature ?? '')) &&
        (!one.name || isNamed(one.name, name)),
    ),
  )
}
