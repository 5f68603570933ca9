// An extension and the schema it lives in. Its members are its own business; versions are not compared.
import {quoteName} from '../../postgres/quote.ts'
import {address} from '../address.ts'
import type {Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'

export interface Extension {
  readonly schema: string
}

export const extension: Kind<Extension> = {
  name: 'extension',
  query: () => `
    select ${address('pg_extension', 'x.oid')} as address, array[x.extname]::text[] as name, jsonb_build_object('schema', n.nspname) as body
    from pg_extension x
    join pg_namespace n on n.oid = x.extnamespace`,
  create: (o) => [creates(o, `CREATE EXTENSION ${quoteName(o.name[0]!)}${schemaOf(o.body)}`)],
  alter: (from, to) => [alters(from, to, `ALTER EXTENSION ${quoteName(to.name[0]!)} SET SCHEMA ${quoteName(to.body.schema)}`)],
  drop: (o) => [drops(o, `DROP EXTENSION ${quoteName(o.name[0]!)}`)],
  replaceable: () => false,
}

function schemaOf({schema}: Extension): string {
  return schema === 'pg_catalog' ? '' : ` WITH SCHEMA ${quoteName(schema)}`
}
