// A session in, every row of the catalogs that holds schema out, as text: what a database is, seen without any of pgext's kinds.
//
// PostgreSQL itself tells which columns its catalogs have, and which of them are references (pg_get_catalog_foreign_keys): oids and column
// numbers become names, parse trees become pg_get_*def's text, and a column that a later major adds is looked at without a word here.
import type {Db} from '../../src/postgres/db.ts'

/** Rows that are no schema, or not of this database alone. */
const LEFT_OUT = new Set([
  'pg_depend',
  'pg_description',
  'pg_init_privs',
  'pg_largeobject',
  'pg_largeobject_metadata',
  'pg_seclabel',
  'pg_statistic',
  'pg_statistic_ext_data',
  'pg_subscription_rel',
])

/** Columns that tell of storage or history, or that repeat what others say. */
const UNSEEN = new Set([
  ...['relfilenode', 'relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'reltoastrelid', 'relrewrite'],
  ...['relfrozenxid', 'relminmxid', 'relnatts'],
  // set when the first comes, and left when the last goes
  ...['relhasindex', 'relhasrules', 'relhastriggers', 'relhassubclass'],
  // a column's place and its dimensions as once written
  ...['attnum', 'attndims', 'attcacheoff', 'atthasmissing', 'attmissingval'],
  // of a partition's it may be the parent's
  'connamespace',
  ...['indcheckxmin', 'enumsortorder'],
  // as it once printed, beside what it means
  'typdefault',
  // parse trees of what a neighbour below prints
  ...['ev_qual', 'stxexprs'],
])

/** How a parse tree, or what stands for an order, is shown. */
const SHOWN: Readonly<Record<string, string>> = {
  'pg_attrdef.adbin': 'pg_get_expr(r.adbin, r.adrelid)',
  // 15.20 puts a mark of its own among them
  'pg_attribute.attoptions': sorted(`select x from unnest(r.attoptions) x where x !~ '^pg_attver='`),
  'pg_class.relpartbound': 'pg_get_expr(r.relpartbound, r.oid)',
  'pg_constraint.conbin': 'pg_get_constraintdef(r.oid)',
  // the names of a NOT NULL that comes from above, and of a foreign key's copies, are PostgreSQL's own choice
  'pg_constraint.conname': `case when not (r.contype = 'n' and r.coninhcount > 0 or r.contype = 'f' and r.conparentid <> 0) then r.conname end`,
  'pg_constraint.conparentid': `case when r.contype = 'f' then (r.conparentid <> 0)::text
    when r.conparentid <> 0 then (pg_identify_object('pg_constraint'::regclass, r.conparentid, 0)).identity end`,
  // of keys it says how they came to be
  'pg_constraint.connoinherit': `r.connoinherit and r.contype in ('c', 'n')`,
  'pg_enum.enumlabel': `r.enumlabel || ' ' || (select count(*) from pg_enum e where e.enumtypid = r.enumtypid and e.enumsortorder <= r.enumsortorder)`,
  'pg_index.indexprs':
    '(select array_agg(pg_get_indexdef(r.indexrelid, n, true) order by n) from generate_series(1, r.indnatts) n)',
  'pg_index.indpred': 'pg_get_expr(r.indpred, r.indrelid)',
  'pg_inherits.inhseqno': '(select count(*) from pg_inherits i where i.inhrelid = r.inhrelid and i.inhseqno <= r.inhseqno)',
  'pg_partitioned_table.partexprs': 'pg_get_partkeydef(r.partrelid)',
  'pg_policy.polqual': 'pg_get_expr(r.polqual, r.polrelid)',
  'pg_policy.polroles': sorted(`select case x when 0 then 'public' else x::regrole::text end from unnest(r.polroles) x`),
  'pg_policy.polwithcheck': 'pg_get_expr(r.polwithcheck, r.polrelid)',
  'pg_proc.proargdefaults': 'pg_get_function_arguments(r.oid)',
  'pg_proc.prosqlbody': 'pg_get_function_sqlbody(r.oid)',
  'pg_publication_rel.prqual': 'pg_get_expr(r.prqual, r.prrelid)',
  'pg_rewrite.ev_action': 'pg_get_ruledef(r.oid)',
  'pg_statistic_ext.stxkind': 'pg_get_statisticsobjdef(r.oid)',
  'pg_trigger.tgqual': 'pg_get_triggerdef(r.oid)',
  'pg_type.typdefaultbin': 'pg_get_expr(r.typdefaultbin, 0)',
}

const WHERE: Readonly<Record<string, string>> = {
  pg_attribute: `r.attnum > 0 and not r.attisdropped and not exists (select from pg_class c where c.oid = r.attrelid and c.relkind in ('i', 'I', 't'))`,
  pg_class: `r.relnamespace <> 'pg_toast'::regnamespace`,
  pg_index: `not exists (select from pg_class c where c.oid = r.indrelid and c.relkind = 't')`,
  pg_namespace: `r.nspname !~ '^pg_(temp|toast)'`,
  pg_trigger: 'not r.tgisinternal',
  pg_type: 'not exists (select from pg_type e where e.typarray = r.oid)',
}

/** Sets that the catalogs keep by column number. */
const SORTED = new Set(['prattrs', 'stxkeys', 'tgattr'])

const ACL: Readonly<Record<string, string>> = {
  pg_class: `acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner)`,
  pg_foreign_data_wrapper: `acldefault('F', r.fdwowner)`,
  pg_foreign_server: `acldefault('S', r.srvowner)`,
  pg_language: `acldefault('l', r.lanowner)`,
  pg_namespace: `acldefault('n', r.nspowner)`,
  pg_proc: `acldefault('f', r.proowner)`,
  pg_type: `acldefault('T', r.typowner)`,
}

const REGS: Readonly<Record<string, string>> = {
  pg_authid: 'regrole',
  pg_class: 'regclass',
  pg_collation: 'regcollation',
  pg_namespace: 'regnamespace',
  pg_operator: 'regoperator',
  pg_proc: 'regprocedure',
  pg_ts_config: 'regconfig',
  pg_ts_dict: 'regdictionary',
  pg_type: 'regtype',
}

const STRUCTURE = `
  select c.relname as catalog, a.attname as column, format_type(a.atttypid, null) as type,
    k.pktable::text as target, to_json(k.fkcols) as columns, coalesce(k.is_array, false) as many
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_get_catalog_foreign_keys() k on k.fktable = c.oid and k.fkcols[cardinality(k.fkcols)] = a.attname
  where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'r' and not c.relisshared
  order by c.relname, a.attnum`

interface Column {
  readonly catalog: string
  readonly column: string
  readonly type: string
  /** the catalog that it refers to */
  readonly target: string | null
  readonly columns: readonly string[] | null
  readonly many: boolean
}

/** What no catalog's row says by itself: remarks, labels, members of extensions, sequences of columns. */
const BESIDES = [
  ...['pg_description', 'pg_seclabel'].map(
    (
      name,
    ) => `select '${name} ' || pg_describe_object(r.classoid, r.objoid, r.objsubid) || ' ' || (to_jsonb(r) - '{objoid,classoid,objsubid}'::text[])
      from ${name} r where r.objoid >= 16384 or r.classoid = 'pg_namespace'::regclass`,
  ),
  `select 'toast ' || c.oid::regclass || ' ' || t.reloptions::text from pg_class t join pg_class c on c.reltoastrelid = t.oid where t.reloptions is not null`,
  `select 'index column ' || a.attrelid::regclass || ' ' || a.attnum || ' ' || concat_ws(' ', a.attstattarget, a.attoptions) from pg_attribute a
   join pg_class c on c.oid = a.attrelid and c.relkind in ('i', 'I') and c.relnamespace <> 'pg_toast'::regnamespace where a.attrelid >= 16384`,
  `select 'pg_depend ' || concat_ws(' ', pg_describe_object(classid, objid, objsubid), deptype, pg_describe_object(refclassid, refobjid, refobjsubid))
   from pg_depend d where objid >= 16384 and (deptype in ('e', 'x')
     or exists (select from pg_class c where c.oid = d.objid and c.relkind = 'S' and d.classid = 'pg_class'::regclass and d.refobjsubid > 0))`,
]

const selects = new Map<string, readonly string[]>()
/** Sessions that were asked before; a second time they get it prepared, as planning takes most of it. */
const asked = new WeakMap<Db, 'once' | 'again'>()

/** Sorted lines: equal for databases that are equal but for the order of their columns. */
export async function witness(db: Db): Promise<string[]> {
  const key = `${db.server.engine} ${db.server.versionNumber}`
  if (!selects.has(key)) selects.set(key, selectsOf(await db.query<Column & Record<string, any>>(STRUCTURE)))
  const all = selects.get(key)!
  const named = (verb: (select: string, name: string) => string) =>
    all.map((select, at) => verb(select, `witness_${at}`)).join(';\n')
  if (asked.get(db) === 'once') await db.script(named((select, name) => `prepare ${name} as ${select}`))
  const answers = await db.script(named((select, name) => (asked.has(db) ? `execute ${name}` : select)))
  asked.set(db, asked.has(db) ? 'again' : 'once')
  return answers.flatMap((rows) => rows.map(({line}) => line as string)).sort()
}

function selectsOf(columns: readonly Column[]): string[] {
  const catalogs = [...new Set(columns.map(({catalog}) => catalog))].filter((name) => !LEFT_OUT.has(name))
  const plain = catalogs.map((catalog) => {
    const own = columns.filter((column) => column.catalog === catalog)
    const hasOid = own[0]!.column === 'oid'
    const isUsers = `${hasOid ? 'r.oid' : `r.${own[0]!.column}::oid`} >= 16384${catalog === 'pg_namespace' ? ` or r.nspname = 'public'` : ''}`
    const values = [...new Map(own.map((column) => [column.column, shown(column)]))]
      .filter(([name, value]) => name !== 'oid' && value)
      .map(([name, value]) => `'${name}', ${value}`)
    const pairs = []
    // a function takes at most a hundred arguments
    for (let at = 0; at < values.length; at += 40) pairs.push(`jsonb_build_object(${values.slice(at, at + 40).join(', ')})`)
    return `select '${catalog} ' || jsonb_strip_nulls(${pairs.join(' || ')})::text from ${catalog} r where (${isUsers})${WHERE[catalog] ? ` and ${WHERE[catalog]}` : ''}`
  })
  return [...plain, ...BESIDES].map((select) => `select l.line from (${select}) l (line) where l.line is not null`)
}

function shown({catalog, column, type, target, columns, many}: Column): string | undefined {
  const known = SHOWN[`${catalog}.${column}`]
  if (known) return known
  if (UNSEEN.has(column) || type === 'pg_node_tree') return undefined
  const at = `r.${column}`
  if (type === 'aclitem[]') {
    const acl = ACL[catalog] ? `coalesce(${at}, ${ACL[catalog]})` : at
    const who = (id: string) => `case ${id} when 0 then 'public' else ${id}::regrole::text end`
    const items = `select concat_ws(' ', ${who('x.grantee')}, x.privilege_type, x.is_grantable, ${who('x.grantor')}) from aclexplode(${acl}) x`
    // before 17 a multirange type has privileges of its own, which nobody means
    return catalog === 'pg_type' ? `case when r.typtype <> 'm' then ${sorted(items)} end` : sorted(items)
  }
  if (target && columns?.length === 2) {
    const name = (number: string) =>
      `(select a.attname::text from pg_attribute a where a.attrelid = r.${columns[0]} and a.attnum = ${number})`
    if (!many) return name(at)
    if (SORTED.has(column)) return sorted(`select ${name('x')} from unnest(${at}::int2[]) x`)
    return `(select array_agg(coalesce(${name('x.v')}, '*') order by x.n) from unnest(${at}::int2[]) with ordinality x (v, n))`
  }
  if (target) {
    if (many)
      return `(select array_agg(${nameOf(target, 'x.v')} order by x.n) from unnest(${at}::oid[]) with ordinality x (v, n))`
    return nameOf(target, `${at}::oid`)
  }
  if (type === 'text[]' && /options$|^extconfig$/.test(column)) return sorted(`select x from unnest(${at}) x`)
  return type.startsWith('reg') ? `${at}::text` : `to_jsonb(${at})`
}

function sorted(items: string): string {
  return `(select array_agg(i.v order by i.v) from (${items}) i (v))`
}

function nameOf(catalog: string, oid: string): string {
  if (REGS[catalog]) return `case ${oid} when 0 then null else ${oid}::${REGS[catalog]}::text end`
  return `case ${oid} when 0 then null else (pg_identify_object('${catalog}'::regclass, ${oid}, 0)).identity end`
}
