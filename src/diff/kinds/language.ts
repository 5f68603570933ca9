// A procedural language that no extension brings, by the functions that run it.
import {quoteName} from '../../postgres/quote.ts'
import {address} from '../address.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {renamed} from './naming.ts'

export interface Language {
  readonly trusted?: true
  readonly handler: string
  readonly inline?: string
  readonly validator?: string
}

export const language: Kind<Language> = {
  name: 'language',
  rename: (from, to, {current}) => renamed(from, to, current),
  query: () => `
    select ${address('pg_language', 'l.oid')} as address, array[l.lanname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object('trusted', nullif(l.lanpltrusted, false), 'handler', l.lanplcallfoid::regproc::text,
        'inline', nullif(l.laninline::regproc::text, '-'), 'validator', nullif(l.lanvalidator::regproc::text, '-'))) as body
    from pg_language l
    where l.lanispl and l.oid >= 16384`,
  create: (o) => [creates(o, `CREATE ${languageClause(o)}`)],
  alter: (from, to) => [alters(from, to, `CREATE OR REPLACE ${languageClause(to)}`)],
  drop: (o) => [drops(o, `DROP LANGUAGE ${quoteName(o.name[0]!)}`)],
}

function languageClause(o: CatalogObject<Language>): string {
  const {trusted, handler, inline, validator} = o.body
  const functions = [`HANDLER ${handler}`, inline && `INLINE ${inline}`, validator && `VALIDATOR ${validator}`].filter(Boolean)
  return `${trusted ? 'TRUSTED ' : ''}LANGUAGE ${quoteName(o.name[0]!)} ${functions.join(' ')}`
}
