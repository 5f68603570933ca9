// The files' state in; where capture from WAL would need another REPLICA IDENTITY than they state, as notes or an error, out.
import {idAbout, idOf} from '../diff/id.ts'
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import type {Known, Workplace} from './sides.ts'

const EVENTS = idOf('publication', ['pg_events'])
const HINT =
  'REPLICA IDENTITY FULL always does, DEFAULT does with a primary key; or say "realtime": {"capture": "queue"} in pgext.json'

/** pgext changes no identity that files state. */
export function clashes({catalog, loaded}: Known, {project}: Workplace): string[] {
  const {capture} = project.settings.realtime
  if (!loaded || capture === 'queue' || !catalog.objects.has(EVENTS)) return []
  const found = clashesIn(catalog)
  if (found.length === 0) return []
  const words = `from WAL changes of realtime tables can't be captured as their REPLICA IDENTITY is: ${found.join('; ')}`
  if (capture === 'wal') throw new PgextError('not-supported', words, {hint: HINT})
  return [`${words}. ${HINT}`]
}

function clashesIn(catalog: Catalog): string[] {
  const {objects} = catalog
  return [...objects.values()].flatMap((o) => {
    if (o.kind !== 'replica identity' || o.body.full) return []
    const root = [o.parent!, ...above(o.parent!, objects)].findLast((id) => isNamed(id, catalog))
    if (!root) return []
    const name = o.parent!.slice('table '.length)
    if (o.body.index === undefined) return [`${name} has NOTHING`]
    const entry = entryOf(root, objects)
    return entry?.body.where === undefined ? [] : [`${name} has an index, and its filter is asked of old rows, too`]
  })
}

const entryOf = (table: ObjectId, objects: Catalog['objects']): CatalogObject | undefined => {
  const o = objects.get(table)
  return o && objects.get(idOf('publication table', ['pg_events', ...o.name]))
}

/** Declared by itself, with its schema, or with all tables. */
function isNamed(table: ObjectId, {objects}: Catalog): boolean {
  const schema = objects.get(table)?.name[0] ?? ''
  return (
    objects.get(EVENTS)!.body.allTables ||
    entryOf(table, objects) !== undefined ||
    objects.has(idOf('publication schema', ['pg_events', schema]))
  )
}

/** The tables that it is a partition of, from the next one up. */
function above(table: ObjectId, objects: Catalog['objects']): ObjectId[] {
  const place = objects.get(idAbout('partition', table))
  const up = place?.needs.find((id) => id.startsWith('table ') && id !== table)
  return up ? [up, ...above(up, objects)] : []
}
