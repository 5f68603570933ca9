// A subscription of this database. Where its publisher is may be a secret, and whether it runs is no matter of schema: both are left alone.
import {quoteName, quoteText} from '../../postgres/quote.ts'
import {address} from '../address.ts'
import type {CatalogObject, Hazard, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {chain} from './chain.ts'

export interface Subscription {
  readonly publications: readonly string[]
  /** absent: none */
  readonly slot?: string
  readonly options: Readonly<Record<string, string>>
}

/** The majors they came with. */
const SINCE: Record<string, number> = {
  two_phase: 15,
  disable_on_error: 15,
  password_required: 16,
  run_as_owner: 16,
  origin: 16,
  failover: 17,
}

/** The same on every major that has them. */
const DEFAULTS: Record<string, string> = {
  binary: 'false',
  two_phase: 'false',
  disable_on_error: 'false',
  password_required: 'true',
  run_as_owner: 'false',
  origin: 'any',
  failover: 'false',
  synchronous_commit: 'off',
}

/** What only the publisher can change along (ALTER SUBSCRIPTION … SET). */
const ASKS = ['two_phase', 'failover']

export const subscription: Kind<Subscription> = {
  name: 'subscription',
  query: ({major}) => `
    select ${address('pg_subscription', 's.oid')} as address, array[s.subname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'publications', (select jsonb_agg(p order by p collate "C") from unnest(s.subpublications) p),
        'slot', s.subslotname,
        'options', jsonb_build_object('synchronous_commit', s.subsynccommit, 'binary', s.subbinary::text,
          'streaming', ${major >= 16 ? `case s.substream when 'f' then 'off' when 't' then 'on' else 'parallel' end` : `case when s.substream then 'on' else 'off' end`}
          ${major >= 15 ? `, 'two_phase', (s.subtwophasestate <> 'd')::text, 'disable_on_error', s.subdisableonerr::text` : ''}
          ${major >= 16 ? `, 'password_required', s.subpasswordrequired::text, 'run_as_owner', s.subrunasowner::text, 'origin', s.suborigin` : ''}
          ${major >= 17 ? `, 'failover', s.subfailover::text` : ''}))) as body
    from pg_subscription s
    join pg_database d on d.oid = s.subdbid
    where d.datname = current_database()`,
  create(o, {server}) {
    const connection = `host=publisher.invalid${server.superuser ? '' : ' password=unset'}`
    const said = knownOf(o.body, server.major).filter((key) => o.body.options[key] !== DEFAULTS[key])
    const options = ['connect = false', ...settings(o, said, o.body.slot !== o.name[0])]
    const sql = `CREATE SUBSCRIPTION ${nameOf(o)}\n    CONNECTION ${quoteText(connection)}\n    PUBLICATION ${publications(o)}\n    WITH (${options.join(', ')})`
    const why = `subscription ${nameOf(o)} is made without a publisher, and rests: run ALTER SUBSCRIPTION … CONNECTION, make its slot there, then ENABLE and REFRESH PUBLICATION`
    return [creates(o, sql, {hazards: [replication(why)]})]
  },
  alter(from, to, {server}) {
    const changed = knownOf(to.body, server.major).filter((key) => from.body.options[key] !== to.body.options[key])
    const asks = changed.find((key) => ASKS.includes(key))
    if (asks) {
      return {
        refuse: `subscription ${nameOf(to)} can’t get ${asks} = ${to.body.options[asks]} from pgext: PostgreSQL would connect to its publisher. Run ALTER SUBSCRIPTION … SET (${asks} = ${to.body.options[asks]}) where it is`,
      }
    }
    const set = settings(to, changed, from.body.slot !== to.body.slot)
    const steps = set.length > 0 ? [alters(from, to, `ALTER SUBSCRIPTION ${nameOf(to)} SET (${set.join(', ')})`)] : []
    if (publications(from) === publications(to)) return steps
    const why = `subscription ${nameOf(to)} follows other publications once ALTER SUBSCRIPTION … REFRESH PUBLICATION has run`
    const sql = `ALTER SUBSCRIPTION ${nameOf(to)} SET PUBLICATION ${publications(to)} WITH (refresh = false)`
    return [...steps, alters(from, to, sql, {hazards: [replication(why)]})]
  },
  drop(o) {
    const name = nameOf(o)
    if (o.body.slot === undefined) return [drops(o, `DROP SUBSCRIPTION ${name}`)]
    const why = `the slot ${o.body.slot} of subscription ${name} stays at its publisher, and keeps its log there until it is dropped`
    // with its slot it would connect to the publisher, and could not be part of a transaction
    return chain(o.id, [
      drops(o, `ALTER SUBSCRIPTION ${name} DISABLE`),
      drops(o, `ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`),
      drops(o, `DROP SUBSCRIPTION ${name}`, {hazards: [replication(why)]}),
    ])
  },
  replaceable: () => false,
}

function knownOf({options}: Subscription, major: number): string[] {
  return Object.keys(options).filter((key) => major >= (SINCE[key] ?? 0))
}

function settings({body}: CatalogObject<Subscription>, keys: readonly string[], slot = true): string[] {
  const name = body.slot === undefined ? 'NONE' : quoteText(body.slot)
  return [...(slot ? [`slot_name = ${name}`] : []), ...keys.map((key) => `${key} = ${quoteText(body.options[key]!)}`)]
}

function publications({body}: CatalogObject<Subscription>): string {
  return body.publications.map(quoteName).join(', ')
}

function nameOf(o: CatalogObject): string {
  return quoteName(o.name[0]!)
}

function replication(why: string): Hazard {
  return {name: 'replication-affected', why}
}
