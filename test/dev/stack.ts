// A template in, a project of it with `pgext dev` running in it out: what it says, line by line, as a program reads it.
import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {vi} from 'vitest'

// a start is half a dozen processes: where the cores are busy each step takes its time
vi.setConfig({testTimeout: 240_000, hookTimeout: 240_000})

/** the same tests with another engine: PGEXT_ENGINE=pglite */
const ENGINE = process.env.PGEXT_ENGINE ? ['--engine', process.env.PGEXT_ENGINE] : []
const PROGRAM = join(import.meta.dirname, '../../bin/run.js')

export type Said = Record<string, any>

export interface Running {
  readonly child: ChildProcess
  readonly said: Said[]
  /** what went to stderr */
  readonly errors: () => string
  /** the first that fits, from the one at `from` on */
  until(fits: (said: Said) => boolean, from?: number): Promise<Said>
  ready(): Promise<{page: string; database: string; milliseconds: number}>
  tell(wish: Record<string, string>): void
  /** gives back its exit code */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

export async function makeProject(template = 'todo', settings: Record<string, unknown> = {}): Promise<string> {
  // the server of root's stack runs as somebody else, who has to come as far
  const home = await mkdtemp(join(tmpdir(), 'pgext-dev-'))
  execFileSync('chmod', ['755', home])
  execFileSync(process.execPath, [PROGRAM, 'init', 'app', '--template', template, '--yes', '-C', home], {stdio: 'ignore'})
  const folder = join(home, 'app')
  const file = join(folder, 'pgext.json')
  const ports = await freePorts()
  await writeFile(file, JSON.stringify({...JSON.parse(await readFile(file, 'utf8')), dev: {ports}, ...settings}))
  return folder
}

export const removeProject = (folder: string): Promise<void> =>
  rm(join(folder, '..'), {recursive: true, force: true, maxRetries: 10, retryDelay: 100})

export function startDev(folder: string, args: readonly string[] = []): Running {
  const {DATABASE_URL: _, ...env} = process.env
  const began = performance.now()
  const child = spawn(
    process.execPath,
    [PROGRAM, 'dev', '--json', '-C', folder, ...(args.includes('--engine') ? [] : ENGINE), ...args],
    {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  const said: Said[] = []
  const times: number[] = []
  let wake = () => {}
  let errors = ''
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      resolve(code)
      wake()
    })
  })
  child.stderr!.on('data', (text) => {
    errors += text
  })
  createInterface({input: child.stdout!}).on('line', (line) => {
    said.push(line.startsWith('{') ? readLine(line) : {line})
    times.push(performance.now() - began)
    wake()
  })
  const until = async (fits: (said: Said) => boolean, from = 0): Promise<Said> => {
    for (const end = performance.now() + 60_000; performance.now() < end; ) {
      const found = said.slice(from).find(fits)
      if (found) return found
      if (child.exitCode !== null) break
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, 200)
      })
    }
    throw new Error(
      `it never came: ${JSON.stringify(said.slice(from)).slice(0, 3000)} after ${JSON.stringify(said.slice(Math.max(0, from - 4), from)).slice(0, 1500)} ${errors.slice(-2000)}`,
    )
  }
  return {
    child,
    said,
    errors: () => errors,
    until,
    async ready() {
      const found = await until(({ready}) => ready === true)
      return {page: found.page, database: found.database, milliseconds: times[said.indexOf(found)]!}
    },
    tell: (wish) => void child.stdin!.write(`${JSON.stringify(wish)}\n`),
    async end(signal = 'SIGINT') {
      if (child.exitCode === null) child.kill(signal)
      const code = await ended
      if (errors.includes('kept open by')) throw new Error(errors)
      return code
    },
  }
}

function readLine(line: string): Said {
  try {
    return JSON.parse(line)
  } catch {
    return {line}
  }
}

/** Processes that work in the project's folder, by what they were started with. */
export function processesOf(folder: string): string[] {
  const all = execFileSync('ps', ['-eo', 'pid=,args='], {encoding: 'utf8', maxBuffer: 1e7}).split('\n')
  return all.filter((line) => line.includes(folder) && !line.includes('ps -eo'))
}

async function freePorts(): Promise<Record<string, number>> {
  const names = ['page', 'database', 'rest', 'events']
  const servers = await Promise.all(
    names.map(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => (server.address() as {port: number}).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return Object.fromEntries(names.map((name, at) => [name, ports[at]!]))
}
