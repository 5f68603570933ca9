// A column's default. It goes with the column when that is made; else it is set and dropped alone.
import {quoteName} from '../../postgres/quote.ts'
import {address, isUserSchema} from '../address.ts'
import {idOf} from '../id.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {tableOf} from './column.ts'
import {parentsThroughout} from './partition.ts'

export interface DefaultBody {
  expression: string
}

export const columnDefault: Kind<DefaultBody> = {
  name: 'default',

  query: () => `
    select ${address('pg_attrdef', 'd.oid')} as address,
      array[n.nspname, c.relname, a.attname]::text[] as name,
      ${address('pg_class', 'c.oid', 'a.attnum')} as parent,
      a.attnum as position,
      jsonb_build_object('expression', pg_get_expr(d.adbin, d.adrelid)) as body
    from pg_attrdef d
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
    return [creates(d, setDefault(d))]
  },

  alter: (from, to) => [alters(from, to, setDefault(to))],

  drop: (d) => [drops(d, `ALTER TABLE ONLY ${tableOf(d)} ALTER COLUMN ${quoteName(d.name[2]!)} DROP DEFAULT`)],
}

const setDefault = (d: CatalogObject<DefaultBody>): string =>
  `ALTER TABLE ONLY ${tableOf(d)} ALTER COLUMN ${quoteName(d.name[2]!)} SET DEFAULT ${d.body.expression}`
