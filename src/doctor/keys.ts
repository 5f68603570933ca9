// Tables in; those without a key, those that a publication holds up, and rules that old rows may break, out.
import {quoteName, quoteNames} from '../postgres/quote.ts'
import type {Finding, Fix, Look} from './model.ts'
import {beside, briefly, type InTable, KEY, long, notMember, SEEN, tableOf, tableSubject, tables} from './sql.ts'

interface Keyless extends InTable {
  readonly kind: string
  readonly columns: readonly string[]
  readonly index: string | null
  readonly keys: readonly string[] | null
  readonly constraint: string | null
}

const primaryKey: Look = {
  at: 'primary keys',
  sql: ({schemas}) => `
    select ${SEEN}, c.relkind as kind, k.name as index, k.keys, k.constraint,
      array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from ${tables(schemas)}
    left join lateral (
      select ic.relname::text as name, u.conname::text as constraint,
        array(select a.attname::text from unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality k (number, place)
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number order by k.place) as keys
      from pg_index i
      join pg_class ic on ic.oid = i.indexrelid
      join pg_am m on m.oid = ic.relam and m.amname = 'btree'
      left join pg_constraint u on u.conindid = i.indexrelid and u.contype in ('u', 'x') and u.conrelid = i.indrelid
      where i.indrelid = c.oid and ${KEY} and not exists (select from unnest(i.indoption) o (bits) where o.bits <> 0)
      order by u.conname is not null, i.indexrelid limit 1
    ) k on true
    where not c.relispartition and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)
      and exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
    order by 1, 2`,
  tell(row: Keyless): Finding {
    const told = {id: 'no-primary-key', object: tableOf(row), subject: tableSubject(row)} as const
    const {index, constraint, keys} = row
    if (!index) return {...told, level: 'warning', message: 'no primary key', ...made(row)}
    const by = keys!.map(quoteName).join(', ')
    const message = `no primary key, though (${by}) is unique and never null`
    return {...told, level: 'info', message, fixes: [promoted(row, index, constraint, by)]}
  },
}

function promoted(row: Keyless, index: string, constraint: string | null, by: string): Fix {
  const table = tableOf(row)
  if (constraint) {
    const name = quoteName(constraint)
    return {
      sql: `ALTER TABLE ${table} DROP CONSTRAINT ${name}, ADD CONSTRAINT ${name} PRIMARY KEY (${by})`,
      locks: `ACCESS EXCLUSIVE on ${table}, while the index is built anew`,
      decide: 'it builds the index anew, and is refused while foreign keys refer to it',
      isLong: true,
    }
  }
  if (row.kind === 'p') {
    return long(`ALTER TABLE ${table} ADD PRIMARY KEY (${by})`, `ACCESS EXCLUSIVE on ${table}, while indexes are built`, {
      decide: 'it builds another index on each partition',
    })
  }
  return {sql: `ALTER TABLE ${table} ADD PRIMARY KEY USING INDEX ${quoteName(index)}`, locks: briefly(table)}
}

function made(row: Keyless): Pick<Finding, 'fixes' | 'hint'> {
  if (row.kind === 'p') return {fixes: [], hint: 'a key of a partitioned table has to hold the columns it is partitioned by'}
  const free = (name: string): string => (row.columns.includes(name) ? free(`${name}_`) : name)
  const column = quoteName(free('id'))
  const table = tableOf(row)
  return {
    fixes: [
      long(
        `ALTER TABLE ${table} ADD COLUMN ${column} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY`,
        `ACCESS EXCLUSIVE on ${table}, while every row is written anew`,
        {decide: 'columns that are a key already would be the better one'},
      ),
    ],
  }
}

interface Published extends InTable {
  readonly publication: string
  readonly identity: string
  readonly index: string | null
}

const WHY: Readonly<Record<string, string>> = {n: 'it has none', d: 'it has no primary key', i: 'its index is gone'}

