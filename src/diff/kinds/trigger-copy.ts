// A partition's copy of its table's trigger, where it fires at other times than that. Copies that fire alike are PostgreSQL's own business.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {idAbout, idOf} from '../id.ts'
import type {Catalog, CatalogObject, Context, Kind, ObjectId, Step} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {FIRING, type Firing} from './firing.ts'
import {follows} from './follow.ts'

export interface TriggerCopy {
  readonly enabled: Firing
  /** when the table's own fires: ALTER TABLE … TRIGGER on that reaches the copies */
  readonly above: Firing
}

export const triggerCopy: Kind<TriggerCopy> = {
  name: 'trigger copy',
  // all that stands above it, up to the trigger that somebody made
  some: beyond('pg_trigger', 'tgparentid <> 0'),
  query: () => `
    with recursive above (copy, at, partition) as (
      select t.oid, t.tgparentid, t.tgrelid
      from pg_trigger t
      join pg_trigger u on u.oid = t.tgparentid and u.tgenabled <> t.tgenabled
      union all
      select above.copy, t.tgparentid, t.tgrelid from above join pg_trigger t on t.oid = above.at and t.tgparentid <> 0
    ),
    whole as (
      select copy, array_agg(${address('pg_trigger', 'at')}) || array_agg(${address('pg_inherits', 'partition')}) as needs
      from above
      group by copy
      having not bool_or((select tgisinternal and tgparentid = 0 from pg_trigger r where r.oid = at))
    )
    select ${address('pg_trigger', 't.oid')} as address, array[n.nspname, c.relname, t.tgname]::text[] as name,
      ${address('pg_class', 'c.oid')} as parent, w.needs,
      jsonb_build_object('enabled', t.tgenabled, 'above', u.tgenabled) as body
    from whole w
    join pg_trigger t on t.oid = w.copy
    join pg_trigger u on u.oid = t.tgparentid
    join pg_class c on c.oid = t.tgrelid
    join pg_namespace n on n.oid = c.relnamespace and ${isUserSchema('n.nspname')}`,
  create: (o, context) => [creates(o, sqlOf(o, o.body.enabled), {needs: [...o.needs, ...placesOf(o.parent!, context.desired)]})],
  alter: (from, to) => [alters(from, to, sqlOf(to, to.body.enabled))],
  drop: (o, context) => {
    const causes = [...placesOf(o.parent!, context.current), ...o.needs.filter((id) => id.startsWith('trigger '))]
    const gone = causes.find((id) => context.isBroken(id))
    if (gone) return {with: gone}
    const above = o.needs.filter((id) => /^trigger( copy)? /.test(id))
    const trigger = above.find((id) => id.startsWith('trigger copy ')) ?? above[0]!
    const enabled: Firing = context.desired.objects.get(trigger)?.body.enabled ?? o.body.above
    return [drops(o, sqlOf(o, enabled), {needs: above})]
  },
}

/** The copy is there while its table, and all above, are partitions. */
function placesOf(table: ObjectId, catalog: Catalog): ObjectId[] {
  const place = catalog.objects.get(idAbout('partition', table))
  return place ? [place.id, ...placesOf(idOf('table', place.body.parent), catalog)] : []
}

function sqlOf(o: CatalogObject, enabled: Firing): string {
  return `ALTER TABLE ${quoteNames(o.name[0]!, o.name[1]!)} ${FIRING[enabled]} TRIGGER ${quoteName(o.name[2]!)}`
}

/** The copies that go with a trigger, or with a partition's place: in all partitions below. */
export function copiesOf(cause: ObjectId, context: Context): ObjectId[] {
  return context.dependents(cause).flatMap(({id, kind}) => (kind === 'trigger copy' ? [id] : []))
}

/** CREATE OR REPLACE makes the copies anew: those that fire otherwise are set back. */
export function copiesBelow(trigger: ObjectId, context: Context): Step[] {
  const copies = copiesOf(trigger, context).flatMap((id) => context.desired.objects.get(id) ?? [])
  return copies.filter(({id}) => !context.isMade(id)).map((o) => ({...follows(o, sqlOf(o, o.body.enabled)), needs: [trigger]}))
}
