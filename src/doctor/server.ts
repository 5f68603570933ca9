// A server in; its version, what sorts its texts, and what it keeps for others, out.
import {quoteName, quoteNames, quoteText} from '../postgres/quote.ts'
import type {Context, Finding, Fix, Look} from './model.ts'
import {beside, long, NO_ROWS, tables} from './sql.ts'

const encoding: Look = {
  at: 'the database',
  sql: () =>
    `select 1 as one from pg_database where datname = current_database() and pg_encoding_to_char(encoding) = 'SQL_ASCII'`,
  tell: (): Finding => ({
    id: 'encoding',
    level: 'warning',
    message: 'the encoding is SQL_ASCII: nobody checks what texts are written in, and length() counts bytes',
    hint: 'dump it, and restore it into a database made with ENCODING UTF8',
    fixes: [],
  }),
}

/** PostgreSQL 15 is the first to remember it for a whole database. */
const databaseCollation: Look = {
  at: 'the database',
  sql: ({server}) =>
    server.major < 15
      ? undefined
      : `select d.datname::text as name, d.datcollversion as was, pg_database_collation_actual_version(d.oid) as is
         from pg_database d where d.datname = current_database() and d.datcollversion <> pg_database_collation_actual_version(d.oid)`,
  tell({name, was, is}: {name: string; was: string; is: string}): Finding {
    const database = quoteName(name)
    return {
      id: 'collation-version',
      level: 'error',
      object: database,
      message: `its texts were sorted by version ${was} of the collation, and the server has ${is}: indexes may miss rows, and keys may be there twice`,
      fixes: [
        long(
          `REINDEX DATABASE CONCURRENTLY ${database}`,
          'SHARE UPDATE EXCLUSIVE on one table after the other: reads and writes go on',
        ),
        {sql: `ALTER DATABASE ${database} REFRESH COLLATION VERSION`, locks: NO_ROWS},
      ],
    }
  },
}

interface Collation {
  readonly schema: string
  readonly name: string
  readonly was: string
  readonly is: string
  readonly indexes: readonly {readonly schema: string; readonly index: string}[]
}

/** Those that an index of ours sorts by. */
const collations: Look = {
  at: 'collations',
  sql: ({schemas}) => `
    with used as materialized (select distinct unnest(i.indcollation) as oid from pg_index i),
    old as materialized (
      select l.oid, l.collnamespace, l.collname, l.collversion as was, pg_collation_actual_version(l.oid) as is
      from pg_collation l where l.oid in (select oid from used) and l.oid <> 100 and l.collversion <> pg_collation_actual_version(l.oid)
    )
    select s.nspname::text as schema, o.collname::text as name, o.was, o.is, u.indexes
    from old o
    join pg_namespace s on s.oid = o.collnamespace
    join lateral (
      select json_agg(json_build_object('schema', n.nspname, 'index', ic.relname) order by n.nspname, ic.relname) as indexes
      from ${tables(schemas, "'r', 'm'")}
      join pg_index i on i.indrelid = c.oid and o.oid = any (i.indcollation)
      join pg_class ic on ic.oid = i.indexrelid
    ) u on u.indexes is not null
    order by 1, 2`,
  tell({schema, name, was, is, indexes}: Collation): Finding {
    const collation = quoteNames(schema, name)
    const again = indexes.map(({schema, index}): Fix => {
      const whole = quoteNames(schema, index)
      return long(`REINDEX INDEX CONCURRENTLY ${whole}`, beside(`the table of ${whole}`))
    })
    return {
      id: 'collation-version',
      level: 'error',
      object: collation,
      message: `${indexes.length === 1 ? 'an index was' : `${indexes.length} indexes were`} sorted by its version ${was}, and the server has ${is}: rows may be missed`,
      fixes: [...again, {sql: `ALTER COLLATION ${collation} REFRESH VERSION`, locks: NO_ROWS}],
      subject: [
        {kind: 'schema', name: [schema]},
        {kind: 'collation', name: [schema, name]},
      ],
    }
  },
}

interface Slot {
  readonly name: string
  readonly status: string | null
  readonly held: number | null
  readonly plugin: string | null
}

const LATEST = 'case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end'

/** pg_events' own are told of as consumers. */
const slots: Look = {
  at: 'replication slots',
  sql: ({limits, events}) => `
    select s.slot_name::text as name, s.wal_status as status, s.plugin::text as plugin, pg_wal_lsn_diff(${LATEST}, s.restart_lsn)::float as held
    from pg_replication_slots s
    where (s.database is null or s.database = current_database()) and not s.temporary
      ${events.isInstalled ? "and not starts_with(s.slot_name::text, 'pgext_')" : ''}
      and (s.wal_status = 'lost' or s.wal_status = 'unreserved' or not s.active and pg_wal_lsn_diff(${LATEST}, s.restart_lsn) > ${limits.wal})
    order by 1`,
  tell({name, status, held}: Slot): Finding {
    const isLost = status === 'lost'
    const gigabytes = ((held ?? 0) / 1e9).toFixed(1)
    return {
      id: 'slot',
      level: isLost ? 'error' : 'warning',
      object: quoteName(name),
      message: isLost
        ? 'lost: what it kept is gone, and whoever reads by it can’t go on'
        : `nobody reads by it, and it keeps ${gigabytes} GB of WAL: the disk fills up`,
      fixes: [
        {
          sql: `SELECT pg_catalog.pg_drop_replication_slot(${quoteText(name)})`,
          locks: NO_ROWS,
          decide: 'whoever reads by it begins anew: a standby, a subscription, a consumer',
        },
      ],
    }
  },
}