const replicaIdentity: Look = {
  at: 'replica identities',
  sql: ({schemas}) => `
    select ${SEEN}, min(p.pubname)::text as publication, c.relreplident as identity,
      (select ic.relname::text from pg_index i join pg_class ic on ic.oid = i.indexrelid
        where i.indrelid = c.oid and ${KEY} order by i.indexrelid limit 1) as index
    from (select p.pubname, l.relid from pg_publication p, lateral pg_get_publication_tables(p.pubname::text) g,
        lateral (select t.relid from pg_partition_tree(g.relid) t where t.isleaf union select g.relid) l
      where p.pubupdate or p.pubdelete) p
    join pg_class c on c.oid = p.relid and c.relkind = 'r'
    join pg_namespace n on n.oid = c.relnamespace and n.oid in (${schemas})
    where case c.relreplident when 'n' then true when 'f' then false
      when 'i' then not exists (select from pg_index i where i.indrelid = c.oid and i.indisreplident)
      else not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) end
    group by c.oid, c.relname, n.nspname, c.relreplident
    order by 1, 2`,
  tell(row: Published): Finding {
    const table = tableOf(row)
    const identity = row.index ? `USING INDEX ${quoteName(row.index)}` : 'FULL'
    return {
      id: 'replica-identity',
      level: 'error',
      object: table,
      message: `UPDATE and DELETE fail: publication ${quoteName(row.publication)} needs a replica identity, and ${WHY[row.identity]}`,
      fixes: [{sql: `ALTER TABLE ${table} REPLICA IDENTITY ${identity}`, locks: briefly(table)}],
      subject: tableSubject(row),
    }
  },
}

interface Unvalidated extends InTable {
  readonly name: string
  readonly kind: string
  readonly domain: boolean
}

const KINDS: Readonly<Record<string, string>> = {c: 'CHECK', f: 'the foreign key', n: 'NOT NULL'}

/** What is not enforced is not validated either, and on purpose. */
const notValidated: Look = {
  at: 'constraints',
  sql: ({schemas, server}) => `
    select n.nspname::text as schema, coalesce(c.relname, t.typname)::text as "table", k.conname::text as name, k.contype as kind, c.oid is null as domain
    from pg_constraint k
    left join pg_class c on c.oid = k.conrelid
    left join pg_type t on t.oid = k.contypid
    join pg_namespace n on n.oid = coalesce(c.relnamespace, t.typnamespace) and n.oid in (${schemas})
    where not k.convalidated and k.contype in ('c', 'f', 'n') and coalesce(c.relkind, 'd') in ('r', 'p', 'd')
      ${server.major >= 18 ? 'and k.conenforced' : ''}
      and not exists (select from pg_constraint u where u.oid = k.conparentid and not u.convalidated)
      and not exists (select from pg_inherits i join pg_constraint u on u.conrelid = i.inhparent and u.conname = k.conname and not u.convalidated where i.inhrelid = k.conrelid)
      and ${notMember('pg_class', 'c.oid')} and ${notMember('pg_type', 't.oid')}
    order by 1, 2, 3`,
  tell(row: Unvalidated): Finding {
    const whole = tableOf(row)
    const kind = row.domain ? 'domain' : 'table'
    return {
      id: 'not-validated',
      level: 'warning',
      object: quoteNames(row.schema, row.name),
      message: `${KINDS[row.kind]} of ${whole} is NOT VALID: rows that were there before may break it`,
      fixes: [
        long(
          `ALTER ${kind.toUpperCase()} ${whole} VALIDATE CONSTRAINT ${quoteName(row.name)}`,
          row.domain ? 'SHARE on the tables that use it, while their rows are read' : `${beside(whole)}; every row is read`,
        ),
      ],
      subject: [
        ...tableSubject(row, kind),
        {kind: row.domain ? 'domain constraint' : 'constraint', name: [row.schema, row.table, row.name]},
      ],
    }
  },
}

export const KEYS: readonly Look[] = [primaryKey, replicaIdentity, notValidated]
