// What the tests of shadows look at from outside: processes, folders and databases that are there.
import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import type {Db} from '../../src/postgres/db.ts'
import {hostMark} from '../../src/shadow/home.ts'

/** Folders of clusters that belong to a pgext with this process id. */
export function clusterFolders(pid: number): string[] {
  return ['/dev/shm', tmpdir()]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => path.includes(`/pgext-${hostMark()}-${pid}-`))
}

/** Processes that work in one of those folders; a zombie does not. */
export function processesOf(pid: number): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`pgext-${hostMark()}-${pid}-`)
    } catch {
      return false
    }
  })
}

export async function shadowDatabases(db: Db): Promise<string[]> {
  return (await db.query(`select datname as name from pg_database where datname like 'pgext\\_shadow\\_%'`)).map(
    (row) => row.name,
  )
}

/** A copy of dist/, as built, where another user may read it; without dist/ the sources are compiled, which takes ten seconds. */
export function compiled(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pgext-test-'))
  const root = resolve(import.meta.dirname, '../..')
  const [to, built] = [join(folder, 'dist'), join(root, 'dist')]
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  if (existsSync(join(built, 'shadow/open.js'))) cpSync(built, to, {recursive: true})
  else spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--noCheck', '--outDir', to], {cwd: root})
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  spawnSync('chmod', ['-R', 'go+rX', folder])
  return folder
}

/** A process that runs `script` (openShadow is there) and stays; resolves with its first line of output. */
export function start(
  folder: string,
  script: string,
  options: {user?: string; env?: Record<string, string>} = {},
): Promise<{child: ChildProcess; said: string}> {
  const text = `const {openShadow} = await import(${JSON.stringify(join(folder, 'dist/shadow/open.js'))})\n${script}`
  const node = [process.execPath, '--input-type=module', '-e', text]
  const [command, ...args] = options.user
    ? ['setpriv', `--reuid=${options.user}`, '--clear-groups', '--regid=nogroup', ...node]
    : node
  const child = spawn(command!, args, {cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, ...options.env}})
  return new Promise((done, fail) => {
    let errors = ''
    child.stderr!.on('data', (chunk) => {
      errors += chunk
    })
    child.stdout!.once('data', (chunk) => done({child, said: String(chunk).trim()}))
    child.once('exit', () => fail(new Error(errors || 'it said nothing')))
  })
}

export function exited(child: ChildProcess): Promise<void> {
  return new Promise((done) => (child.exitCode !== null || child.signalCode !== null ? done() : child.once('exit', () => done())))
}