const subscriptions: Look = {
  at: 'subscriptions',
  sql: () => `
    select s.subname::text as name, s.subenabled as enabled from pg_subscription s
    where s.subdbid = (select oid from pg_database where datname = current_database())
      and (not s.subenabled or not exists (select from pg_stat_subscription w where w.subid = s.oid and w.pid is not null))
    order by 1`,
  tell({name, enabled}: {name: string; enabled: boolean}): Finding {
    const subscription = quoteName(name)
    const told = {id: 'subscription', object: subscription, subject: [{kind: 'subscription', name: [name]}]} as const
    if (enabled)
      return {
        ...told,
        level: 'warning',
        message: 'enabled, and nothing works for it',
        hint: 'the server’s log says why',
        fixes: [],
      }
    return {
      ...told,
      level: 'info',
      message: 'disabled: it receives nothing, and its slot at the publisher keeps WAL',
      fixes: [{sql: `ALTER SUBSCRIPTION ${subscription} ENABLE`, locks: NO_ROWS, decide: 'it may be disabled on purpose'}],
    }
  },
}

export const SERVER: readonly Look[] = [encoding, databaseCollation, collations, slots, subscriptions]

export interface Line {
  readonly tls: boolean
  readonly host: string
  /** milliseconds */
  readonly trip: number
}

const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|f[cd][0-9a-f]{2}:|fe80:)/i

/** What the connection itself is like. */
export function connectionFindings({tls, host, trip}: Line, isHere: boolean, {limits}: Pick<Context, 'limits'>): Finding[] {
  const found: Finding[] = []
  if (!tls && !isHere) {
    // of a name without a dot only this network knows
    const isNear = PRIVATE.test(host) || !/[.:]/.test(host)
    found.push({
      id: 'tls',
      level: isNear ? 'info' : 'warning',
      message: `what goes to ${host} and back can be read on the way, the password too where the server asks for it in clear`,
      hint: 'add ?sslmode=verify-full to the URL, and set ssl = on where the server does not have it',
      fixes: [],
    })
  }
  if (trip > limits.trip)
    found.push({
      id: 'round-trip',
      level: 'info',
      message: `a round trip takes ${Math.round(trip)} ms: each statement of a migration waits for one`,
      hint: 'run pgext nearer to the database: in its network, or in CI there',
      fixes: [],
    })
  return found
}

/** Which majors pgext knows, and what this machine has of this one. */
export function versionFindings(major: number, version: string, here?: string): Finding[] {
  if (major < 14 || major > 18) {
    return [
      {
        id: 'server-version',
        level: major < 14 ? 'error' : 'warning',
        message: `PostgreSQL ${version}: pgext knows 14 to 18`,
        hint:
          major < 14
            ? 'its own makers mend it no longer: upgrade the server'
            : 'use a newer pgext, or check what it writes with care',
        fixes: [],
      },
    ]
  }
  const [theirs, ours] = [minorOf(version), minorOf(here ?? '')]
  if (theirs === undefined || ours === undefined || theirs >= ours) return []
  return [
    {
      id: 'minor-version',
      level: 'info',
      message: `PostgreSQL ${version}, and ${major}.${ours} is out: this machine has it`,
      hint: 'a minor version mends faults and holes, and takes a restart',
      fixes: [],
    },
  ]
}

/** By the policy of PostgreSQL: five years of repairs, the last of them in the November of the fifth. */
const ENDS: Readonly<Record<number, string>> = {
  13: '2025-11-13',
  14: '2026-11-12',
  15: '2027-11-11',
  16: '2028-11-09',
  17: '2029-11-08',
  18: '2030-11-14',
}
const HALF_A_YEAR = 183 * 86_400_000

/** Told when the next step has to be planned, not when it is too late for it. */
export function ageFindings(major: number, now: Date): Finding[] {
  const day = ENDS[major]
  const left = day === undefined ? Number.POSITIVE_INFINITY : Date.parse(day) - now.getTime()
  if (left > HALF_A_YEAR) return []
  return [
    {
      id: 'end-of-life',
      level: left < 0 ? 'warning' : 'info',
      message:
        left < 0
          ? `PostgreSQL ${major} had its last repair on ${day}: what is found since, holes too, stays`
          : `PostgreSQL ${major} gets its last repair on ${day}`,
      hint: 'upgrade to a newer major version: pg_upgrade, a host’s own way, or a logical replica',
      fixes: [],
    },
  ]
}

function minorOf(version: string): number | undefined {
  const found = /^\d+\.(\d+)/.exec(version)?.[1]
  return found === undefined ? undefined : Number(found)
}
