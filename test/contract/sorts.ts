// The sorts of rows that a catalog holds, each by a condition on its row t; of others every row is of one sort.

const kindOf = (oid: string, kinds: string) =>
  `exists (select from pg_class c where c.oid = ${oid} and c.relkind in (${[...kinds].map((kind) => `'${kind}'`).join(', ')}))`
const isKey = (oid: string) => `exists (select from pg_constraint k where k.conindid = ${oid} and k.contype in ('p', 'u', 'x'))`
const isIdentity = (oid: string) =>
  `exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = ${oid} and d.refclassid = 'pg_class'::regclass and d.deptype = 'i')`
const isTied = (catalog: string) =>
  `exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = t.oid and d.refclassid = 'pg_opclass'::regclass and d.deptype = 'i')`
const isDefault = (kinds: string, generated: boolean) =>
  `exists (select from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum = t.adnum
    where c.oid = t.adrelid and c.relkind in (${[...kinds].map((kind) => `'${kind}'`).join(', ')})${generated ? ` and a.attgenerated <> ''` : kinds === 'rp' ? ` and a.attgenerated = ''` : ''})`

export const SORTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pg_amop: {tied: isTied('pg_amop'), loose: `not ${isTied('pg_amop')}`},
  pg_amproc: {tied: isTied('pg_amproc'), loose: `not ${isTied('pg_amproc')}`},
  pg_attrdef: {
    table: isDefault('rp', false),
    generated: isDefault('rp', true),
    view: isDefault('v', false),
    foreign: isDefault('f', false),
  },
  pg_attribute: {
    table: `t.attnum > 0 and ${kindOf('t.attrelid', 'rp')}`,
    foreign: `t.attnum > 0 and ${kindOf('t.attrelid', 'f')}`,
    view: kindOf('t.attrelid', 'v'),
    materialized: `t.attnum > 0 and ${kindOf('t.attrelid', 'm')}`,
    composite: kindOf('t.attrelid', 'c'),
    index: `${kindOf('t.attrelid', 'i')} and not ${isKey('t.attrelid')}`,
    key: `${kindOf('t.attrelid', 'i')} and ${isKey('t.attrelid')}`,
    other: kindOf('t.attrelid', 'St'),
  },
  pg_class: {
    table: `t.relkind = 'r'`,
    partitioned: `t.relkind = 'p'`,
    index: `t.relkind = 'i' and not ${isKey('t.oid')} and not ${kindOf('(select x.indrelid from pg_index x where x.indexrelid = t.oid)', 't')}`,
    key: `t.relkind in ('i', 'I') and ${isKey('t.oid')}`,
    'partitioned-index': `t.relkind = 'I' and not ${isKey('t.oid')}`,
    sequence: `t.relkind = 'S' and not ${isIdentity('t.oid')}`,
    identity: `t.relkind = 'S' and ${isIdentity('t.oid')}`,
    view: `t.relkind = 'v'`,
    materialized: `t.relkind = 'm'`,
    composite: `t.relkind = 'c'`,
    foreign: `t.relkind = 'f'`,
    toast: `t.relkind = 't'`,
  },
  pg_constraint: {
    check: `t.contype = 'c' and t.conrelid <> 0`,
    primary: `t.contype = 'p'`,
    unique: `t.contype = 'u'`,
    exclusion: `t.contype = 'x'`,
    foreign: `t.contype = 'f' and t.conparentid = 0`,
    copy: `t.contype = 'f' and t.conparentid <> 0`,
    notnull: `t.contype = 'n' and t.conrelid <> 0 and not ${kindOf('t.conrelid', 'f')}`,
    'foreign-notnull': `t.contype = 'n' and ${kindOf('t.conrelid', 'f')}`,
    'domain-check': `t.contype = 'c' and t.contypid <> 0`,
    'domain-notnull': `t.contype = 'n' and t.contypid <> 0`,
    trigger: `t.contype = 't'`,
  },
  pg_db_role_setting: {
    role: 't.setdatabase = 0 and t.setrole <> 0',
    everyone: 't.setdatabase = 0 and t.setrole = 0',
    database: 't.setdatabase <> 0 and t.setrole = 0',
    'role-in-database': 't.setdatabase <> 0 and t.setrole <> 0',
  },
  pg_depend: {
    reliance: `t.deptype = 'x'`,
    ownership: `t.deptype = 'a' and t.refobjsubid > 0 and ${kindOf('t.objid', 'S')}`,
    other: `t.deptype not in ('x', 'a')`,
  },
  pg_index: {
    index: `not ${isKey('t.indexrelid')} and ${kindOf('t.indexrelid', 'i')}`,
    key: `${isKey('t.indexrelid')} and not t.indisexclusion`,
    exclusion: 't.indisexclusion',
    partitioned: kindOf('t.indexrelid', 'I'),
  },
  pg_inherits: {
    table: `${kindOf('t.inhparent', 'r')} and ${kindOf('t.inhrelid', 'r')}`,
    foreign: `${kindOf('t.inhparent', 'r')} and ${kindOf('t.inhrelid', 'f')}`,
    partition: kindOf('t.inhparent', 'p'),
    index: kindOf('t.inhparent', 'I'),
  },
  pg_proc: {
    function: `t.prokind in ('f', 'w')`,
    procedure: `t.prokind = 'p'`,
    aggregate: `t.prokind = 'a'`,
  },
  pg_rewrite: {
    rule: `t.rulename <> '_RETURN'`,
    view: `t.rulename = '_RETURN' and ${kindOf('t.ev_class', 'v')}`,
    materialized: `t.rulename = '_RETURN' and ${kindOf('t.ev_class', 'm')}`,
  },
  pg_sequence: {sequence: `not ${isIdentity('t.seqrelid')}`, identity: isIdentity('t.seqrelid')},
  pg_shdescription: {role: `t.classoid = 'pg_authid'::regclass`, other: `t.classoid <> 'pg_authid'::regclass`},
  pg_shseclabel: {role: `t.classoid = 'pg_authid'::regclass`, other: `t.classoid <> 'pg_authid'::regclass`},
  pg_trigger: {
    trigger: 'not t.tgisinternal and t.tgparentid = 0',
    copy: 't.tgparentid <> 0 and t.tgconstraint = 0',
    internal: 't.tgisinternal and (t.tgparentid = 0 or t.tgconstraint <> 0)',
  },
  pg_type: {
    domain: `t.typtype = 'd'`,
    enum: `t.typtype = 'e'`,
    range: `t.typtype = 'r'`,
    multirange: `t.typtype = 'm'`,
    composite: `t.typtype = 'c' and ${kindOf('t.typrelid', 'c')}`,
    row: `t.typtype = 'c' and not ${kindOf('t.typrelid', 'c')}`,
    array: `t.typtype = 'b' and exists (select from pg_type e where e.typarray = t.oid)`,
    base: `t.typtype in ('b', 'p') and not exists (select from pg_type e where e.typarray = t.oid)`,
  },
}

/** The first major that has rows of the sort. */
export const SINCE: Readonly<Record<string, number>> = {
  'pg_constraint notnull': 18,
  'pg_constraint foreign-notnull': 18,
  'pg_constraint domain-notnull': 17,
  // sequences are unlogged since 15
  'pg_class.relpersistence identity': 15,
}
