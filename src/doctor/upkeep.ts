// A database in use in; what nobody tidies up in it, out: transaction ids, old transactions, tables that are never vacuumed or analysed.
import {quoteName, quoteText} from '../postgres/quote.ts'
import type {Finding, Look} from './model.ts'
import {BY_OTHERS, beside, type InTable, long, NO_ROWS, SEEN, tableOf, tableSubject, tables} from './sql.ts'

/** Where PostgreSQL takes no more writes. */
const END = 2 ** 31

interface Aged {
  readonly name: string
  readonly isHere: boolean
  readonly age: number
  readonly tables: readonly InTable[]
}

/** The oldest tables hold it, whoever owns them; of another database its own name is all that is seen. */
const wraparound: Look = {
  at: 'transaction ids',
  sql: ({limits}) => `
    select d.datname::text as name, d.datname = current_database() as "isHere", greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) as age,
      case when d.datname = current_database() then (
        select coalesce(json_agg(json_build_object('schema', o.nspname, 'table', o.relname) order by o.age desc), '[]') from (
          select n.nspname, c.relname, greatest(age(c.relfrozenxid), mxid_age(c.relminmxid)) as age
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind in ('r', 'm') and c.relpersistence <> 't' and greatest(age(c.relfrozenxid), mxid_age(c.relminmxid)) > ${limits.age}
          order by 3 desc limit 20) o) else '[]' end as tables
    from pg_database d
    where d.datallowconn and greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) > ${limits.age}
    order by 1`,
  tell({name, isHere, age, tables}: Aged): Finding {
    const share = Math.floor((age / END) * 100)
    return {
      id: 'wraparound',
      level: age > 1_600_000_000 ? 'error' : isHere ? 'warning' : 'info',
      object: quoteName(name),
      message: `${share} % of the transaction ids are used since its oldest rows were frozen; at the end of them PostgreSQL takes no more writes`,
      hint: isHere
        ? 'VACUUM can’t freeze what an old transaction, a prepared one or a replication slot may still look at: end those first'
        : 'look there: pgext doctor --url',
      fixes: tables.map((one) =>
        long(`VACUUM (FREEZE, VERBOSE) ${tableOf(one)}`, `${beside(tableOf(one))}; every page that may hold old rows is read`),
      ),
    }
  },
}

const OFF = (options: string): string =>
  `exists (select from pg_options_to_table(${options}) x where x.option_name = 'autovacuum_enabled' and not x.option_value::boolean)`

const autovacuum: Look = {
  at: 'settings',
  sql: () =>
    `select name, source = 'command line' as pinned from pg_settings where name in ('autovacuum', 'track_counts') and setting = 'off' order by 1`,
  tell: ({name, pinned}: {name: string; pinned: boolean}): Finding => ({
    id: 'autovacuum-off',
    level: 'error',
    object: name,
    message:
      name === 'autovacuum'
        ? 'autovacuum is off: tables grow, plans get worse, and transaction ids run out'
        : 'track_counts is off: autovacuum does not know where there is something to do',
    ...(pinned ? PINNED : switchedOn(name)),
  }),
}

const RISKS: Readonly<Record<string, string>> = {
  fsync: 'fsync is off: after a crash of the machine the data may be damaged beyond repair',
  full_page_writes: 'full_page_writes is off: after a crash of the machine pages may be half written, and nobody can mend them',
}

/** A server on this machine that was started so is a throwaway one: a test's, or a shadow. */
const unsafe: Look = {
  at: 'settings',
  sql: ({isHere}) =>
    `select name, source = 'command line' as pinned from pg_settings
     where name in ('fsync', 'full_page_writes') and setting = 'off' ${isHere ? "and source <> 'command line'" : ''} order by 1`,
  tell: ({name, pinned}: {name: string; pinned: boolean}): Finding => ({
    id: 'unsafe-writes',
    level: 'error',
    object: name,
    message: RISKS[name]!,
    ...(pinned ? PINNED : switchedOn(name)),
  }),
}

const PINNED = {
  hint: 'its command line says so, which goes before every file: start the server without that',
  fixes: [],
}

const switchedOn = (name: string): Pick<Finding, 'fixes'> => ({
  fixes: [
    {sql: `ALTER SYSTEM SET ${name} = on`, locks: BY_OTHERS},
    {sql: 'SELECT pg_catalog.pg_reload_conf()', locks: NO_ROWS},
  ],
})

const unvacuumed: Look = {
  at: 'tables',
  sql: ({schemas}) => `
    select ${SEEN}, ${OFF('c.reloptions')} as main, ${OFF('t.reloptions')} as toast
    from ${tables(schemas, "'r', 'm'")} left join pg_class t on t.oid = c.reltoastrelid
    where (c.reloptions is not null or t.reloptions is not null) and (${OFF('c.reloptions')} or ${OFF('t.reloptions')})
    order by 1, 2`,
  tell(row: InTable & {main: boolean; toast: boolean}): Finding {
    const table = tableOf(row)
    const names = [...(row.main ? ['autovacuum_enabled'] : []), ...(row.toast ? ['toast.autovacuum_enabled'] : [])]
    return {
      id: 'autovacuum-off',
      level: 'warning',
      object: table,
      message: 'autovacuum is off for it: it grows, and its statistics grow old',
      fixes: [{sql: `ALTER TABLE ${table} RESET (${names.join(', ')})`, locks: beside(table)}],
      subject: tableSubject(row),
    }
  },
}

