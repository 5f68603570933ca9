// Nothing in; PostgreSQL 14 to 17 in the cache folder out, from npm with the user's own configuration and this folder's lock file.
import {spawnSync} from 'node:child_process'
import {copyFileSync, existsSync, mkdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {cacheFolder} from '../../src/shadow/home.ts'

const PACKAGES = join(import.meta.dirname, 'packages')

export default function fetchMajors(): void {
  const folder = join(cacheFolder(), 'majors')
  const lock = join(folder, 'package-lock.json')
  const wanted = join(PACKAGES, 'package-lock.json')
  if (existsSync(lock) && readFileSync(lock, 'utf8') === readFileSync(wanted, 'utf8') && existsSync(join(folder, 'node_modules')))
    return
  mkdirSync(folder, {recursive: true, mode: process.getuid?.() === 0 ? 0o755 : 0o700})
  copyFileSync(join(PACKAGES, 'package.json'), join(folder, 'package.json'))
  copyFileSync(wanted, lock)
  console.info(`fetching PostgreSQL 14 to 17 into ${folder}`)
  const windows = process.platform === 'win32'
  // the packages' only script makes links, which pgext does itself
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const {status} = spawnSync(windows ? 'npm.cmd' : 'npm', args, {cwd: folder, stdio: 'inherit', shell: windows})
  if (status !== 0) throw new Error(`npm ci in ${folder} failed: PostgreSQL 14 to 17 are not here to be tested on`)
}
