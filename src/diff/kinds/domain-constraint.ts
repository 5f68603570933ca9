// A CHECK of a domain. NOT NULL is the domain's own.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import type {CatalogObject, Context, Disturbance, Hazard, Kind, ObjectId} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {chain} from './chain.ts'
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
    const add = `${headOf(o)} ADD CONSTRAINT ${quoteName(o.name[2]!)} CHECK (${o.body.check})`
    if (o.body.notValid) return [creates(o, `${add} NOT VALID`)]
    if (context.isMade(o.parent!)) return [creates(o, add)]
    const [hazards, disturbs] = [hazardsOf(o), goneFirst(o.parent!, context)]
    if (!isInUse(o.parent!, context)) return [creates(o, add, {hazards, disturbs})]
    // new values obey at once; those that are there are read in a transaction that locks nothing else
    return chain(o.id, [
      creates(o, `${add} NOT VALID`),
      {...creates(o, validate(o), {hazards, disturbs, transaction: 'apart'}), verb: 'alter'},
    ])
  },
  alter(from, to, context) {
    if (from.body.check !== to.body.check || !from.body.notValid) return 'replace'
    const transaction = isInUse(to.parent!, context) ? 'apart' : 'inside'
    return [alters(from, to, validate(to), {hazards: hazardsOf(to), transaction})]
  },
  stirs: (o, context) => [o.parent!, ...boundTo(o.parent!, context)],
  drop: (o) => [drops(o, `${headOf(o)} DROP CONSTRAINT ${quoteName(o.name[2]!)}`)],
}

const validate = (o: CatalogObject): string => `${headOf(o)} VALIDATE CONSTRAINT ${quoteName(o.name[2]!)}`

/** PostgreSQL does not look inside other types for values that break a rule, and refuses: columns that go must be gone. */
export function goneFirst(type: ObjectId, context: Context): Disturbance[] {
  const takesDown = ({id, kind}: CatalogObject) => kind === 'column' && context.isBroken(id)
  const around = context
    .dependents(type)
    .filter(({kind}) => kind === 'composite type' || kind === 'domain' || kind === 'range type')
  return [{id: type, takesDown}, ...around.flatMap(({id}) => goneFirst(id, context))]
}

/** Tables in use have columns of it, or of a domain over it. */
export function isInUse(domain: ObjectId, context: Context): boolean {
  return context
    .dependents(domain)
    .some((o) => (o.kind === 'domain' && isInUse(o.id, context)) || (o.kind === 'column' && context.isBusy(o.parent!)))
}

function headOf(o: CatalogObject): string {
  return `ALTER DOMAIN ${quoteNames(o.name[0]!, o.name[1]!)}`
}

function hazardsOf(o: CatalogObject): Hazard[] {
  const name = quoteNames(o.name[0]!, o.name[1]!)
  return [{name: 'data-dependent', why: `fails where a column of domain ${name} breaks ${quoteName(o.name[2]!)}`}]
}
