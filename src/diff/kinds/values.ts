// A column whose type is made anew and the group of such types in; how its values go over to the new one out.
import {quoteName, quoteText} from '../../postgres/quote.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject} from '../model.ts'
import {castExpression} from './cast.ts'
import type {Composite} from './composite.ts'
import type {Member} from './exchange.ts'

/** Old types by the names that they have while both stand. */
export type Aside = (member: Member) => string

export interface Values {
  /** the USING expression; undefined where PostgreSQL converts by assignment */
  using(column: CatalogObject, type: string): string | undefined
  /** functions of this session that do what no cast can, and the statements that drop them */
  readonly makes: readonly string[]
  readonly drops: readonly string[]
}

export function valuesOf(members: readonly Member[], aside: Aside): Values {
  const byName = new Map<string, Member>()
  for (const member of members) {
    byName.set(nameOf(member.from), member)
    if (member.from.kind === 'range type') byName.set(multirangeOf(member.from), member)
  }
  const memberOf = (type: string) => byName.get(elementOf(type))
  const plain = new Map<Member, boolean>()
  for (const member of members) plain.set(member, isPlain(member, memberOf, plain))
  const called = members.filter((member) => !plain.get(member))
  const nameOfCall = (member: Member) => `pg_temp.pgext_value_${called.indexOf(member) + 1}`

  const convert = (value: string, from: string, to: string): string => {
    const member = memberOf(from)
    if (member) return plain.get(member) ? `${value}::text::${to}` : `${nameOfCall(member)}(${value})`
    return value
  }
  return {
    using(column, type) {
      const [name, was] = [quoteName(column.name[2]!), String(column.body.type)]
      if (was !== type) return castExpression(name, was, type)
      const member = memberOf(was)
      const base = member && was === nameOf(member.from) && plain.get(member) ? baseOf(member, memberOf) : undefined
      // a value that does not fit fails by assignment, where an explicit cast would cut it
      return base ? castExpression(name, ...base) : convert(name, was, type)
    },
    makes: called.flatMap((member) => callsOf(member, nameOfCall(member), aside(member), convert)),
    drops: called.flatMap((member) =>
      [`${aside(member)}[]`, aside(member)].map((type) => `DROP FUNCTION ${nameOfCall(member)}(${type})`),
    ),
  }
}

/** Its text means the same to the new type. */
function isPlain({from, to}: Member, memberOf: (type: string) => Member | undefined, plain: Map<Member, boolean>): boolean {
  const inner = (type: string) => {
    const member = memberOf(type)
    return !member || plain.get(member) !== false
  }
  if (from.kind === 'domain') return inner(from.body.type)
  if (from.kind !== 'composite type') return true
  const [had, has] = [(from.body as Composite).attributes, (to.body as Composite).attributes]
  return had.length === has.length && had.every((a, at) => has[at]!.name === a.name && inner(a.type))
}

/** What a domain was made of and is to be, in the end, where that is not one of these types itself. */
function baseOf({from, to}: Member, memberOf: (type: string) => Member | undefined): [string, string] | undefined {
  if (from.kind !== 'domain') return undefined
  const below = memberOf(from.body.type)
  if (below) return elementOf(from.body.type) === from.body.type ? baseOf(below, memberOf) : undefined
  return [from.body.type, to.body.type]
}

function callsOf(
  {from, to}: Member,
  call: string,
  old: string,
  convert: (value: string, from: string, to: string) => string,
): string[] {
  const type = nameOf(to)
  const body = (declare: string, steps: readonly string[]) =>
    quoteText(`DECLARE ${declare}\nBEGIN\n${steps.map((step) => `  ${step};\n`).join('')}END`)
  const head = (array: string) =>
    `CREATE FUNCTION ${call}(was ${old}${array}) RETURNS ${type}${array} LANGUAGE plpgsql STRICT AS `
  const one =
    from.kind === 'domain'
      ? body(`now ${type};`, [`now := ${convert(`was`, from.body.type, to.body.type)}`, 'RETURN now'])
      : body(`now ${type};`, [
          ...(to.body as Composite).attributes.flatMap((a) => {
            const before = (from.body as Composite).attributes.find(({name}) => name === a.name)
            const name = quoteName(a.name)
            return before ? [`now.${name} := ${convert(`(was).${name}`, before.type, a.type)}`] : []
          }),
          'RETURN now',
        ])
  const many = body(`now ${type}[] := '{}';`, [
    `IF array_ndims(was) > 1 THEN RAISE EXCEPTION '%', 'arrays of more than one dimension of ${type.replaceAll("'", "''")} can’t be brought over'; END IF`,
    `FOR at IN coalesce(array_lower(was, 1), 1) .. coalesce(array_upper(was, 1), 0) LOOP now[at] := ${call}(was[at]); END LOOP`,
    'RETURN now',
  ])
  return [`${head('')}${one}`, `${head('[]')}${many}`]
}

/** A range type's multirange, as SQL. */
export function multirangeOf(range: CatalogObject): string {
  return multirangeNames(range).map(quoteName).join('.')
}

export function multirangeNames({name, body}: CatalogObject): readonly string[] {
  const [schema, type] = name as [string, string]
  if (body.multirange) return body.multirange
  const at = type.indexOf('range')
  return [schema, at < 0 ? `${type}_multirange` : `${type.slice(0, at)}multi${type.slice(at)}`]
}

function elementOf(type: string): string {
  return type.endsWith('[]') ? type.slice(0, -2) : type
}
