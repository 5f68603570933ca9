// That a table is a partition of another: made by ATTACH, ended by DETACH, so that no row moves.
import {quoteNames} from '../../postgres/quote.ts'
import {address, isUserSchema} from '../address.ts'
import {idAbout, idOf} from '../id.ts'
import type {Catalog, CatalogObject, Context, Kind, ObjectId} from '../model.ts'
import {inOrder, relations} from '../relations.ts'
import {creates} from '../step.ts'
import {attachedTo, attachmentsTo, isPartial, wholesOf} from './attachment.ts'
import {detachSteps, keysGone, keysOnto} from './detach.ts'

export interface PartitionBody {
  parent: [string, string]
  /** FOR VALUES …, or DEFAULT */
  bound: string
  /** DETACH … CONCURRENTLY began and did not end */
  leaving?: true
}

export const partition: Kind<PartitionBody> = {
  name: 'partition',

  some: 'exists (select from pg_inherits)',
  query: () => `
    select ${address('pg_inherits', 'c.oid')} as address, ${address('pg_class', 'c.oid')} as about,
      array[${address('pg_class', 'h.inhparent')}] as needs,
      jsonb_strip_nulls(jsonb_build_object('parent', jsonb_build_array(pn.nspname, p.relname), 'bound', pg_get_expr(c.relpartbound, c.oid),
        'leaving', case when h.inhdetachpending then true end)) as body
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and ${isUserSchema('n.nspname')}
    join pg_inherits h on h.inhrelid = c.oid
    join pg_class p on p.oid = h.inhparent
    join pg_namespace pn on pn.oid = p.relnamespace
    where c.relispartition and c.relkind in ('r', 'p', 'f')`,

  create(p, context) {
    if (p.body.leaving) {
      return {refuse: `${p.id} is half detached where it is wanted: end that with ALTER TABLE … DETACH PARTITION … FINALIZE`}
    }
    const [parent, child] = [quoteNames(...p.body.parent), quoteNames(...p.name)]
    const fromAbove = takesIdentity(p.parent!, context)
    // what the parent has already must be there first: attaching adopts it, instead of making its own under other names
    const ready = context.children('desired', p.parent!).filter((o) => {
      if (o.kind === 'column') return true
      const above = attachedTo(o, context.desired)
      const whole = above && context.desired.objects.get(above)
      // a key that waits for the parent's, which waits for its partitions
      if (o.kind === 'constraint') return o.body.type !== 'f' && !(whole && context.isMade(whole.id) && isPartial(whole, context))
      return o.kind === 'index' && above !== undefined && (!context.isMade(above) || comesBefore(above, context))
    })
    const needs = [
      ...p.needs,
      ...ready.flatMap((o) => [o.id, ...(fromAbove ? [] : wholeBy(o.id, context))]),
      ...(fromAbove ? [idAbout('partition', idOf('table', p.body.parent))] : []),
      ...parentParts(p, context),
      ...columnsGone([p.parent!, idOf('table', p.body.parent)], context),
      ...placesLeft(idOf('table', p.body.parent), context),
      ...keysGone(p.parent!, context),
    ]
    return [creates(p, `ALTER TABLE ONLY ${parent} ATTACH PARTITION ${child} ${p.body.bound}`, {needs})]
  },

  alter: () => 'replace',

  stirs: (p, context) => [
    ...(context.current.objects.has(p.id) ? keysOnto(p.parent!, context).map(({id}) => id) : []),
    ...wholesOf(idOf('table', p.body.parent), context),
    ...(takesIdentity(p.parent!, context) ? partitionsBelow(p.parent!, context.current) : []),
  ],

  stirsAnew: true,

  drop: detachSteps,
}

/** From 17 on attaching gives a partition its parent's identity, and those below it, if there are any by then, nothing. */
function takesIdentity(table: ObjectId, context: Context): boolean {
  if (context.server.major < 17) return false
  return context.children('desired', table).some((c) => c.kind === 'column' && c.body.identity !== undefined)
}

/** It is attached before its own partitions are. */
export function isAttachedFirst(table: ObjectId, context: Context): boolean {
  return context.isMade(idAbout('partition', table)) && takesIdentity(table, context)
}

/** An index of a table that is attached before its own partitions are, as part of one that is there: theirs become parts of it. */
export function comesBefore(index: ObjectId, context: Context): boolean {
  const o = context.desired.objects.get(index)!
  const above = attachedTo(o, context.desired)
  if (!above || !isAttachedFirst(o.parent!, context)) return false
  return !context.isMade(above) || comesBefore(above, context)
}

/** Columns and checks of the parent that the partition must match when it is attached. */
function parentParts(p: CatalogObject<PartitionBody>, context: Context): ObjectId[] {
  const parent = `table ${quoteNames(...p.body.parent)}` as ObjectId
  return context
    .children('desired', parent)
    .filter((o) => o.kind === 'column' || (o.kind === 'constraint' && o.body.type === 'c'))
    .map((o) => o.id)
}

