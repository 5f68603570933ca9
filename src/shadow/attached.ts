// A throwaway database with what others own in it; what the project's files then hang on their tables out: triggers, policies, rules.
import {attachedId} from '../diff/attached.ts'
import type {ObjectId} from '../diff/model.ts'
import type {Db} from '../postgres/db.ts'
import {rangeName, type Tree} from '../postgres/parse.ts'
import {type Statement, split} from '../postgres/statements.ts'

const THERE = `
  select a.kind, a.address, n.nspname as schema, c.relname as table, a.name, c.oid::int8::text as relation
  from (
    select 'trigger' as kind, 'pg_trigger/' || oid as address, tgrelid as relation, tgname as name from pg_catalog.pg_trigger where not tgisinternal
    union all select 'policy', 'pg_policy/' || oid, polrelid, polname from pg_catalog.pg_policy
    union all select 'rule', 'pg_rewrite/' || oid, ev_class, rulename from pg_catalog.pg_rewrite where rulename <> '_RETURN' and oid >= 16384
  ) a
  join pg_catalog.pg_class c on c.oid = a.relation
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace`

export interface Standing {
  readonly relations: ReadonlySet<string>
  readonly attached: ReadonlySet<string>
}

/** What stands there before the project's own files run. */
export async function standing(db: Db): Promise<Standing> {
  const relations = await db.query('select oid::int8::text as oid from pg_catalog.pg_class where oid >= 16384')
  const attached = await db.query(THERE)
  return {relations: new Set(relations.map(({oid}) => oid)), attached: new Set(attached.map(({address}) => address))}
}

/** What has come to relations that stood there. */
export async function attachedSince(db: Db, before: Standing): Promise<ObjectId[]> {
  const rows = await db.query(THERE)
  return rows
    .filter(({address, relation}) => before.relations.has(relation) && !before.attached.has(address))
    .map(({kind, schema, table, name}) => attachedId(kind, schema, table, name))
}

/** The trigger, policy or rule that a statement makes, as far as its names tell. */
export function attachedBy({kind, node}: Pick<Statement, 'kind' | 'node'>): ObjectId | undefined {
  const [what, relation, name]: [string, Tree, string] | [] =
    kind === 'CreateTrigStmt'
      ? ['trigger', node.relation, node.trigname]
      : kind === 'CreatePolicyStmt'
        ? ['policy', node.table, node.policy_name]
        : kind === 'RuleStmt'
          ? ['rule', node.relation, node.rulename]
          : []
  const [schema, table] = relation ? rangeName(relation) : []
  return what && schema && table ? attachedId(what, schema, table, name!) : undefined
}

/** Those that migrations make, whatever becomes of them. */
export async function attachedByAll(files: readonly {readonly path: string; readonly text: string}[]): Promise<Set<ObjectId>> {
  const all = await Promise.all(files.map(({path, text}) => split(text, path)))
  return new Set(all.flatMap(({statements}) => statements.flatMap((statement) => attachedBy(statement) ?? [])))
}
