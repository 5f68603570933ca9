// A table's constraint: primary key, unique, check, exclusion, foreign key. Its index is part of it.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, bodyOf, isUserSchema} from '../address.ts'
import {idAbout, idOf} from '../id.ts'
import type {CatalogObject, Context, Hazard, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {
  attachedTo,
  attachmentsTo,
  isLackedByComing,
  isPartial,
  losesPart,
  needsBelow,
  renamedFrom,
  renamedTo,
  takesUp,
} from './attachment.ts'
import {tableOf} from './column.ts'
import {goneWith} from './column-drop.ts'
import {broughtBy, goneKey, keysGone, refersToMoved} from './detach.ts'
import {follows} from './follow.ts'
import {leaving, left} from './lineage.ts'
import {renamedPart} from './naming.ts'
import {adoptsKeys, awaitsIndex, inTwo, keyByIndex} from './online.ts'
import {optionChanges} from './option.ts'
import {hasBelow, parentsThroughout, partitionsOf} from './partition.ts'
import {checkPasses, openPassage, passageOf} from './passage.ts'
import {fittingKeysGone} from './reference.ts'
import {changePlace, changeUpkeep, MOVED, UPKEEP, UPKEEP_JOINS, type Upkeep} from './upkeep.ts'

export interface ConstraintBody extends Upkeep {
  type: 'p' | 'u' | 'c' | 'x' | 'f'
  /** as pg_get_constraintdef prints it, NOT VALID and DEFERRABLE included */
  definition: string
  /** it comes from a parent table */
  inherited?: true
  options?: string[]
}

export const constraint: Kind<ConstraintBody> = {
  name: 'constraint',
  quiet: (k, catalog) => k.body.type !== 'c' || !hasBelow(k.parent!, catalog),
  rename: (from, to) =>
    from.body.inherited ? undefined : renamedPart(`TABLE ${tableOf(to)}`, 'CONSTRAINT', from.name[2]!, to.name[2]!),

  // a partition's copy of its parent's foreign key is PostgreSQL's own business (conparentid); its keys have indexes, so names
  query: () => `
    select ${address('pg_constraint', 'k.oid')} as address,
      array[n.nspname, c.relname, k.conname]::text[] as name,
      ${address('pg_class', 'c.oid')} as parent,
      array_position(array['p', 'u', 'x', 'c', 'f'], k.contype::text) as position,
      case k.contype
        when 'p' then array['relation ' || n.nspname || '.' || k.conname, 'primary key of ' || n.nspname || '.' || c.relname]
        when 'u' then array['relation ' || n.nspname || '.' || k.conname]
        when 'x' then array['relation ' || n.nspname || '.' || k.conname] end as claims,
      dx.addresses || case when h.inhparent is not null then array[${address('pg_class', 'h.inhparent')}] end as needs,
      ${bodyOf({
        type: 'k.contype',
        definition: 'pg_get_constraintdef(k.oid)',
        inherited: `case when not k.conislocal and k.contype = 'c' then true end`,
        ...UPKEEP,
        options: 'i.reloptions',
      })} as body
    from pg_constraint k
    join pg_class c on c.oid = k.conrelid and c.relkind in ('r', 'p', 'f') and c.relpersistence <> 't'
    join pg_namespace n on n.oid = c.relnamespace and ${isUserSchema('n.nspname')}
    left join pg_class i on i.oid = k.conindid and k.contype in ('p', 'u', 'x')${UPKEEP_JOINS}
    left join pg_inherits h on h.inhrelid = i.oid
    where k.contype in ('p', 'u', 'c', 'x') or (k.contype = 'f' and k.conparentid = 0)`,

  create(k, context) {
    const parent = inheritedFrom(k, context, 'desired')
    if (parent && context.isMade(parent.id) && !context.isMade(k.parent!)) return {with: parent.id}
    // INHERITS brings its parents' checks
    if (parent && context.isMade(k.parent!) && context.desired.objects.get(k.parent!)?.body.inherits) return {with: k.parent!}
    const was = renamedFrom(k, context)
    if (was) return {with: was.id}
    const brought = k.body.type === 'f' ? broughtBy(k, context) : undefined
    if (brought) return {with: brought}
    const needs =
      k.body.type === 'f'
        ? [...k.needs, ...k.needs.flatMap((id) => attachmentsTo(id, context.desired)), ...keysGone(k.parent!, context)]
        : [...needsBelow(k, context), ...(isPartial(k, context) ? partitionsOf(k.parent!, context.desired) : [])]
    const through = checkPasses(k, context)
    const table = through ? passageOf(k.name) : `${only(k, context)}${tableOf(k)}`
    const add = `ALTER TABLE ${table} ADD CONSTRAINT ${quoteName(k.name[2]!)} ${k.body.definition}`
    const whole = creates(k, add, {
      needs: [...needs, ...leaving(k.parent!, context), ...(through ? [openPassage(k.parent!)] : [])],
      claims: k.body.type === 'f' ? [...k.claims, ...fittingKeysGone(k, context)] : k.claims,
      hazards: hazardsOf(k, context),
    })
    const apart = keyByIndex(k, whole, context)
    if (apart) return [...apart, ...changeUpkeep(indexOf(k), {}, k.body).map((sql) => follows(k, sql))]
    return [
      ...(through ? [whole] : inTwo(k, adoptsKeys(k, whole, context), context)),
      ...[...changePlace(indexOf(k), {}, k.body), ...indexChanges({}, k)].map((sql) => follows(k, sql)),
    ]
  },

  alter(from, to, context) {
    if (isLackedByComing(to, context) || losesPart(from.id, context) || refersToMoved(from, context)) return 'replace'
    if (from.body.definition === `${to.body.definition} NOT VALID`) {
      return [
        alters(from, to, `ALTER TABLE ${tableOf(to)} VALIDATE CONSTRAINT ${quoteName(to.name[2]!)}`, {
          hazards: hazardsOf(to, context),
          ...(context.isBusy(to.parent!) && {transaction: 'apart'}),
        }),
      ]
    }
    const {inherited: a, ...rest} = from.body
    const {inherited: b, ...restTo} = to.body
    if (a !== b && JSON.stringify(rest) === JSON.stringify(restTo))
      return goesWithParents(from, context) || standsBeside(to, context) ? 'replace' : {with: to.parent!}
    if (from.body.type === to.body.type && from.body.definition === to.body.definition && a === b) {
      return [
        ...changePlace(indexOf(to), from.body, to.body).map((sql) => alters(from, to, sql, {hazards: [MOVED]})),
        ...indexChanges(from.body, to).map((sql) => alters(from, to, sql)),
      ]
    }
    return 'replace'
  },

  drop(k, context) {
    const parent = inheritedFrom(k, context, 'current')
    if (parent && context.isBroken(parent.id)) return {with: parent.id}
    const above = attachedTo(k, context.current)
    // of a table that is no partition any more it stays behind
    if (above && context.isBroken(above) && !context.isBroken(idAbout('partition', k.parent!))) return {with: above}
    const now = renamedTo(k, context)
    if (now) {
      const sql = `ALTER TABLE ${tableOf(k)} RENAME CONSTRAINT ${quoteName(k.name[2]!)} TO ${quoteName(now.name[2]!)}`
      return [drops(k, sql, {verb: 'alter', makes: [now.id], claims: now.claims})]
    }
    const gone = k.body.inherited ? goneWith(k, 'constraint', context) : []
    const sql = `ALTER TABLE ${tableOf(k)} DROP CONSTRAINT ${gone.length > 0 ? 'IF EXISTS ' : ''}${quoteName(k.name[2]!)}`
    // before a partition leaves, which would keep it
    if (k.body.type === 'f') return [drops(k, sql, {needs: left(k.parent!, context), makes: [goneKey(k.id)]})]
    // what a parent table brought goes with the parent's, or once the table has left it
    const first = [...left(k.parent!, context), ...leaving(k.parent!, context), ...awaitsIndex(k, context)]
    return [drops(k, sql, {needs: [...first, ...gone.map(goneKey)], makes: [goneKey(k.id)]})]
  },
}

/** What pg_get_constraintdef leaves out: how the index behind a key is kept. */
function indexChanges(from: Upkeep & Pick<ConstraintBody, 'options'>, to: CatalogObject<ConstraintBody>): string[] {
  return [
    ...optionChanges(indexOf(to), from.options ?? [], to.body.options ?? [], 'INDEX'),
    ...changeUpkeep(indexOf(to), from, to.body),
  ]
}

const indexOf = (k: CatalogObject): string => quoteNames(k.name[0]!, k.name[2]!)

/** Keys of a partitioned table are made alone, their partitions' keys attached: so each keeps its name. */
function only(k: CatalogObject<ConstraintBody>, context: Context): string {
  const table = context.desired.objects.get(k.parent!)!
  if (takesUp(k.id, context)) return ''
  return table.body.partitionBy && (k.body.type === 'p' || k.body.type === 'u' || k.body.type === 'x') ? 'ONLY ' : ''
}

function hazardsOf(k: CatalogObject<ConstraintBody>, context: Context): Hazard[] {
  if (context.isMade(k.parent!) || k.body.definition.endsWith('NOT VALID')) return []
  return [{name: 'data-dependent', why: `fails on rows of ${tableOf(k)} that break ${quoteName(k.name[2]!)}`}]
}

/** The parent's takes it along, though the table has it as its own then. */
function goesWithParents(from: CatalogObject<ConstraintBody>, context: Context): boolean {
  const source = inheritedFrom(from, context, 'current')
  return source !== undefined && context.isBroken(source.id)
}

/** Merged with one that the parent gets, a partition's is the parent's alone; that of another table would stay its own, too. */
function standsBeside(to: CatalogObject<ConstraintBody>, context: Context): boolean {
  const source = inheritedFrom(to, context, 'desired')
  return source !== undefined && context.isMade(source.id) && !context.desired.objects.has(idAbout('partition', to.parent!))
}

function inheritedFrom(
  k: CatalogObject<ConstraintBody>,
  context: Context,
  state: 'current' | 'desired',
): CatalogObject | undefined {
  if (!k.body.inherited) return undefined
  for (const [schema, name] of parentsThroughout(k.parent!, context)) {
    const found = context[state].objects.get(idOf('constraint', [schema, name, k.name[2]!]))
    if (found) return found
  }
  return undefined
}
