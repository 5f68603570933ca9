// A column of a foreign table: its default is part of it, and nothing about it touches a row.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, beyond, bodyOf, isUserSchema} from '../address.ts'
import type {CatalogObject, Context, Disturbance, Hazard, Kind, Step} from '../model.ts'
import {alters, creates, drops} from '../step.ts'
import {SEES_TYPE} from './cast.ts'
import {chain} from './chain.ts'
import {tableOf} from './column.ts'
import {heldBelow, valuesLost} from './column-drop.ts'
import {withoutDefault} from './default.ts'
import {follows} from './follow.ts'
import {changeForeignOptions, foreignOptions, optionsClause} from './foreign-option.ts'
import {above, below, holdersBelow, leaving, left} from './lineage.ts'
import {isBelow, renamedPart} from './naming.ts'
import {isNamed, notNullOf} from './not-null-name.ts'
import {goneColumn} from './partition.ts'
import {hazardsBelow} from './retype.ts'
import {KEPT, type Kept, keptClauses, storageOf} from './storage.ts'

export interface ForeignColumn extends Omit<Kept, 'compression'> {
  readonly type: string
  readonly collation?: string
  readonly default?: string
  readonly generated?: string
  readonly notNull?: true
  /** 18: the constraint's name where it is not table_column_not_null */
  readonly notNullName?: string
  readonly foreignOptions?: readonly string[]
  /** it comes from a parent table, this one does not declare it */
  readonly inherited?: true
}

export const foreignColumn: Kind<ForeignColumn> = {
  name: 'foreign column',
  rename: (from, to, {current}) =>
    isBelow(from, current) ? undefined : renamedPart(`FOREIGN TABLE ${tableOf(to)}`, 'COLUMN', from.name[2]!, to.name[2]!),

  some: beyond('pg_class', `relkind = 'f'`),
  query: ({major}) => `
    select ${address('pg_class', 'c.oid', 'a.attnum')} as address, array[n.nspname, c.relname, a.attname]::text[] as name,
      ${address('pg_class', 'c.oid')} as parent, a.attnum as position,
      (select array_agg(e.refclassid::regclass || '/' || e.refobjid || '/' || e.refobjsubid)
        from pg_depend e where e.classid = 'pg_attrdef'::regclass and e.objid = d.oid and e.deptype = 'n') as needs,
      ${bodyOf({
        type: 'format_type(a.atttypid, a.atttypmod)',
        collation: `case when a.attcollation <> t.typcollation then quote_ident(cn.nspname) || '.' || quote_ident(co.collname) end`,
        default: `case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end`,
        generated: `case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid)
          || case a.attgenerated when 's' then ') STORED' else ') VIRTUAL' end end`,
        notNull: 'case when a.attnotnull then true end',
        ...(major >= 18 && {
          notNullName: `case when nn.conname <> left(c.relname || '_' || a.attname, 54) || '_not_null' then nn.conname end`,
        }),
        ...KEPT,
        foreignOptions: foreignOptions('a.attfdwoptions'),
        inherited: 'case when not a.attislocal then true end',
      })} as body
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind = 'f'
    join pg_namespace n on n.oid = c.relnamespace and ${isUserSchema('n.nspname')}
    join pg_type t on t.oid = a.atttypid
    left join pg_collation co on co.oid = a.attcollation
    left join pg_namespace cn on cn.oid = co.collnamespace
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    ${major >= 18 ? `left join pg_constraint nn on nn.conrelid = a.attrelid and nn.contype = 'n' and nn.conkey[1] = a.attnum` : ''}
    where a.attnum > 0 and not a.attisdropped`,

  create(c, context) {
    const parent = c.body.inherited && above(c as CatalogObject, context, 'desired')
    if (parent && context.isMade(parent.id)) return {with: parent.id}
    const {notNull, default: value, generated} = c.body
    const isFilled = !notNull || value !== undefined || generated !== undefined
    const hazards = isFilled ? [] : holdersBelow(c.parent!, context).map((table) => unfilled(table, c))
    return [
      creates(c, `ALTER FOREIGN TABLE ${tableOf(c)} ADD COLUMN ${foreignColumnClause(c)}`, {hazards}),
      ...foreignColumnExtras(c, context),
    ]
  },

  alter(from, to, context) {
    if (from.body.generated !== to.body.generated) return 'replace'
    const parent = above(to as CatalogObject, context, 'desired')
    // what is done to a parent's column reaches it
    const before = parent && !context.isMade(parent.id) ? context.current.objects.get(parent.id) : undefined
    if (!before) return orTable(changes(from, to, context), to)
    const {type, collation, notNull, notNullName} = to.body
    const came = {
      ...(from.body.type !== type && {type, collation}),
      ...(isSaidAlike(from, before, context) && isSaidAlike(to, parent!, context) && {notNull, notNullName}),
    }
    const steps = changes({...from, body: {...from.body, ...came}}, to, context)
    return steps.length > 0 ? steps.map((step) => ({...step, needs: [...step.needs, before.id]})) : {with: before.id}
  },

  drop(c, context) {
    const parent = above(c as CatalogObject, context, 'current')
    if (parent && c.body.inherited && context.isBroken(parent.id)) return {with: parent.id}
    // it holds no values itself; tables below it that leave keep theirs
    const along = below(c, context).filter(({kind, id, body}) => kind === 'column' && body.inherited && context.isBroken(id))
    return [
      drops(c, `ALTER FOREIGN TABLE ${tableOf(c)} DROP COLUMN ${quoteName(c.name[2]!)}`, {
        makes: [goneColumn(c.id)],
        needs: [
          ...(parent ? [goneColumn(parent.id)] : []),
          c.parent!,
          ...leaving(c.parent!, context),
          ...left(c.parent!, context),
        ],
        hazards: along.flatMap((one) => valuesLost(one, context)),
        loses: along.map(({id}) => id),
        disturbs: heldBelow(c, context),
      }),
    ]
  },
}

