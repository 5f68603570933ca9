// A URL in; which database that is, and the state that it is in, out.
import {asBefore} from '../diff/before.ts'
import {read} from '../diff/read.ts'

export interface Identity {
  /** of its server, since initdb; null where the role may not ask */
  readonly system: string | null
  readonly database: string
  /** a database that was dropped and made again is another one */
  readonly oid: number
  /** fingerprint of all that pgext compares */
  readonly state: string
}

const WHO = `
  select d.datname::text as database, d.oid::int8::text as oid,
    pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute') as may
  from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`

export async function identify(url: string): Promise<Identity> {
  const {connect} = await import('../postgres/native.ts')
  const db = await connect(url)
  try {
    const [row] = await db.query(WHO)
    const [control] = row!.may ? await db.query('select system_identifier::text as id from pg_catalog.pg_control_system()') : []
    return {
      system: control?.id ?? null,
      database: row!.database,
      oid: Number(row!.oid),
      state: asBefore(await read(db)).fingerprint,
    }
  } finally {
    await db.close()
  }
}
