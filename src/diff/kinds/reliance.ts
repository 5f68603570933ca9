// ALTER … DEPENDS ON EXTENSION: pieces of the queries that read it, and the clauses that bring it about.
import {quoteName} from '../../postgres/quote.ts'

/** A FROM item `x` with `object`, `extensions` (names) and `addresses`, for all objects of one catalog. */
export function reliance(catalog: string): string {
  return `(
    select d.objid as object, jsonb_agg(e.extname order by e.extname) as extensions,
      array_agg('pg_extension/' || e.oid || '/0') as addresses
    from pg_depend d join pg_extension e on e.oid = d.refobjid
    where d.refclassid = 'pg_extension'::regclass and d.classid = '${catalog}'::regclass and d.deptype = 'x'
    group by d.objid)`
}

/** `DEPENDS ON EXTENSION a`, `NO DEPENDS ON EXTENSION b` */
export function changeReliance(from: readonly string[] = [], to: readonly string[] = []): string[] {
  return [
    ...from.filter((name) => !to.includes(name)).map((name) => `NO DEPENDS ON EXTENSION ${quoteName(name)}`),
    ...to.filter((name) => !from.includes(name)).map((name) => `DEPENDS ON EXTENSION ${quoteName(name)}`),
  ]
}