const fails = (why: string): Hazard => ({name: 'data-dependent', why: `fails on rows of ${why}`})

const unfilled = (table: CatalogObject, c: CatalogObject): Hazard =>
  fails(`${quoteNames(...table.name)}: column ${quoteName(c.name[2]!)} is NOT NULL without a default`)

const nulls = (table: CatalogObject, c: CatalogObject): Hazard =>
  fails(`${quoteNames(...table.name)} where ${quoteName(c.name[2]!)} is null`)

const orTable = (steps: readonly Step[], to: CatalogObject) => (steps.length > 0 ? steps : {with: to.parent!})

/** Is it NOT NULL by the same name, or neither? */
function isSaidAlike(a: CatalogObject, b: CatalogObject, {server}: Context): boolean {
  if (!a.body.notNull || !b.body.notNull || server.major < 18) return a.body.notNull === b.body.notNull
  return notNullOf(a, a.body.notNullName) === notNullOf(b, b.body.notNullName)
}

/** The column as it stands in CREATE FOREIGN TABLE and ADD COLUMN. */
export function foreignColumnClause(c: CatalogObject<ForeignColumn>): string {
  const {body} = c
  return [
    `${quoteName(c.name[2]!)} ${body.type}${optionsClause(body.foreignOptions)}`,
    body.collation && `COLLATE ${body.collation}`,
    body.default !== undefined && `DEFAULT ${body.default}`,
    body.generated && `GENERATED ALWAYS AS (${body.generated}`,
    body.notNullName && `CONSTRAINT ${quoteName(body.notNullName)}`,
    body.notNull && 'NOT NULL',
  ]
    .filter(Boolean)
    .join(' ')
}

/** What a column clause can't say. */
export function foreignColumnExtras(c: CatalogObject<ForeignColumn>, context: Context): Step[] {
  return keptClauses({}, c.body, ownStorage(c, context)).map((clause) => follows(c, `${headOf(c)} ${clause}`))
}

