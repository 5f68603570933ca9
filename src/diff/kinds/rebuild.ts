// A table that becomes partitioned, or stops to be: the old one steps aside, the new one is made, the rows move, and only then the old one goes.
import {quoteName, quoteNames, quoteText} from '../../postgres/quote.ts'
import {idAbout, idOf, nameOf} from '../id.ts'
import type {CatalogObject, Context, Hazard, ObjectId, Rebuild, Step} from '../model.ts'
import {creates, drops} from '../step.ts'
import {castExpression} from './cast.ts'
import {valuesLost} from './column-drop.ts'
import {goneKey, placeEnded} from './detach.ts'
import {callable, type Exchange, exchangeOf} from './exchange.ts'
import {familyOf} from './family.ts'
import {isAttachedFirst, partition, partitionsOf} from './partition.ts'
import {SAID_UNDER, saidOf, zoneHazards} from './retype.ts'
import type {TableBody} from './table.ts'
import {valuesOf} from './values.ts'

export function rebuildTable(from: CatalogObject<TableBody>, to: CatalogObject<TableBody>, context: Context): Rebuild {
  const name = nameOf(to)
  const [schema, table] = from.name as [string, string]
  const old = asideName(schema, table, context)
  const oldName = quoteNames(schema, old)
  const parts = goneParts(from, context)
  const rows = `rows of ${to.id}` as ObjectId
  const sources = [
    {from: [schema, old], was: [schema, table]} as const,
    ...parts.map((part) => ({from: part.name as [string, string], was: part.name as [string, string]})),
  ]
  const columns = sharedColumns(from, to, context)
  const left = leftColumns(from, columns, context)
  const list = columns.map((c) => quoteName(c.name[2]!)).join(', ')
  const values = columns.map((c) => castValue(c, context)).join(', ')
  const overriding = columns.some((c) => c.body.identity) ? 'OVERRIDING SYSTEM VALUE ' : ''
  const hazard: Hazard = {name: 'rewrite', why: `every row of ${name} is written again, into a new table`}
  const zones = columns.flatMap((c) => zoneHazards(context.current.objects.get(c.id)!, c, context))
  const said = columns.filter((c) => saidOf(context.current.objects.get(c.id)!, c, context) !== undefined).map(({id}) => id)
  const ready = [to.id, ...partitionsOf(to.id, context.desired)]
  const copied = `${rows} copied` as ObjectId
  const releases = parts.map((part) => part.id)
  const step = (sql: string, extra: Partial<Step>): Step => ({
    ...creates(to, sql),
    verb: 'alter',
    makes: [],
    claims: [],
    softNeeds: [],
    needs: ready,
    ...extra,
  })
  const copies =
    columns.length === 0
      ? []
      : sources.map((source) =>
          step(`INSERT INTO ${name} (${list}) ${overriding}SELECT ${values} FROM ONLY ${quoteNames(...source.from)}`, {
            makes: [copied],
            needs: [...ready, ...columns.flatMap((c) => exchangeAround(c, context)?.leader ?? []).map(callable)],
            releases,
            hazards: [hazard, ...zones],
            loses: [to.id],
            moves: source,
            ...(said.length > 0 && {converts: said, path: SAID_UNDER}),
          }),
        )
  const total = sources.map((source) => `(SELECT count(*) FROM ONLY ${quoteNames(...source.from)})`).join(' + ')
  const check = `DO $check$ BEGIN
  IF (SELECT count(*) FROM ${name}) < ${total} THEN
    RAISE EXCEPTION '%', ${quoteText(`rows of ${name} got lost on their way to the new table`)};
  END IF;
END $check$`
  const checked = `${rows} checked` as ObjectId
  return {
    aside: [
      ...detached(from, context),
      ...named(from, context),
      ...lettingGo(from, context),
      drops(from, `ALTER TABLE ${name} RENAME TO ${quoteName(old)}`, {hazards: [hazard], loses: [from.id]}),
    ],
    move: [
      ...copies,
      step(check, {makes: [checked], releases, needs: [...ready, copied]}),
      ...serials(columns, to).map((sql) => step(sql, {needs: [...ready, checked]})),
      step(`DROP TABLE ${oldName}`, {
        makes: [rows],
        needs: [...ready, checked],
        hazards: left.flatMap((c) => valuesLost(c, context)),
        loses: left.map(({id}) => id),
      }),
    ],
    rows,
    waits: (made) =>
      // where triggers of tables above would fire for them, and foreign keys there look at them again
      (made.kind === 'partition' && made.parent === to.id && !isAttachedFirst(to.id, context)) ||
      (made.needs.includes(to.id) && (WAITS.has(made.kind) || (made.kind === 'constraint' && made.body.type === 'f'))),
  }
}

const WAITS = new Set(['trigger', 'rule', 'policy'])

/** A partition leaves its parent, and its indexes their parent's, before the new one takes its place. */
function detached(from: CatalogObject, context: Context): Step[] {
  const attached = context.current.objects.get(idAbout('partition', from.id))
  return attached ? (partition.drop(attached, context) as Step[]) : []
}

