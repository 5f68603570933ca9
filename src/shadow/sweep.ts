// What earlier runs of pgext left behind in, none of it left out. Never touches what is not named by pgext.
import {readdirSync, readFileSync, readlinkSync, rmSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {dropDatabase} from '../postgres/admin.ts'
import type {Db} from '../postgres/db.ts'
import {hostMark, isAlive, RUN_FOLDERS} from './home.ts'
import {dropSubscriptions} from './shared.ts'

const DATABASE = /^pgext_shadow_([0-9a-f]{8})_(\d+)_(\d{10})[0-9a-f]{6}$/
const CLUSTER = /^pgext-([0-9a-f]{8})-(\d+)-\w{6}$/
/** seconds; another host's databases: it can't be known whether that run still lives */
const OLD = 3600

/** Drops shadow databases whose pgext is gone: dead on this host, or an hour old and in nobody's use on another. */
export async function sweepDatabases(admin: Db, open: (name: string) => Promise<Db>): Promise<void> {
  const rows = await admin.query<{name: string; used: boolean; now: number}>(
    `select datname as name, extract(epoch from now())::int as now,
       exists (select from pg_catalog.pg_stat_activity a where a.datid = d.oid and a.backend_type = 'client backend') as used
     from pg_catalog.pg_database d where datname like 'pgext\\_shadow\\_%' and pg_catalog.pg_has_role(datdba, 'usage')`,
  )
  for (const {name, used, now} of rows) {
    const [, mark, pid, born] = DATABASE.exec(name) ?? []
    if (!mark) continue
    const isOurs = mark === hostMark()
    if (isOurs ? isAlive(Number(pid)) : used || now - Number(born) < OLD) continue
    // another pgext may sweep at the same time
    await dropSubscriptions(admin, name, () => open(name))
      .then(() => dropDatabase(admin, name, {force: isOurs}))
      .catch(() => {})
  }
}

/** Removes clusters whose pgext was killed together with the process that looks after it. */
export function sweepClusters(): void {
  for (const folder of RUN_FOLDERS) {
    for (const name of listIfThere(folder)) {
      const [, mark, pid] = CLUSTER.exec(name) ?? []
      if (mark === hostMark() && !isAlive(Number(pid))) removeCluster(join(folder, name))
    }
  }
}

function removeCluster(folder: string): void {
  try {
    // somebody else's: not ours to end, and it could have been planted
    if (process.getuid?.() !== 0 && statSync(folder).uid !== process.getuid?.()) return
    const server = Number.parseInt(readIfThere(join(folder, 'data', 'postmaster.pid')), 10)
    // a process id may by now be another program's; without its files a server ends by itself within a minute
    if (server > 0 && worksIn(server, join(folder, 'data'))) process.kill(server, 'SIGQUIT')
    rmSync(folder, {recursive: true, force: true, maxRetries: 5})
  } catch {}
}

function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder
  } catch {
    return false
  }
}

function listIfThere(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
