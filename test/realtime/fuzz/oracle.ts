// A round in; what PostgreSQL shows each viewer of the real table, out.
import type {PgextError} from '../../../src/errors.ts'
import type {Db} from '../../../src/postgres/db.ts'
import type {Viewer} from '../../../src/realtime/model.ts'
import type {Round} from './world.ts'

/** Of one row for one viewer; an error ends the SELECT. */
export type Truth = boolean | PgextError

export interface Told {
  /** by the row's place; undefined: the viewer may not even ask for the key */
  readonly rows?: readonly Truth[]
  /** a SELECT of all rows ended in an error */
  readonly raises: boolean
}

const PLAIN = ['search_path', 'timezone', 'datestyle', 'intervalstyle', 'extra_float_digits', 'bytea_output']
  .map((name) => `set local ${name} to default`)
  .join('; ')

export class Oracle {
  readonly #db: Db

  /** @param db a session of the login that looks */
  constructor(db: Db) {
    this.#db = db
  }

  async tell({changes}: Round, viewer: Viewer): Promise<Told> {
    if (await this.#isDenied(viewer)) return {raises: false}
    const all = await this.#ask(viewer, 'select id from fuzz.t')
    if (Array.isArray(all)) {
      const ids = new Set(all.map(({id}) => id as number))
      return {rows: changes.map((_, at) => ids.has(at + 1)), raises: false}
    }
    const rows: Truth[] = []
    for (const at of changes.keys()) {
      const one = await this.#ask(
        viewer,
        `set local enable_seqscan = off; set local enable_bitmapscan = off; select id from fuzz.t where id = ${at + 1}`,
      )
      rows.push(Array.isArray(one) ? one.length === 1 : (one as PgextError))
    }
    return {rows, raises: true}
  }

  async columns({shape}: Round, viewer: Viewer): Promise<string[]> {
    const seen: string[] = []
    for (const {name} of shape.columns) if (!(await this.#isDenied(viewer, name))) seen.push(name)
    return seen
  }

  /** A SELECT may end in an error of a policy before PostgreSQL says so. */
  async #isDenied(viewer: Viewer, column = 'id'): Promise<boolean> {
    const answer = await this.#ask(viewer, `select pg_catalog.has_column_privilege('fuzz.t', '${column}', 'select') as may`)
    return (answer as Record<string, any>[])[0]!.may === false
  }

  async #ask({role, text}: Viewer, sql: string): Promise<Record<string, any>[] | PgextError> {
    try {
      await this.#db.script(`begin; ${PLAIN}; set local role ${role}`)
      await this.#db.query(`select set_config('request.jwt.claims', $1, true)`, [text])
      return (await this.#db.script(sql)).at(-1)!
    } catch (error) {
      return error as PgextError
    } finally {
      await this.#db.script('rollback')
    }
  }
}
