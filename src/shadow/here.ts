// A statement that sets something for a database in, the same for the database it is run in out: a schema is that of one database.
import {scan} from '../postgres/parse.ts'
import {quoteName} from '../postgres/quote.ts'
import type {Statement} from '../postgres/statements.ts'

/** ALTER DATABASE a SET …, ALTER ROLE b IN DATABASE a SET …; undefined: it names none. */
export async function here({kind, node, sql}: Statement, database: string): Promise<string | undefined> {
  if (kind !== 'AlterDatabaseSetStmt' && !(kind === 'AlterRoleSetStmt' && node.database)) return undefined
  const tokens = (await scan(sql)).filter(({name}) => name !== 'SQL_COMMENT' && name !== 'C_COMMENT')
  const name = tokens[kind === 'AlterDatabaseSetStmt' ? 2 : 5]
  if (!name) return undefined
  const bytes = Buffer.from(sql)
  return `${bytes.subarray(0, name.start)}${quoteName(database)}${bytes.subarray(name.end)}`
}
