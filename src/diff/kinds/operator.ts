// An operator: the function behind it, what it commutes with and negates, and how the planner estimates it.
import {quoteName} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {idOf} from '../id.ts'
import type {Along, CatalogObject, Context, Kind, ObjectId} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {renamed} from './naming.ts'

export interface Operator {
  readonly function: string
  /** none: it stands before its operand */
  readonly left?: string
  readonly right: string
  readonly commutator?: readonly [string, string]
  readonly negator?: readonly [string, string]
  readonly restrict?: string
  readonly join?: string
  readonly hashes?: true
  readonly merges?: true
}

const related = (alias: string) =>
  `case when ${alias}.oid is not null then jsonb_build_array(${alias}n.nspname, ${alias}.oprname) end`

// An operator without a function is a shell that another one's COMMUTATOR or NEGATOR left.
export const operator: Kind<Operator> = {
  name: 'operator',
  // PostgreSQL only moves them
  rename: (from, to, {current}) => (from.name[1] === to.name[1] ? renamed(from, to, current) : undefined),
  some: beyond('pg_operator'),
  query: () => `
    select ${address('pg_operator', 'o.oid')} as address, array[n.nspname, o.oprname]::text[] as name,
      '(' || case when o.oprleft = 0 then 'NONE' else format_type(o.oprleft, null) end || ', ' || format_type(o.oprright, null) || ')' as signature,
      jsonb_strip_nulls(jsonb_build_object(
        'function', o.oprcode::text,
        'left', case when o.oprleft <> 0 then format_type(o.oprleft, null) end,
        'right', format_type(o.oprright, null),
        'commutator', ${related('c')}, 'negator', ${related('g')},
        'restrict', nullif(o.oprrest::text, '-'), 'join', nullif(o.oprjoin::text, '-'),
        'hashes', nullif(o.oprcanhash, false), 'merges', nullif(o.oprcanmerge, false))) as body
    from pg_operator o
    join pg_namespace n on n.oid = o.oprnamespace
    left join pg_operator c on c.oid = o.oprcom
    left join pg_namespace cn on cn.oid = c.oprnamespace
    left join pg_operator g on g.oid = o.oprnegate
    left join pg_namespace gn on gn.oid = g.oprnamespace
    where o.oprcode <> 0 and ${isUserSchema('n.nspname')}`,

  create(o) {
    const {body} = o
    const options = [
      `FUNCTION = ${body.function}`,
      body.left && `LEFTARG = ${body.left}`,
      `RIGHTARG = ${body.right}`,
      body.commutator && `COMMUTATOR = OPERATOR(${operatorName(body.commutator)})`,
      body.negator && `NEGATOR = OPERATOR(${operatorName(body.negator)})`,
      body.restrict && `RESTRICT = ${body.restrict}`,
      body.join && `JOIN = ${body.join}`,
      body.hashes && 'HASHES',
      body.merges && 'MERGES',
    ].filter(Boolean)
    return [creates(o, `CREATE OPERATOR ${operatorName(o.name)} (\n    ${options.join(',\n    ')}\n)`)]
  },

  alter(from, to, context) {
    if (from.body.function !== to.body.function) return 'replace'
    const estimates = (['restrict', 'join'] as const)
      .filter((option) => from.body[option] !== to.body[option])
      .map((option) => `${option.toUpperCase()} = ${to.body[option] ?? 'NONE'}`)
    const relations = relationsOf(from, to, context)
    if (relations === 'replace') return 'replace'
    const set = [...estimates, ...relations.set]
    if (set.length === 0) return relations.along!
    const step = alters(from, to, `ALTER OPERATOR ${phraseOfOperator(to)} SET (${set.join(', ')})`)
    return [relations.along ? {...step, needs: [...step.needs, relations.along.with]} : step]
  },

  drop: (o) => [drops(o, `DROP OPERATOR ${phraseOfOperator(o)}`)],
}

/** `public.+ (integer, integer)`: operators' names are never quoted. */
export function phraseOfOperator(o: CatalogObject): string {
  return `${operatorName(o.name)} ${o.signature}`
}

function operatorName(name: readonly string[]): string {
  return `${quoteName(name[0]!)}.${name[1]}`
}

interface Relations {
  readonly set: readonly string[]
  /** PostgreSQL links, and lets go of, the other operator by itself when that is made or dropped */
  readonly along?: Along
}

function relationsOf(from: CatalogObject<Operator>, to: CatalogObject<Operator>, context: Context): Relations | 'replace' {
  const set: string[] = []
  let along: Along | undefined
  for (const option of ['hashes', 'merges'] as const) {
    if (from.body[option] === to.body[option]) continue
    if (!to.body[option] || context.server.major < 17) return 'replace'
    set.push(option.toUpperCase())
  }
  for (const option of ['commutator', 'negator'] as const) {
    const [had, has] = [from.body[option], to.body[option]]
    if (String(had) === String(has)) continue
    const gone = had && idOfRelated(had, from, option)
    const made = has && idOfRelated(has, to, option)
    if (gone && !context.isBroken(gone)) return 'replace'
    if (made && context.isMade(made)) along = {with: made}
    else if (made && context.server.major < 17) return 'replace'
    else if (has) set.push(`${option.toUpperCase()} = OPERATOR(${operatorName(has)})`)
    else along ??= {with: gone!}
  }
  return {set, along}
}

function idOfRelated(name: readonly string[], {body}: CatalogObject<Operator>, option: 'commutator' | 'negator'): ObjectId {
  const types = option === 'commutator' ? [body.right, body.left] : [body.left, body.right]
  return idOf('operator', name, `(${types.map((type) => type ?? 'NONE').join(', ')})`)
}