/** Such a table is one that autovacuum does not come to. To ask for the size of each would take as long as all the rest. */
const analysed: Look = {
  at: 'tables',
  sql: ({schemas, limits}) => `
    select ${SEEN}, pg_relation_size(c.oid)::float as bytes from ${tables(schemas, "'r', 'm'")}
    where c.reltuples < 0 and pg_stat_get_mod_since_analyze(c.oid) > 0 and pg_stat_get_analyze_count(c.oid) = 0 and pg_stat_get_autoanalyze_count(c.oid) = 0 and pg_relation_size(c.oid) > ${limits.table}
    order by 1, 2`,
  tell(row: InTable & {bytes: number}): Finding {
    const table = tableOf(row)
    return {
      id: 'never-analysed',
      level: 'info',
      object: table,
      message: `${Math.round(row.bytes / 1e6)} MB that were never analysed: PostgreSQL guesses how many rows meet a condition`,
      fixes: [long(`ANALYZE ${table}`, beside(table))],
      subject: tableSubject(row),
    }
  },
}

const prepared: Look = {
  at: 'prepared transactions',
  sql: ({limits}) => `
    select p.gid, p.owner::text as owner, extract(epoch from now() - p.prepared)::float as age
    from pg_prepared_xacts p where p.database = current_database() and p.prepared < now() - interval '${limits.prepared} seconds' order by p.prepared`,
  tell({gid, owner, age}: {gid: string; owner: string; age: number}): Finding {
    return {
      id: 'prepared-transaction',
      level: 'warning',
      object: quoteText(gid),
      message: `of ${owner}, for ${lasting(age)}: it holds its locks, and keeps VACUUM from all rows that went since`,
      fixes: [{sql: `ROLLBACK PREPARED ${quoteText(gid)}`, locks: NO_ROWS, decide: 'or COMMIT PREPARED: whoever began it knows'}],
    }
  },
}

interface Idle {
  readonly pid: number
  readonly role: string
  readonly application: string
  readonly age: number
}

const idle: Look = {
  at: 'sessions',
  sql: ({limits}) => `
    select a.pid, a.usename::text as role, a.application_name as application, extract(epoch from now() - a.state_change)::float as age
    from pg_stat_activity a
    where a.datname = current_database() and a.state like 'idle in transaction%' and a.state_change < now() - interval '${limits.idle} seconds'
    order by a.state_change`,
  tell({pid, role, application, age}: Idle): Finding {
    return {
      id: 'idle-transaction',
      level: 'warning',
      object: `pid ${pid}`,
      message: `${role}${application ? ` (${application})` : ''} does nothing in a transaction, for ${lasting(age)}: its locks stay, and VACUUM waits`,
      hint: 'idle_in_transaction_session_timeout ends such sessions by itself',
      fixes: [{sql: `SELECT pg_catalog.pg_terminate_backend(${pid})`, locks: NO_ROWS, decide: 'it ends that session'}],
    }
  },
}

/** Dumps and reports take their time, and are to be known of: what went since stays in the tables until they end. */
const lengthy: Look = {
  at: 'sessions',
  sql: ({limits}) => `
    select a.pid, a.usename::text as role, a.application_name as application, extract(epoch from now() - a.xact_start)::float as age
    from pg_stat_activity a
    where a.datname = current_database() and a.backend_type = 'client backend' and a.pid <> pg_backend_pid() and a.state = 'active'
      and a.xact_start < now() - interval '${limits.long} seconds'
    order by a.xact_start`,
  tell: ({pid, role, application, age}: Idle): Finding => ({
    id: 'long-transaction',
    level: age > 86_400 ? 'warning' : 'info',
    object: `pid ${pid}`,
    message: `${role}${application ? ` (${application})` : ''} works in a transaction for ${lasting(age)}: VACUUM removes nothing that went since`,
    fixes: [
      {
        sql: `SELECT pg_catalog.pg_terminate_backend(${pid})`,
        locks: NO_ROWS,
        decide: 'it ends that session, and undoes what it did',
      },
    ],
  }),
}

/** What others do is shown to roles that may see it. */
const others: Look = {
  at: 'sessions',
  sql: () => `
    select count(*)::int as count from pg_stat_activity a
    where a.datname = current_database() and a.usesysid is not null and a.pid <> pg_backend_pid() and a.backend_type is null having count(*) > 0`,
  tell: ({count}: {count: number}, {server}): Finding => ({
    id: 'not-seen',
    level: 'info',
    object: 'sessions of others',
    message: `what ${count === 1 ? 'one session of another role does' : `${count} sessions of other roles do`}, and for how long`,
    fixes: [{sql: `GRANT pg_read_all_stats TO ${quoteName(server.user)}`, locks: BY_OTHERS}],
  }),
}

/** `3 days`, `4 hours` */
export function lasting(seconds: number): string {
  const units: readonly [number, string][] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ]
  const [size, word] = units.find(([size]) => seconds >= size) ?? units.at(-1)!
  const count = Math.floor(seconds / size)
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

export const UPKEEP: readonly Look[] = [wraparound, autovacuum, unsafe, unvacuumed, analysed, prepared, idle, lengthy, others]
