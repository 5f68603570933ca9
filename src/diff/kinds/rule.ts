// A rewrite rule on a table or view; what a view is made of (_RETURN) belongs to the view.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {FIRING, type Firing} from './firing.ts'
import {follows} from './follow.ts'
import {renamed, withoutName} from './naming.ts'

export interface RuleBody {
  /** what follows CREATE RULE; holds its own name */
  readonly definition: string
  readonly enabled: Firing
}

export const rule: Kind<RuleBody> = {
  name: 'rule',
  quiet: () => true,
  rename: (from, to, {current}) => renamed(from, to, current),
  likeness: (o) => ({...o.body, definition: withoutName(o)}),

  some: beyond('pg_rewrite', `rulename <> '_RETURN'`),
  query: () => `
    select ${address('pg_rewrite', 'r.oid')} as address, array[n.nspname, c.relname, r.rulename]::text[] as name,
      ${address('pg_class', 'c.oid')} as parent,
      jsonb_build_object('definition', rtrim(substr(pg_get_ruledef(r.oid), length('CREATE RULE ') + 1), ';'), 'enabled', r.ev_enabled) as body
    from pg_rewrite r
    join pg_class c on c.oid = r.ev_class
    join pg_namespace n on n.oid = c.relnamespace
    where r.rulename <> '_RETURN' and ${isUserSchema('n.nspname')}`,

  create: (o) => [creates(o, `CREATE RULE ${o.body.definition}`), ...(o.body.enabled === 'O' ? [] : [follows(o, enable(o))])],

  // OR REPLACE leaves the enabled state as it is
  alter: (from, to) => [
    ...(from.body.definition === to.body.definition ? [] : [alters(from, to, `CREATE OR REPLACE RULE ${to.body.definition}`)]),
    ...(from.body.enabled === to.body.enabled ? [] : [alters(from, to, enable(to))]),
  ],

  drop: (o) => [drops(o, `DROP RULE ${quoteName(o.name[2]!)} ON ${tableOf(o)}`)],
}

function enable(o: CatalogObject<RuleBody>): string {
  return `ALTER TABLE ${tableOf(o)} ${FIRING[o.body.enabled]} RULE ${quoteName(o.name[2]!)}`
}

function tableOf(o: CatalogObject): string {
  return quoteNames(o.name[0]!, o.name[1]!)
}
