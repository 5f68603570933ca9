// The two ends of text search that are written in C: parsers and templates.
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {Kind} from '../model.ts'
import {creates, drops} from '../step.ts'
import {renamed} from './naming.ts'

export interface TextSearchParser {
  readonly start: string
  readonly token: string
  readonly end: string
  readonly types: string
  readonly headline?: string
}

export interface TextSearchTemplate {
  readonly init?: string
  readonly lexize: string
}

export const textSearchParser: Kind<TextSearchParser> = {
  name: 'text search parser',
  rename: (from, to, {current}) => renamed(from, to, current),
  some: beyond('pg_ts_parser'),
  query: () => `
    select ${address('pg_ts_parser', 'p.oid')} as address, array[n.nspname, p.prsname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object('start', p.prsstart::text, 'token', p.prstoken::text, 'end', p.prsend::text,
        'types', p.prslextype::text, 'headline', nullif(p.prsheadline::text, '-'))) as body
    from pg_ts_parser p
    join pg_namespace n on n.oid = p.prsnamespace
    where ${isUserSchema('n.nspname')}`,
  create(o) {
    const {start, token, end, types, headline} = o.body
    const options = [`START = ${start}`, `GETTOKEN = ${token}`, `END = ${end}`, `LEXTYPES = ${types}`]
    if (headline) options.push(`HEADLINE = ${headline}`)
    return [creates(o, `CREATE TEXT SEARCH PARSER ${nameOf(o)} (${options.join(', ')})`)]
  },
  alter: () => 'replace',
  drop: (o) => [drops(o, `DROP TEXT SEARCH PARSER ${nameOf(o)}`)],
}

export const textSearchTemplate: Kind<TextSearchTemplate> = {
  name: 'text search template',
  rename: (from, to, {current}) => renamed(from, to, current),
  some: beyond('pg_ts_template'),
  query: () => `
    select ${address('pg_ts_template', 't.oid')} as address, array[n.nspname, t.tmplname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object('init', nullif(t.tmplinit::text, '-'), 'lexize', t.tmpllexize::text)) as body
    from pg_ts_template t
    join pg_namespace n on n.oid = t.tmplnamespace
    where ${isUserSchema('n.nspname')}`,
  create(o) {
    const {init, lexize} = o.body
    return [creates(o, `CREATE TEXT SEARCH TEMPLATE ${nameOf(o)} (${init ? `INIT = ${init}, ` : ''}LEXIZE = ${lexize})`)]
  },
  alter: () => 'replace',
  drop: (o) => [drops(o, `DROP TEXT SEARCH TEMPLATE ${nameOf(o)}`)],
}
