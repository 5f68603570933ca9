// What a database's relations were, which locks were held, and what they are now in; a Cost, as PostgreSQL itself showed it, out.
import {type Cost, LOCK_MODES, type LockMode} from '../diff/model.ts'
import {counts, isAtLeast} from './mode.ts'

export interface Relation {
  readonly oid: string
  readonly name: string
  readonly kind: string
  /** an index's, or a column's sequence's */
  readonly table: string | null
  /** where its rows are stored */
  readonly node: number
  /** how often it was read from end to end */
  readonly reads: number
}

/** A relation's oid and a lock's mode as pg_locks has them, and the relation's size: '16384', 'ShareUpdateExclusiveLock', 8192. */
export type Held = readonly [string, string, number | null]

export interface Seen extends Cost {
  /** of the tables that it locked, those without rows: what PostgreSQL reads may depend on whether there are any */
  readonly empty: ReadonlySet<string>
}

/** `reads`: SQL that counts how often the relation c was read from end to end */
export const relations = (reads: string): string => `
  select coalesce(json_agg(json_build_object('oid', c.oid::text, 'name', pg_catalog.format('%I.%I', n.nspname, c.relname), 'kind', c.relkind,
    'table', x.indrelid::text, 'node', c.relfilenode::bigint, 'reads', ${reads})), '[]')::text as found
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  left join (select i.indexrelid, i.indrelid from pg_catalog.pg_index i
    union all select d.objid, d.refobjid from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.refclassid = d.classid and d.deptype in ('a', 'i') and d.refobjsubid > 0
      and d.objid <> d.refobjid) x
    on x.indexrelid = c.oid
  where c.relkind <> 'c'`

/** The few rows of a throwaway database are read as many would be: foreign keys are checked by joining hashes of whole tables. */
export const asIfLarge = (set: 'set' | 'set local'): string =>
  ['nestloop', 'mergejoin', 'indexscan', 'indexonlyscan', 'bitmapscan'].map((way) => `${set} enable_${way} = off`).join('; ')

/** `which`: a condition on pg_locks; asking for a relation's size means waiting for whoever has it to himself */
export const locks = (which: string, size = 'null'): string => `
  select coalesce(json_agg(json_build_array(l.relation::text, l.mode, ${size})), '[]')::text as found
  from pg_catalog.pg_locks l
  where l.locktype = 'relation' and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
    and ${which}`

export function seen(before: readonly Relation[], held: readonly Held[], after: readonly Relation[]): Seen {
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
  const locked = [...strongest].filter(([oid, mode]) => !isCovered(oid, mode))
  const stored = before.filter(({kind}) => kind === 'r' || kind === 'm')
  const rewrites = stored.filter(({oid, node}) => now.has(oid) && now.get(oid)!.node !== node)
  const isRead = ({oid, reads}: Relation) => (now.get(oid)?.reads ?? reads) > reads
  const scans = stored.filter((one) => strongest.has(one.oid) && !rewrites.includes(one) && isRead(one))
  return {
    locks: new Map(locked.map(([oid, mode]) => [known.get(oid)!.name, mode])),
    rewrites: namesOf(rewrites),
    scans: namesOf(scans),
    empty: namesOf(stored.filter(({oid}) => strongest.has(oid) && held.some(([one, , size]) => one === oid && size === 0))),
  }
}

const namesOf = (found: readonly Relation[]): Set<string> => new Set(found.map(({name}) => name))

/** 'ShareUpdateExclusiveLock' */
export function modeOf(words: string): LockMode {
  const mode = words
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase()
  return LOCK_MODES.find((one) => one === mode)!
}
