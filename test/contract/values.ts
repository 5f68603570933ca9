// A column of a catalog in, other values it might plausibly have out: SQL expressions over its row t, tried in turn.
import type {Db} from '../../src/postgres/db.ts'

/** Where the type alone doesn't tell. */
const CHOSEN: Readonly<Record<string, readonly string[]>> = {
  'pg_aggregate.aggkind': [`'o'`, `'n'`],
  'pg_aggregate.aggnumdirectargs': ['0'],
  'pg_attribute.atttypmod': ['24', '-1', '(7 << 16) + 2 + 4'],
  'pg_attribute.attnum': ['t.attnum + 100'],
  'pg_attribute.attoptions': [`array['n_distinct=9']`, `array['siglen=77']`],
  'pg_attribute.attgenerated': [`case t.attgenerated when 's' then '' else 's' end`],
  'pg_attribute.attcompression': [`'l'`],
  'pg_class.reloptions': [
    `array['fillfactor=51']`,
    `array['autovacuum_enabled=on']`,
    `array['security_invoker=true']`,
    `array['buffering=on']`,
  ],
  'pg_class.relpersistence': [`case t.relpersistence when 'u' then 'p' else 'u' end`],
  'pg_class.relkind': [`'r'`, `'v'`, `'i'`],
  'pg_class.relreplident': [`'f'`, `'n'`],
  'pg_class.relpartbound': ['null'],
  'pg_constraint.contype': [`'t'`],
  'pg_constraint.confupdtype': [`'c'`],
  'pg_constraint.confdeltype': [`'n'`],
  'pg_constraint.confmatchtype': [`'f'`],
  'pg_constraint.conkey': ['array[2::int2]', 'array[1::int2]', 'array[2, 1]::int2[]'],
  'pg_constraint.confkey': ['array[2::int2]', 'array[2, 1]::int2[]'],
  'pg_constraint.confdelsetcols': ['array[2::int2]'],
  'pg_db_role_setting.setdatabase': [`(select oid from pg_database where datname = 'template1')`],
  'pg_db_role_setting.setrole': ['10', `'contract_b'::regrole`],
  'pg_default_acl.defaclobjtype': [`'f'`, `'S'`],
  'pg_depend.deptype': [`'n'`, `'i'`],
  'pg_depend.refobjsubid': ['2'],
  'pg_depend.refobjid': [`(select oid from pg_extension where extname = 'hstore')`, `'s.known'::regclass`],
  'pg_depend.objid': [
    `'s.free'::regclass`,
    `'s.f'::regproc`,
    `'s.t_lower'::regclass`,
    `'s.m2'::regclass`,
    `(select oid from pg_trigger where tgname = 'plain2')`,
  ],
  'pg_depend.objsubid': ['2'],
  'pg_constraint.conexclop': ['(select array_agg(96::oid) from unnest(t.conexclop))'],
  'pg_description.objoid': [`'s.known'::regclass`, `'s2'::regnamespace`],
  'pg_description.objsubid': ['1', '2'],
  'pg_enum.enumsortorder': ['t.enumsortorder + 5', 't.enumsortorder - 5'],
  'pg_event_trigger.evttags': [`array['DROP TABLE']`],
  'pg_extension.extnamespace': [`'s2'::regnamespace`],
  'pg_index.indnkeyatts': ['t.indnkeyatts - 1', 't.indnkeyatts + 1'],
  'pg_index.indkey': [`'3'`, `'2 3'`, `'3 3'`],
  'pg_index.indoption': [`'3'`, `'3 0'`],
  'pg_index.indclass': [
    `(select x.indclass from pg_index x where x.indclass <> t.indclass and x.indnkeyatts = t.indnkeyatts order by 1 limit 1)`,
  ],
  'pg_index.indcollation': [
    `(select x.indcollation from pg_index x where x.indcollation <> t.indcollation and x.indnkeyatts = t.indnkeyatts order by 1 limit 1)`,
  ],
  'pg_opclass.opckeytype': [`'text'::regtype`],
  'pg_partitioned_table.partstrat': [`case t.partstrat when 'l' then 'r' else 'l' end`],
  'pg_partitioned_table.partattrs': [`'1'`, `'2'`, `'2 0 2'`],
  'pg_partitioned_table.partclass': [
    `(select x.partclass from pg_partitioned_table x where x.partclass <> t.partclass and x.partnatts = t.partnatts order by 1 limit 1)`,
    `(select o.oid::text::oidvector from pg_opclass o where o.opcname = 'text_ops' and o.opcmethod = 403)`,
  ],
  'pg_partitioned_table.partcollation': [`'0'`, `(select oid::text from pg_collation where collname = 'POSIX')::oidvector`],
  'pg_policy.polroles': [`array['contract_b'::regrole]::oid[]`],
  'pg_policy.polcmd': [`'d'`],
  'pg_proc.prosupport': [`'generate_series_int8_support'::regproc`],
  'pg_proc.prokind': [`case t.prokind when 'p' then 'f' else 'p' end`],
  'pg_proc.provolatile': [`'v'`, `'i'`],
  'pg_proc.proparallel': [`'r'`],
  'pg_proc.proargtypes': [`'25'`, `'25 25'`, `'25 25 25'`],
  'pg_proc.proallargtypes': [`array[25]::oid[]`, 'array[25, 25]::oid[]', 'array[25, 25, 25, 25]::oid[]'],
  'pg_proc.proargmodes': [`array['i', 'i']::"char"[]`, `array['i', 'b', 'o', 'o']::"char"[]`, `array['i']::"char"[]`],
  'pg_proc.proargnames': [`array['q']`, `array['q', 'r']`, `array['q', 'r', 's', 't']`],
  'pg_proc.protrftypes': [`array['s.pair'::regtype]::oid[]`],
  'pg_proc.proconfig': [`array['work_mem=9MB']`],
  'pg_proc.probin': [`'lib'`],
  'pg_proc.prosqlbody': [
    '(select x.prosqlbody from pg_proc x where x.prosqlbody is not null and x.prosqlbody::text <> t.prosqlbody::text limit 1)',
    'null',
  ],
  'pg_publication.pubgencols': [`'s'`],
  'pg_publication_rel.prattrs': ['null', `'1'`],
  'pg_rewrite.ev_type': [`'4'`, `'2'`],
  'pg_statistic_ext.stxkeys': [`'1'`, `'1 2'`, `'3 5'`],
  'pg_statistic_ext.stxkind': [`array['d']::"char"[]`],
  'pg_trigger.tgtype': ['t.tgtype # 8', 't.tgtype # 4'],
  'pg_trigger.tgattr': [`'1'`, `'2 3'`],
  'pg_trigger.tgargs': [`'\\x6200'::bytea`],
  'pg_ts_config_map.maptokentype': ['5'],
  'pg_ts_dict.dictinitoption': [`'stopwords = ''danish'''`],
  'pg_type.typtype': [`'p'`, `'r'`],
  'pg_type.typtypmod': ['(6 << 16) + 2 + 4'],
  'pg_init_privs.objoid': [`'s.citextout(s.citext)'::regprocedure`],
  'pg_seclabel.objoid': [`'s.known'::regclass`],
  'pg_seclabel.objsubid': ['1'],
  'pg_shseclabel.objoid': [`'contract_b'::regrole`],
  'pg_shdescription.objoid': [`'contract_b'::regrole`],
  'pg_ts_config_map.mapseqno': ['t.mapseqno + 10'],
  'pg_foreign_data_wrapper.fdwoptions': [`array['z=1']`],
  'pg_authid.rolvaliduntil': [`'2040-01-01'`],
  'pg_collation.collprovider': [`'i'`, `'c'`, `'d'`],
}

