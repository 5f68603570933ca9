// A partition that leaves its table in; the steps by which it leaves, and what they leave behind, out.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {idAbout, idOf, nameOf} from '../id.ts'
import type {CatalogObject, Context, Disturbance, Hazard, ObjectId, Step} from '../model.ts'
import {drops} from '../step.ts'
import {attachmentsOf} from './attachment.ts'
import {chain} from './chain.ts'
import {detachFirst, goneAttachment, type PartitionBody, parentTables, partitionsOf} from './partition.ts'
import {copiesOf} from './trigger-copy.ts'

/** DETACH leaves the parents' foreign keys with the table, as its own: those that stay out of place are dropped. */
export function detachSteps(p: CatalogObject<PartitionBody>, context: Context): readonly Step[] {
  const left = keysLeft(p.parent!, context).filter(({stays}) => !stays)
  const disturbs = referredAbove(p.parent!, context)
  const sql = `ALTER TABLE ${quoteNames(...p.body.parent)} DETACH PARTITION ${quoteNames(...p.name)}`
  const detached = concurrently(p, sql, context) ?? [
    drops(p, `${sql}${p.body.leaving ? ' FINALIZE' : ''}`, placeEnded(p, context)),
  ]
  const hazards = missed(p, context)
  const removals = left.map(({id, name}) => ({
    ...drops(p, `ALTER TABLE ${quoteNames(...p.name)} DROP CONSTRAINT IF EXISTS ${quoteName(name)}`),
    verb: 'alter' as const,
    breaks: [],
    needs: [goneAttachment(p.id)],
    makes: [goneKey(id)],
  }))
  return [...removals, ...detached.map((step) => ({...step, disturbs, hazards}))]
}

/** Those who use the table go on meanwhile; undefined: PostgreSQL has no such way, or what it leaves behind has a name that nobody can tell. */
function concurrently(p: CatalogObject<PartitionBody>, sql: string, context: Context): readonly Step[] | undefined {
  const parent = idOf('table', p.body.parent)
  const check = checkLeft(p, context)
  if (p.body.leaving || context.isMade(p.id) || !context.isBusy(parent) || !check) return undefined
  if (![p.parent!, ...tablesAbove(p.parent!, context)].every((table) => staysAlike(table, context))) return undefined
  if (partitionsOf(parent, context.current).some((id) => context.current.objects.get(id)!.body.bound === 'DEFAULT'))
    return undefined
  const {makes, ...ended} = placeEnded(p, context)
  const drop = `ALTER TABLE ${quoteNames(...p.name)} DROP CONSTRAINT IF EXISTS ${quoteName(check)}`
  return chain(p.id, [
    drops(p, `${sql} CONCURRENTLY`, {...ended, transaction: 'alone'}),
    {...drops(p, drop, {makes}), verb: 'alter'},
  ])
}

/** It runs late: no column, rule or index of these tables may change that the partition is, or is not, to share. */
function staysAlike(table: ObjectId, context: Context): boolean {
  const {current, desired} = context
  const bodyOf = (o: CatalogObject | undefined) => o && JSON.stringify({...o.body, inherited: undefined, notNullName: undefined})
  const parts = [...context.children('current', table), ...context.children('desired', table)]
  const shared = parts.filter(({kind}) => kind === 'column' || kind === 'constraint' || kind === 'index')
  return shared.every(
    ({id}) => !context.isBroken(id) && bodyOf(current.objects.get(id)) === bodyOf(desired.objects.get(id)) && !context.isMade(id),
  )
}

/** It leaves a CHECK that says what its place said, where no other one does: named by PostgreSQL, and free in the whole schema. */
function checkLeft(p: CatalogObject<PartitionBody>, context: Context): string | undefined {
  const [schema, table] = p.name as [string, string]
  const keys = tablesAbove(p.parent!, context).flatMap((above) =>
    context.children('current', above).filter((c) => c.kind === 'column' && c.body.partitionKey),
  )
  const [column, ...more] = new Set(keys.map((key) => key.name[2]!))
  const name = column !== undefined && more.length === 0 ? `${table}_${column}_check` : `${table}_check`
  const isTaken = [context.current, context.desired].some(({objects}) =>
    [...objects.values()].some((o) => o.name[0] === schema && (o.name.at(-1) === name || o.body.notNullName === name)),
  )
  return isTaken || Buffer.byteLength(name) > 63 ? undefined : name
}

/** What goes with the place: that indexes are part of the parent's, and copies of its triggers. */
export function placeEnded(p: CatalogObject, context: Context): Pick<Step, 'breaks' | 'makes' | 'needs'> {
  const breaks = [p.id, ...attachmentsOf(p.parent!, context.current), ...copiesOf(p.id, context)]
  return {breaks, makes: [goneAttachment(p.id)], needs: goneAbove(p.parent!, context)}
}

/** The drop of a table, out of its parent first where its place or the parent's rows are wanted before it can go. */
export function dropDetached(t: CatalogObject, drop: Step, context: Context): readonly Step[] {
  const sql = detachFirst(t, context)
  // what refers to the table's own partitions holds them
  const own = keysOntoItself(t.id, context).map((key) =>
    drops(key, `ALTER TABLE ${quoteNames(...t.name)} DROP CONSTRAINT ${quoteName(key.name[2]!)}`, {makes: [goneKey(key.id)]}),
  )
  if (!sql) return [...own, {...drop, disturbs: [...drop.disturbs, ...referredAbove(t.id, context)]}]
  const makes = [goneAttachment(idAbout('partition', t.id))]
  const detach = {...drop, sql, hazards: [], loses: [], frees: [], makes, needs: goneAbove(t.id, context)}
  return [...own, ...chain(t.id, [detach, drop])]
}

