// The URL of a database in, what @pgkit/migra sees of it out; and the statements it would run from the one state to the other.
import {existsSync} from 'node:fs'
import {createRequire} from 'node:module'
import {join} from 'node:path'

/** Opaque: migra's own picture of a database. */
export type Picture = object

interface Migra {
  look(url: string): Promise<Picture>
  compare(from: Picture, to: Picture): Promise<string[]>
}

/** PGEXT_MIGRA=15,18: it takes a look at whatever is walked on these majors. Each costs as much as all other observers'. */
export const askedOn = (major: number): boolean => (process.env.PGEXT_MIGRA ?? '').split(',').includes(String(major))

let found: Migra | string | undefined

/** A sentence where it is not installed. */
export function findMigra(): Migra | string {
  found ??= open()
  return found
}

function open(): Migra | string {
  if (!process.env.PGEXT_MIGRA) return 'PGEXT_MIGRA=18 is not set: @pgkit/migra is not asked, for time'
  const folder = join(import.meta.dirname, '..', '..', 'bench', 'peers')
  const missing = 'no @pgkit/migra here (npm run bench:peers installs it): its opinion is not asked'
  if (!existsSync(join(folder, 'node_modules', '@pgkit', 'migra'))) return missing
  const require = createRequire(join(folder, 'package.json'))
  const {run, PostgreSQL} = require('@pgkit/migra')
  const {createClient} = createRequire(require.resolve('@pgkit/migra'))('@pgkit/client')
  return {
    async look(url) {
      const client = createClient(url)
      try {
        return await PostgreSQL.create(client)
      } finally {
        await client.end()
      }
    },
    async compare(from, to) {
      const {statements} = await run(from, to, {unsafe: true, withPrivileges: true})
      return [...statements].map((sql: string) => sql.trim())
    },
  }
}