/** Attaching passes over an index that is not whole yet, for want of those of partitions further below. */
function wholeBy(index: ObjectId, context: Context): ObjectId[] {
  return attachmentsTo(index, context.desired).flatMap((id) => [
    id,
    ...wholeBy(context.desired.objects.get(id)!.parent!, context),
  ])
}

/** What these tables lose, or tables above them for them, must be gone before one joins the other. */
export function columnsGone(tables: readonly ObjectId[], context: Context): ObjectId[] {
  const lineage = (id: ObjectId): ObjectId[] => [
    id,
    ...parentTables(id, context.current).flatMap((parent) => lineage(idOf('table', parent))),
  ]
  const parts = tables.flatMap(lineage).flatMap((id) => context.children('current', id))
  return parts.filter((o) => o.kind === 'column' && context.isBroken(o.id)).map((o) => goneColumn(o.id))
}

/** The tables this one inherits from, or is a partition of. */
export function parentTables(id: ObjectId, catalog: Catalog): [string, string][] {
  const attached = catalog.objects.get(idAbout('partition', id)) as CatalogObject<PartitionBody> | undefined
  if (attached) return [attached.body.parent]
  return catalog.objects.get(id)?.body.inherits ?? []
}

/** Those of them that stand above it before, after and all the while: what is done to them reaches it. */
export function parentsThroughout(id: ObjectId, context: Context): [string, string][] {
  const above = parentTables(id, context.desired)
  if (context.isMade(id)) return above
  const before = new Set(parentTables(id, context.current).map((parent) => quoteNames(...parent)))
  return changesPlace(id, context) ? [] : above.filter((parent) => before.has(quoteNames(...parent)))
}

/** It leaves, be it for another place below a parent of the same name: one that inherits becomes a partition only so. */
export function changesPlace(id: ObjectId, context: Context): boolean {
  const place = idAbout('partition', id)
  return context.isBroken(place) || context.isMade(place)
}

/** Made when a column of the current state is gone. */
export function goneColumn(column: ObjectId): ObjectId {
  return `${column} gone` as ObjectId
}

/** Made when a table is no partition any more, or not yet again. */
export function goneAttachment(partition: ObjectId): ObjectId {
  return `${partition} gone` as ObjectId
}

/** A new partition may take the rows' range of one that goes. */
export function placesLeft(parent: ObjectId, context: Context): ObjectId[] {
  return partitionsOf(parent, context.current)
    .filter((id) => context.isBroken(id))
    .map(goneAttachment)
}

/**
 * A partition can't be dropped while a foreign key refers to its parent; detached from it, it can. It makes place
 * for new ones before it goes with its rows, too.
 */
export function detachFirst(t: CatalogObject, context: Context): string | undefined {
  const attached = context.current.objects.get(idAbout('partition', t.id)) as CatalogObject<PartitionBody> | undefined
  if (!attached) return undefined
  const parent = idOf('table', attached.body.parent)
  const isReferredTo = [context.current, context.desired].some((state) => referredTo(state).has(parent))
  const isFilled = partitionsOf(parent, context.desired).some((id) => context.isMade(id))
  if (context.isBroken(parent) || !(isReferredTo || isFilled)) return undefined
  return `ALTER TABLE ${quoteNames(...attached.body.parent)} DETACH PARTITION ${quoteNames(...t.name)}`
}

const referred = new WeakMap<Catalog, Set<ObjectId>>()

/** Tables that foreign keys refer to. */
function referredTo(catalog: Catalog): ReadonlySet<ObjectId> {
  let tables = referred.get(catalog)
  if (!tables) {
    tables = new Set()
    for (const o of catalog.objects.values()) {
      if (o.kind !== 'constraint' || o.body.type !== 'f') continue
      for (const need of o.needs) if (/^(constraint|index) /.test(need)) tables.add(catalog.objects.get(need)!.parent!)
    }
    referred.set(catalog, tables)
  }
  return tables
}

const known = new WeakMap<Catalog, Map<ObjectId, ObjectId[]>>()

/** The facts that make tables partitions of this one. */
export function partitionsOf(id: ObjectId, catalog: Catalog): readonly ObjectId[] {
  let index = known.get(catalog)
  if (!index) {
    index = new Map()
    for (const o of inOrder(catalog)) {
      if (o.kind !== 'partition') continue
      for (const need of o.needs) if (need !== o.parent) index.set(need, [...(index.get(need) ?? []), o.id])
    }
    known.set(catalog, index)
  }
  return index.get(id) ?? []
}

/** And those of these, further below. */
function partitionsBelow(id: ObjectId, catalog: Catalog): ObjectId[] {
  return partitionsOf(id, catalog).flatMap((one) => [one, ...partitionsBelow(catalog.objects.get(one)!.parent!, catalog)])
}

/** Tables inherit from it, or are its partitions. */
export function hasBelow(table: ObjectId, catalog: Catalog): boolean {
  return relations(catalog)
    .dependents(table)
    .some((o) => o.parent !== table && (o.kind === 'table' || o.kind === 'foreign table' || o.kind === 'partition'))
}
