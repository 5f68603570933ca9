// That a partition's index is part of its parent's index.
import {quoteNames} from '../../postgres/quote.ts'
import {address, isUserSchema} from '../address.ts'
import {idAbout, idOf} from '../id.ts'
import type {Catalog, CatalogObject, Context, Kind, ObjectId} from '../model.ts'
import {inOrder, relations} from '../relations.ts'
import {creates} from '../step.ts'
import {isAttachedFirst, partitionsOf} from './partition.ts'

export interface AttachmentBody {
  parent: [string, string]
}

export const attachment: Kind<AttachmentBody> = {
  name: 'index attachment',
  follow: (o, from, to) => (o.parent === from.id ? o.body : {...o.body, parent: [to.name[0]!, to.name.at(-1)!]}),

  some: 'exists (select from pg_inherits)',
  query: () => `
    select ${address('pg_class', 'i.oid')} as about,
      array[${address('pg_class', 'h.inhparent')}, ${address('pg_inherits', 'x.indrelid')}] as needs,
      jsonb_build_object('parent', jsonb_build_array(pn.nspname, p.relname)) as body
    from pg_inherits h
    join pg_class i on i.oid = h.inhrelid and i.relkind in ('i', 'I')
    join pg_namespace n on n.oid = i.relnamespace and ${isUserSchema('n.nspname')}
    join pg_index x on x.indexrelid = i.oid
    join pg_class p on p.oid = h.inhparent
    join pg_namespace pn on pn.oid = p.relnamespace`,

  create(a, context) {
    const parent = parentOf(a)
    if (parent && takesUp(parent, context)) return {with: parent}
    return [creates(a, `ALTER INDEX ${quoteNames(...a.body.parent)} ATTACH PARTITION ${indexName(a)}`)]
  },

  alter: () => 'replace',

  stirs(a, context) {
    if (!endsAlone(a, context)) return []
    const above: ObjectId[] = []
    for (let id = parentIn(a, context.current); id; id = attachedTo(context.current.objects.get(id)!, context.current))
      above.push(id)
    return above
  },

  // PostgreSQL neither detaches an index alone nor drops one that is attached: it ends with the partition's or the parent's index
  drop(a, context) {
    const partition = idAbout('partition', tableOf(a, context))
    if (context.isBroken(partition)) return {with: partition}
    const parent = parentOf(a)
    if (parent && context.isBroken(parent)) return {with: parent}
    return {refuse: `${a.id} can’t be ended alone: detach the partition, or drop the key or index that it is part of`}
  },
}

/** A key's index bears the key's name, in the schema of its table. */
const indexName = (a: CatalogObject): string => quoteNames(a.name[0]!, a.name.at(-1)!)

function tableOf(a: CatalogObject, context: Context): ObjectId {
  const index = context.current.objects.get(a.parent!)
  return index?.parent ?? idOf('table', a.name.slice(0, 2))
}

const known = new WeakMap<Catalog, Map<ObjectId, ObjectId[]>>()

/** The attachments that make this parent index or key whole. */
export function attachmentsTo(id: ObjectId, catalog: Catalog): readonly ObjectId[] {
  let index = known.get(catalog)
  if (!index) {
    index = new Map()
    for (const o of inOrder(catalog)) {
      if (o.kind !== 'index attachment') continue
      for (const need of o.needs) if (need !== o.parent) index.set(need, [...(index.get(need) ?? []), o.id])
    }
    known.set(catalog, index)
  }
  return index.get(id) ?? []
}

/** This index or key, and all that are part of it, further below too. */
export function partsOf(id: ObjectId, catalog: Catalog): ObjectId[] {
  return [id, ...attachmentsTo(id, catalog).flatMap((attached) => partsOf(catalog.objects.get(attached)!.parent!, catalog))]
}

/** The attachments of this partition's indexes and keys. */
export function attachmentsOf(table: ObjectId, catalog: Catalog): ObjectId[] {
  const {children} = relations(catalog)
  const parts = children(table).flatMap((part) => children(part.id))
  return parts.filter((part) => part.kind === 'index attachment').map((part) => part.id)
}

/** The parent's index or key that this one is attached to. */
export function attachedTo(o: CatalogObject, catalog: Catalog): ObjectId | undefined {
  const attached = catalog.objects.get(idAbout('index attachment', o.id))
  return attached && parentOf(attached)
}

const parentIn = (a: CatalogObject, catalog: Catalog): ObjectId | undefined =>
  catalog.objects.get(a.id)?.kind === 'index attachment' ? parentOf(catalog.objects.get(a.id)!) : undefined

function parentOf(a: CatalogObject): ObjectId | undefined {
  return a.needs.find((id) => id !== a.parent && (id.startsWith('index ') || id.startsWith('constraint ')))
}

/** The partition stays what it is, while its index leaves the parent's. */
function endsAlone(a: CatalogObject, context: Context): boolean {
  const parent = parentIn(a, context.current)
  const index = context.current.objects.get(a.parent!)
  if (!parent || !index || !context.desired.objects.has(parent)) return false
  const after = context.desired.objects.get(a.id)
  if (after && parentIn(after, context.desired) === parent) return false
  const partition = idAbout('partition', index.parent!)
  const [was, is] = [context.current.objects.get(partition), context.desired.objects.get(partition)]
  return was !== undefined && was.hash === is?.hash && !context.isBroken(partition) && !renamedTo(index, context)
}

