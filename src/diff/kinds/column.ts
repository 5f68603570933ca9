// A column of a table: type, collation, NOT NULL, identity, generation, storage, compression.
import {quoteName, quoteNames} from '../../postgres/quote.ts'
import {address, bodyOf, isUserSchema} from '../address.ts'
import {idAbout} from '../id.ts'
import type {CatalogObject, Hazard, Kind, Step} from '../model.ts'
import {alters, creates} from '../step.ts'
import {broughtApart} from './brought.ts'
import {chain, tied} from './chain.ts'
import {columnClause} from './column-clause.ts'
import {dropColumn} from './column-drop.ts'
import {carrierOf, retyped} from './exchange.ts'
import {filledLater} from './fill.ts'
import {addedRefusal, columnsHeld, holdersGone, retypedRefusal} from './held.ts'
import {IDENTITY, type Identity, identitySteps} from './identity.ts'
import {joinsFirst} from './inheritance.ts'
import {above, addedBefore, apart, givenUp, joins, leaving, left, mergedWith, standsApart} from './lineage.ts'
import {columnNames, isBelow, renamedPart} from './naming.ts'
import {
  addNotNull,
  givenNotNull,
  heldName,
  isAlone,
  isLeftAbove,
  isSameButForName,
  type NotNull,
  notNullSteps,
  outlivesAbove,
  withoutNotNull,
} from './not-null.ts'
import {isNamed} from './not-null-name.ts'
import {rearranged} from './not-null-tree.ts'
import {openPassage, passageOf, passes} from './passage.ts'
import {attendIdentity} from './privilege.ts'
import {typeSteps} from './retype.ts'
import {columnExtras, KEPT, type Kept, toastedAgain} from './storage.ts'
import {absorbing} from './table.ts'
import {untied} from './typed.ts'

export interface ColumnBody extends Kept, NotNull {
  type: string
  /** its pg_type category: decides how a change of type casts */
  collation?: string
  identity?: Identity
  generated?: {expression: string; stored: boolean}
  /** it comes from a parent table, this one does not declare it */
  inherited?: true
  /** its table is partitioned by it */
  partitionKey?: true
}

