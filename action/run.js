// A folder in; pgext as it is to be run there, and what its branch is held against, out.
import {spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'

/** What is said on stderr goes to the job's log; stdout is given back. */
export function pgextIn(place, env) {
  const [program, ...first] = programOf(place, env)
  return (args, more = {}) => {
    const options = {
      cwd: place,
      env: {...env, ...more},
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      shell: process.platform === 'win32',
    }
    const {status, stdout, error} = spawnSync(program, [...first, ...args], {...options, stdio: ['ignore', 'pipe', 'inherit']})
    if (error) console.error(`can't run ${program}: ${error.message}`)
    return {code: status ?? 1, out: stdout ?? ''}
  }
}

/** The version that was asked for, else the project's own, else that of this action. */
function programOf(place, env) {
  if (env.PGEXT_VERSION) return ['npx', '--yes', `pgext@${env.PGEXT_VERSION}`]
  const own = [place, env.GITHUB_WORKSPACE || '.'].map((folder) => join(folder, 'node_modules/.bin/pgext')).find(existsSync)
  if (own) return [own]
  const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return ['npx', '--yes', `pgext@${version}`]
}

/** A pull request's base, or what was there before a push; '': there is nothing to hold against. */
export function baseOf(place, event, env) {
  const git = (...args) => {
    const {status, stdout} = spawnSync('git', args, {cwd: place, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']})
    return status === 0 ? stdout.trim() : undefined
  }
  const {pull_request: pull, before} = event
  const wanted = [env.PGEXT_BASE, pull?.base?.sha, pull?.base?.ref && `origin/${pull.base.ref}`, before].filter(
    (name) => name && !/^0+$/.test(name),
  )
  if (wanted.length === 0) return ''
  const isThere = (name) => git('merge-base', name, 'HEAD') !== undefined
  // actions/checkout fetches one commit, unless it is told otherwise
  if (!wanted.some(isThere) && git('rev-parse', '--is-shallow-repository') === 'true') {
    const ref = pull?.base?.ref
    const refs = [env.GITHUB_REF, ref && `+refs/heads/${ref}:refs/remotes/origin/${ref}`].filter(Boolean)
    git('fetch', '--quiet', '--no-tags', '--unshallow', 'origin', ...refs)
  }
  const found = wanted.find(isThere)
  // a push that rewrote the branch: what was there before is gone
  if (!found && !env.PGEXT_BASE && !pull) return ''
  // where it is nowhere, pgext says what to do
  return found ?? wanted.at(-1)
}
