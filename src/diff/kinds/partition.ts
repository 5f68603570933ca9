// That a table is a partition of another: made by ATTACH, ended by DETACH, so that no row moves.
import {quoteNames} from '../../postgres/quote.ts'
import {address, isUserSchema} from '../address.ts'
import {idAbout} from '../id.ts'
import type {Catalog, CatalogObject, Context, Kind, ObjectId} from '../model.ts'
import {creates, drops} from '../step.ts'

export interface PartitionBody {
  parent: [string, string]
  /** FOR VALUES …, or DEFAULT */
  bound: string
}

export const partition: Kind<PartitionBody> = {
  name: 'partition',

  query: () => `
    select ${address('pg_inherits', 'c.oid')} as address, ${address('pg_class', 'c.oid')} as about,
      array[${address('pg_class', 'h.inhparent')}] as needs,
      jsonb_build_object('parent', jsonb_build_array(pn.nspname, p.relname), 'bound', pg_get_expr(c.relpartbound, c.oid)) as body
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and ${isUserSchema('n.nspname')}
    join pg_inherits h on h.inhrelid = c.oid
    join pg_class p on p.oid = h.inhparent
    join pg_namespace pn on pn.oid = p.relnamespace
    where c.relispartition and c.relkind in ('r', 'p')`,

  create(p, context) {
    const [parent, child] = [quoteNames(...p.body.parent), quoteNames(...p.name)]
    // keys and indexes first: attaching then adopts those that match the parent's, instead of making its own under other names
    const ready = context.children('desired', p.parent!).filter((o) => o.kind === 'column' || o.kind === 'index' || (o.kind === 'constraint' && o.body.type !== 'f'))
    return [creates(p, `ALTER TABLE ONLY ${parent} ATTACH PARTITION ${child} ${p.body.bound}`, {needs: [...p.needs, ...ready.map((o) => o.id), ...parentParts(p, context)]})]
  },

  alter: () => 'replace',

  drop: (p) => [drops(p, `ALTER TABLE ${quoteNames(...p.body.parent)} DETACH PARTITION ${quoteNames(...p.name)}`)],
}

/** Columns and checks of the parent that the partition must match when it is attached. */
function parentParts(p: CatalogObject<PartitionBody>, context: Context): ObjectId[] {
  const parent = `table ${quoteNames(...p.body.parent)}` as ObjectId
  return context
    .children('desired', parent)
    .filter((o) => o.kind === 'column' || (o.kind === 'constraint' && o.body.type === 'c'))
    .map((o) => o.id)
}

/** The tables this one inherits from, or is a partition of. */
export function parentTables(id: ObjectId, catalog: Catalog): [string, string][] {
  const attached = catalog.objects.get(idAbout('partition', id)) as CatalogObject<PartitionBody> | undefined
  if (attached) return [attached.body.parent]
  return catalog.objects.get(id)?.body.inherits ?? []
}
