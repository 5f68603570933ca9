// A command in, what it writes out, until it ends or nobody wants more.
import {spawn} from 'node:child_process'
import {PgextError} from '../errors.ts'
import type {Piece} from './model.ts'

/** milliseconds for which nothing comes when all that was there has come */
const QUIET = 200
/** until the first comes, and until one that never ends is ended where nobody follows it */
const ENOUGH = 2000

export interface ProgramOptions {
  readonly follow: boolean
  readonly folder: string
  readonly signal?: AbortSignal
  readonly tell: (what: string) => void
}

export async function* outputOf(
  command: readonly string[],
  {follow, folder, signal, tell}: ProgramOptions,
): AsyncGenerator<Piece> {
  const [program, ...words] = command
  const child = spawn(program!, words, {cwd: folder, stdio: ['ignore', 'pipe', 'pipe']})
  const stop = () => {
    if (child.exitCode !== null || child.signalCode !== null || !child.kill()) return
    const timer = setTimeout(() => child.kill('SIGKILL'), ENOUGH)
    child.once('exit', () => clearTimeout(timer))
  }
  signal?.addEventListener('abort', stop, {once: true})
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => {
    said = `${said}${bytes}`.slice(-2000)
  })
  const ended = new Promise<number | Error>((resolve) => {
    child.once('error', resolve)
    child.once('close', (code) => resolve(code ?? 0))
  })
  try {
    const output = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    let next = output.next()
    let isIdle = false
    let hasBegun = false
    for (;;) {
      const got = await within(next, isIdle ? (follow ? undefined : ENOUGH) : hasBegun ? QUIET : ENOUGH)
      if (got === 'quiet') {
        if (isIdle) return
        isIdle = true
        yield 'idle'
        continue
      }
      if (got.done) break
      isIdle = false
      hasBegun = true
      yield got.value
      next = output.next()
    }
    const end = await ended
    if (signal?.aborted || end === 0) return
    if (end instanceof Error)
      throw new PgextError('bad-config', `can't run ${program}: ${end.message}`, {hint: 'pgext.json names it under "logs"'})
    tell(`${program} ended with ${end}${said.trim() ? `: ${said.trim()}` : ''}`)
  } finally {
    signal?.removeEventListener('abort', stop)
    stop()
  }
}

async function within<T>(work: Promise<T>, milliseconds?: number): Promise<T | 'quiet'> {
  if (milliseconds === undefined) return work
  let timer: NodeJS.Timeout | undefined
  const quiet = new Promise<'quiet'>((resolve) => {
    timer = setTimeout(() => resolve('quiet'), milliseconds)
  })
  return Promise.race([work, quiet]).finally(() => clearTimeout(timer))
}
