// Schemas of temporary tables that no session has any more in; none of them out.
import type {Memory} from './memory.ts'
import type {Places} from './places.ts'
import type {Session} from './session.ts'
import type {Stage} from './stage.ts'

/** Of a session that has discarded what was in it. */
export function dropSchemas(stage: Stage, session: Session): void {
  const schemas = [session.slots.get('temporary'), session.slots.get('temporaryToast')].filter(Boolean)
  if (schemas.length > 0) stage.ask(`delete from pg_catalog.pg_namespace where oid in (${schemas.join(', ')})`)
}

/** What this process made when it looked around, and what sessions left behind whose process was killed. */
export function sweep(memory: Memory, places: Places, stage: Stage): void {
  const rows = stage.ask(`select t.oid, l.oid from pg_catalog.pg_namespace t
    join pg_catalog.pg_namespace l on l.nspname = replace(t.nspname, 'pg_temp', 'pg_toast_temp') where t.nspname ~ '^pg_temp_[0-9]+$'`)
  for (const [own, toast] of rows) {
    memory.set(places.temporary, Number(own))
    memory.set(places.temporaryToast, Number(toast))
    stage.ask('discard temp')
    stage.ask(`delete from pg_catalog.pg_namespace where oid in (${own}, ${toast})`)
  }
  memory.set(places.temporary, 0)
  memory.set(places.temporaryToast, 0)
}