/** PostgreSQL lets no row go to which another one refers. */
function missed(p: CatalogObject<PartitionBody>, context: Context): Hazard[] {
  const [key] = keysOnto(p.parent!, context).filter(({id, parent}) => !context.isBroken(id) && parent !== p.parent)
  if (!key) return []
  return [
    {
      name: 'data-dependent',
      why: `fails on rows of ${nameOf(context.current.objects.get(key.parent!)!)} that refer to rows of ${quoteNames(...p.name)}`,
    },
  ]
}

/** Foreign keys that refer to the tables above. */
export function keysOnto(table: ObjectId, context: Context): CatalogObject[] {
  const keys = tablesAbove(table, context).flatMap((id) => context.children('current', id))
  return keys.flatMap((key) => context.dependents(key.id)).filter(({kind, body}) => kind === 'constraint' && body.type === 'f')
}

/** A foreign key that refers to a table refers to each of its partitions: it goes before one of them leaves and comes back. */
export function refersToMoved(key: CatalogObject, context: Context): boolean {
  if (key.body.type !== 'f') return false
  const tables = key.needs.flatMap((id) =>
    /^(constraint|index) /.test(id) ? (context.current.objects.get(id)?.parent ?? []) : [],
  )
  const isMoved = (table: ObjectId): boolean =>
    partitionsOf(table, context.current).some(
      (id) => (context.isBroken(id) && context.isMade(id)) || isMoved(context.current.objects.get(id)!.parent!),
    )
  return tables.some(isMoved)
}

/** Foreign keys of a table that has partitions, and to which they refer. */
function keysOntoItself(table: ObjectId, context: Context): CatalogObject[] {
  if (partitionsOf(table, context.current).length === 0) return []
  const own = context.children('current', table).filter(({kind, body}) => kind === 'constraint' && body.type === 'f')
  return own.filter(({needs}) =>
    needs.some((id) => /^(constraint|index) /.test(id) && context.current.objects.get(id)?.parent === table),
  )
}

/** Where they go, they go before any partition does. */
function referredAbove(table: ObjectId, context: Context): Disturbance[] {
  const above = tablesAbove(table, context)
  const own = new Set(above.flatMap((id) => keysOntoItself(id, context)))
  const takesDown = (o: CatalogObject) =>
    o.kind === 'constraint' && o.body.type === 'f' && context.isBroken(o.id) && (!above.includes(o.parent!) || own.has(o))
  const keys = above.flatMap((id) => context.children('current', id))
  return keys.filter(({kind}) => kind === 'constraint' || kind === 'index').map(({id}) => ({id, takesDown}))
}

function tablesAbove(table: ObjectId, {current}: Context): ObjectId[] {
  const above: ObjectId[] = []
  for (let [parent] = parentTables(table, current); parent; [parent] = parentTables(above.at(-1)!, current)) {
    above.push(idOf('table', parent))
  }
  return above
}

/** Made when a foreign key is gone, of its table or as one that stayed behind. */
export function goneKey(id: ObjectId): ObjectId {
  return `${id} gone` as ObjectId
}

/** What must have run before a table's own foreign key is made, or before it is attached again. */
export function keysGone(table: ObjectId, context: Context): ObjectId[] {
  const p = idAbout('partition', table)
  if (!context.isBroken(p) || context.isBroken(table)) return []
  const left = keysLeft(table, context).filter(({stays}) => !stays)
  return [goneAttachment(p), ...left.map(({id}) => goneKey(id))]
}

/** The foreign key stays with the table that leaves: the step that brings it. */
export function broughtBy(key: CatalogObject, context: Context): ObjectId | undefined {
  const p = idAbout('partition', key.parent!)
  if (!context.isBroken(p) || context.isMade(key.parent!)) return undefined
  return keysLeft(key.parent!, context).some(({id, stays}) => stays && id === key.id) ? goneAttachment(p) : undefined
}

/** Those of the tables above that go, before a table leaves that would keep them. */
function goneAbove(table: ObjectId, context: Context): ObjectId[] {
  return parentTables(table, context.current).flatMap((parent) => {
    const keys = context.children('current', idOf('table', parent)).filter((k) => k.kind === 'constraint' && k.body.type === 'f')
    const gone = keys.filter(({id}) => context.isBroken(id)).map(({id}) => goneKey(id))
    return [...gone, ...goneAbove(idOf('table', parent), context)]
  })
}

/** The foreign keys of the tables above that stay there, by the names that they have below. */
function keysLeft(table: ObjectId, context: Context): {id: ObjectId; name: string; stays: boolean}[] {
  const {current, desired} = context
  const keys: {id: ObjectId; name: string; stays: boolean}[] = []
  for (let [parent] = parentTables(table, current); parent; [parent] = parentTables(idOf('table', parent), current)) {
    for (const key of context.children('current', idOf('table', parent))) {
      if (key.kind !== 'constraint' || key.body.type !== 'f' || context.isBroken(key.id)) continue
      const [schema, child] = current.objects.get(table)!.name as [string, string]
      const id = idOf('constraint', [schema, child, key.name[2]!])
      if (current.objects.has(id)) continue
      const isBack = context.isMade(idAbout('partition', table))
      const stays = isBack || desired.objects.get(id)?.hash === key.hash
      keys.push({id, name: key.name[2]!, stays})
    }
  }
  return keys
}
