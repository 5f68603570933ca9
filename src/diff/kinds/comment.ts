// The comment on an object, or on a column of something whose columns are not objects of their own.
import {quoteNames, quoteText} from '../../postgres/quote.ts'
import {address} from '../address.ts'
import {idAbout} from '../id.ts'
import type {CatalogObject, Context, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {isPublicSchema} from './acl.ts'
import {phraseOf, subjectOf} from './subject.ts'

export interface Comment {
  /** null: schema public without the comment that it has in a new database */
  readonly text: string | null
  /** of a view's or composite type's column */
  readonly column?: string
  /** of the index behind a constraint, which may have a comment beside the constraint's own */
  readonly index?: true
  /** an extension's own, which CREATE EXTENSION brings along */
  readonly standard?: true
}

/** That list is made of files on the server's disk: it is asked for once, and only where an extension but plpgsql has a comment. */
const IS_STANDARD = `case when x.extname = 'plpgsql' then d.description = 'PL/pgSQL procedural language'
  when x.oid is not null then d.description = (select jsonb_object_agg(v.name, v.comment) from pg_available_extensions v) ->> x.extname::text end`

export const comment: Kind<Comment> = {
  name: 'comment',
  facts: true,
  query: (_, catalog) => `
    select ${address('pg_description', 'd.objoid', 'd.objsubid')} as address,
      d.classoid::regclass || '/' || d.objoid || '/' || d.objsubid as about,
      case when a.attname is not null then 'of column ' || quote_ident(a.attname) when k.oid is not null then 'of its index' else '' end as detail,
      jsonb_strip_nulls(jsonb_build_object('text', d.description, 'column', a.attname, 'index', case when k.oid is not null then true end,
        'standard', case when ${IS_STANDARD} then true end)) as body
    from pg_description d
    left join pg_class c on d.classoid = 'pg_class'::regclass and c.oid = d.objoid and (d.objsubid > 0 or c.relkind in ('i', 'I'))
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and c.relkind in ('v', 'm', 'c') and d.objsubid > 0
    left join pg_constraint k on k.conindid = c.oid and k.contype in ('p', 'u', 'x') and d.objsubid = 0
    left join pg_extension x on d.classoid = 'pg_extension'::regclass and x.oid = d.objoid
    left join pg_namespace n on d.classoid = 'pg_namespace'::regclass and n.oid = d.objoid and n.nspname = 'public'
    where ${catalog ? `d.classoid = '${catalog}'::regclass and d.objoid >= 16384` : '(d.objoid >= 16384 or n.oid is not null or x.oid is not null)'}
      and (d.objoid >= 16384 or d.classoid in ('pg_namespace'::regclass, 'pg_extension'::regclass))
      and not (n.oid is not null and d.description = 'standard public schema')
    union all
    select ${address('pg_shdescription', 'd.objoid')}, ${address('pg_authid', 'd.objoid')}, '', jsonb_build_object('text', d.description)
    from pg_shdescription d where d.classoid = 'pg_authid'::regclass
    union all
    select ${address('pg_namespace', 'n.oid')}, ${address('pg_namespace', 'n.oid')}, '', '{"text": null}'
    from pg_namespace n
    left join pg_description d on d.classoid = 'pg_namespace'::regclass and d.objoid = n.oid
    where n.nspname = 'public' and d.objoid is null`,
  create: (o, context) =>
    o.body.standard && context.isMade(o.parent!) ? {with: o.parent!} : [creates(o, sqlOf(o, o.body.text, context))],
  alter: (from, to, context) => [alters(from, to, sqlOf(to, to.body.text, context))],
  drop: (o, context) => [drops(o, sqlOf(o, isPublicSchema(subjectOf(o, context)) ? STANDARD : null, context))],
  attend(made, context) {
    const id = idAbout('comment', made.id)
    if (!isPublicSchema(made) || context.desired.objects.has(id)) return []
    return [creates(made, `COMMENT ON SCHEMA public IS ${quoteText(STANDARD)}`, {makes: [], needs: [made.id]})]
  },
}

const STANDARD = 'standard public schema'

function sqlOf(o: CatalogObject<Comment>, text: string | null, context: Context): string {
  return `COMMENT ON ${targetOf(o, subjectOf(o, context))} IS ${text === null ? 'NULL' : quoteText(text)}`
}

function targetOf({body}: CatalogObject<Comment>, subject: CatalogObject): string {
  if (body.column !== undefined) return `COLUMN ${quoteNames(...subject.name, body.column)}`
  // the index behind a constraint always has the constraint's name
  if (body.index) return `INDEX ${quoteNames(subject.name[0]!, subject.name[2]!)}`
  return phraseOf(subject)
}
