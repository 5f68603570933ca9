// An aggregate of any sort: plain, moving, ordered-set, hypothetical-set.
import {quoteNames, quoteText} from '../../postgres/quote.ts'
import {address, beyond, isUserSchema} from '../address.ts'
import type {CatalogObject, Kind} from '../model.ts'
import {creates, drops} from '../step.ts'
import {renamed} from './naming.ts'
import {SIGNATURE} from './routine.ts'

export interface AggregateBody {
  /** with ORDER BY where it is an ordered set; '*' when there are none */
  readonly arguments: string
  /** what identifies it in statements: arguments without names */
  readonly identity: string
  readonly hypothetical?: boolean
  readonly parallel: 'safe' | 'restricted' | 'unsafe'
  readonly transition: Phase
  readonly moving?: Phase & {readonly inverse: string}
  readonly combine?: string
  readonly serial?: string
  readonly deserial?: string
  readonly sortOperator?: string
}

interface Phase {
  readonly step: string
  readonly type: string
  readonly space?: number
  readonly final?: string
  readonly extra?: boolean
  /** absent: the default of its sort */
  readonly modify?: 'read_only' | 'shareable' | 'read_write'
  readonly initial?: string
}

/** regproc prints a name qualified under an empty search_path, but for what pg_catalog alone has. */
const routineName = (column: string) => `case when ${column} <> 0 then ${column}::text end`

const modify = (column: string) => `
  case when ${column} = case a.aggkind when 'n' then 'r' else 'w' end then null
    else case ${column} when 'r' then 'read_only' when 's' then 'shareable' else 'read_write' end end`

export const aggregate: Kind<AggregateBody> = {
  name: 'aggregate',
  rename: (from, to, {current}) => renamed(from, to, current),

  some: beyond('pg_proc', `prokind = 'a'`),
  query: () => `
    select ${address('pg_proc', 'p.oid')} as address, array[n.nspname, p.proname]::text[] as name, s.signature,
      array['routine ' || n.nspname || '.' || p.proname || replace(s.signature, '(*)', '()')] as claims,
      jsonb_strip_nulls(jsonb_build_object(
        'arguments', coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*'),
        'identity', coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*'),
        'hypothetical', nullif(a.aggkind = 'h', false),
        'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' else 'unsafe' end,
        'transition', jsonb_build_object(
          'step', a.aggtransfn::text, 'type', format_type(a.aggtranstype, null), 'space', nullif(a.aggtransspace, 0),
          'final', ${routineName('a.aggfinalfn')}, 'extra', nullif(a.aggfinalextra, false), 'modify', ${modify('a.aggfinalmodify')},
          'initial', a.agginitval),
        'moving', case when a.aggmtransfn <> 0 then jsonb_build_object(
          'step', a.aggmtransfn::text, 'inverse', a.aggminvtransfn::text, 'type', format_type(a.aggmtranstype, null),
          'space', nullif(a.aggmtransspace, 0), 'final', ${routineName('a.aggmfinalfn')}, 'extra', nullif(a.aggmfinalextra, false),
          'modify', ${modify('a.aggmfinalmodify')}, 'initial', a.aggminitval) end,
        'combine', ${routineName('a.aggcombinefn')},
        'serial', ${routineName('a.aggserialfn')},
        'deserial', ${routineName('a.aggdeserialfn')},
        'sortOperator', case when a.aggsortop <> 0 then
          (select quote_ident(m.nspname) || '.' || o.oprname from pg_operator o join pg_namespace m on m.oid = o.oprnamespace where o.oid = a.aggsortop) end
      )) as body
    from pg_aggregate a
    join pg_proc p on p.oid = a.aggfnoid
    join pg_namespace n on n.oid = p.pronamespace
    cross join lateral (select '(' || coalesce(${SIGNATURE}, '*') || ')' as signature) s
    where ${isUserSchema('n.nspname')}`,

  create: (o) => [
    creates(o, `CREATE AGGREGATE ${quoteNames(...o.name)}(${o.body.arguments}) (\n  ${optionsOf(o.body).join(',\n  ')}\n)`),
  ],
  alter: () => 'replace',
  drop: (o) => [drops(o, `DROP AGGREGATE ${sqlName(o)}`)],
}

function sqlName(o: CatalogObject<AggregateBody>): string {
  return `${quoteNames(...o.name)}(${o.body.identity})`
}

function optionsOf(body: AggregateBody): string[] {
  const {moving} = body
  const option = (name: string, value: string | undefined) => (value === undefined ? [] : [`${name} = ${value}`])
  return [
    ...phaseOf(body.transition, ''),
    ...option('COMBINEFUNC', body.combine),
    ...option('SERIALFUNC', body.serial),
    ...option('DESERIALFUNC', body.deserial),
    ...option('MINVFUNC', moving?.inverse),
    ...(moving ? phaseOf(moving, 'M') : []),
    ...option('SORTOP', body.sortOperator && `OPERATOR(${body.sortOperator})`),
    ...(body.parallel === 'unsafe' ? [] : [`PARALLEL = ${body.parallel.toUpperCase()}`]),
    ...(body.hypothetical ? ['HYPOTHETICAL'] : []),
  ]
}

function phaseOf(phase: Phase, prefix: '' | 'M'): string[] {
  return [
    `${prefix}SFUNC = ${phase.step}`,
    `${prefix}STYPE = ${phase.type}`,
    ...(phase.space ? [`${prefix}SSPACE = ${phase.space}`] : []),
    ...(phase.final ? [`${prefix}FINALFUNC = ${phase.final}`] : []),
    ...(phase.extra ? [`${prefix}FINALFUNC_EXTRA`] : []),
    ...(phase.modify ? [`${prefix}FINALFUNC_MODIFY = ${phase.modify.toUpperCase()}`] : []),
    ...(phase.initial === undefined ? [] : [`${prefix}INITCOND = ${quoteText(phase.initial)}`]),
  ]
}
