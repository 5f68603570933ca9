// A type and the functions of its own that take or return it: a shell first, then they, then the type; out they go together.
import {quoteBody, quoteText} from '../../postgres/quote.ts'
import {nameOf} from '../id.ts'
import type {Catalog, CatalogObject, Context, ObjectId, Step} from '../model.ts'
import {creates, drops} from '../step.ts'
import {familyOf} from './family.ts'

const OWNERS = new Set(['base type', 'range type'])

/** A function that its own type needs gets along with the shell; everything else needs the type itself. */
export function withShells(routine: CatalogObject, context: Context): readonly ObjectId[] {
  return routine.needs.map((id) => (isOwn(routine, context.desired.objects.get(id)) ? shellOf(id) : id))
}

/** The type that goes, and takes this function of its own along. */
export function typeTaking(routine: CatalogObject, context: Context): ObjectId | undefined {
  return routine.needs.find((id) => isOwn(routine, context.current.objects.get(id)) && context.isBroken(id))
}

export function createWithShell(o: CatalogObject, sql: string, context: Context): Step[] {
  if (ownFunctions(o, context.desired).length === 0) return [creates(o, sql)]
  const shell = shellOf(o.id)
  const around = o.needs.filter((id) => id.startsWith('schema '))
  return [
    creates(o, `CREATE TYPE ${nameOf(o)}`, {makes: [shell], needs: around, softNeeds: []}),
    creates(o, sql, {needs: [...o.needs, shell], claims: []}),
  ]
}

/**
 * The type needs its functions, and they need it: PostgreSQL drops neither without CASCADE (DROP TYPE, Notes).
 * So the statement looks first that nothing else hangs on them.
 */
export function dropWithFunctions(o: CatalogObject, context: Context): Step[] {
  const own = ownFunctions(o, context.current)
  if (own.length === 0) return [drops(o, `DROP TYPE ${nameOf(o)}`)]
  const functions = own.map((one) => `${quoteText(nameOf(one))}::regprocedure`).join(', ')
  const body = `
begin
  if exists (
    with recursive hangs (class, object) as (
      select 'pg_catalog.pg_type'::regclass::oid, ${quoteText(nameOf(o))}::regtype::oid
      union
      select d.classid, d.objid from pg_catalog.pg_depend d join hangs h on d.refclassid = h.class and d.refobjid = h.object
    )
    select from hangs h
    where h.object not in (${quoteText(nameOf(o))}::regtype, ${functions})
      and not exists (
        select from pg_catalog.pg_depend d join hangs i on d.refclassid = i.class and d.refobjid = i.object
        where d.classid = h.class and d.objid = h.object and d.deptype = 'i')
  ) then
    raise exception 'more than its own functions hangs on the type %', ${quoteText(nameOf(o))};
  end if;
  drop type ${nameOf(o)} cascade;
end
`
  return [
    drops(o, `DO ${quoteBody(body, 'do')}`, {
      breaks: [o.id, ...own.flatMap((one) => familyOf(one.id, context))],
      frees: [...o.claims, ...own.flatMap((one) => one.claims)],
    }),
  ]
}

function ownFunctions(o: CatalogObject, catalog: Catalog): CatalogObject[] {
  return o.needs.flatMap((id) => {
    const need = catalog.objects.get(id)
    return need?.kind === 'function' && isOwn(need, o) ? [need] : []
  })
}

function isOwn(routine: CatalogObject, type: CatalogObject | undefined): boolean {
  return type !== undefined && OWNERS.has(type.kind) && type.needs.includes(routine.id) && routine.needs.includes(type.id)
}

function shellOf(type: ObjectId): ObjectId {
  return `${type} shell` as ObjectId
}
