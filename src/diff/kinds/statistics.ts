// Extended statistics on columns and expressions of one table.
import {quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {follows} from './follow.ts'
import {renamed} from './naming.ts'

export interface Statistics {
  readonly table: readonly [string, string]
  /** absent: all that there are */
  readonly kinds?: readonly string[]
  /** columns and expressions, as they stand behind ON */
  readonly on: string
  readonly target?: number
}

// Of a single expression PostgreSQL gathers one kind alone, which has no name.
export const statistics: Kind<Statistics> = {
  name: 'statistics',
  quiet: () => true,
  rename: (from, to, {current}) => renamed(from, to, current),
  some: beyond('pg_statistic_ext'),
  query: () => `
    select ${address('pg_statistic_ext', 's.oid')} as address, array[n.nspname, s.stxname]::text[] as name,
      ${address('pg_class', 'c.oid')} as parent, array['statistics ' || n.nspname || '.' || s.stxname] as claims,
      jsonb_strip_nulls(jsonb_build_object(
        'table', jsonb_build_array(cn.nspname, c.relname),
        'kinds', case when not s.stxkind @> array['d', 'f', 'm']::"char"[] and s.stxkind <> array['e']::"char"[] then
          to_jsonb(array_remove(array[
            case when 'd' = any (s.stxkind) then 'ndistinct' end, case when 'f' = any (s.stxkind) then 'dependencies' end,
            case when 'm' = any (s.stxkind) then 'mcv' end], null)) end,
        'on', pg_get_statisticsobjdef_columns(s.oid),
        'target', nullif(s.stxstattarget, -1))) as body
    from pg_statistic_ext s
    join pg_namespace n on n.oid = s.stxnamespace
    join pg_class c on c.oid = s.stxrelid
    join pg_namespace cn on cn.oid = c.relnamespace
    where ${isUserSchema('n.nspname')}`,
  create(o) {
    const {table, kinds, on, target} = o.body
    const list = kinds ? ` (${kinds.join(', ')})` : ''
    const made = creates(o, `CREATE STATISTICS ${nameOf(o)}${list} ON ${on} FROM ${quoteNames(...table)}`)
    return target === undefined ? [made] : [made, follows(o, setTarget(o))]
  },
  alter(from, to) {
    const isSame = JSON.stringify({...from.body, target: 0}) === JSON.stringify({...to.body, target: 0})
    return isSame ? [alters(from, to, setTarget(to))] : 'replace'
  },
  drop: (o) => [drops(o, `DROP STATISTICS ${nameOf(o)}`)],
}

function setTarget(o: CatalogObject<Statistics>): string {
  return `ALTER STATISTICS ${nameOf(o)} SET STATISTICS ${o.body.target ?? -1}`
}
