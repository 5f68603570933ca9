// A foreign table: its server, its options, and the tables it inherits from. Creating it takes its columns along.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, drops} from '../step.ts'
import {dropDetached} from './detach.ts'
import {type ForeignColumn, foreignColumnBelow, foreignColumnClause, foreignColumnExtras} from './foreign-column.ts'
import {changeForeignOptions, foreignOptions, optionsClause} from './foreign-option.ts'
import {foreignLikeness} from './likeness.ts'
import {stayingAbove} from './lineage.ts'
import {renamed} from './naming.ts'
import {columnsGone} from './partition.ts'
import {absorbing} from './table.ts'

export interface ForeignTable {
  readonly server: string
  readonly options?: readonly string[]
  /** parents, in order; not of partitions */
  readonly inherits?: readonly (readonly [string, string])[]
}

export const foreignTable: Kind<ForeignTable> = {
  name: 'foreign table',
  rename: (from, to, {current}) => renamed(from, to, current),
  likeness: foreignLikeness,
  some: beyond('pg_class', `relkind = 'f'`),
  query: () => `
    select ${address('pg_class', 'c.oid')} as address, array[n.nspname, c.relname]::text[] as name,
      array['relation ' || n.nspname || '.' || c.relname, 'type ' || n.nspname || '.' || c.relname] as claims,
      jsonb_strip_nulls(jsonb_build_object('server', s.srvname, 'options', ${foreignOptions('f.ftoptions')}, 'inherits', i.parents)) as body
    from pg_foreign_table f
    join pg_class c on c.oid = f.ftrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_foreign_server s on s.oid = f.ftserver
    left join (
      select h.inhrelid, jsonb_agg(jsonb_build_array(pn.nspname, p.relname) order by h.inhseqno) as parents
      from pg_inherits h
      join pg_class p on p.oid = h.inhparent and p.relkind in ('r', 'f')
      join pg_namespace pn on pn.oid = p.relnamespace
      group by h.inhrelid
    ) i on i.inhrelid = c.oid
    where ${isUserSchema('n.nspname')}`,

  create(o, context) {
    const {server, options, inherits = []} = o.body
    const columns = context
      .children('desired', o.id)
      .filter((c): c is CatalogObject<ForeignColumn> => c.kind === 'foreign column')
    const local = columns.filter((c) => !c.body.inherited || inherits.length === 0)
    const list = local.length > 0 ? `(\n    ${local.map(foreignColumnClause).join(',\n    ')}\n)` : '()'
    const parents = inherits.length > 0 ? `\nINHERITS (${inherits.map((parent) => quoteNames(...parent)).join(', ')})` : ''
    const sql = `CREATE FOREIGN TABLE ${nameOf(o)} ${list}${parents}\nSERVER ${quoteName(server)}${optionsClause(options)}`
    const made = absorbing(o, columns, sql)
    const needs = [...made.needs, ...columns.flatMap((c) => stayingAbove(c as CatalogObject, context))]
    const extras = inherits.length > 0 ? foreignColumnBelow : foreignColumnExtras
    return [{...made, needs}, ...columns.flatMap((c) => extras(c, context))]
  },

  alter(from, to, context) {
    // the rows live elsewhere: nothing is lost
    if (from.body.server !== to.body.server) return 'replace'
    const head = `ALTER FOREIGN TABLE ${nameOf(to)}`
    const [had, has] = [from, to].map(({body}) => (body.inherits ?? []).map((parent) => quoteNames(...parent)))
    const options = changeForeignOptions(from.body.options, to.body.options)
    const columns = context.children('desired', to.id).filter((c) => c.kind === 'foreign column')
    return [
      ...had!.filter((parent) => !has!.includes(parent)).map((parent) => alters(from, to, `${head} NO INHERIT ${parent}`)),
      ...has!
        .filter((parent) => !had!.includes(parent))
        .map((parent) =>
          alters(from, to, `${head} INHERIT ${parent}`, {
            needs: [...to.needs, ...columns.map((c) => c.id), ...columnsGone([to.id], context)],
          }),
        ),
      ...(options ? [alters(from, to, `${head}${options}`)] : []),
    ]
  },

  drop(o, context) {
    const drop = drops(o, `DROP FOREIGN TABLE ${nameOf(o)}`)
    return dropDetached(o, drop, context)
  },
}
