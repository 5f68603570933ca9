// A command line in, what a user gets out: exit code, stdout, stderr. Runs dist/, as built.
import {type ChildProcess, fork, spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const RUNNER = fileURLToPath(new URL('runner.js', import.meta.url))

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Record<string, string>
}

/** A process of its own, as a user has it. */
export function pgext(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUN, ...args], {...placeOf(options), stdio: ['ignore', 'pipe', 'pipe']})
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk) => out.push(chunk))
    child.stderr.on('data', (chunk) => err.push(chunk))
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({code: code ?? -1, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString()}),
    )
  })
}

const idle: ChildProcess[] = []
/** npm run test:all */
const isAll = process.env.PGEXT_LOAD === 'full'

/** In a process that has run others before it, and waits for more: half of a command's time is Node's, until all of pgext is loaded. All: in one of its own. */
export function pgextAgain(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  if (isAll) return pgext(args, options)
  const runner = idle.pop() ?? openRunner()
  return new Promise((resolve, reject) => {
    const gone = (code: number | null) => reject(new Error(`pgext ${args.join(' ')} ended the process with ${code}`))
    runner.once('exit', gone)
    runner.once('message', ({fault, ...ran}: Ran & {fault?: string}) => {
      runner.off('exit', gone)
      if (fault !== undefined) {
        runner.kill()
        return reject(new Error(fault))
      }
      idle.push(runner)
      resolve(ran)
    })
    runner.send({args, cwd: process.cwd(), ...placeOf(options)})
  })
}

/** Ends with this process. */
function openRunner(): ChildProcess {
  const runner = fork(RUNNER, {stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: []})
  runner.unref()
  runner.channel?.unref()
  return runner
}

function placeOf({cwd, env}: RunOptions) {
  const {DATABASE_URL, SHADOW_DATABASE_URL, FORCE_COLOR, NO_COLOR, DEBUG, ...rest} = process.env
  return {...(cwd && {cwd}), env: {...rest, ...env}}
}
