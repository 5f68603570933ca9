// A table that joins a parent in; how it gets columns that only the parent declares out: INHERIT leaves a column declared that is there.
import {quoteNames} from '../../postgres/quote.ts'
import {idAbout, nameOf} from '../id.ts'
import type {CatalogObject, Context, ObjectId, Step} from '../model.ts'
import {alters} from '../step.ts'
import {chain} from './chain.ts'
import type {ColumnBody} from './column.ts'
import {above} from './lineage.ts'

/** The table that new columns pass through: a parent for that moment, whose ADD COLUMN brings them undeclared. */
export function passageOf(table: readonly string[]): string {
  return quoteNames(table[0]!, `${table[1]!.slice(0, 40)}__passage`)
}

/** A new column that only a parent declares which its table is about to join. */
export function passes(c: CatalogObject<ColumnBody>, context: Context): boolean {
  if (!c.body.inherited || !context.isMade(c.id) || context.isMade(c.parent!)) return false
  return context.desired.objects.get(c.parent!)?.body.inherits !== undefined && !above(c, context, 'desired')
}

/** A new check that only a parent declares, on nothing but such columns. */
export function checkPasses(k: CatalogObject, context: Context): boolean {
  const columns = k.needs.flatMap((id) => context.desired.objects.get(id) ?? []).filter((o) => o.kind === 'column')
  return k.body.inherited === true && context.isMade(k.id) && columns.length > 0 && columns.every((c) => passes(c, context))
}

export function openPassage(table: ObjectId): ObjectId {
  return idAbout('passage', table)
}

/** What stands around the columns and the joining. */
export function passage(to: CatalogObject, joined: readonly ObjectId[], context: Context): readonly Step[] {
  const columns = context.children('desired', to.id).filter((c) => c.kind === 'column' && passes(c, context))
  if (columns.length === 0) return []
  const [name, between] = [nameOf(to), passageOf(to.name)]
  const step = (sql: string, extra: Partial<Step>): Step => ({
    ...alters(to, to, sql, {makes: [], needs: [], softNeeds: [], releases: []}),
    ...extra,
  })
  const open = openPassage(to.id)
  const checks = context.children('desired', to.id).filter((k) => k.kind === 'constraint' && checkPasses(k, context))
  const close = {needs: [...[...columns, ...checks].map((o) => o.id), ...joined]}
  return [
    ...chain(open, [step(`CREATE TABLE ${between} ()`, {}), step(`ALTER TABLE ${name} INHERIT ${between}`, {makes: [open]})]),
    ...chain(idAbout('closed', open), [
      step(`ALTER TABLE ${name} NO INHERIT ${between}`, close),
      step(`DROP TABLE ${between}`, {}),
    ]),
  ]
}
