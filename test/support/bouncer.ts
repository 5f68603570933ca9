// A server's URL in, a real pgbouncer in front of it out, where there is one.
import {type ChildProcess, spawn, spawnSync} from 'node:child_process'
import {chownSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {readUrl} from '../../src/postgres/url.ts'
import {serverAccount} from '../../src/shadow/home.ts'
import {freePort} from './port.ts'

export type Mode = 'transaction' | 'session' | 'statement'

const PROGRAM = ['pgbouncer', '/usr/sbin/pgbouncer'].find((name) => spawnSync(name, ['--version']).status === 0)

/** Says why not. */
export function hasBouncer(): boolean {
  if (!PROGRAM) console.log('skipped: no pgbouncer on PATH, so none stands between pgext and a server')
  return PROGRAM !== undefined
}

export interface Bouncer {
  /** of a database behind it */
  url(database: string): string
  close(): Promise<void>
}

export async function openBouncer(server: string, mode: Mode, more: readonly string[] = []): Promise<Bouncer> {
  const folder = mkdtempSync(join(tmpdir(), 'pgext-bouncer-'))
  const port = await freePort()
  const {host, port: its, user, password} = readUrl(server)
  const config = join(folder, 'pgbouncer.ini')
  writeFileSync(
    config,
    `[databases]
* = host=${host} port=${its} user=${user} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
${more.join('\n')}
`,
  )
  const account = serverAccount()
  if (account) for (const path of [folder, config]) chownSync(path, account.uid, account.gid)
  const child = spawn(PROGRAM!, ['-q', config], {cwd: folder, stdio: 'ignore', ...account})
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await untilOpen(port, child)
  return {
    url: (database) => `postgresql://${user}@127.0.0.1:${port}/${database}?sslmode=disable`,
    async close() {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, {recursive: true, force: true})
    },
  }
}

async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await sleep(20)
  }
  throw new Error(`pgbouncer ended with ${child.exitCode}`)
}
