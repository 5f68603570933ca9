// A session on a throwaway database and statements in; what PostgreSQL itself shows of each one's locks, rewrites and scans out.
import {counts, isAtLeast} from '../../src/cost/mode.ts'
import {type Cost, LOCK_MODES, type LockMode} from '../../src/diff/model.ts'
import type {Db} from '../../src/postgres/db.ts'

interface Relation {
  readonly oid: string
  readonly name: string
  readonly kind: string
  /** an index's, or a column's sequence's */
  readonly table: string | null
  /** where its rows are stored */
  readonly node: number
  /** how often it was read from end to end, in this transaction as in those not yet counted */
  readonly reads: number
}

const RELATIONS = `
  select coalesce(json_agg(json_build_object('oid', c.oid::text, 'name', pg_catalog.format('%I.%I', n.nspname, c.relname), 'kind', c.relkind,
    'table', x.indrelid::text, 'node', c.relfilenode::bigint, 'reads', pg_catalog.pg_stat_get_xact_numscans(c.oid))), '[]')::text as found
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  left join (select i.indexrelid, i.indrelid from pg_catalog.pg_index i
    union all select d.objid, d.refobjid from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = d.classid and d.deptype in ('a', 'i') and d.refobjsubid > 0) x
    on x.indexrelid = c.oid
  where c.relkind <> 'c'`

const LOCKS = `
  select coalesce(json_agg(json_build_array(l.relation::text, l.mode)), '[]')::text as found
  from pg_catalog.pg_locks l
  where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation' and l.granted`

/** Runs it in a transaction of its own, and looks before that ends. */
export async function measure(db: Db, sql: string): Promise<Cost> {
  const before = await db.script(`begin;\n${RELATIONS}`)
  const relations: Relation[] = JSON.parse(before.at(-1)![0]!.found)
  try {
    const [held, now] = (await db.script(`${sql};\n${LOCKS};\n${RELATIONS}`)).slice(-2)
    await db.script('commit')
    return seen(relations, JSON.parse(held![0]!.found), JSON.parse(now![0]!.found))
  } catch (error) {
    await db.script('rollback').catch(() => {})
    throw error
  }
}

function seen(before: readonly Relation[], held: readonly [string, string][], after: readonly Relation[]): Cost {
  const known = new Map(before.map((one) => [one.oid, one]))
  const now = new Map(after.map((one) => [one.oid, one]))
  const strongest = new Map<string, LockMode>()
  for (const [oid, words] of held) {
    const mode = modeOf(words)
    const other = strongest.get(oid)
    if (known.has(oid) && counts(mode) && (!other || !isAtLeast(other, mode))) strongest.set(oid, mode)
  }
  const isCovered = (oid: string, mode: LockMode) => {
    const table = strongest.get(known.get(oid)!.table ?? '')
    return table !== undefined && isAtLeast(table, mode)
  }
  const locks = [...strongest].filter(([oid, mode]) => !isCovered(oid, mode))
  const stored = before.filter(({kind}) => kind === 'r' || kind === 'm')
  const rewrites = stored.filter(({oid, node}) => now.has(oid) && now.get(oid)!.node !== node)
  const isRead = ({oid, reads}: Relation) => (now.get(oid)?.reads ?? reads) > reads
  const scans = stored.filter((one) => strongest.has(one.oid) && !rewrites.includes(one) && isRead(one))
  return {
    locks: new Map(locks.map(([oid, mode]) => [known.get(oid)!.name, mode])),
    rewrites: namesOf(rewrites),
    scans: namesOf(scans),
  }
}

const namesOf = (relations: readonly Relation[]): Set<string> => new Set(relations.map(({name}) => name))

/** 'ShareUpdateExclusiveLock' */
function modeOf(mode: string): LockMode {
  const words = mode
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase()
  return LOCK_MODES.find((one) => one === words)!
}
