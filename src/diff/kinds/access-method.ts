// An access method of tables or indexes.
import {quoteName} from '../../postgres/quote.ts'
import {address, beyond} from '../address.ts'
import type {Kind} from '../model.ts'
import {creates, drops} from '../step.ts'

export interface AccessMethod {
  readonly type: 'TABLE' | 'INDEX'
  readonly handler: string
}

export const accessMethod: Kind<AccessMethod> = {
  name: 'access method',
  some: beyond('pg_am'),
  query: () => `
    select ${address('pg_am', 'm.oid')} as address, array[m.amname]::text[] as name,
      jsonb_build_object('type', case m.amtype when 't' then 'TABLE' else 'INDEX' end, 'handler', m.amhandler::text) as body
    from pg_am m
    where m.oid >= 16384`,
  create: (o) => [creates(o, `CREATE ACCESS METHOD ${quoteName(o.name[0]!)} TYPE ${o.body.type} HANDLER ${o.body.handler}`)],
  alter: () => 'replace',
  drop: (o) => [drops(o, `DROP ACCESS METHOD ${quoteName(o.name[0]!)}`)],
}
