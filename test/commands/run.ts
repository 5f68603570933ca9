// A command line in, what a user gets out: exit code, stdout, stderr. Runs dist/, as built.
import {spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'

const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Record<string, string>
}

export function pgext(args: readonly string[], {cwd, env}: RunOptions = {}): Promise<Ran> {
  const {DATABASE_URL, SHADOW_DATABASE_URL, FORCE_COLOR, NO_COLOR, DEBUG, ...rest} = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUN, ...args], {cwd, env: {...rest, ...env}, stdio: ['ignore', 'pipe', 'pipe']})
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
