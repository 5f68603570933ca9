// A type that holds so much and no more in; the condition on values that it has no room for, out.
import type {Db} from '../postgres/db.ts'
import {strings, type Tree} from '../postgres/parse.ts'

/** ALTER COLUMN … TYPE refuses what is longer, where an explicit cast would cut it. */
export interface Length {
  readonly of: 'varchar' | 'bpchar' | 'bit' | 'varbit'
  readonly most: number
  /** each element of an array */
  readonly each: boolean
}

const LENGTHS = new Set<string>(['varchar', 'bpchar', 'bit', 'varbit'] satisfies Length['of'][])

/** As a statement says it. */
export function lengthOf({names, typmods, arrayBounds}: Tree): Length | undefined {
  const [of, most] = [strings(names).at(-1)!, typmods?.[0]?.A_Const?.ival?.ival]
  return LENGTHS.has(of) && most !== undefined ? {of: of as Length['of'], most, each: Boolean(arrayBounds)} : undefined
}

export function tooLong(value: string, {of, most, each}: Length): string {
  const one = each ? 'one' : value
  const test = {
    // blanks at the end are cut without a word
    varchar: `pg_catalog.char_length(pg_catalog.rtrim((${one})::text)) > ${most}`,
    bpchar: `pg_catalog.char_length(pg_catalog.rtrim((${one})::text)) > ${most}`,
    bit: `pg_catalog.length(${one}) <> ${most}`,
    varbit: `pg_catalog.length(${one}) > ${most}`,
  }[of]
  return each ? `EXISTS (SELECT FROM pg_catalog.unnest(${value}) one WHERE ${test})` : test
}

/** Of a domain, or of an array of them, what it is made of. */
export async function lengthIn(db: Db, type: string): Promise<Length | undefined> {
  const [row] = await db.query(LAST, [type])
  if (!row || row.typmod < 0 || !LENGTHS.has(row.name)) return undefined
  return {of: row.name, most: row.name.endsWith('bit') ? row.typmod : row.typmod - 4, each: row.each}
}

const LAST = `
  with recursive w as (
    select t.typname, t.typtype, t.typbasetype, t.typelem, t.typcategory, t.typtypmod as typmod, false as each, 0 as depth
    from pg_catalog.pg_type t where t.oid = pg_catalog.to_regtype($1::text)
    union all
    select t.typname, t.typtype, t.typbasetype, t.typelem, t.typcategory,
      case when t.typtype = 'd' then t.typtypmod else w.typmod end, w.each or w.typtype <> 'd', w.depth + 1
    from w join pg_catalog.pg_type t
      on t.oid = case when w.typtype = 'd' then w.typbasetype when w.typcategory = 'A' then w.typelem end
  )
  select w.typname::text as name, w.typmod, w.each from w order by w.depth desc limit 1`
