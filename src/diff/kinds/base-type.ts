// A base type, which functions of its own read and write; and a shell type, which is a name alone.
import {quoteName, quoteNames, quoteText} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Context, Kind, ObjectId, Step} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {follows} from './follow.ts'
import {renamed} from './naming.ts'
import {createWithShell, dropWithFunctions} from './shell.ts'

/** Only what differs from a type of variable length that nothing is said of. */
export interface BaseType {
  readonly input: string
  readonly output: string
  readonly receive?: string
  readonly send?: string
  readonly typmodIn?: string
  readonly typmodOut?: string
  readonly analyze?: string
  readonly subscript?: string
  /** bytes; absent: variable */
  readonly length?: number
  readonly byValue?: true
  readonly alignment: 'char' | 'int2' | 'int4' | 'double'
  readonly storage: 'plain' | 'external' | 'extended' | 'main'
  readonly category?: string
  readonly preferred?: true
  readonly default?: string
  readonly element?: string
  readonly delimiter?: string
  readonly collatable?: true
}

const functionAt = (column: string): string => `nullif(t.${column}::regproc::text, '-')`

export const baseType: Kind<BaseType> = {
  name: 'base type',
  rename: (from, to, {current}) => renamed(from, to, current),
  query: () => `
    select ${address('pg_type', 't.oid')} as address, array[n.nspname, t.typname]::text[] as name,
      array['type ' || n.nspname || '.' || t.typname] as claims,
      jsonb_strip_nulls(jsonb_build_object(
        'input', t.typinput::regproc::text, 'output', t.typoutput::regproc::text,
        'receive', ${functionAt('typreceive')}, 'send', ${functionAt('typsend')}, 'typmodIn', ${functionAt('typmodin')},
        'typmodOut', ${functionAt('typmodout')}, 'analyze', ${functionAt('typanalyze')}, 'subscript', ${functionAt('typsubscript')},
        'length', case when t.typlen >= 0 then t.typlen end, 'byValue', nullif(t.typbyval, false),
        'alignment', case t.typalign when 'c' then 'char' when 's' then 'int2' when 'i' then 'int4' else 'double' end,
        'storage', case t.typstorage when 'p' then 'plain' when 'e' then 'external' when 'x' then 'extended' else 'main' end,
        'category', nullif(t.typcategory, 'U'), 'preferred', nullif(t.typispreferred, false), 'default', t.typdefault,
        'element', case when t.typelem <> 0 then format_type(t.typelem, null) end,
        'delimiter', nullif(t.typdelim, ','), 'collatable', nullif(t.typcollation <> 0, false))) as body
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    left join pg_type e on e.typarray = t.oid
    where t.typtype = 'b' and t.typisdefined and e.oid is null and ${isUserSchema('n.nspname')}`,
  create: (o, context) => createWithShell(o, createType(o), context),
  alter(from, to, context) {
    const changes = changesOf(from.body, to.body)
    if (!changes) return 'replace'
    const changed = alters(from, to, `ALTER TYPE ${nameOf(to)} SET (${changes.join(', ')})`)
    return from.body.storage === to.body.storage ? [changed] : [changed, ...columnSteps(to, context)]
  },
  drop: (o, context) => dropWithFunctions(o, context),
}

export const shellType: Kind<Record<string, never>> = {
  name: 'shell type',
  some: beyond('pg_type', 'not typisdefined'),
  query: () => `
    select ${address('pg_type', 't.oid')} as address, array[n.nspname, t.typname]::text[] as name,
      array['type ' || n.nspname || '.' || t.typname] as claims, '{}'::jsonb as body
    from pg_type t
    join pg_namespace n on n.oid = t.typnamespace
    where not t.typisdefined and t.typtype = 'p' and ${isUserSchema('n.nspname')}`,
  create: (o) => [creates(o, `CREATE TYPE ${nameOf(o)}`)],
  alter: () => 'replace',
  drop: (o) => [drops(o, `DROP TYPE ${nameOf(o)}`)],
}

function createType(o: CatalogObject<BaseType>): string {
  const {body} = o
  const options = [
    `input = ${body.input}`,
    `output = ${body.output}`,
    ...ALTERABLE.flatMap(([option, key]) => (option !== 'storage' && body[key] !== undefined ? `${option} = ${body[key]}` : [])),
    `internallength = ${body.length ?? 'variable'}`,
    body.byValue && 'passedbyvalue',
    `alignment = ${body.alignment}`,
    `storage = ${body.storage}`,
    body.category !== undefined && `category = ${quoteText(body.category)}`,
    body.preferred && 'preferred = true',
    body.default !== undefined && `default = ${quoteText(body.default)}`,
    body.element !== undefined && `element = ${body.element}`,
    body.delimiter !== undefined && `delimiter = ${quoteText(body.delimiter)}`,
    body.collatable && 'collatable = true',
  ].filter(Boolean)
  return `CREATE TYPE ${nameOf(o)} (\n    ${options.join(',\n    ')}\n)`
}

/** What ALTER TYPE … SET can change, and the key it has here. */
const ALTERABLE = [
  ['receive', 'receive'],
  ['send', 'send'],
  ['typmod_in', 'typmodIn'],
  ['typmod_out', 'typmodOut'],
  ['analyze', 'analyze'],
  ['subscript', 'subscript'],
  ['storage', 'storage'],
] as const

/** undefined: it takes another type. */
function changesOf(from: BaseType, to: BaseType): string[] | undefined {
  const alterable = Object.fromEntries(ALTERABLE.map(([, key]) => [key, undefined]))
  if (JSON.stringify({...from, ...alterable}) !== JSON.stringify({...to, ...alterable})) return undefined
  // values that are compressed, or stored apart, can't become plain
  if (from.storage !== to.storage && to.storage === 'plain') return undefined
  return ALTERABLE.flatMap(([option, key]) => (from[key] === to[key] ? [] : `${option} = ${to[key] ?? 'NONE'}`))
}

/** Columns keep the storage that their type had when they were made. */
function columnSteps(type: CatalogObject<BaseType>, context: Context): Step[] {
  const all = columnsOf(type.id, context).filter((o) => !context.isBroken(o.id))
  return all.flatMap((o) => {
    const to = context.desired.objects.get(o.id)
    if (o.body.storage !== undefined || !to || to.body.storage !== undefined || o.body.type !== to.body.type) return []
    const relation = `ALTER TABLE ONLY ${quoteNames(o.name[0]!, o.name[1]!)}`
    return [follows(type, `${relation} ALTER COLUMN ${quoteName(o.name[2]!)} SET STORAGE ${type.body.storage.toUpperCase()}`)]
  })
}

/** Columns of the current state of that type, or of a domain over it; arrays are stored in their own way. */
function columnsOf(type: ObjectId, context: Context): CatalogObject[] {
  return context.dependents(type).flatMap((o) => {
    if (o.kind === 'domain') return columnsOf(o.id, context)
    return o.kind === 'column' && !o.body.type.endsWith(']') ? [o] : []
  })
}
