// A role and its attributes, never its password. Roles are the cluster's: the caller keeps only those that files create.
import {quoteName, quoteText} from '../../postgres/quote.ts'
import {address} from '../address.ts'
import type {Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {renamed} from './naming.ts'

/** Only what differs from a role made by a bare CREATE ROLE. */
export interface Role {
  readonly login?: true
  readonly superuser?: true
  readonly createdb?: true
  readonly createrole?: true
  readonly inherit?: false
  readonly replication?: true
  readonly bypassrls?: true
  readonly connections?: number
  readonly validUntil?: string
}

export const role: Kind<Role> = {
  name: 'role',
  rename: (from, to, {current}) => renamed(from, to, current),
  // what two roles have in common says little
  likeness: () => undefined,
  query: () => `
    select ${address('pg_authid', 'r.oid')} as address, array[r.rolname]::text[] as name, array[r.rolname::text] as roles,
      jsonb_strip_nulls(jsonb_build_object(
        'login', nullif(r.rolcanlogin, false), 'superuser', nullif(r.rolsuper, false), 'createdb', nullif(r.rolcreatedb, false),
        'createrole', nullif(r.rolcreaterole, false), 'inherit', nullif(r.rolinherit, true), 'replication', nullif(r.rolreplication, false),
        'bypassrls', nullif(r.rolbypassrls, false), 'connections', nullif(r.rolconnlimit, -1),
        'validUntil', nullif(r.rolvaliduntil::text, 'infinity'))) as body
    from pg_roles r
    where r.rolname !~ '^pg_' and r.oid >= 16384`,
  create: (o) => [creates(o, ['CREATE ROLE', quoteName(o.name[0]!), ...wordsOf({}, o.body)].join(' '))],
  alter: (from, to) => [alters(from, to, ['ALTER ROLE', quoteName(to.name[0]!), ...wordsOf(from.body, to.body)].join(' '))],
  drop: (o) => [drops(o, `DROP ROLE ${quoteName(o.name[0]!)}`)],
  replaceable: () => false,
  widens({from, to}) {
    const gained = from && to ? POWERS.filter((flag) => to.body[flag] && !from.body[flag]) : []
    return gained.length > 0 ? `${to!.id} becomes ${gained.map((flag) => flag.toUpperCase()).join(', ')}` : undefined
  },
}

const POWERS = ['superuser', 'createdb', 'createrole', 'login', 'replication', 'bypassrls'] as const

function wordsOf(from: Role, to: Role): string[] {
  const words: string[] = []
  for (const flag of ['superuser', 'createdb', 'createrole', 'inherit', 'login', 'replication', 'bypassrls'] as const) {
    if (from[flag] === to[flag]) continue
    const on = to[flag] ?? flag === 'inherit'
    words.push(`${on ? '' : 'NO'}${flag.toUpperCase()}`)
  }
  if (from.connections !== to.connections) words.push(`CONNECTION LIMIT ${to.connections ?? -1}`)
  if (from.validUntil !== to.validUntil) words.push(`VALID UNTIL ${quoteText(to.validUntil ?? 'infinity')}`)
  return words
}
