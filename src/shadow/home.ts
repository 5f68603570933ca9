// Where pgext keeps what it makes once (binaries, an empty cluster) and what runs now; and as whom a server may run.
import {createHash} from 'node:crypto'
import {accessSync, chmodSync, constants, lstatSync, mkdirSync, readFileSync, readlinkSync, statfsSync} from 'node:fs'
import {homedir, hostname, tmpdir} from 'node:os'
import {join} from 'node:path'
import {PgextError} from '../errors.ts'

/** The user a server process runs as; undefined: the one pgext runs as. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root, and asks for a user that /etc/passwd knows. */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid && gid) return {uid: Number(uid), gid: Number(gid)}
  }
  throw new PgextError('engine-missing', 'the embedded PostgreSQL can not run as root, and there is no user postgres or nobody', {
    hint: 'run pgext as another user, or set SHADOW_DATABASE_URL',
  })
}

/** A folder that survives: root's is readable by the server's account, anybody else's is theirs alone. */
export function cacheFolder(): string {
  const root = process.getuid?.() === 0
  const chosen = process.env.PGEXT_CACHE
  const places = chosen
    ? [chosen]
    : root
      ? ['/var/cache/pgext']
      : [join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pgext')]
  return firstOwned([...places, join(tmpdir(), `pgext-${process.getuid?.() ?? 'user'}`)], root ? 0o755 : 0o700)
}

/** The folder under which a running cluster lives: memory where there is enough of it, as CREATE DATABASE is ten times faster there. */
export function runFolder(): string {
  if (hasRoom('/dev/shm')) return '/dev/shm'
  // a socket's path has at most 103 characters
  return tmpdir().length > 55 && process.platform !== 'win32' ? '/tmp' : tmpdir()
}

/** Where clusters may have been left. */
export const RUN_FOLDERS: readonly string[] = [...new Set(['/dev/shm', '/tmp', tmpdir()])]

/** Part of the name of everything temporary: this host, and its process ids' namespace (containers share neither). */
export function hostMark(): string {
  return createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex').slice(0, 8)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: somebody else's, but alive
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function hasRoom(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    const {bavail, bsize} = statfsSync(folder)
    return bavail * bsize > 2 ** 30
  } catch {
    return false
  }
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

/** The first folder that can be made and is ours: one under /tmp might have been planted by another user. */
function firstOwned(places: string[], mode: number): string {
  for (const place of places) {
    try {
      mkdirSync(place, {recursive: true, mode})
      const found = lstatSync(place)
      const uid = process.getuid?.()
      if (!found.isDirectory() || (uid !== undefined && (found.uid !== uid || found.mode & 0o022))) continue
      accessSync(place, constants.W_OK)
      if (uid === 0) chmodSync(place, mode)
      return place
    } catch {}
  }
  throw new PgextError('engine-missing', `no folder to keep the embedded PostgreSQL in: tried ${places.join(' and ')}`, {
    hint: 'set PGEXT_CACHE to a folder that you can write to',
  })
}
