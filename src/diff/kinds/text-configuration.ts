// A text search configuration: its parser, and which dictionaries each type of token goes through.

import {quoteName} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {chain} from './chain.ts'
import {renamed} from './naming.ts'

export interface TextConfiguration {
  readonly parser: string
  /** type of token → dictionaries, in order, as SQL */
  readonly mappings: Readonly<Record<string, readonly string[]>>
}

export const textConfiguration: Kind<TextConfiguration> = {
  name: 'text search configuration',
  rename: (from, to, {current}) => renamed(from, to, current),
  some: beyond('pg_ts_config'),
  query: () => `
    select ${address('pg_ts_config', 'c.oid')} as address, array[n.nspname, c.cfgname]::text[] as name,
      jsonb_build_object('parser', quote_ident(pn.nspname) || '.' || quote_ident(p.prsname), 'mappings', coalesce(m.mappings, '{}')) as body
    from pg_ts_config c
    join pg_namespace n on n.oid = c.cfgnamespace
    join pg_ts_parser p on p.oid = c.cfgparser
    join pg_namespace pn on pn.oid = p.prsnamespace
    left join lateral (
      select jsonb_object_agg(t.alias, t.dictionaries) as mappings
      from (
        select k.alias, jsonb_agg(quote_ident(dn.nspname) || '.' || quote_ident(d.dictname) order by m.mapseqno) as dictionaries
        from pg_ts_config_map m
        join ts_token_type(c.cfgparser) k on k.tokid = m.maptokentype
        join pg_ts_dict d on d.oid = m.mapdict
        join pg_namespace dn on dn.oid = d.dictnamespace
        where m.mapcfg = c.oid
        group by k.alias
      ) t
    ) m on true
    where ${isUserSchema('n.nspname')}`,
  create(o) {
    const made = creates(o, `CREATE TEXT SEARCH CONFIGURATION ${nameOf(o)} (PARSER = ${o.body.parser})`)
    const mapped = changes({}, o).map((sql) => creates(o, sql, {verb: 'alter', needs: [], softNeeds: [], claims: []}))
    return chain(o.id, [made, ...mapped])
  },
  alter(from, to) {
    if (from.body.parser !== to.body.parser) return 'replace'
    return chain(
      to.id,
      changes(from.body.mappings, to).map((sql) => alters(from, to, sql)),
    )
  },
  drop: (o) => [drops(o, `DROP TEXT SEARCH CONFIGURATION ${nameOf(o)}`)],
}

/** Types of tokens that go the same way are said at once. */
function changes(from: TextConfiguration['mappings'], o: CatalogObject<TextConfiguration>): string[] {
  const to = o.body.mappings
  const head = `ALTER TEXT SEARCH CONFIGURATION ${nameOf(o)}`
  const gone = Object.keys(from).filter((token) => !to[token])
  const groups = new Map<string, string[]>()
  for (const [token, dictionaries] of Object.entries(to)) {
    const way = dictionaries.join(', ')
    if (from[token]?.join(', ') === way) continue
    const key = `${from[token] ? 'ALTER' : 'ADD'} ${way}`
    groups.set(key, [...(groups.get(key) ?? []), token])
  }
  return [
    ...(gone.length > 0 ? [`${head} DROP MAPPING FOR ${gone.map(quoteName).join(', ')}`] : []),
    ...[...groups].map(([key, tokens]) => {
      const at = key.indexOf(' ')
      return `${head} ${key.slice(0, at)} MAPPING FOR ${tokens.map(quoteName).join(', ')} WITH ${key.slice(at + 1)}`
    }),
  ]
}
