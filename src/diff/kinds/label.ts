// A security label on an object, one for each provider, or on a column of something whose columns are not objects of their own.
import {quoteName, quoteNames, quoteText} from '../../postgres/quote.ts'
import {address} from '../address.ts'
import type {CatalogObject, Context, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {phraseOf, subjectOf} from './subject.ts'

export interface Label {
  readonly provider: string
  readonly label: string
  /** of a view's or composite type's column */
  readonly column?: string
}

export const label: Kind<Label> = {
  name: 'security label',
  some: '(exists (select from pg_seclabel) or exists (select from pg_shseclabel))',
  query: () => `
    select 'pg_seclabel/' || l.classoid || '-' || l.objoid || '-' || l.objsubid || '-' || l.provider || '/0' as address,
      l.classoid::regclass || '/' || l.objoid || '/' || l.objsubid as about,
      'for ' || quote_ident(l.provider) || coalesce(' of column ' || quote_ident(a.attname), '') as detail,
      jsonb_strip_nulls(jsonb_build_object('provider', l.provider, 'label', l.label, 'column', a.attname)) as body
    from pg_seclabel l
    left join pg_class c on l.classoid = 'pg_class'::regclass and c.oid = l.objoid and c.relkind in ('v', 'm', 'c')
    left join pg_attribute a on a.attrelid = c.oid and a.attnum = l.objsubid and l.objsubid > 0
    union all
    select 'pg_shseclabel/' || l.objoid || '-' || l.provider || '/0', ${address('pg_authid', 'l.objoid')}, 'for ' || quote_ident(l.provider),
      jsonb_build_object('provider', l.provider, 'label', l.label)
    from pg_shseclabel l where l.classoid = 'pg_authid'::regclass`,
  create: (o, context) => [creates(o, sqlOf(o, o.body.label, context))],
  alter: (from, to, context) => [alters(from, to, sqlOf(to, to.body.label, context))],
  drop: (o, context) => [drops(o, sqlOf(o, null, context))],
}

function sqlOf(o: CatalogObject<Label>, text: string | null, context: Context): string {
  const subject = subjectOf(o, context)
  const target = o.body.column === undefined ? phraseOf(subject) : `COLUMN ${quoteNames(...subject.name, o.body.column)}`
  return `SECURITY LABEL FOR ${quoteName(o.body.provider)} ON ${target} IS ${text === null ? 'NULL' : quoteText(text)}`
}