export const column: Kind<ColumnBody> = {
  name: 'column',
  rename: (from, to, {current}) =>
    isBelow(from, current) ? undefined : renamedPart(`TABLE ${tableOf(to)}`, 'COLUMN', from.name[2]!, to.name[2]!),
  holdsRows: true,
  derived: columnNames,
  replaceable: (c) => c.body.generated !== undefined,

  query: (server) => `
    select ${address('pg_class', 'c.oid', 'a.attnum')} as address,
      array[n.nspname, c.relname, a.attname]::text[] as name,
      ${address('pg_class', 'c.oid')} as parent,
      a.attnum as position,
      case when q.relname is not null then array['relation ' || n.nspname || '.' || q.relname] end as claims,
      ${bodyOf({
        type: 'format_type(a.atttypid, a.atttypmod)',
        collation: `case when a.attcollation <> t.typcollation and co.oid is not null
          then quote_ident(cn.nspname) || '.' || quote_ident(co.collname) end`,
        notNull: 'case when a.attnotnull then true end',
        ...(server.major >= 18 && {
          notNullName: `case when nn.conname <> left(c.relname || '_' || a.attname, 54) || '_not_null' then nn.conname end`,
          notNullNoInherit: 'case when nn.connoinherit then true end',
          notNullNotValid: 'case when not nn.convalidated then true end',
        }),
        identity: `case when a.attidentity <> '' then ${bodyOf(IDENTITY(server.major))} end`,
        generated: `case when a.attgenerated <> '' then jsonb_build_object(
          'expression', pg_get_expr(d.adbin, d.adrelid), 'stored', a.attgenerated = 's') end`,
        ...KEPT,
        inherited: 'case when not a.attislocal then true end',
        partitionKey: 'case when pk.objid is not null then true end',
      })} as body
      ${server.major >= 18 ? `, case when nn.coninhcount > 0 then jsonb_build_object('notNullFrom', h.inhparent::regclass, 'notNullLocal', nn.conislocal) end as beside` : ''}
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p') and c.relpersistence <> 't'
    join pg_namespace n on n.oid = c.relnamespace and ${isUserSchema('n.nspname')}
    join pg_type t on t.oid = a.atttypid
    left join pg_collation co on co.oid = a.attcollation
    left join pg_namespace cn on cn.oid = co.collnamespace
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated <> ''
    left join (
      select sd.refobjid, sd.refobjsubid, sc.relname, sc.relpersistence, sq.*
      from pg_depend sd
      join pg_class sc on sc.oid = sd.objid and sc.relkind = 'S'
      join pg_sequence sq on sq.seqrelid = sc.oid
      where sd.classid = 'pg_class'::regclass and sd.refclassid = 'pg_class'::regclass and sd.deptype = 'i' and sd.refobjsubid > 0
    ) q on q.refobjid = a.attrelid and q.refobjsubid = a.attnum and a.attidentity <> ''
    ${
      server.major >= 18
        ? `left join pg_constraint nn on nn.conrelid = a.attrelid and nn.contype = 'n' and nn.conkey[1] = a.attnum
    left join pg_inherits h on h.inhrelid = a.attrelid and h.inhseqno = 1`
        : ''
    }
    left join pg_depend pk on pk.classid = 'pg_class'::regclass and pk.objid = a.attrelid and pk.objsubid = a.attnum
      and pk.refclassid = 'pg_class'::regclass and pk.refobjid = a.attrelid and pk.refobjsubid = 0 and pk.deptype = 'i' and c.relkind = 'p'
    where a.attnum > 0 and not a.attisdropped`,

  equals: isSameButForName,
  stirs: (c) => (c.body.partitionKey ? [c.parent!] : []),

  create(c, context) {
    const source = above(c, context, 'desired')
    const isBrought = source !== undefined && context.isMade(source.id)
    if (isBrought && c.body.inherited) return {with: source.id}
    const value = context.children('desired', c.id).find((child) => child.kind === 'default')
    const refusal = addedRefusal(c, value, context)
    if (refusal) return refusal
    const alone = isAlone(c.body)
    const said = alone || (isBrought && isLeftAbove(c, context)) ? withoutNotNull(c) : c
    const through = passes(c, context)
    const table = through ? passageOf(c.name) : tableOf(c)
    const named = isNamed(c.parent!, context)
    const sql = `ALTER TABLE ${table} ADD COLUMN ${columnClause(said, value?.body.expression, {named})}`
    const fails: Hazard = {
      name: 'data-dependent',
      why: `fails on rows of ${tableOf(c)}: column ${quoteName(c.name[2]!)} is NOT NULL without a default`,
    }
    const needsRowsGone = c.body.notNull && !c.body.notNullNotValid && !value && !c.body.identity && !c.body.generated
    const made = absorbing(c, value ? [value] : [], sql)
    const whole: Step = {
      ...made,
      softNeeds: [...made.softNeeds, ...addedBefore(c, context), ...columnsHeld(c, context)],
      needs: [
        ...(through && joinsFirst(c.parent!, context) ? made.needs.filter((id) => id !== c.parent) : made.needs),
        ...mergedWith(c, context),
        ...leaving(c.parent!, context),
        ...untied(c.parent!, context),
        ...(through ? [openPassage(c.parent!)] : []),
      ],
      hazards: needsRowsGone ? [fails] : [],
      disturbs: holdersGone(c.parent!, context),
      ...(value && {
        split: () => [
          creates(c, `ALTER TABLE ${table} ADD COLUMN ${columnClause(said)}`, {
            needs: through ? [...c.needs, openPassage(c.parent!)] : c.needs,
            hazards: c.body.notNull ? [fails] : [],
          }),
          creates(
            value,
            `ALTER TABLE ONLY ${tableOf(c)} ALTER COLUMN ${quoteName(c.name[2]!)} SET DEFAULT ${value.body.expression}`,
          ),
        ],
      }),
    }
    const later = through || isBrought ? undefined : filledLater(c, value, whole, context)
    const extras = [
      ...(alone ? [addNotNull(c, c, context)] : []),
      ...columnExtras(undefined, c, context).map((extra) => alters(c, c, extra)),
    ]
    return [...(later ?? [whole]), ...extras.map((step) => ({...step, makes: [], needs: [c.id]})), ...broughtApart(c, context)]
  },

  alter(from, to, context) {
    if (from.body.generated && !to.body.generated && from.body.generated.stored && from.body.type === to.body.type) {
      const plain: CatalogObject<ColumnBody> = {...from, body: {...from.body, generated: undefined}}
      const rest = JSON.stringify(plain.body) === JSON.stringify(to.body) ? [] : column.alter(plain, to, context)
      if (rest === 'replace' || 'refuse' in rest) return rest
      const more: readonly Step[] = Array.isArray(rest) ? rest : []
      const source = above(to, context, 'desired')
      const follows = source && !context.isMade(source.id) && context.current.objects.get(source.id)?.body.generated
      if (follows) return more.length > 0 ? more.map((step) => ({...step, needs: [...step.needs, source.id]})) : {with: source.id}
      const sql = `ALTER TABLE ${tableOf(to)} ALTER COLUMN ${quoteName(to.name[2]!)} DROP EXPRESSION`
      return chain(to.id, [alters(from, to, sql), ...more])
    }
    if (JSON.stringify(from.body.generated) !== JSON.stringify(to.body.generated)) {
      // what the expression gives takes the values' place
      return 'replace'
    }
    if (joins(from, to, context)) {
      return {
        refuse: `column ${to.id.slice(7)} can’t become one that only its parent table declares; declare it in CREATE TABLE … INHERITS too`,
      }
    }
    if (standsApart(from, to, context)) {
      return {
        refuse: `column ${to.id.slice(7)} can’t become one that its table declares beside its parent: leave it out of that table’s columns`,
      }
    }
    const arranged = rearranged(from, to, context)
    const held = heldName(from, to, {keepsType: isAlike(from, to, typeOf), keepsName: arranged !== undefined}, context)
    if (held) return held
    const refusal = isAlike(from, to, typeOf) ? undefined : retypedRefusal(to, context)
    if (refusal) return refusal
    const parent = above(to, context, 'desired')
    const before =
      parent && !context.isMade(parent.id)
        ? (context.current.objects.get(parent.id) as CatalogObject<ColumnBody> | undefined)
        : undefined
    const comes = (part: (body: ColumnBody) => unknown) =>
      before !== undefined && isAlike(from, before, part) && isAlike(to, parent!, part)
    const carrier = carrierOf(from, context)
    const carried = isAlike(from, to, typeOf) ? undefined : carrier
    const identity = identitySteps(apart(from, context, 'current'), apart(to, context, 'desired'), context)
    // whoever carries it to a new type of the same name gives it its storage and compression, too
    const {type, storage, compression} = to.body
    const kept = carrier ? {...from, body: {...from.body, type, storage, compression}} : from
    const extras = [...columnExtras(kept, to, context).map((sql) => alters(from, to, sql)), ...toastedAgain(from, to, context)]
    const [ended, typed] = [idAbout('ended identity', to.id), retyped(to.id)]
    const steps = [
      // an identity column is NOT NULL, and of an integer type
      ...(to.body.identity ? [] : tied(identity, {makes: ended})),
      ...(comes(typeOf) || carried ? [] : tied(typeSteps(from, to, context), {needs: ended, makes: typed})),
      ...(arranged || (comes((body) => [body.notNull, body.notNullNotValid]) && !outlivesAbove(from, to))
        ? []
        : notNullSteps(givenNotNull(from, before, parent), to, context)),
      // another type brings its own storage
      ...tied([...(to.body.identity ? identity : []), ...extras], {needs: typed}),
    ]
    const first = [
      ...(before ? [parent!.id] : []),
      ...leaving(to.parent!, context),
      ...left(to.parent!, context),
      ...givenUp(from, context),
    ]
    const given = to.body.identity && !from.body.identity ? attendIdentity(to, context) : []
    const placed = steps.map((step) => ({...step, needs: [...step.needs, ...first]}))
    const isLong = steps.some(({transaction}) => transaction !== 'inside')
    const anew = arranged && 'steps' in arranged ? arranged.steps : []
    if (steps.length + anew.length > 0) return [...(isLong ? chain(to.id, placed) : placed), ...anew, ...given]
    if (arranged && 'with' in arranged) return arranged
    if (carried) return {with: typed}
    // whether it is declared here or above follows from attaching, leaving and going, which have steps of their own
    const [gone] = givenUp(from, context)
    if (gone) return {with: gone}
    return {with: before ? parent!.id : to.parent!}
  },

  drop: dropColumn,
}

export const tableOf = (part: CatalogObject): string => quoteNames(part.name[0]!, part.name[1]!)

const typeOf = (body: ColumnBody): unknown => [body.type, body.collation]

function isAlike(a: CatalogObject<ColumnBody>, b: CatalogObject<ColumnBody>, part: (body: ColumnBody) => unknown): boolean {
  return JSON.stringify([part(a.body)]) === JSON.stringify([part(b.body)])
}
