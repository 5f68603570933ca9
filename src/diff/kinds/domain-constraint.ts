// A CHECK of a domain. NOT NULL is the domain's own.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import type {CatalogObject, Hazard, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {boundTo, exchangeOf} from './exchange.ts'
import {containerOf, renamedPart} from './naming.ts'

export interface DomainConstraint {
  readonly check: string
  readonly notValid?: true
}

export const domainConstraint: Kind<DomainConstraint> = {
  name: 'domain constraint',
  quiet: () => true,
  rename: (from, to) => renamedPart(`DOMAIN ${containerOf(to)}`, 'CONSTRAINT', from.name[2]!, to.name[2]!),
  some: beyond('pg_type', `typtype = 'd'`),
  query: () => `
    select ${address('pg_constraint', 'k.oid')} as address, array[n.nspname, t.typname, k.conname]::text[] as name,
      ${address('pg_type', 't.oid')} as parent,
      jsonb_strip_nulls(jsonb_build_object('check', pg_get_expr(k.conbin, 0), 'notValid', nullif(not k.convalidated, false))) as body
    from pg_constraint k
    join pg_type t on t.oid = k.contypid
    join pg_namespace n on n.oid = t.typnamespace
    where k.contype = 'c' and ${isUserSchema('n.nspname')}`,
  create(o, context) {
    if (!o.body.notValid && exchangeOf(o.parent!, context)) return {with: o.parent!}
    const sql = `${headOf(o)} ADD CONSTRAINT ${quoteName(o.name[2]!)} CHECK (${o.body.check})${o.body.notValid ? ' NOT VALID' : ''}`
    return [creates(o, sql, {hazards: o.body.notValid || context.isMade(o.parent!) ? [] : hazardsOf(o)})]
  },
  alter(from, to) {
    if (from.body.check !== to.body.check || !from.body.notValid) return 'replace'
    return [alters(from, to, `${headOf(to)} VALIDATE CONSTRAINT ${quoteName(to.name[2]!)}`, {hazards: hazardsOf(to)})]
  },
  stirs: (o, context) => [o.parent!, ...boundTo(o.parent!, context)],
  drop: (o) => [drops(o, `${headOf(o)} DROP CONSTRAINT ${quoteName(o.name[2]!)}`)],
}

function headOf(o: CatalogObject): string {
  return `ALTER DOMAIN ${quoteNames(o.name[0]!, o.name[1]!)}`
}

function hazardsOf(o: CatalogObject): Hazard[] {
  const name = quoteNames(o.name[0]!, o.name[1]!)
  return [{name: 'data-dependent', why: `fails where a column of domain ${name} breaks ${quoteName(o.name[2]!)}`}]
}
