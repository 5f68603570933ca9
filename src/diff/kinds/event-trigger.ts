// An event trigger: it fires for statements of the whole database, so it comes last and goes first.
import {quoteName, quoteText} from '../../postgres/quote.ts'
import {address, beyond} from '../address.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {FIRING, type Firing} from './firing.ts'
import {follows} from './follow.ts'
import {renamed} from './naming.ts'

export interface EventTrigger {
  readonly event: string
  readonly tags?: readonly string[]
  readonly function: string
  readonly enabled: Firing
}

export const eventTrigger: Kind<EventTrigger> = {
  name: 'event trigger',
  rename: (from, to, {current}) => renamed(from, to, current),
  some: beyond('pg_event_trigger'),
  query: () => `
    select ${address('pg_event_trigger', 't.oid')} as address, array[t.evtname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object('event', t.evtevent, 'tags', to_jsonb(t.evttags),
        'function', t.evtfoid::regproc::text, 'enabled', t.evtenabled)) as body
    from pg_event_trigger t`,
  create(o) {
    const {event, tags, enabled} = o.body
    const when = tags ? ` WHEN TAG IN (${tags.map(quoteText).join(', ')})` : ''
    const made = creates(
      o,
      `CREATE EVENT TRIGGER ${quoteName(o.name[0]!)} ON ${event}${when} EXECUTE FUNCTION ${o.body.function}()`,
    )
    return enabled === 'O' ? [made] : [made, follows(o, enable(o))]
  },
  alter(from, to) {
    const isSame = JSON.stringify({...from.body, enabled: 0}) === JSON.stringify({...to.body, enabled: 0})
    return isSame ? [alters(from, to, enable(to))] : 'replace'
  },
  drop: (o) => [drops(o, `DROP EVENT TRIGGER ${quoteName(o.name[0]!)}`)],
}

function enable(o: CatalogObject<EventTrigger>): string {
  return `ALTER EVENT TRIGGER ${quoteName(o.name[0]!)} ${FIRING[o.body.enabled]}`
}
