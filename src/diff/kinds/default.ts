// A column's default. It goes with the column when that is made; else it is set and dropped alone.
import {quoteName} from '../../postgres/quote.ts'
import {address, bodyOf, isUserSchema} from '../address.ts'
import {idOf, nameOf} from '../id.ts'
import type {CatalogObject, Context, Kind, ObjectId, Step} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {chain} from './chain.ts'
import {tableOf} from './column.ts'
import {goOn} from './identity.ts'
import {parentsThroughout, parentTables} from './partition.ts'
import {wholeOf} from './sequence.ts'
import {storedType} from './zone.ts'

export interface DefaultBody {
  expression: string
}

export const columnDefault: Kind<DefaultBody> = {
  name: 'default',

  some: 'exists (select from pg_attrdef)',
  query: () => `
    select ${address('pg_attrdef', 'd.oid')} as address,
      array[n.nspname, c.relname, a.attname]::text[] as name,
      ${address('pg_class', 'c.oid', 'a.attnum')} as parent,
      a.attnum as position,
      ${bodyOf({expression: 'pg_get_expr(d.adbin, d.adrelid)'})} as body,
      case when v.volatile then jsonb_build_object('volatile', true) end as beside
    from pg_attrdef d
    left join (
      select distinct e.oid, true as volatile
      from pg_attrdef e
      cross join regexp_matches(e.adbin::text, ':(?:op)?funcid ([0-9]+)', 'g') m
      join pg_proc f on f.oid = m[1]::oid and f.provolatile = 'v') v on v.oid = d.oid
    join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum and a.attgenerated = ''
    join pg_class c on c.oid = d.adrelid and c.relkind in ('r', 'p') and c.relpersistence <> 't'
    join pg_namespace n on n.oid = c.relnamespace and ${isUserSchema('n.nspname')}`,

  create(d, context) {
    const column = context.desired.objects.get(d.parent!)!
    // a parent's new column brings its default to the tables below it
    if (column.body.inherited && context.isMade(column.id) && !context.isMade(column.parent!)) {
      for (const [schema, name] of parentsThroughout(column.parent!, context)) {
        const above = context.desired.objects.get(idOf('default', [schema, name, d.name[2]!]))
        if (above && above.hash === d.hash) return {with: above.id}
      }
    }
    return chain(d.id, [...goingOn(d, context), creates(d, setDefault(d))])
  },

  alter: (from, to, context) => chain(to.id, [...goingOn(to, context), alters(from, to, setDefault(to))]),

  drop: (d) => [drops(d, `ALTER TABLE ONLY ${tableOf(d)} ALTER COLUMN ${quoteName(d.name[2]!)} DROP DEFAULT`)],
}

/** A table gets its parents' defaults with their columns: a column that is to have none lets go of it. */
export function withoutDefault(c: CatalogObject, context: Context): Step[] {
  if (c.body.generated || c.body.identity || c.body.default !== undefined) return []
  if (context.children('desired', c.id).some((o) => o.kind === 'default')) return []
  if (!isGivenDefault(c.parent!, c.name[2]!, context)) return []
  const sql = `ALTER TABLE ONLY ${tableOf(c)} ALTER COLUMN ${quoteName(c.name[2]!)} DROP DEFAULT`
  return [alters(c, c, sql, {makes: [], needs: [c.id]})]
}

/** A table above has, or had, one for that column. */
function isGivenDefault(table: ObjectId, column: string, context: Context): boolean {
  const {current, desired} = context
  return parentTables(table, desired).some((parent) => {
    const place = [...parent, column]
    const isHere = [current, desired].some(
      ({objects}) =>
        objects.has(idOf('default', place)) || objects.get(idOf('foreign column', place))?.body.default !== undefined,
    )
    return isHere || isGivenDefault(idOf('table', parent), column, context)
  })
}

const setDefault = (d: CatalogObject<DefaultBody>): string =>
  `ALTER TABLE ONLY ${tableOf(d)} ALTER COLUMN ${quoteName(d.name[2]!)} SET DEFAULT ${d.body.expression}`

const INTEGERS = new Set(['smallint', 'integer', 'bigint'])

/** A new sequence that a column with values counts by goes on behind them. */
function goingOn(d: CatalogObject<DefaultBody>, context: Context): Step[] {
  const column = context.desired.objects.get(d.parent!)!
  const before = context.current.objects.get(column.id)
  if (context.isMade(column.id) || !before || !INTEGERS.has(storedType(column.body.type, context.desired))) return []
  const sequences = d.needs.flatMap((id) => context.desired.objects.get(id) ?? []).filter((o) => o.kind === 'sequence')
  return sequences
    .filter((o) => context.isMade(o.id))
    .map((o) => creates(d, goOn(nameOf(o), wholeOf(o.body), column), {makes: [], verb: 'alter'}))
}
