// A table: what it is beyond its columns and constraints. Creating it takes its columns, defaults and local constraints along.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, isUserSchema} from '../address.ts'
import {idOf, nameOf} from '../id.ts'
import type {CatalogObject, Context, Kind, ObjectId, Step} from '../model.ts'
import {alters, creates, drops, losesData} from '../step.ts'
import {needsBelow} from './attachment.ts'
import type {ColumnBody} from './column.ts'
import {columnClause} from './column-clause.ts'
import {declarationOf, tableSql} from './declaration.ts'
import {withoutDefault} from './default.ts'
import {dropDetached} from './detach.ts'
import {isOfRemade} from './exchange.ts'
import {columnsHeld, writtenRefusal} from './held.ts'
import {inheritance, stranded} from './inheritance.ts'
import {tableLikeness} from './likeness.ts'
import {apart, stayingAbove} from './lineage.ts'
import {renamed} from './naming.ts'
import {addNotNull, isLeftAbove, lateNotNull, notNullsAbove, ownNotNulls, withoutNotNull} from './not-null.ts'
import {isNameTaken} from './not-null-name.ts'
import {optionChanges} from './option.ts'
import {parentTables} from './partition.ts'
import {persistence} from './persistence.ts'
import {rebuildTable} from './rebuild.ts'
import {columnExtras} from './storage.ts'
import {setTablespace} from './tablespace.ts'
import {tiesOf} from './typed.ts'

export interface TableBody {
  unlogged?: true
  /** RANGE (created_at) */
  partitionBy?: string
  /** parents, in order; not of partitions */
  inherits?: [string, string][]
  ofType?: string
  options?: string[]
  toastOptions?: string[]
  accessMethod?: string
  tablespace?: string
  rowSecurity?: true
  forceRowSecurity?: true
}

export const table: Kind<TableBody> = {
  name: 'table',
  rename: (from, to, {current}) => renamed(from, to, current),
  likeness: tableLikeness,
  holdsRows: true,
  replaceable: () => false,

  query: () => `
    select ${address('pg_class', 'c.oid')} as address,
      array[n.nspname, c.relname]::text[] as name,
      array['relation ' || n.nspname || '.' || c.relname, 'type ' || n.nspname || '.' || c.relname] as claims,
      jsonb_strip_nulls(jsonb_build_object(
        'unlogged', case when c.relpersistence = 'u' then true end,
        'partitionBy', case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
        'inherits', i.parents,
        'ofType', case when c.reloftype <> 0 then format_type(c.reloftype, null) end,
        'options', to_jsonb(c.reloptions),
        'toastOptions', (select jsonb_agg('toast.' || o order by n) from unnest(tc.reloptions) with ordinality u (o, n)),
        'accessMethod', case when am.amname <> 'heap' then am.amname end,
        'tablespace', ts.spcname,
        'rowSecurity', case when c.relrowsecurity then true end,
        'forceRowSecurity', case when c.relforcerowsecurity then true end)) as body
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_am am on am.oid = c.relam
    left join pg_tablespace ts on ts.oid = c.reltablespace
    left join pg_class tc on tc.oid = c.reltoastrelid and tc.reloptions is not null
    left join (
      select h.inhrelid, jsonb_agg(jsonb_build_array(pn.nspname, p.relname) order by h.inhseqno) as parents
      from pg_inherits h
      join pg_class p on p.oid = h.inhparent and p.relkind in ('r', 'f')
      join pg_namespace pn on pn.oid = p.relnamespace
      group by h.inhrelid) i on i.inhrelid = c.oid
    where c.relkind in ('r', 'p') and c.relpersistence <> 't' and ${isUserSchema('n.nspname')}`,

  create(t, context) {
    const name = nameOf(t)
    const {columns, local, defaults, constraints: declared} = declarationOf(t, context)
    const defaultOf = new Map(defaults.map((d) => [d.parent, d]))
    const constraints = declared.map((c) => ({...c, needs: needsBelow(c, context)}))
    const said = {typed: t.body.ofType !== undefined, named: context.server.major >= 18 && context.isBroken(t.id)}
    const inherited = columns.filter((c) => !local.includes(c))
    const isSaidLater = (c: CatalogObject<ColumnBody>) => c.body.notNullNotValid || isLeftAbove(c, context)
    const clauses = (withParts: boolean) => [
      ...local
        .map((c) =>
          columnClause(
            apart(isSaidLater(c) ? withoutNotNull(c) : c, context, 'desired'),
            withParts ? defaultOf.get(c.id)?.body.expression : undefined,
            {...said, named: said.named || isNameTaken(c, context)},
          ),
        )
        .filter((clause, at) => !t.body.ofType || clause !== quoteName(local[at]!.name[2]!)),
      ...ownNotNulls(inherited, context),
      ...(withParts ? constraints.map((c) => `CONSTRAINT ${quoteName(c.name[2]!)} ${c.body.definition}`) : []),
    ]
    const whole = absorbing(t, [...columns, ...defaults, ...constraints], tableSql(t, name, clauses(true)))
    const bare = () => absorbing(t, columns, tableSql(t, name, clauses(false)))
    const main: Step = {
      ...whole,
      needs: [...whole.needs, ...(t.body.inherits ? columns.flatMap((c) => stayingAbove(c, context)) : [])],
      // a partition's NOT NULL may bear the name that PostgreSQL will choose for its parent's, if it is still free
      softNeeds: [
        ...whole.softNeeds,
        ...parentTables(t.id, context.desired).map((parent) => idOf('table', parent)),
        ...columns.flatMap((c) => [...notNullsAbove(c, context), ...columnsHeld(c, context)]),
      ],
      split: () => [
        bare(),
        ...defaults.map((d) =>
          creates(d, `ALTER TABLE ONLY ${name} ALTER COLUMN ${quoteName(d.name[2]!)} SET DEFAULT ${d.body.expression}`),
        ),
        ...constraints.map((c) =>
          creates(c, `ALTER TABLE ONLY ${name} ADD CONSTRAINT ${quoteName(c.name[2]!)} ${c.body.definition}`),
        ),
      ],
    }
    return [
      main,
      ...inherited.flatMap((c) => inheritedNotNull(c, t, context)),
      ...local.filter((c) => c.body.notNullNotValid).map((c) => lateNotNull(c, after(t, addNotNull(c, c, context).sql), context)),
      ...columns.flatMap((c) => columnExtras(undefined, c, context).map((sql) => after(t, sql))),
      ...(t.body.inherits ? columns.flatMap((c) => withoutDefault(c, context)) : []),
      ...security(undefined, t).map((sql) => after(t, sql)),
    ]
  },

  alter(from, to, context) {
    const name = nameOf(to)
    // PostgreSQL has no way to make a table partitioned, or to change by what it is
    if (from.body.partitionBy !== to.body.partitionBy || isKeyRetyped(from, context)) return 'replace'
    const ties = tiesOf(from, to, context)
    if ('refuse' in ties) return ties
    const refusal = writtenRefusal(from, to, context) ?? stranded(from, to, context)
    if (refusal) return refusal
    return [
      ...ties.untie,
      ...inheritance(from, to, context),
      ...persistence(from, to, context),
      ...(from.body.accessMethod === to.body.accessMethod
        ? []
        : [alters(from, to, `ALTER TABLE ${name} SET ACCESS METHOD ${quoteName(to.body.accessMethod ?? 'heap')}`)]),
      ...(from.body.tablespace === to.body.tablespace
        ? []
        : [alters(from, to, setTablespace(`ALTER TABLE ${name}`, to.body.tablespace))]),
      ...optionChanges(name, from.body.options ?? [], to.body.options ?? []).map((sql) => alters(from, to, sql)),
      ...optionChanges(name, from.body.toastOptions ?? [], to.body.toastOptions ?? []).map((sql) => ({
        // lost on a table that has no column to be toasted yet
        ...after(to, sql),
        needs: [to.id, ...context.children('desired', to.id).map(({id}) => id)],
      })),
      ...security(from, to).map((sql) => alters(from, to, sql)),
      ...ties.tie,
    ]
  },

  rebuild: rebuildTable,

  widens({from, to}) {
    if (!from || !to) return undefined
    if (from.body.rowSecurity && !to.body.rowSecurity) return `policies no longer keep anybody from rows of ${nameOf(to)}`
    return from.body.forceRowSecurity && !to.body.forceRowSecurity
      ? `policies no longer keep its owner from rows of ${nameOf(to)}`
      : undefined
  },

  drop(t, context) {
    const drop = drops(t, `DROP TABLE ${nameOf(t)}`, {
      hazards: [losesData(`table ${nameOf(t)} goes with its rows`)],
      loses: [t.id],
    })
    return dropDetached(t, drop, context)
  },
}

