// psql, where the machine has one: SQL in, what it said out.
import {spawnSync} from 'node:child_process'

const CANDIDATES = [process.env.PSQL, 'psql']

export const psqlPath = CANDIDATES.find((path) => path && spawnSync(path, ['--version']).status === 0)

export function psql(url: string, sql: string, flags: readonly string[] = []): {status: number | null; out: string; err: string} {
  const args = [url, '-X', '-At', '-v', 'ON_ERROR_STOP=1', ...flags, '-f', '-']
  const {status, stdout, stderr} = spawnSync(psqlPath!, args, {input: sql, encoding: 'utf8'})
  return {status, out: stdout.trim(), err: stderr.trim()}
}
