// A major in, a PostgreSQL of it out: the one that PGEXT_SERVERS names (URLs of superusers, of whatever majors), or one started here.
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {startCluster} from '../../src/shadow/cluster.ts'

export const MAJORS = [14, 15, 16, 17, 18] as const

export interface Server {
  readonly major: number
  readonly url: (database: string) => string
  close(): Promise<void>
}

/** undefined: this machine has none. */
export async function openServer(major: number): Promise<Server | undefined> {
  for (const url of (process.env.PGEXT_SERVERS ?? '').split(/[\s,]+/).filter(Boolean)) {
    const db = await connect(url)
    await db.close()
    const at = (database: string) => Object.assign(new URL(url), {pathname: `/${database}`}).href
    if (db.server.major === major) return {major, url: at, close: async () => {}}
  }
  const binaries = findBinaries(major)
  return binaries && {major, ...(await startCluster(binaries))}
}
