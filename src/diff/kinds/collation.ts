// A collation. The version of the library behind it is the server's business.
import {quoteText} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {creates, drops} from '../step.ts'
import {boundTo, type Remake} from './exchange.ts'
import {renamed} from './naming.ts'
import {exchanged} from './swap.ts'

export interface Collation {
  readonly provider: 'libc' | 'icu' | 'builtin'
  /** for libc: where both of its parts are the same */
  readonly locale?: string
  readonly collate?: string
  readonly ctype?: string
  readonly rules?: string
  readonly nondeterministic?: true
}

/** The locale of a provider that has a single one; where it stands depends on the major. */
const LOCALE = (major: number) => (major >= 17 ? 'c.colllocale' : major >= 15 ? 'c.colliculocale' : 'c.collcollate')

export const collation: Kind<Collation> = {
  name: 'collation',
  rename: (from, to, {current}) => renamed(from, to, current),
  some: beyond('pg_collation'),
  query: ({major}) => `
    select ${address('pg_collation', 'c.oid')} as address, array[n.nspname, c.collname]::text[] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'provider', case c.collprovider when 'i' then 'icu' when 'b' then 'builtin' else 'libc' end,
        'locale', case when c.collprovider in ('i', 'b') then ${LOCALE(major)} when c.collcollate = c.collctype then c.collcollate end,
        'collate', case when c.collprovider = 'c' and c.collcollate <> c.collctype then c.collcollate end,
        'ctype', case when c.collprovider = 'c' and c.collcollate <> c.collctype then c.collctype end,
        ${major >= 16 ? `'rules', c.collicurules,` : ''}
        'nondeterministic', case when not c.collisdeterministic then true end)) as body
    from pg_collation c
    join pg_namespace n on n.oid = c.collnamespace
    where ${isUserSchema('n.nspname')}`,
  create: (o) => [creates(o, createCollation(o))],
  alter: (from, to, context) => exchanged(from, to, context, true)!,
  stirs: (o, context) => boundTo(o.id, context),
  drop: (o) => [drops(o, `DROP COLLATION ${nameOf(o)}`)],
}

function createCollation(o: CatalogObject<Collation>): string {
  const {provider, locale, collate, ctype, rules, nondeterministic} = o.body
  const options = [
    `provider = ${provider}`,
    locale !== undefined && `locale = ${quoteText(locale)}`,
    collate !== undefined && `lc_collate = ${quoteText(collate)}`,
    ctype !== undefined && `lc_ctype = ${quoteText(ctype)}`,
    nondeterministic && 'deterministic = false',
    rules !== undefined && `rules = ${quoteText(rules)}`,
  ].filter(Boolean)
  return `CREATE COLLATION ${nameOf(o)} (${options.join(', ')})`
}

export const collationRemake: Remake<Collation> = {
  word: 'COLLATION',
  isAnew: (from, to) => from.hash !== to.hash,
  create: createCollation,
  parts: () => [],
  hazards: () => [],
}
