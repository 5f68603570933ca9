// A role in; what pgext needs and it may not, out.
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {Finding, Look} from './model.ts'
import {BY_OTHERS, notMember} from './sql.ts'

interface Rights {
  readonly database: string
  /** CREATE on the database */
  readonly creates: boolean
  readonly somewhere: boolean
  readonly journal: boolean
  readonly publics: boolean
}

/** Schema pgext, for the journal, and publications take CREATE on the database; tables take it on a schema. */
const creating: Look = {
  at: 'rights',
  sql: ({schemas}) => `
    select current_database()::text as database, has_database_privilege(current_database(), 'CREATE') as creates,
      exists (select from pg_namespace n where n.oid in (${schemas}) and has_schema_privilege(n.oid, 'CREATE')) as somewhere,
      to_regnamespace('pgext') is not null as journal, to_regnamespace('public') is not null as publics`,
  tell({database, creates, somewhere, journal, publics}: Rights, {server, events}): Finding[] {
    const [role, name] = [quoteName(server.user), quoteName(database)]
    const grant = {sql: `GRANT CREATE ON DATABASE ${name} TO ${role}`, locks: BY_OTHERS}
    const told = {id: 'create-rights', fixes: [grant]} as const
    if (!creates && !journal) {
      const message = `${role} may not make schema pgext, in which pgext migrate keeps its journal`
      return [{...told, level: 'error', object: name, message}]
    }
    if (!creates && events.isDeclared && !events.isInstalled)
      return [{...told, level: 'error', object: name, message: `${role} may make no publication, which realtime tables take`}]
    if (creates || somewhere || !publics) return []
    const message = `${role} may make nothing in any schema`
    return [
      {
        ...told,
        level: 'warning',
        object: 'public',
        message,
        fixes: [{sql: `GRANT CREATE ON SCHEMA public TO ${role}`, locks: BY_OTHERS}],
      },
    ]
  },
}

interface Owned {
  readonly owner: string
  readonly count: number
  readonly some: readonly {readonly schema: string; readonly name: string}[]
}

const owning: Look = {
  at: 'owners',
  sql: ({schemas}) => `
    select r.rolname::text as owner, sum(o.count)::int as count, json_agg(json_build_object('schema', o.nspname, 'name', o.name)) as some
    from (
      select c.relowner as owner, n.nspname, min(c.relname) as name, count(*)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.oid in (${schemas})
      where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and c.relpersistence <> 't' and ${notMember('pg_class', 'c.oid')}
      group by 1, 2
    ) o join pg_roles r on r.oid = o.owner
    where not pg_has_role(current_user, r.oid, 'USAGE')
    group by 1 order by 1`,
  tell({owner, count, some}: Owned, {server}): Finding {
    const [role, name] = [quoteName(server.user), quoteName(owner)]
    const [first] = some
    const what =
      count === 1
        ? quoteNames(first!.schema, first!.name)
        : `${count} relations, ${quoteNames(first!.schema, first!.name)} one of them,`
    return {
      id: 'not-owner',
      level: 'info',
      object: name,
      message: `${what} ${count === 1 ? 'belongs' : 'belong'} to ${name}: ${role} can’t change ${count === 1 ? 'it' : 'them'}`,
      fixes: [{sql: `GRANT ${name} TO ${role}`, locks: BY_OTHERS, decide: `${role} may then do all that ${name} may`}],
    }
  },
}

export const RIGHTS: readonly Look[] = [creating, owning]
