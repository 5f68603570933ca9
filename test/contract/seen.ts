// A throwaway database and a judged column in; the kinds that don't see the column change out. Nothing is kept: each change is rolled back.

import {hashOf} from '../../src/diff/alike.ts'
import {kindOf} from '../../src/diff/kinds/index.ts'
import type {Db} from '../../src/postgres/db.ts'
import {SORTS} from './sorts.ts'
import {LIKELY, otherValues, references} from './values.ts'
import type {Judged} from './verdicts.ts'

const ROWS = 40
/** Where PostgreSQL begins to count what users make. */
const FIRST = 16384

/** The column that tells a user's rows, where it isn't the first. */
const KEYS: Readonly<Record<string, string>> = {pg_depend: 'objid'}

const isNoMember = (catalog: string, key: string): string =>
  `not exists (select from pg_depend e where e.deptype = 'e' and e.classid = '${catalog}'::regclass and e.objid = ${key})`

export interface Eye {
  /** kinds that do not see it; empty where all do */
  blindTo(judged: Judged): Promise<string[]>
}

export async function openEye(db: Db): Promise<Eye> {
  await db.script('set allow_system_table_mods = on; set search_path = pg_catalog; set default_transaction_read_only = off')
  const keys = await references(db)
  const columns = await db.query(`
    select c.relname as catalog, a.attname as column, format_type(a.atttypid, null) as type, a.attnum as place
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relkind = 'r' and c.relnamespace = 'pg_catalog'::regnamespace and a.attnum > 0`)
  const typeOf = new Map(columns.map((row) => [`${row.catalog}.${row.column}`, row.type as string]))
  const firstOf = new Map(columns.filter(({place}) => place === 1).map((row) => [row.catalog as string, row.column as string]))
  const known = new Map<string, string>()

  const digest = async (kinds: readonly string[]): Promise<string[]> => {
    const rows = await db.script(kinds.map((kind) => asJson(kind, db)).join(';\n'))
    return kinds.map((kind, at) => print(kind, JSON.parse(rows[at]![0]!.rows)))
  }
  const asIs = async (kind: string): Promise<string> => {
    if (!known.has(kind)) known.set(kind, (await digest([kind]))[0]!)
    return known.get(kind)!
  }

  return {
    async blindTo({catalog, column, sort, kinds}) {
      const before = new Map<string, string>()
      for (const kind of kinds) before.set(kind, await asIs(kind))
      const blind = new Set(kinds)
      const values = otherValues(catalog, column, typeOf.get(`${catalog}.${column}`)!, keys)
      const key = `t.${KEYS[catalog] ?? firstOf.get(catalog)}`
      // roles and databases are not told apart by numbers
      const isUsers = catalog === 'pg_db_role_setting' ? [] : [`${key} >= ${FIRST}`, isNoMember(catalog, key)]
      const condition = [...isUsers, sort ? SORTS[catalog]?.[sort] : undefined].filter(Boolean).join(' and ')
      await db.script('begin')
      try {
        const rows = await db.query(
          `select t.ctid::text as place from ${catalog} t where ${condition || true} order by ${LIKELY[catalog] ? `(${LIKELY[catalog]}) desc, ` : ''}t.ctid limit ${ROWS}`,
        )
        for (const {place} of rows) {
          for (const value of values) {
            if (blind.size === 0) return []
            await db.script('savepoint before')
            try {
              await db.script(`update ${catalog} t set ${column} = ${value} where t.ctid = '${place}'`)
              const after = await digest([...blind])
              for (const [at, kind] of [...blind].entries()) if (after[at] !== before.get(kind)) blind.delete(kind)
            } catch (error) {
              if (process.env.PGEXT_CONTRACT === 'loud')
                console.info(`${catalog}.${column} = ${value}: ${(error as Error).message}`)
            }
            await db.script('rollback to savepoint before')
          }
        }
        return rows.length === 0 ? ['there is no such row'] : [...blind]
      } finally {
        await db.script('rollback')
      }
    },
  }
}

const asJson = (kind: string, db: Db): string =>
  `select coalesce(json_agg(row_to_json(k)), '[]')::text as rows from (${kindOf(kind).query(db.server)}) k`

/** All that is compared: what each object is called, what it stands on, its body. */
function print(kind: string, rows: readonly any[]): string {
  return rows
    .map(({name, signature, about, detail, parent, body}) =>
      JSON.stringify([name, signature, about, detail, parent, hashOf(kind, body)]),
    )
    .sort()
    .join('\n')
}
