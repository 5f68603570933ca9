// A table in; what its CREATE TABLE declares, and the statement around the clauses, out.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import type {CatalogObject, Context} from '../model.ts'
import {isPartial} from './attachment.ts'
import type {ColumnBody} from './column.ts'
import type {ConstraintBody} from './constraint.ts'
import {isLeftAbove} from './not-null.ts'
import {printOptions} from './option.ts'
import {optionsOf, type TableBody} from './table.ts'

export interface Declaration {
  readonly columns: readonly CatalogObject<ColumnBody>[]
  /** those of them that it does not leave to the tables it inherits from */
  readonly local: readonly CatalogObject<ColumnBody>[]
  readonly defaults: readonly CatalogObject[]
  readonly constraints: readonly CatalogObject<ConstraintBody>[]
}

/** What stands in CREATE TABLE. */
export function declarationOf(t: CatalogObject<TableBody>, context: Context): Declaration {
  const children = context.children('desired', t.id)
  const columns = children.filter((c): c is CatalogObject<ColumnBody> => c.kind === 'column')
  const local = columns.filter((c) => !c.body.inherited || !t.body.inherits)
  const defaults = local.flatMap((c) => context.children('desired', c.id).filter((d) => d.kind === 'default'))
  const constraints = children.filter(
    (c): c is CatalogObject<ConstraintBody> =>
      c.kind === 'constraint' &&
      c.body.type !== 'f' &&
      !c.body.definition.endsWith(' NOT VALID') &&
      !c.body.options &&
      !c.body.tablespace &&
      !isPartial(c, context) &&
      !c.body.statistics &&
      !c.body.extensions &&
      !(c.body.inherited && t.body.inherits) &&
      // in CREATE TABLE a key says NOT NULL of its columns, even where a table above has said so
      !(c.body.type === 'p' && columns.some((k) => c.needs.includes(k.id) && isLeftAbove(k, context))),
  )
  return {columns, local, defaults, constraints: withoutTwins(constraints)}
}

/** CREATE TABLE makes one key of two on the same columns. */
function withoutTwins(constraints: readonly CatalogObject<ConstraintBody>[]): CatalogObject<ConstraintBody>[] {
  const columnsOf = ({body}: CatalogObject<ConstraintBody>) => body.definition.slice(body.definition.indexOf('('))
  const primary = constraints.find(({body}) => body.type === 'p')
  const seen = new Set(primary && [columnsOf(primary)])
  return constraints.filter((k) => {
    if (k.body.type !== 'u') return true
    const isTwin = seen.has(columnsOf(k))
    seen.add(columnsOf(k))
    return !isTwin
  })
}

/** `place`: the parent that it is made a partition of, and its bound. */
export function tableSql(
  t: CatalogObject<TableBody>,
  name: string,
  clauses: readonly string[],
  place?: {readonly parent: readonly [string, string]; readonly bound: string},
): string {
  const {body} = t
  const options = optionsOf(t)
  const empty = body.ofType || place ? '' : '()'
  const above = place ? `PARTITION OF ${quoteNames(...place.parent)} ` : ''
  const list = clauses.length ? `(\n    ${clauses.join(',\n    ')}\n)` : empty
  return [
    `CREATE ${body.unlogged ? 'UNLOGGED ' : ''}TABLE ${name} ${body.ofType ? `OF ${body.ofType} ` : above}${list}`.trimEnd(),
    place && `${list ? '' : '    '}${place.bound}`,
    body.inherits && `INHERITS (${body.inherits.map((parent) => quoteNames(...parent)).join(', ')})`,
    body.partitionBy && `PARTITION BY ${body.partitionBy}`,
    body.accessMethod && `USING ${quoteName(body.accessMethod)}`,
    options.length && `WITH (${printOptions(options)})`,
    body.tablespace && `TABLESPACE ${quoteName(body.tablespace)}`,
  ]
    .filter(Boolean)
    .join('\n')
}
