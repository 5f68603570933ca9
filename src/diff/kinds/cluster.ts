// The index by which CLUSTER orders a table, or a materialized view.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, isUserSchema} from '../address.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'

export interface Cluster {
  readonly index: string
}

export const cluster: Kind<Cluster> = {
  name: 'cluster',
  follow: (o, from, to) => (o.body.index === from.name.at(-1) ? {...o.body, index: to.name.at(-1)!} : o.body),
  some: 'exists (select from pg_index where indisclustered)',
  query: () => `
    select ${address('pg_class', 'x.indrelid')} as about, array[${address('pg_class', 'i.oid')}] as needs,
      jsonb_build_object('index', i.relname) as body
    from pg_index x
    join pg_class i on i.oid = x.indexrelid
    join pg_namespace n on n.oid = i.relnamespace and ${isUserSchema('n.nspname')}
    where x.indisclustered`,
  create: (o) => [creates(o, sqlOf(o, `CLUSTER ON ${quoteName(o.body.index)}`))],
  alter: (from, to) => [alters(from, to, sqlOf(to, `CLUSTER ON ${quoteName(to.body.index)}`))],
  drop: (o) => [drops(o, sqlOf(o, 'SET WITHOUT CLUSTER'))],
}

/** ALTER TABLE means materialized views too. */
function sqlOf(o: CatalogObject, words: string): string {
  return `ALTER TABLE ${quoteNames(...o.name)} ${words}`
}
