// A domain: base type, collation, default, NOT NULL. Its CHECKs are objects of their own.
import {quoteName} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Context, Kind, Step} from '../model.ts'
import {alters, creates, drops, losesData} from '../step.ts'
import {baseType, losesDigits} from './cast.ts'
import {chain} from './chain.ts'
import {type DomainConstraint, domainConstraint, goneFirst, isInUse} from './domain-constraint.ts'
import {boundTo, isContained, type Remake} from './exchange.ts'
import {domainLikeness} from './likeness.ts'
import {constraintNaming, renamed} from './naming.ts'
import {exchanged} from './swap.ts'
import {goesByZone, zoneHazard} from './zone.ts'

export interface Domain {
  readonly type: string
  readonly collation?: string
  /** absent also where it is the base type's own; NULL where it has none, though its base type has */
  readonly default?: string
  readonly notNull?: true
  /** from 17 on NOT NULL has a name; here where it isn't the derived one */
  readonly notNullName?: string
}

export const domain: Kind<Domain> = {
  name: 'domain',
  rename: (from, to, {current}) => renamed(from, to, current),
  likeness: domainLikeness,
  derived: (from, to) =>
    from.body.notNull && to.body.notNull && from.body.notNullName !== to.body.notNullName
      ? [constraintNaming(`DOMAIN ${nameOf(to)}`, notNullOf(from), notNullOf(to))]
      : [],
  some: beyond('pg_type', `typtype = 'd'`),
  query: ({major}) => `
    select ${address('pg_type', 't.oid')} as address, array[n.nspname, t.typname]::text[] as name,
      array['type ' || n.nspname || '.' || t.typname] as claims,
      jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(t.typbasetype, t.typtypmod),
        'collation', case when co.oid is not null then quote_ident(cn.nspname) || '.' || quote_ident(co.collname) end,
        'default', case when t.typdefaultbin is not null then pg_get_expr(t.typdefaultbin, 0)
          when t.typdefault is null and b.typdefault is not null then 'NULL' end,
        'notNull', nullif(t.typnotnull, false)${
          major >= 17
            ? `,\n        'notNullName', case when k.conname <> left(t.typname, 54) || '_not_null' then k.conname end`
            : ''
        })) as body
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    join pg_type b on b.oid = t.typbasetype
    left join pg_collation co on co.oid = t.typcollation and t.typcollation <> b.typcollation
    left join pg_namespace cn on cn.oid = co.collnamespace
    ${major >= 17 ? `left join pg_constraint k on k.contypid = t.oid and k.contype = 'n'` : ''}
    where t.typtype = 'd' and ${isUserSchema('n.nspname')}`,
  create(o, context) {
    const checks = checksOf(o, context)
    if (checks.length === 0) return [creates(o, sqlOf(o))]
    const makes = [o.id, ...checks.map((c) => c.id)]
    const needs = [...new Set([o, ...checks].flatMap((part) => part.needs))].filter((id) => !makes.includes(id))
    const softNeeds = [...o.softNeeds, ...checks.flatMap((c) => c.softNeeds)]
    const split = () => [creates(o, sqlOf(o)), ...checks.flatMap((c) => domainConstraint.create(c, context) as readonly Step[])]
    return [creates(o, `${sqlOf(o)}${clausesOf(checks)}`, {makes, needs, softNeeds, split})]
  },
  alter: (from, to, context) => exchanged(from, to, context, isRebased(from, to)) ?? chain(to.id, inPlace(from, to, context)),
  stirs: (o, context) => boundTo(o.id, context),
  drop: (o) => [drops(o, `DROP DOMAIN ${nameOf(o)}`)],
}

function checksOf(o: CatalogObject<Domain>, context: Context): CatalogObject<DomainConstraint>[] {
  return context.children('desired', o.id).filter((c) => c.kind === 'domain constraint' && !c.body.notValid)
}

function clausesOf(checks: readonly CatalogObject<DomainConstraint>[]): string {
  return checks.map((c) => `\n    CONSTRAINT ${quoteName(c.name[2]!)} CHECK (${c.body.check})`).join('')
}

function sqlOf(o: CatalogObject<Domain>): string {
  const {body} = o
  return [
    `CREATE DOMAIN ${nameOf(o)} AS ${body.type}`,
    body.collation && `COLLATE ${body.collation}`,
    body.default !== undefined && `DEFAULT ${body.default}`,
    body.notNull && `${body.notNullName ? `CONSTRAINT ${quoteName(body.notNullName)} ` : ''}NOT NULL`,
  ]
    .filter(Boolean)
    .join(' ')
}

function inPlace(from: CatalogObject<Domain>, to: CatalogObject<Domain>, context: Context): Step[] {
  const steps: Step[] = []
  const head = `ALTER DOMAIN ${nameOf(to)}`
  if (from.body.default !== to.body.default) {
    steps.push(alters(from, to, `${head} ${to.body.default === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${to.body.default}`}`))
  }
  const renamed = from.body.notNull && to.body.notNull && from.body.notNullName !== to.body.notNullName
  if (from.body.notNull && (!to.body.notNull || renamed)) steps.push(alters(from, to, `${head} DROP NOT NULL`))
  if (to.body.notNull && (!from.body.notNull || renamed)) {
    const clause = to.body.notNullName ? `ADD CONSTRAINT ${quoteName(to.body.notNullName)} NOT NULL` : 'SET NOT NULL'
    steps.push(
      alters(from, to, `${head} ${clause}`, {
        hazards: [{name: 'data-dependent', why: `fails where a column of domain ${nameOf(to)} holds null`}],
        disturbs: goneFirst(to.id, context),
        ...(isInUse(to.id, context) && {transaction: 'apart'}),
      }),
    )
  }
  return steps
}

function isRebased(from: CatalogObject<Domain>, to: CatalogObject<Domain>): boolean {
  return from.body.type !== to.body.type || from.body.collation !== to.body.collation
}

/** PostgreSQL does not look for values that break a new rule inside of arrays and rows. */
function isStricter(from: CatalogObject<Domain>, to: CatalogObject<Domain>, context: Context): boolean {
  if (!from.body.notNull && to.body.notNull) return true
  return checksOf(to, context).some((check) => context.current.objects.get(check.id)?.hash !== check.hash)
}

export const domainRemake: Remake<Domain> = {
  word: 'DOMAIN',
  isAnew: (from, to, context) => isRebased(from, to) || (isStricter(from, to, context) && isContained(from, context)),
  // NOT NULL by its name, as the domain that stepped aside may have one of that name
  create: (to, context) => `${sqlOf(named(to))}${clausesOf(checksOf(to, context))}`,
  parts: checksOf,
  hazards: (from, to) => [
    ...(goesByZone(baseType(from.body.type), baseType(to.body.type))
      ? [zoneHazard(`values of ${nameOf(to)}`, from.body.type, to.body.type)]
      : []),
    ...(losesDigits(from.body.type, to.body.type)
      ? [losesData(`values of ${nameOf(to)} are rounded or cut to ${to.body.type}`)]
      : []),
    {name: 'data-dependent', why: `fails on values that ${nameOf(to)} can't hold any more`},
  ],
}

function named(o: CatalogObject<Domain>): CatalogObject<Domain> {
  const {notNull, notNullName} = o.body
  return notNull && !notNullName ? {...o, body: {...o.body, notNullName: `${o.name[1]!.slice(0, 54)}_not_null`}} : o
}

function notNullOf({name, body}: CatalogObject<Domain>): string {
  return body.notNullName ?? `${name[1]!.slice(0, 54)}_not_null`
}
