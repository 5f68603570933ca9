// How values of a type are handed to, and taken from, functions in one language.
import {address, beyond} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'

export interface Transform {
  readonly from?: string
  readonly to?: string
}

export const transform: Kind<Transform> = {
  name: 'transform',
  some: beyond('pg_transform'),
  query: () => `
    select ${address('pg_transform', 't.oid')} as address, '{}'::text[] as name,
      'FOR ' || format_type(t.trftype, null) || ' LANGUAGE ' || quote_ident(l.lanname) as signature,
      jsonb_strip_nulls(jsonb_build_object('from', case when t.trffromsql <> 0 then t.trffromsql::regprocedure::text end,
        'to', case when t.trftosql <> 0 then t.trftosql::regprocedure::text end)) as body
    from pg_transform t
    join pg_language l on l.oid = t.trflang`,
  create: (o) => [creates(o, `CREATE TRANSFORM ${transformClause(o)}`)],
  alter: (from, to) => [alters(from, to, `CREATE OR REPLACE TRANSFORM ${transformClause(to)}`)],
  drop: (o) => [drops(o, `DROP TRANSFORM ${nameOf(o)}`)],
}

function transformClause(o: CatalogObject<Transform>): string {
  const {from, to} = o.body
  const functions = [from && `FROM SQL WITH FUNCTION ${from}`, to && `TO SQL WITH FUNCTION ${to}`].filter(Boolean)
  return `${nameOf(o)} (${functions.join(', ')})`
}
