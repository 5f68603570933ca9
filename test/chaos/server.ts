// A major version in, a PostgreSQL out that can be killed like a machine that loses its power, and started again on the same files.
import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {type Binaries, findBinaries} from '../../src/shadow/binaries.ts'
import {runFolder, serverAccount} from '../../src/shadow/home.ts'

const ENVIRONMENT = {PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC'}
/** what is killed here are processes: what the kernel holds survives that, so nothing has to reach a disk */
const SETTINGS = ['fsync=off', 'listen_addresses=', 'max_connections=40', 'max_wal_size=256MB', 'log_min_messages=log']

export class Server {
  readonly socket: string
  readonly #folder: string
  readonly #binaries: Binaries
  readonly #account = serverAccount()
  readonly #settings: readonly string[]
  #process?: ChildProcess

  private constructor(binaries: Binaries, settings: readonly string[]) {
    this.#binaries = binaries
    this.#settings = settings
    this.#folder = mkdtempSync(join(runFolder(), 'pgext-chaos-'))
    this.socket = join(this.#folder, '.s.PGSQL.5432')
    if (this.#account) chownSync(this.#folder, this.#account.uid, this.#account.gid)
    const args = [
      '-D',
      join(this.#folder, 'data'),
      '-U',
      'postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ]
    const made = spawnSync(join(binaries.bin, 'initdb'), args, {...this.#options(), encoding: 'utf8'})
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  }

  static async start(major: number, settings: readonly string[] = []): Promise<Server> {
    const binaries = findBinaries(major)
    if (!binaries) throw new Error(`PostgreSQL ${major} is not here`)
    const server = new Server(binaries, settings)
    await server.start()
    return server
  }

  url(database: string): string {
    return `postgresql://postgres@/${database}?host=${encodeURIComponent(this.#folder)}&port=5432&sslmode=disable`
  }

  /** Shared memory of a killed server may be in use for a moment still: it is tried again. */
  async start(): Promise<void> {
    const settings = [...SETTINGS, ...this.#settings, `unix_socket_directories=${this.#folder}`].flatMap((setting) => [
      '-c',
      setting,
    ])
    for (const end = Date.now() + 60_000; ; await sleep(100)) {
      const data = join(this.#folder, 'data')
      const child = spawn(join(this.#binaries.bin, 'postgres'), ['-D', data, ...settings], {...this.#options(), stdio: 'ignore'})
      this.#process = child
      while (child.exitCode === null) {
        if (isReady(join(data, 'postmaster.pid'), child.pid!)) return
        if (Date.now() > end) throw new Error('the server does not come back')
        await sleep(10)
      }
    }
  }

  /** Every process of it at once, as when the power goes. */
  async kill(): Promise<void> {
    const child = this.#process!
    const all = [child.pid!, ...childrenOf(child.pid!)]
    const gone = ended(child)
    // no child is to see its parent go first, and end in good order
    for (const pid of all) send(pid, 'SIGSTOP')
    for (const pid of all) send(pid, 'SIGKILL')
    await gone
  }

  /** In good order, as a restart begins: readers of the log are to have all of it before. */
  async stop(): Promise<void> {
    const child = this.#process!
    const gone = ended(child)
    child.kill('SIGINT')
    await gone
  }

  async close(): Promise<void> {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGQUIT')
      await ended(this.#process)
    }
    rmSync(this.#folder, {recursive: true, force: true})
  }

  #options() {
    return {...this.#account, cwd: this.#folder, env: ENVIRONMENT}
  }
}

function isReady(file: string, pid: number): boolean {
  try {
    const lines = readFileSync(file, 'utf8').split('\n')
    return lines[0] === String(pid) && lines.some((line) => line.startsWith('ready'))
  } catch {
    return false
  }
}

function childrenOf(parent: number): number[] {
  if (!existsSync('/proc/self/status')) {
    const lines = spawnSync('ps', ['-axo', 'pid=,ppid='], {encoding: 'utf8'}).stdout.trim().split('\n')
    return lines.map((line) => line.trim().split(/\s+/).map(Number)).flatMap(([pid, of]) => (of === parent ? [pid!] : []))
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number)
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined
  }
}

export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it is gone already
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('exit', () => resolve()))
}