/** What a column that came with its parent's has for itself. */
export function foreignColumnBrought(
  c: CatalogObject<ForeignColumn>,
  given: {readonly value?: string; readonly notNull?: boolean},
  context: Context,
): readonly Step[] {
  const {type, collation, generated, notNull, notNullName} = c.body
  const came = {type, collation, generated, default: given.value, ...(given.notNull && {notNull, notNullName})}
  return changes({...c, body: came}, c, context)
}

/** The same where its table is made below others. */
export function foreignColumnBelow(c: CatalogObject<ForeignColumn>, context: Context): readonly Step[] {
  const parent = above(c as CatalogObject, context, 'desired')
  const isNamed = parent?.body.notNull === true && !parent.body.notNullNoInherit
  const own = c.body.inherited ? foreignColumnBrought(c, {notNull: isNamed}, context) : foreignColumnExtras(c, context)
  return [...own, ...withoutDefault(c, context)].map((step) => ({...step, makes: [], needs: [c.id]}))
}

function ownStorage(c: CatalogObject<ForeignColumn>, {server, desired}: Context): string {
  return server.major >= 16 ? 'DEFAULT' : storageOf(c, desired)
}

function headOf(c: CatalogObject): string {
  return `ALTER FOREIGN TABLE ${tableOf(c)} ALTER COLUMN ${quoteName(c.name[2]!)}`
}

/** Whatever prints the column's type, or was compiled against it, must be down while that changes. */
const STAYS = new Set(['comment', 'privilege', 'statistics', 'constraint', 'foreign table'])

function changes(from: CatalogObject<ForeignColumn>, to: CatalogObject<ForeignColumn>, context: Context): Step[] {
  const [had, has] = [from.body, to.body]
  const head = headOf(to)
  const step = (clause: string, extra: Partial<Step> = {}) => alters(from, to, `${head} ${clause}`, extra)
  const steps: Step[] = []
  if (had.type !== has.type || had.collation !== has.collation) {
    const collate = has.collation ? ` COLLATE ${has.collation}` : ''
    // a default of the old type may not fit the new one
    if (had.default !== undefined && had.default !== has.default) steps.push(step('DROP DEFAULT'))
    const others = below(from, context)
    steps.push(
      step(`TYPE ${has.type}${collate}`, {
        disturbs: [
          {id: from.id, takesDown: (o) => !STAYS.has(o.kind)},
          ...others.map(({id}): Disturbance => ({id, takesDown: (o) => SEES_TYPE.has(o.kind)})),
        ],
        hazards: hazardsBelow(from, context),
        loses: others.flatMap(({kind, id}) => (kind === 'column' ? [id] : [])),
      }),
    )
  }
  if (had.default !== has.default) steps.push(step(has.default === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${has.default}`))
  if (had.notNull !== has.notNull || had.notNullName !== has.notNullName) {
    if (had.notNull) steps.push(step('DROP NOT NULL'))
    const hazards = holdersBelow(to.parent!, context).map((table) => nulls(table, to))
    if (has.notNull && (has.notNullName || isNamed(to.parent!, context))) {
      const name = notNullOf(to as CatalogObject, has.notNullName)
      steps.push(
        alters(from, to, `ALTER FOREIGN TABLE ${tableOf(to)} ADD CONSTRAINT ${name} NOT NULL ${quoteName(to.name[2]!)}`, {
          hazards,
        }),
      )
    } else if (has.notNull) steps.push(step('SET NOT NULL', {hazards}))
  }
  steps.push(...keptClauses(had, has, ownStorage(to, context)).map((clause) => step(clause)))
  const options = changeForeignOptions(had.foreignOptions, has.foreignOptions)
  if (options) steps.push(step(options.trimStart()))
  return [...chain(to.id, steps)]
}