function isKeyRetyped(from: CatalogObject<TableBody>, context: Context): boolean {
  return context.children('current', from.id).some((c) => {
    const now = c.body.partitionKey && context.desired.objects.get(c.id)
    return now && (c.body.type !== now.body.type || c.body.collation !== now.body.collation || isOfRemade(c, context))
  })
}

/** A statement about the table that runs once the table is there. */
export function after(t: CatalogObject, sql: string): Step {
  return {...creates(t, sql), verb: 'alter', makes: [], needs: [t.id], softNeeds: [], claims: []}
}

/** The step that makes `o` and these parts of it at once. */
export function absorbing(o: CatalogObject, parts: readonly CatalogObject[], sql: string): Step {
  const makes = [o.id, ...parts.map((part) => part.id)]
  const inside = new Set<ObjectId>(makes)
  const needs = [...new Set([o, ...parts].flatMap((part) => part.needs))].filter((id) => !inside.has(id))
  const softNeeds = [...new Set([o, ...parts].flatMap((part) => part.softNeeds))].filter((id) => !inside.has(id))
  return creates(o, sql, {makes, needs, softNeeds, claims: [o, ...parts].flatMap((part) => part.claims)})
}

/** INHERITS copies NOT NULL; a child's own, on a column that only the parent declares, is said afterwards. */
function inheritedNotNull(c: CatalogObject<ColumnBody>, t: CatalogObject<TableBody>, context: Context): Step[] {
  if (!c.body.notNull) return []
  const given = (t.body.inherits ?? []).some(([schema, parent]) => {
    const column = [...context.children('desired', `table ${quoteNames(schema, parent)}` as ObjectId)].find(
      (p) => p.name[2] === c.name[2],
    )
    return (column?.body as ColumnBody | undefined)?.notNull
  })
  const isSaid = given || ownNotNulls([c], context).length > 0
  return isSaid ? [] : [after(t, addNotNull(c, c, context).sql)]
}

function security(from: CatalogObject<TableBody> | undefined, to: CatalogObject<TableBody>): string[] {
  const name = nameOf(to)
  const sql: string[] = []
  if (!from?.body.rowSecurity !== !to.body.rowSecurity)
    sql.push(`ALTER TABLE ${name} ${to.body.rowSecurity ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY`)
  if (!from?.body.forceRowSecurity !== !to.body.forceRowSecurity)
    sql.push(`ALTER TABLE ${name} ${to.body.forceRowSecurity ? '' : 'NO '}FORCE ROW LEVEL SECURITY`)
  return sql
}

export const optionsOf = (t: CatalogObject<TableBody>): string[] => [...(t.body.options ?? []), ...(t.body.toastOptions ?? [])]
