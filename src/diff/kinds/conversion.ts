// A conversion from one encoding to another.
import {quoteText} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {Kind} from '../model.ts'
import {creates, drops} from '../step.ts'
import {renamed} from './naming.ts'

export interface Conversion {
  readonly from: string
  readonly to: string
  readonly function: string
  readonly default?: true
}

export const conversion: Kind<Conversion> = {
  name: 'conversion',
  rename: (from, to, {current}) => renamed(from, to, current),
  some: beyond('pg_conversion'),
  query: () => `
    select ${address('pg_conversion', 'c.oid')} as address, array[n.nspname, c.conname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object('from', pg_encoding_to_char(c.conforencoding), 'to', pg_encoding_to_char(c.contoencoding),
        'function', c.conproc::text, 'default', nullif(c.condefault, false))) as body
    from pg_conversion c
    join pg_namespace n on n.oid = c.connamespace
    where ${isUserSchema('n.nspname')}`,
  create(o) {
    const {from, to, default: isDefault} = o.body
    const head = `CREATE ${isDefault ? 'DEFAULT ' : ''}CONVERSION ${nameOf(o)}`
    return [creates(o, `${head} FOR ${quoteText(from)} TO ${quoteText(to)} FROM ${o.body.function}`)]
  },
  alter: () => 'replace',
  drop: (o) => [drops(o, `DROP CONVERSION ${nameOf(o)}`)],
}