/** What can't be tried so, with the reason; that it is seen is to be believed. */
export const UNTRIED: Readonly<Record<string, string>> = {
  'pg_attribute.attnum of view': 'PostgreSQL itself does not find the columns any more',
  'pg_attribute.attnum of materialized': 'PostgreSQL itself does not find the columns any more',
}

/** Rows to begin with, for speed: those where a change is likely to mean something. */
export const LIKELY: Readonly<Record<string, string>> = {
  pg_aggregate: 't.aggmtransfn <> 0',
  pg_amop: `t.amopopr not in (select objid from pg_depend where deptype = 'e')`,
  pg_amproc: `t.amproc not in (select objid from pg_depend where deptype = 'e')`,
  pg_cast: `t.oid not in (select objid from pg_depend where deptype = 'i')`,
  pg_class: `t.reloptions is not null`,
  pg_proc: 't.prosqlbody is not null or t.pronargdefaults > 0',
  pg_trigger: 't.tgconstrrelid <> 0',
}

const OF_TYPE: Readonly<Record<string, (column: string) => readonly string[]>> = {
  boolean: (c) => [`not ${c}`],
  name: (c) => [`coalesce(${c}, '') || 'x'`],
  text: (c) => [`coalesce(${c}, '') || 'x'`],
  smallint: (c) => [`coalesce(${c}, 0) + 1`],
  integer: (c) => [`${c} + 1`],
  bigint: (c) => [`${c} + 1`],
  oid: () => ['3'],
  real: (c) => [`${c} + 1`],
  'aclitem[]': (c) => [`coalesce(${c}, '{}') || makeaclitem('contract_b'::regrole, 10, 'REFERENCES', false)`, `'{}'`, 'null'],
  'text[]': (c) => [`array['z=1']`, `${c} || array['z=1']`],
}

/** Foreign keys between catalogs: 'pg_class.relnamespace' → pg_namespace.oid. */
export async function references(db: Db): Promise<Map<string, string>> {
  const rows = await db.query(`
    select fktable::regclass || '.' || fkcols[1] as from, pktable::regclass::text as to
    from pg_get_catalog_foreign_keys() where array_length(fkcols, 1) = 1 and not is_array`)
  return new Map(rows.map((row) => [row.from, row.to]))
}

export function otherValues(
  catalog: string,
  column: string,
  type: string,
  references: ReadonlyMap<string, string>,
): readonly string[] {
  const chosen = CHOSEN[`${catalog}.${column}`]
  if (chosen) return chosen
  const t = `t.${column}`
  const referred = references.get(`${catalog}.${column}`)
  if (referred) return [...others(referred, t), ...(type === 'regproc' || type === 'oid' ? ['0'] : [])]
  if (type === '"char"')
    return [...`OADRabcdefghilmnoprstuvwx`].map((letter) => `case when ${t} <> '${letter}' then '${letter}' end`)
  if (type === 'pg_node_tree')
    return [0, 1, 2, 3, 4]
      .map(
        (n) =>
          `(select x.${column} from ${catalog} x where x.${column} is not null and x.${column}::text <> coalesce(${t}::text, '') order by x.ctid offset ${n} limit 1)`,
      )
      .concat('null')
  return OF_TYPE[type]?.(t) ?? []
}

/** Rows of the referred catalog, the user's own first. */
function others(catalog: string, t: string): string[] {
  return [0, 1, 2, 3, 4, 5, 6, 7].map(
    (n) => `(select x.oid from ${catalog} x where x.oid <> ${t} order by x.oid < 16384, x.oid offset ${n} limit 1)`,
  )
}
