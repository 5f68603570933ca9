// A session in, the same out, on which a catalog that is read again and again is planned once: of a small one, planning takes most of the time.
import type {Db} from '../../src/postgres/db.ts'

/** Scripts of pgext's reader, and of nobody else, hold this; its statements are divided so. */
const READ = "' as kind, coalesce(json_agg(row_to_json(k)), '[]')"
const BREAK = ';\n'

/** Of src/diff/read.ts's script each SELECT is prepared when it comes a second time. */
export function prepared(db: Db): Db {
  const seen = new Set<string>()
  const names = new Map<string, string>()
  let made = 0
  const again = (sql: string): string[] => {
    if (!/^\s*(select|with)\b/.test(sql)) return [sql]
    const name = names.get(sql)
    if (name) return [`execute ${name}`]
    if (!seen.has(sql)) {
      seen.add(sql)
      return [sql]
    }
    const fresh = `read_${++made}`
    names.set(sql, fresh)
    return [`prepare ${fresh} as ${sql}`, `execute ${fresh}`]
  }
  const script: Db['script'] = async (sql, take) => {
    if (!sql.includes(READ)) return await db.script(sql, take)
    try {
      return await db.script(sql.split(BREAK).flatMap(again).join(BREAK), take)
    } catch (error) {
      // which of them came to be prepared, nobody knows
      names.clear()
      throw error
    }
  }
  return {
    server: db.server,
    script,
    query: db.query.bind(db),
    read: db.read.bind(db),
    describe: db.describe.bind(db),
    flight: db.flight.bind(db),
    transaction: db.transaction.bind(db),
    cancel: db.cancel.bind(db),
    listen: db.listen.bind(db),
    close: db.close.bind(db),
  }
}
