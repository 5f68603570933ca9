// A table that becomes unlogged, or logged again, in; the steps out: PostgreSQL lets no logged table refer to an unlogged one meanwhile.
import {nameOf} from '../id.ts'
import type {CatalogObject, Context, ObjectId, Step} from '../model.ts'
import {alters} from '../step.ts'
import {sequenceExtras} from './identity.ts'
import {after, type TableBody} from './table.ts'

type Table = CatalogObject<TableBody>

export function persistence(from: Table, to: Table, context: Context): Step[] {
  if (from.body.unlogged === to.body.unlogged) return []
  const name = nameOf(to)
  const step = alters(from, to, `ALTER TABLE ${name} SET ${to.body.unlogged ? 'UNLOGGED' : 'LOGGED'}`, {
    // foreign keys that end with this plan end before
    disturbs: partsOf(from, context).map((id) => ({id, takesDown: (o) => isReference(o) && context.isBroken(o.id)})),
  })
  return [{...step, needs: [...step.needs, ...firstOnes(from, to, context)]}, ...followingSequences(from, to, context)]
}

const isReference = (o: CatalogObject): boolean => o.kind === 'constraint' && o.body.type === 'f'

function partsOf(table: Table, context: Context): ObjectId[] {
  return [table.id, ...context.children('current', table.id).map(({id}) => id)]
}

/** Of tables that go the same way, the ones that refer become unlogged first, the ones referred to become logged first. */
function firstOnes(from: Table, to: Table, context: Context): ObjectId[] {
  const references = to.body.unlogged
    ? partsOf(from, context).flatMap((id) => context.dependents(id).filter(isReference))
    : context.children('current', from.id).filter(isReference)
  return references.flatMap((o) => {
    if (context.isBroken(o.id)) return []
    const other = to.body.unlogged ? [o.parent!] : o.needs.map((id) => context.current.objects.get(id)?.parent ?? id)
    return other.filter((id) => id !== from.id && context.desired.objects.get(id)?.kind === 'table')
  })
}

/** From 15 on SET LOGGED and UNLOGGED change the table's own sequences too; one that is to stay as it was is set back. */
function followingSequences(from: Table, to: Table, context: Context): Step[] {
  if (context.server.major < 15) return []
  const owned = context.children('current', from.id).flatMap((c) => context.dependents(c.id).filter((o) => o.kind === 'owned by'))
  const sequences = owned.flatMap((o) => {
    const sequence = context.desired.objects.get(o.parent!)
    if (!sequence || !sequence.body.unlogged === !to.body.unlogged) return []
    return [`ALTER SEQUENCE ${nameOf(sequence)} SET ${sequence.body.unlogged ? 'UNLOGGED' : 'LOGGED'}`]
  })
  const identities = context.children('desired', to.id).flatMap((c) => (c.kind === 'column' ? sequenceExtras(c) : []))
  return [...sequences, ...identities].map((sql) => after(to, sql))
}
