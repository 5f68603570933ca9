// A checkout in, dist/ built out: what npm runs as `prepare`, for who installs this repository itself.
import {spawnSync} from 'node:child_process'
import {createRequire} from 'node:module'
import {fileURLToPath} from 'node:url'

const cwd = fileURLToPath(new URL('..', import.meta.url))

function npm(...args) {
  const path = process.env.npm_execpath
  const [program, first] = path ? [process.execPath, [path]] : ['npm', []]
  const {status, error} = spawnSync(program, [...first, ...args], {
    cwd,
    stdio: 'inherit',
    shell: !path && process.platform === 'win32',
  })
  if (error) console.error(error.message)
  if (status !== 0) process.exit(status ?? 1)
}

// `npm install -g git+…`, which is how pre-commit installs, leaves out what a build needs
try {
  createRequire(import.meta.url).resolve('typescript')
} catch {
  npm('install', '--no-global', '--ignore-scripts', '--include=dev', '--no-save', '--no-audit', '--no-fund')
}
npm('run', 'build')
