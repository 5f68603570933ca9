// The PostgreSQL servers that the contract is held against: those of PGEXT_SERVERS (URLs of superusers), and of every other major found here.
import {connect} from '../../src/postgres/native.ts'
import {findBinaries} from '../../src/shadow/binaries.ts'
import {startCluster} from '../../src/shadow/cluster.ts'

export const MAJORS = [14, 15, 16, 17, 18] as const

export interface Server {
  readonly major: number
  readonly url: (database: string) => string
  close(): Promise<void>
}

export async function openServers(): Promise<Server[]> {
  const given = (process.env.PGEXT_SERVERS ?? '').split(/[\s,]+/).filter(Boolean)
  const servers = await Promise.all(given.map(openGiven))
  const found = (process.env.PGEXT_ONLY ? [] : MAJORS).filter((major) => !servers.some((server) => server.major === major)).flatMap((major) => findBinaries(major) ?? [])
  for (const binaries of found) {
    const cluster = await startCluster(binaries)
    servers.push({major: binaries.major, url: cluster.url, close: cluster.close})
  }
  return servers.sort((a, b) => a.major - b.major)
}

async function openGiven(url: string): Promise<Server> {
  const db = await connect(url)
  const {major} = db.server
  await db.close()
  const at = (database: string) => Object.assign(new URL(url), {pathname: `/${database}`}).href
  return {major, url: at, close: async () => {}}
}