/** An attachment to it, or to one of those attached to it, ends alone: it must be made anew, with all that are part of it. */
export function losesPart(id: ObjectId, context: Context): boolean {
  return attachmentsTo(id, context.current).some((attached) => {
    const a = context.current.objects.get(attached)!
    return endsAlone(a, context) || losesPart(a.parent!, context)
  })
}

/**
 * A new index or key of a partitioned table that was there before, which may have partitions that no file names: made for all of
 * them at once it takes up those that its partitions have already, and is whole. Not where a partition has two equal ones.
 */
export function takesUp(id: ObjectId, context: Context): boolean {
  const o = context.desired.objects.get(id)
  if (!o || !context.isMade(id) || context.isMade(o.parent!) || isAttachedFirst(o.parent!, context)) return false
  const attachments = attachmentsTo(id, context.desired)
  // one made for the parent ONLY, never whole
  if (attachments.length < partitionsOf(o.parent!, context.desired).length) return false
  return attachments.every((attached) => {
    const below = context.desired.objects.get(context.desired.objects.get(attached)!.parent!)!
    const all = context.children('desired', below.parent!)
    return all.every((part) => part.id === below.id || !isTakenFor(part, below))
  })
}

/** PostgreSQL does not look at the order in which an index sorts when it asks whether one is another’s part. */
function isTakenFor(part: CatalogObject, below: CatalogObject): boolean {
  if (part.kind !== 'index' && (part.kind !== 'constraint' || part.body.type === 'c' || part.body.type === 'f')) return false
  const isUnique = ({kind, body}: CatalogObject) => (kind === 'index' ? body.unique === true : body.type !== 'x')
  const columns = ({needs}: CatalogObject) => JSON.stringify(needs.filter((id) => id.startsWith('column ')))
  return isUnique(part) === isUnique(below) && columns(part) === columns(below)
}

/** What an index or key needs before it is made: not that of the parent which will take it up. */
export function needsBelow(o: CatalogObject, context: Context): readonly ObjectId[] {
  const above = attachedTo(o, context.desired)
  return above && takesUp(above, context) ? o.needs.filter((id) => id !== above) : o.needs
}

/** A partition's index can't be dropped while its parent's stands: where only its name differs, this is the one it becomes (or was). */
export function renamedTo(o: CatalogObject, context: Context): CatalogObject | undefined {
  const [gone, come] = twins(o, context)
  return come[gone.findIndex((twin) => twin.id === o.id)]
}

export function renamedFrom(o: CatalogObject, context: Context): CatalogObject | undefined {
  const [gone, come] = twins(o, context)
  return gone[come.findIndex((twin) => twin.id === o.id)]
}

function twins(o: CatalogObject, context: Context): [CatalogObject[], CatalogObject[]] {
  const parent = attachedTo(o, context.current) ?? attachedTo(o, context.desired)
  if (!parent || context.isBroken(parent) || context.isMade(o.parent!)) return [[], []]
  const alike = (state: 'current' | 'desired') =>
    context
      .children(state, o.parent!)
      .filter((c) => c.kind === o.kind && c.hash === o.hash && attachedTo(c, context[state]) === parent)
      .filter((c) => !context[state === 'current' ? 'desired' : 'current'].objects.has(c.id))
  return [alike('current'), alike('desired')]
}

/** A key or index made for a partitioned table ONLY, which some of its partitions lack: they must be attached before it is made. */
export function isPartial(o: CatalogObject, context: Context): boolean {
  const partitions = partitionsOf(o.parent!, context.desired)
  return partitions.length > attachmentsTo(o.id, context.desired).length && o.body.type !== 'c' && o.body.type !== 'f'
}

/** One that was made for the table ONLY: whatever makes it anew by itself, as a change of a column's type, makes it for the partitions, too. */
export function lacksParts({id, kind, parent, body}: CatalogObject, {current}: Context): boolean {
  if (kind !== 'index' && (kind !== 'constraint' || body.type === 'c' || body.type === 'f')) return false
  return partitionsOf(parent!, current).length > attachmentsTo(id, current).length
}

/** A partition that joins gets its part of every index and key of the table: one that it is to lack is made anew behind it. */
export function isLackedByComing(o: CatalogObject, context: Context): boolean {
  if (!isPartial(o, context)) return false
  const {objects} = context.desired
  const tables = new Set(attachmentsTo(o.id, context.desired).map((id) => objects.get(objects.get(id)!.parent!)!.parent))
  return partitionsOf(o.parent!, context.desired).some((id) => context.isMade(id) && !tables.has(objects.get(id)!.parent))
}

/** Those that may be lacked so, by a table's partitions. */
export function wholesOf(table: ObjectId, context: Context): ObjectId[] {
  const parts = context.children('desired', table).filter((o) => o.kind === 'index' || o.kind === 'constraint')
  return parts.filter((o) => isPartial(o, context)).map(({id}) => id)
}
