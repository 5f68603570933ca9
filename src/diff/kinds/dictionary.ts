// A text search dictionary: its template and the options it was given.
import {address, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'

export interface Dictionary {
  readonly template: string
  /** as PostgreSQL keeps them: `language = 'danish', stopwords = 'danish'` */
  readonly options?: string
}

export const dictionary: Kind<Dictionary> = {
  name: 'text search dictionary',
  query: () => `
    select ${address('pg_ts_dict', 'd.oid')} as address, array[n.nspname, d.dictname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object('template', quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname),
        'options', d.dictinitoption)) as body
    from pg_ts_dict d
    join pg_namespace n on n.oid = d.dictnamespace
    join pg_ts_template t on t.oid = d.dicttemplate
    join pg_namespace tn on tn.oid = t.tmplnamespace
    where ${isUserSchema('n.nspname')}`,
  create(o) {
    const {template, options} = o.body
    return [creates(o, `CREATE TEXT SEARCH DICTIONARY ${nameOf(o)} (TEMPLATE = ${template}${options ? `, ${options}` : ''})`)]
  },
  alter(from, to) {
    if (from.body.template !== to.body.template) return 'replace'
    const [had, has] = [optionsOf(from.body.options), optionsOf(to.body.options)]
    const gone = [...had.keys()].filter((name) => !has.has(name))
    const set = [...has].filter(([name, value]) => had.get(name) !== value).map(([name, value]) => `${name} = ${value}`)
    // the same in another order, which PostgreSQL keeps
    if (gone.length + set.length === 0) return 'replace'
    return [alters(from, to, `ALTER TEXT SEARCH DICTIONARY ${nameOf(to)} (${[...set, ...gone].join(', ')})`)]
  },
  drop: (o) => [drops(o, `DROP TEXT SEARCH DICTIONARY ${nameOf(o)}`)],
}

const OPTION = /((?:"(?:[^"]|"")*"|[^\s",=])+) = (E?'(?:[^']|'')*'|[^\s,]+)(?:, |$)/g

/** PostgreSQL's own list taken apart: name → value, both as SQL. */
function optionsOf(options = ''): Map<string, string> {
  return new Map([...options.matchAll(OPTION)].map(([, name, value]) => [name!, value!]))
}
