// How an index is kept beyond its definition: where, by which statistics, together with which extension; and the clauses that change it.
import type {Hazard} from '../model.ts'
import {changeReliance, reliance} from './reliance.ts'
import {setTablespace} from './tablespace.ts'

export interface Upkeep {
  tablespace?: string
  /** the number of an expression among its columns → how much ANALYZE gathers of it */
  statistics?: {readonly [column: string]: number}
  /** extensions whose drop takes it along */
  extensions?: readonly string[]
}

export const MOVED: Hazard = {name: 'rewrite', why: 'the index is written anew, its table locked meanwhile'}

/** Keys of a body with their values. */
export const UPKEEP = {tablespace: 'ts.spcname', statistics: 'st.targets', extensions: 'dx.extensions'}

/** Joins to an index `i`. */
export const UPKEEP_JOINS = `
    left join pg_tablespace ts on ts.oid = i.reltablespace
    left join (
      select a.attrelid, jsonb_object_agg(a.attnum, a.attstattarget) as targets
      from pg_attribute a
      join pg_class c on c.oid = a.attrelid and c.relkind in ('i', 'I')
      where a.attnum > 0 and a.attstattarget >= 0
      group by a.attrelid) st on st.attrelid = i.oid
    left join ${reliance('pg_class')} dx on dx.object = i.oid`

/** What moves the index of that name, quoted, to another tablespace. */
export function changePlace(name: string, from: Upkeep, to: Upkeep): string[] {
  return from.tablespace === to.tablespace ? [] : [setTablespace(`ALTER INDEX ${name}`, to.tablespace)]
}

/** What changes how it is kept there. */
export function changeUpkeep(name: string, from: Upkeep, to: Upkeep): string[] {
  const alter = `ALTER INDEX ${name}`
  const [had, has] = [from.statistics ?? {}, to.statistics ?? {}]
  const columns = [...new Set([...Object.keys(had), ...Object.keys(has)])].sort((a, b) => Number(a) - Number(b))
  return [
    ...columns
      .filter((column) => had[column] !== has[column])
      .map((column) => `${alter} ALTER COLUMN ${column} SET STATISTICS ${has[column] ?? -1}`),
    ...changeReliance(from.extensions, to.extensions).map((clause) => `${alter} ${clause}`),
  ]
}
