// A text search dictionary: its template and the options it was given.
import {quoteText} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {renamed} from './naming.ts'

export interface Dictionary {
  readonly template: string
  /** as PostgreSQL keeps them: `language = 'danish'`, `stopwords = 'danish'` */
  readonly options?: readonly string[]
}

/** One option of the list that PostgreSQL keeps as text; there is no other way to them. */
const OPTION = `((?:"(?:[^"]|"")*"|[^ ",=]+) = (?:E?'(?:[^']|'')*'|[^ ,']+))`

export const dictionary: Kind<Dictionary> = {
  name: 'text search dictionary',
  rename: (from, to, {current}) => renamed(from, to, current),
  some: beyond('pg_ts_dict'),
  query: () => `
    select ${address('pg_ts_dict', 'd.oid')} as address, array[n.nspname, d.dictname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object('template', quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname),
        'options', (select jsonb_agg(o[1]) from regexp_matches(d.dictinitoption, ${quoteText(OPTION)}, 'g') o))) as body
    from pg_ts_dict d
    join pg_namespace n on n.oid = d.dictnamespace
    join pg_ts_template t on t.oid = d.dicttemplate
    join pg_namespace tn on tn.oid = t.tmplnamespace
    where ${isUserSchema('n.nspname')}`,
  create(o) {
    const {template, options = []} = o.body
    return [creates(o, `CREATE TEXT SEARCH DICTIONARY ${nameOf(o)} (${[`TEMPLATE = ${template}`, ...options].join(', ')})`)]
  },
  alter(from, to) {
    if (from.body.template !== to.body.template) return 'replace'
    const {options: had = []} = from.body
    const {options: has = []} = to.body
    const set = has.filter((option) => !had.includes(option))
    const gone = had.map(nameOfOption).filter((name) => !has.map(nameOfOption).includes(name))
    return [alters(from, to, `ALTER TEXT SEARCH DICTIONARY ${nameOf(to)} (${[...set, ...gone].join(', ')})`)]
  },
  drop: (o) => [drops(o, `DROP TEXT SEARCH DICTIONARY ${nameOf(o)}`)],
}

function nameOfOption(option: string): string {
  return option.slice(0, option.indexOf(' = '))
}
