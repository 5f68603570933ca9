// An object in, the words that COMMENT ON, ALTER … OWNER TO and GRANT … ON name it by out.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {idAbout, nameOf} from '../id.ts'
import type {CatalogObject, Context, ObjectId} from '../model.ts'
import {phraseOfOperator} from './operator.ts'

const TYPES = new Set(['enum', 'composite type', 'range type', 'base type', 'shell type'])

/** `TABLE public.orders`, `CONSTRAINT positive ON public.orders`, `FUNCTION public.add(integer, integer)` */
export function phraseOf(o: CatalogObject): string {
  const [schema = '', outer = '', inner = ''] = o.name
  switch (o.kind) {
    case 'constraint':
    case 'trigger':
    case 'policy':
    case 'rule':
      return `${o.kind.toUpperCase()} ${quoteName(inner)} ON ${quoteNames(schema, outer)}`
    case 'domain constraint':
      return `CONSTRAINT ${quoteName(inner)} ON DOMAIN ${quoteNames(schema, outer)}`
    case 'aggregate':
      // an aggregate answers to FUNCTION with its plain types, whether they are direct or ordered arguments
      return `${/^\(\*\)$|ORDER BY/.test(o.signature ?? '') ? 'AGGREGATE' : 'FUNCTION'} ${nameOf(o)}`
    case 'operator':
      return `OPERATOR ${phraseOfOperator(o)}`
    case 'foreign column':
      return `COLUMN ${nameOf(o)}`
    case 'foreign server':
      return `SERVER ${nameOf(o)}`
    default:
      return `${TYPES.has(o.kind) ? 'TYPE' : o.kind.toUpperCase()} ${nameOf(o)}`
  }
}

/** The object a fact is about. */
export function subjectOf(fact: CatalogObject, context: Context): CatalogObject {
  return (context.desired.objects.get(fact.parent!) ?? context.current.objects.get(fact.parent!))!
}

/** The role that owns the object when the plan has run, as far as anyone says. */
export function ownerOf(subject: CatalogObject, context: Context): string {
  const states = [context.desired, context.current]
  for (const state of states) {
    const owner = state.objects.get(ownerIdOf(subject, state.objects))
    if (owner) return owner.body.role
  }
  return context.server.user
}

/** The id of the owner fact that decides: a column's is its table's, an owned sequence's that of the table it belongs to. */
export function ownerIdOf(subject: CatalogObject, objects: ReadonlyMap<ObjectId, CatalogObject>): ObjectId {
  if ((subject.kind === 'column' || subject.kind === 'foreign column') && subject.parent) return idAbout('owner', subject.parent)
  const owned = subject.kind === 'sequence' ? objects.get(idAbout('owned by', subject.id)) : undefined
  const column = owned?.needs.map((id) => objects.get(id)).find((o) => o?.kind === 'column')
  return idAbout('owner', column?.parent ?? subject.id)
}
