// A materialized view. Its rows follow from its definition, so it can be dropped and made again.
import {quoteName} from '../../postgres/quote.ts'
import {address, beyond, bodyOf, isUserSchema} from '../address.ts'
import {nameOf} from '../id.ts'
import type {CatalogObject, Context, Kind} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {follows} from './follow.ts'
import {renamed} from './naming.ts'
import {changeOptions, printOptions} from './option.ts'
import {changeReliance, reliance} from './reliance.ts'
import {columnsBefore} from './rows.ts'
import {KEPT, type Kept, keptClauses, storageOf} from './storage.ts'
import {setTablespace} from './tablespace.ts'
import {columnsOf, type ViewColumn} from './view.ts'

export interface MaterializedBody {
  readonly columns: readonly ViewColumn[]
  readonly definition: string
  readonly options?: readonly string[]
  readonly tablespace?: string
  readonly accessMethod: string
  readonly extensions?: readonly string[]
  /** columns whose values are kept or measured otherwise than their types have it */
  readonly kept?: {readonly [column: string]: Kept}
}

/** `position`: whether it holds rows is kept, not compared: pg_dump -s writes WITH NO DATA for all. */
const POPULATED = 1

export const materialized: Kind<MaterializedBody> = {
  name: 'materialized view',
  rename: (from, to, {current}) => renamed(from, to, current),
  list: {
    name: 'view column',
    items: (o) => o.body.columns.map(({name, type, collation = null}) => ({name, like: [type, collation]})),
    rename: (o, from, to) => `ALTER MATERIALIZED VIEW ${nameOf(o)} RENAME COLUMN ${quoteName(from)} TO ${quoteName(to)}`,
  },

  some: beyond('pg_class', `relkind = 'm'`),
  query: () => `
    select ${address('pg_class', 'c.oid')} as address, array[n.nspname, c.relname]::text[] as name, c.relispopulated::int as position,
      array['relation ' || n.nspname || '.' || c.relname, 'type ' || n.nspname || '.' || c.relname] as claims, x.addresses as needs,
      jsonb_strip_nulls(jsonb_build_object(
        'columns', coalesce(v.columns, '[]'),
        'definition', rtrim(pg_get_viewdef(c.oid), ';'),
        'options', to_jsonb(c.reloptions || (select array_agg('toast.' || o order by n) from unnest(toast.reloptions) with ordinality u (o, n))),
        'tablespace', s.spcname,
        'accessMethod', m.amname,
        'extensions', x.extensions,
        'kept', k.kept)) as body
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_am m on m.oid = c.relam
    left join pg_class toast on toast.oid = c.reltoastrelid
    left join pg_tablespace s on s.oid = c.reltablespace
    left join ${reliance('pg_class')} x on x.object = c.oid
    left join (
      select a.attrelid, jsonb_object_agg(a.attname, ${bodyOf(KEPT)}) as kept
      from pg_attribute a
      join pg_class c on c.oid = a.attrelid and c.relkind = 'm'
      join pg_type t on t.oid = a.atttypid
      where a.attnum > 0 and (a.attstorage <> t.typstorage or a.attcompression <> '' or a.attstattarget >= 0 or exists (select from unnest(a.attoptions) o where o !~ '^pg_attver='))
      group by a.attrelid) k on k.attrelid = c.oid
    left join ${columnsOf('m')} v on v.attrelid = c.oid
    where c.relkind = 'm' and ${isUserSchema('n.nspname')}`,

  create(o, context) {
    const {body} = o
    const options = body.options ? `\nWITH (${printOptions(body.options)})` : ''
    const place = body.tablespace ? `\nTABLESPACE ${quoteName(body.tablespace)}` : ''
    const sql = `CREATE MATERIALIZED VIEW ${nameOf(o)}${methodOf(body)}${options}${place} AS\n${body.definition}`
    return [
      creates(o, isPopulated(o, context) ? sql : `${sql}\nWITH NO DATA`, {needs: [...o.needs, ...columnsBefore(o, context)]}),
      ...[...changeReliance(undefined, body.extensions), ...keptChanges({}, o, context)].map((clause) =>
        follows(o, `ALTER MATERIALIZED VIEW ${nameOf(o)} ${clause}`),
      ),
    ]
  },

  alter(from, to, context) {
    if (from.body.definition !== to.body.definition) return 'replace'
    if (JSON.stringify(from.body.columns) !== JSON.stringify(to.body.columns)) return 'replace'
    const moves = from.body.accessMethod !== to.body.accessMethod
    if (moves && context.server.major < 15) return 'replace'
    const alter = `ALTER MATERIALIZED VIEW ${nameOf(to)}`
    return [
      ...changeOptions(from.body.options, to.body.options).map((clause) => alters(from, to, `${alter} ${clause}`)),
      ...(moves ? [alters(from, to, `${alter} SET ACCESS METHOD ${quoteName(to.body.accessMethod)}`)] : []),
      ...(from.body.tablespace === to.body.tablespace ? [] : [alters(from, to, setTablespace(alter, to.body.tablespace))]),
      ...[...changeReliance(from.body.extensions, to.body.extensions), ...keptChanges(from.body, to, context)].map((clause) =>
        alters(from, to, `${alter} ${clause}`),
      ),
    ]
  },

  drop: (o) => [drops(o, `DROP MATERIALIZED VIEW ${nameOf(o)}`)],
}

function keptChanges(
  {kept: had = {}}: Pick<MaterializedBody, 'kept'>,
  to: CatalogObject<MaterializedBody>,
  context: Context,
): string[] {
  const {kept: has = {}, columns} = to.body
  return columns.flatMap(({name, type}) => {
    const own = context.server.major >= 16 ? 'DEFAULT' : storageOf({...to, body: {type}}, context.desired)
    return keptClauses(had[name] ?? {}, has[name] ?? {}, own).map((clause) => `ALTER COLUMN ${quoteName(name)} ${clause}`)
  })
}

function methodOf(body: MaterializedBody): string {
  return body.accessMethod === 'heap' ? '' : ` USING ${quoteName(body.accessMethod)}`
}

function isPopulated(o: CatalogObject, context: Context): boolean {
  return o.position === POPULATED || context.current.objects.get(o.id)?.position === POPULATED
}
