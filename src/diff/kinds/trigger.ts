// A trigger on a table or view; those that constraints bring, the copies on partitions, and pgext's own, belong to others.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isForeign, isUserSchema} from '../address.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {FIRING, type Firing} from './firing.ts'
import {follows} from './follow.ts'
import {renamed, withoutName} from './naming.ts'
import {changeReliance, reliance} from './reliance.ts'
import {copiesBelow, copiesOf} from './trigger-copy.ts'

export interface TriggerBody {
  /** what follows CREATE [CONSTRAINT] TRIGGER; holds its own name */
  readonly definition: string
  readonly constraint?: boolean
  readonly enabled: Firing
  readonly extensions?: readonly string[]
}

export const trigger: Kind<TriggerBody> = {
  name: 'trigger',
  // before 15 the copies on partitions kept their names
  quiet: (o, catalog) => catalog.server.major >= 15 || !catalog.objects.get(o.parent!)?.body.partitionBy,
  // of a constraint trigger PostgreSQL would leave the constraint under its old name
  rename: (from, to, {current}) => (from.body.constraint ? undefined : renamed(from, to, current)),
  likeness: (o) => ({...o.body, definition: withoutName(o)}),

  some: beyond('pg_trigger', 'not tgisinternal'),
  query: () => `
    select ${address('pg_trigger', 't.oid')} as address, array[n.nspname, c.relname, t.tgname]::text[] as name,
      ${address('pg_class', 'c.oid')} as parent, x.addresses as needs,
      jsonb_strip_nulls(jsonb_build_object(
        'definition', substr(pg_get_triggerdef(t.oid), length(case when t.tgconstraint = 0 then 'CREATE TRIGGER ' else 'CREATE CONSTRAINT TRIGGER ' end) + 1),
        'constraint', nullif(t.tgconstraint <> 0, false),
        'enabled', t.tgenabled,
        'extensions', x.extensions)) as body,
      case when t.tgtype & 16 = 0 then null else jsonb_build_object('updates', case when t.tgattr::text = '' then 'any' else 'some' end) end as beside
    from pg_trigger t
    join pg_proc f on f.oid = t.tgfoid and ${isForeign('f.pronamespace')}
    join pg_class c on c.oid = t.tgrelid
    join pg_namespace n on n.oid = c.relnamespace
    left join ${reliance('pg_trigger')} x on x.object = t.oid
    where not t.tgisinternal and t.tgparentid = 0 and ${isUserSchema('n.nspname')}`,

  create: (o) => [
    creates(o, `CREATE ${o.body.constraint ? 'CONSTRAINT ' : ''}TRIGGER ${o.body.definition}`),
    ...changes(o, 'O', []).map((sql) => follows(o, sql)),
  ],

  alter(from, to, context) {
    if (from.body.definition === to.body.definition && from.body.constraint === to.body.constraint) {
      return changes(to, from.body.enabled, from.body.extensions).map((sql) => alters(from, to, sql))
    }
    if (from.body.constraint || to.body.constraint) return 'replace'
    // OR REPLACE enables it
    return [
      alters(from, to, `CREATE OR REPLACE TRIGGER ${to.body.definition}`),
      ...changes(to, 'O', from.body.extensions).map((sql) => follows(to, sql)),
      ...copiesBelow(to.id, context),
    ]
  },

  drop: (o, context) => [
    drops(o, `DROP TRIGGER ${quoteName(o.name[2]!)} ON ${tableOf(o)}`, {breaks: [o.id, ...copiesOf(o.id, context)]}),
  ],
}

function changes(o: CatalogObject<TriggerBody>, enabled: Firing, extensions: readonly string[] | undefined): string[] {
  const name = quoteName(o.name[2]!)
  return [
    ...(o.body.enabled === enabled ? [] : [`ALTER TABLE ${tableOf(o)} ${FIRING[o.body.enabled]} TRIGGER ${name}`]),
    ...changeReliance(extensions, o.body.extensions).map((clause) => `ALTER TRIGGER ${name} ON ${tableOf(o)} ${clause}`),
  ]
}

function tableOf(o: CatalogObject): string {
  return quoteNames(o.name[0]!, o.name[1]!)
}
