// A database that files have filled in; what of their publications would make PostgreSQL refuse writes out: of pg_events an error at its place, of others notes.
import {PgextError, type Where} from '../errors.ts'
import type {Db} from '../postgres/db.ts'
import type {Tree} from '../postgres/parse.ts'
import {quoteName, quoteText} from '../postgres/quote.ts'
import {placeOf} from '../postgres/statements.ts'
import type {Work} from './work.ts'

/** The publication that says which tables are realtime. */
const EVENTS = 'pg_events'

interface Refused {
  readonly schema: string
  readonly table: string
  /** UPDATE, DELETE */
  readonly verbs: readonly string[]
  /** as PostgreSQL says it */
  readonly why: string
}

const MAKERS = new Set(['CreatePublicationStmt', 'AlterPublicationStmt', 'DoStmt', 'Unparsed'])

export async function judgePublications(db: Db, works: readonly Work[]): Promise<string[]> {
  if (!works.some(({statement: {kind}}) => MAKERS.has(kind))) return []
  const all = await db.query(
    `select p.pubname::text as name, p.pubupdate or p.pubdelete as tells from pg_catalog.pg_publication p order by 1`,
  )
  const notes: string[] = []
  for (const {name, tells} of all) {
    if (!tells) continue
    const others = all.filter((one) => one.tells && one.name !== name).map((one) => one.name as string)
    const refused = await refusedBy(db, name, others)
    if (refused.length === 0) continue
    if (name === EVENTS) throw unwritable(refused, works)
    const where = placeIn(works, name, refused[0]!)
    notes.push(`${where ? `${where.file}:${where.line}: ` : ''}publication ${quoteName(name)}: ${sentence(refused)}`)
  }
  return notes
}

/** PostgreSQL is asked itself, table by table: the others publish nothing meanwhile. */
async function refusedBy(db: Db, name: string, others: readonly string[]): Promise<Refused[]> {
  const hush = others.map((other) => `alter publication ${quoteName(other)} set (publish = '')`)
  const look = `select pg_catalog.current_setting('pgext.refused', true) as refused`
  try {
    const answers = await db.script(['begin', ...hush, ask(name, db.server.major), look].join(';\n'))
    return JSON.parse(answers.at(-1)![0]!.refused || '[]')
  } finally {
    await db.script('rollback')
  }
}

/**
 * What stands in the way is said when a statement begins, also by EXPLAIN, which runs none. Only tables are asked for that have no
 * identity, or a list, a filter or generated columns that may hide a part of it.
 */
function ask(name: string, major: number): string {
  const limits = major >= 15 ? 'r.prqual is not null or r.prattrs is not null' : 'false'
  const inSchemas =
    major >= 15
      ? 'union select c.oid, false from p join pg_catalog.pg_publication_namespace s on s.pnpubid = p.oid join pg_catalog.pg_class c on c.relnamespace = s.pnnspid'
      : ''
  return `
    do $pgext$
    declare
      one record;
      verb text;
      why text;
      verbs text[];
      found jsonb := '[]';
    begin
      for one in
        with recursive p as (select p.* from pg_catalog.pg_publication p where p.pubname = ${quoteText(name)}),
        tree (relid, is_limited) as (
          (select r.prrelid, ${limits} from p join pg_catalog.pg_publication_rel r on r.prpubid = p.oid
           union select c.oid, false from p join pg_catalog.pg_class c on p.puballtables ${inSchemas})
          union select i.inhrelid, t.is_limited from tree t
            join pg_catalog.pg_inherits i on i.inhparent = t.relid
            join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
        )
        select n.nspname as schema, c.relname as name, f.attname as first
        from (select relid, bool_or(is_limited) as is_limited from tree group by relid) m
        join pg_catalog.pg_class c on c.oid = m.relid and c.relkind = 'r' and c.relpersistence = 'p'
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'pgext')
        left join lateral (
          select a.attname from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum limit 1
        ) f on true
        where c.relreplident <> 'f' and pg_catalog.pg_get_replica_identity_index(c.oid) is null or m.is_limited
          or exists (select from pg_catalog.pg_attribute g where g.attrelid = c.oid and g.attgenerated <> '')
        order by 1, 2
      loop
        verbs := '{}';
        foreach verb in array array['UPDATE', 'DELETE'] loop
          begin
            if verb = 'DELETE' then execute pg_catalog.format('explain delete from only %I.%I', one.schema, one.name);
            elsif one.first is not null then execute pg_catalog.format('explain update only %I.%I set %I = default', one.schema, one.name, one.first);
            end if;
          exception
            when invalid_column_reference or object_not_in_prerequisite_state then
              get stacked diagnostics why = pg_exception_detail;
              why := coalesce(nullif(why, ''), sqlerrm);
              verbs := verbs || verb;
            when others then null;
          end;
        end loop;
        if verbs <> '{}' then
          found := found || pg_catalog.jsonb_build_object('schema', one.schema, 'table', one.name, 'verbs', verbs, 'why', why);
        end if;
      end loop;
      perform pg_catalog.set_config('pgext.refused', found::text, true);
    end
    $pgext$`
}

function unwritable(refused: readonly Refused[], works: readonly Work[]): PgextError {
  const where = placeIn(works, EVENTS, refused[0]!)
  return new PgextError('bad-sql', `with this ${EVENTS} ${sentence(refused)}`, {
    hint: `say WITH (publish = ''): ${EVENTS} only declares which tables are realtime, and nobody subscribes to it`,
    ...(where && {where}),
  })
}

const MOST = 5

function sentence(refused: readonly Refused[]): string {
  const told = refused.slice(0, MOST).map(({schema, table, verbs, why}) => {
    const reason = why.replace(/\.$/, '')
    return `${verbs.join(' and ')} on ${quoteName(schema)}.${quoteName(table)} (${reason.charAt(0).toLowerCase()}${reason.slice(1)})`
  })
  const more = refused.length > MOST ? ` and on ${refused.length - MOST} more tables` : ''
  return `PostgreSQL would refuse ${told.join(', ')}${more}`
}

/** Where the table is named in it, else where the publication is made. */
function placeIn(works: readonly Work[], name: string, {schema, table}: Refused): Where | undefined {
  const about = works.filter(({statement: {kind, node}}) => /^(Create|Alter)PublicationStmt$/.test(kind) && node.pubname === name)
  for (const {statement, source} of about) {
    for (const {PublicationObjSpec: one} of (statement.node.pubobjects ?? []) as Tree[]) {
      const relation = one?.pubtable?.relation
      if (relation?.relname !== table || (relation.schemaname ?? schema) !== schema) continue
      return placeOf(source.text, statement.start + statement.offset(relation.location), source.path)
    }
  }
  const [first] = about
  return first && placeOf(first.source.text, first.statement.start, first.source.path)
}
