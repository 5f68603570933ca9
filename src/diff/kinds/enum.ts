// An enum and its labels. Labels are added in place; taking one away, or changing the order, needs a new type.
import {quoteText} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Kind, Step} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {chain} from './chain.ts'
import {boundTo, type Remake} from './exchange.ts'
import {renamed} from './naming.ts'
import {exchanged} from './swap.ts'

export interface Enum {
  readonly labels: readonly string[]
}

export const enumType: Kind<Enum> = {
  name: 'enum',
  rename: (from, to, {current}) => renamed(from, to, current),
  list: {
    name: 'enum value',
    items: (o) => o.body.labels.map((name) => ({name, like: null})),
    rename: (o, from, to) => `ALTER TYPE ${nameOf(o)} RENAME VALUE ${quoteText(from)} TO ${quoteText(to)}`,
  },
  some: beyond('pg_type', `typtype = 'e'`),
  query: () => `
    select ${address('pg_type', 't.oid')} as address, array[n.nspname, t.typname]::text[] as name,
      array['type ' || n.nspname || '.' || t.typname] as claims,
      jsonb_build_object('labels', coalesce(jsonb_agg(e.enumlabel order by e.enumsortorder) filter (where e.oid is not null), '[]')) as body
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    left join pg_enum e on e.enumtypid = t.oid
    where t.typtype = 'e' and ${isUserSchema('n.nspname')}
    group by t.oid, n.nspname, t.typname`,
  create: (o) => [creates(o, sqlOf(o))],
  alter(from, to, context) {
    return exchanged(from, to, context, isReordered(from, to)) ?? additions(from, to)
  },
  stirs: (o, context) => boundTo(o.id, context),
  drop: (o) => [drops(o, `DROP TYPE ${nameOf(o)}`)],
}

function sqlOf(o: CatalogObject<Enum>): string {
  return `CREATE TYPE ${nameOf(o)} AS ENUM (${o.body.labels.map((label) => `\n    ${quoteText(label)}`).join(',')}\n)`
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, at) => label === b[at])
}

/** Each new label is placed beside one that is there by then. */
function additions(from: CatalogObject<Enum>, to: CatalogObject<Enum>): readonly Step[] {
  const {labels} = to.body
  const old = new Set(from.body.labels)
  const lastOld = labels.findLastIndex((label) => old.has(label))
  const steps = labels.flatMap((label, at) => {
    if (old.has(label)) return []
    const first = from.body.labels[0]
    const place =
      at > lastOld
        ? ''
        : at > 0
          ? ` AFTER ${quoteText(labels[at - 1]!)}`
          : first === undefined
            ? ''
            : ` BEFORE ${quoteText(first)}`
    return [alters(from, to, `ALTER TYPE ${nameOf(to)} ADD VALUE ${quoteText(label)}${place}`)]
  })
  // a new label can't be used before its transaction is over: all of a plan's share one
  return chain(
    to.id,
    steps.map((step) => ({...step, transaction: 'commit-after' as const})),
  )
}

function isReordered(from: CatalogObject<Enum>, to: CatalogObject<Enum>): boolean {
  const kept = to.body.labels.filter((label) => from.body.labels.includes(label))
  return !same(kept, from.body.labels)
}

export const enumRemake: Remake<Enum> = {
  word: 'TYPE',
  isAnew: isReordered,
  create: sqlOf,
  parts: () => [],
  hazards(from, to) {
    const gone = from.body.labels.filter((label) => !to.body.labels.includes(label)).map(quoteText)
    return gone.length > 0 ? [{name: 'data-dependent', why: `fails on rows that hold ${gone.join(' or ')}`}] : []
  },
}
