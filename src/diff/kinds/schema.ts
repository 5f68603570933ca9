// A schema. Who owns it is a fact of its own.
import {quoteName} from '../../postgres/quote.ts'
import {address, isUserSchema} from '../address.ts'
import type {Kind} from '../model.ts'
import {creates, drops} from '../step.ts'
import {schemaLikeness} from './likeness.ts'
import {renamed} from './naming.ts'

export const schema: Kind<Record<string, never>> = {
  name: 'schema',
  rename: (from, to, {current}) => renamed(from, to, current),
  likeness: schemaLikeness,
  query: () => `
    select ${address('pg_namespace', 'n.oid')} as address, array[n.nspname]::text[] as name, '{}'::jsonb as body
    from pg_namespace n
    where ${isUserSchema('n.nspname')}`,
  create: (o) => [creates(o, `CREATE SCHEMA ${quoteName(o.name[0]!)}`)],
  alter: () => 'replace',
  drop: (o) => [drops(o, `DROP SCHEMA ${quoteName(o.name[0]!)}`)],
  replaceable: () => false,
}