/** Indexes, statistics, keys and identities hold names that the new table's want; partitions would keep a foreign key. */
function named(from: CatalogObject, context: Context): Step[] {
  return context.children('current', from.id).flatMap((part) => {
    const drop = `ALTER TABLE ${nameOf(from)} DROP CONSTRAINT ${quoteName(part.name.at(-1)!)}`
    const isForeign = part.kind === 'constraint' && part.body.type === 'f'
    if (isForeign && context.desired.objects.get(part.id)?.hash !== part.hash)
      return [drops(part, drop, {breaks: withFacts(part, context), makes: [goneKey(part.id)]})]
    if (part.claims.length === 0) return []
    if (part.kind === 'index' || part.kind === 'statistics')
      return [drops(part, `DROP ${part.kind.toUpperCase()} ${nameOf(part)}`, {breaks: withFacts(part, context)})]
    if (part.kind === 'constraint') return [drops(part, drop, {breaks: withFacts(part, context)})]
    return [
      drops(part, `ALTER TABLE ${nameOf(from)} ALTER COLUMN ${quoteName(part.name[2]!)} DROP IDENTITY IF EXISTS`, {breaks: []}),
    ]
  })
}

/** What dies with an index or a key, but that it is part of the parent's: that has ended when the table was detached. */
function withFacts(part: CatalogObject, context: Context): ObjectId[] {
  return familyOf(part.id, context).filter((id) => context.current.objects.get(id)!.kind !== 'index attachment')
}

/** Children that are dropped in this plan stand alone until their rows have moved. */
function lettingGo(from: CatalogObject, context: Context): Step[] {
  return context.dependents(from.id).flatMap((o): Step[] => {
    const child = o.kind === 'partition' ? context.current.objects.get(o.parent!) : o.kind === 'table' ? o : undefined
    if (!child || child.id === from.id || context.desired.objects.has(child.id)) return []
    const whole = context.children('current', from.id).filter((part) => part.kind === 'index' || part.kind === 'constraint')
    const ended = o.kind === 'partition' ? placeEnded(o, context) : undefined
    // a foreign key goes before: its children's copies would stay behind
    const first = new Set(ended?.needs)
    const releases = [from.id, ...whole.flatMap((part) => (first.has(goneKey(part.id)) ? [] : [part.id]))]
    const step = (sql: string, extra: Partial<Step>): Step => ({
      ...drops(child, sql),
      verb: 'alter',
      frees: [],
      releases,
      ...extra,
    })
    if (o.kind === 'table') return [step(`ALTER TABLE ${nameOf(child)} NO INHERIT ${nameOf(from)}`, {breaks: []})]
    return [step(`ALTER TABLE ${nameOf(from)} DETACH PARTITION ${nameOf(child)}`, ended!)]
  })
}

/** Partitions, and children by inheritance, that the desired state lacks: their rows move too. */
function goneParts(from: CatalogObject, context: Context): CatalogObject[] {
  return context.dependents(from.id).flatMap((o): CatalogObject[] => {
    if (o.parent === from.id) return []
    const table = o.kind === 'partition' ? context.current.objects.get(o.parent!) : o.kind === 'table' ? o : undefined
    // one that is made anew, too, moves what is below it
    if (!table || (context.isBroken(table.id) && context.isMade(table.id))) return []
    const below = goneParts(table, context)
    return context.desired.objects.has(table.id) || table.body.partitionBy ? below : [table, ...below]
  })
}

function sharedColumns(from: CatalogObject, to: CatalogObject, context: Context): CatalogObject[] {
  return context
    .children('desired', to.id)
    .filter(
      (c) =>
        c.kind === 'column' &&
        !c.body.generated &&
        context.current.objects.has(idOf('column', [from.name[0]!, from.name[1]!, c.name[2]!])),
    )
}

/** Columns whose values do not move with the rows. */
function leftColumns(from: CatalogObject, moved: readonly CatalogObject[], context: Context): CatalogObject[] {
  const kept = new Set(moved.map(({id}) => id))
  return context.children('current', from.id).filter((c) => c.kind === 'column' && !kept.has(c.id))
}

function castValue(c: CatalogObject, context: Context): string {
  const name = quoteName(c.name[2]!)
  const before = context.current.objects.get(c.id)!
  const said = saidOf(before, c, context)
  if (said !== undefined) return said
  const exchange = exchangeAround(c, context)
  if (!exchange) return castExpression(name, before.body.type, c.body.type) ?? name
  return valuesOf(exchange.members, ({from}) => nameOf(from)).using(before, c.body.type) ?? name
}

function exchangeAround(c: CatalogObject, context: Context): Exchange | undefined {
  return context.current.objects.get(c.id)!.needs.flatMap((id) => exchangeOf(id, context) ?? [])[0]
}

/** An identity goes on behind the highest value. */
function serials(columns: readonly CatalogObject[], to: CatalogObject): string[] {
  return columns
    .filter((c) => c.body.identity)
    .map((c) => {
      const column = quoteName(c.name[2]!)
      return `SELECT setval(pg_get_serial_sequence(${quoteText(nameOf(to))}, ${quoteText(c.name[2]!)}), max(${column})) FROM ${nameOf(to)} HAVING max(${column}) IS NOT NULL`
    })
}

function asideName(schema: string, table: string, context: Context): string {
  for (let n = 0; ; n++) {
    const name = `${Buffer.from(table).subarray(0, 55).toString()}__old${n || ''}`
    if (
      !context.current.objects.has(idOf('table', [schema, name])) &&
      !context.desired.objects.has(idOf('table', [schema, name]))
    )
      return name
  }
}
