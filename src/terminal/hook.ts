// A project in a git repository in; a hook that runs `pgext check` before each commit out: in whatever runs hooks there. Nobody's hook is overwritten.
import {existsSync} from 'node:fs'
import {chmod, mkdir, readFile, realpath, stat} from 'node:fs/promises'
import {basename, dirname, isAbsolute, join, relative, resolve, sep} from 'node:path'
import {PgextError} from '../errors.ts'
import {askGit, git, needRepository} from '../project/git.ts'
import type {Project} from '../project/model.ts'
import {writeWhole} from '../whole.ts'

export interface Hooked {
  readonly by: 'git' | 'husky' | 'lefthook' | 'pre-commit'
  /** from the repository's root, where it is in there */
  readonly file: string
  /** 'left': somebody else's, and no safe place in it for a line of ours */
  readonly state: 'made' | 'added' | 'there' | 'left'
  /** what is to stand in it */
  readonly text: string
  /** what has git run what it runs; absent: git does already */
  readonly next?: string
}

interface Repository {
  readonly root: string
  /** where git looks for hooks: a worktree's are those of its repository */
  readonly hooks: string
}

/** What of a project decides what its check says; what else is committed is none of its business. */
interface Place {
  readonly folder: string
  readonly paths: readonly string[]
}

export async function hookProject(project: Project): Promise<Hooked> {
  await needRepository(project.folder, 'init --hooks')
  const repository = await repositoryOf(project.folder)
  const place = placeIn(project, repository)
  const {root, hooks} = repository
  const husky = basename(hooks) === '_' && basename(dirname(hooks)) === '.husky' ? dirname(hooks) : join(root, '.husky')
  const lefthook = LEFTHOOK.map((name) => join(root, name)).find(existsSync)
  const own = await readFile(join(hooks, 'pre-commit'), 'utf8').catch(() => '')
  const unless = (runs: boolean, next: string) => (runs ? {} : {next})
  if (lefthook)
    return {
      ...(await withLefthook(lefthook, place, root)),
      ...unless(/lefthook/i.test(own), `${existsSync(join(root, 'node_modules/.bin/lefthook')) ? 'npx ' : ''}lefthook install`),
    }
  if (existsSync(husky)) {
    const runs = [husky, join(husky, '_')].includes(hooks) && existsSync(hooks)
    return {...(await withScript('husky', join(husky, 'pre-commit'), place, root)), ...unless(runs, 'npx husky')}
  }
  const config = join(root, '.pre-commit-config.yaml')
  if (existsSync(config))
    return {...(await withConfig(config, place, root)), ...unless(own.includes(PRE_COMMIT), 'pre-commit install')}
  return withScript('git', join(hooks, 'pre-commit'), place, root)
}

async function repositoryOf(folder: string): Promise<Repository> {
  const [root = '', hooks = ''] = (await git(folder, 'rev-parse', '--show-toplevel', '--git-path', 'hooks')).split('\n')
  return {root: resolve(root), hooks: isAbsolute(hooks) ? hooks : resolve(folder, hooks)}
}

function placeIn({folder, settings}: Project, {root}: Repository): Place {
  const from = (path: string) => relative(root, path).split(sep).join('/') || '.'
  const {schema, functions, migrations} = settings
  const paths = [...schema, functions, migrations, 'pgext.json', 'external.sql'].map((path) => from(resolve(folder, path)))
  return {folder: from(folder), paths: [...new Set(paths)]}
}

const quoted = (word: string): string => (/^[\w./@%+,:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

const check = ({folder}: Place): string => `pgext check${folder === '.' ? '' : ` -C ${quoted(folder)}`}`

/** Where the packages are: beside the project, or at the root. */
const bins = ({folder}: Place): string =>
  [...(folder === '.' ? [] : [`${folder}/node_modules/.bin`]), 'node_modules/.bin'].join(':').replaceAll(/["$`\\]/g, '\\$&')

/** Where none of the project's files is about to be committed there is nothing to check. */
const line = (place: Place): string =>
  `git diff --cached --quiet -- ${place.paths.map(quoted).join(' ')} || PATH="${bins(place)}:$PATH" ${check(place)} --staged`

function isThere(text: string, place: Place): boolean {
  const at = text.indexOf(check(place))
  return at >= 0 && (place.folder !== '.' || /pgext check(?! -C)/.test(text))
}

/** A shell script: one of its own, or a line in the one that is there, before all else: whatever it ends with, and whatever that gives back, stays so. */
async function withScript(by: 'git' | 'husky', path: string, place: Place, root: string): Promise<Hooked> {
  const shown = relative(root, path).split(sep).join('/')
  const made = {by, file: shown.startsWith('../') ? path : shown, text: `${line(place)} || exit $?`}
  // a folder of hooks outside is that of all repositories of this user
  const isOutside = by === 'git' && !(await isInside(path, root))
  const there = await readFile(path, 'utf8').catch(() => undefined)
  if (there === undefined) {
    if (isOutside) return {...made, state: 'left'}
    await write(path, by === 'husky' ? `${made.text}\n` : `#!/bin/sh\n${made.text}\n`)
    return {...made, state: 'made'}
  }
  if (isThere(there, place)) return {...made, state: 'there'}
  const lines = there.split('\n')
  const isShell = lines[0]!.startsWith('#!') ? /^#!.*\b(ba|da|z|k)?sh\b/.test(lines[0]!) : by === 'husky'
  const runs = by === 'husky' || process.platform === 'win32' || ((await stat(path)).mode & 0o100) !== 0
  if (isOutside || !isShell || !runs || GENERATED.test(there)) return {...made, state: 'left'}
  await write(path, [...lines.slice(0, headOf(lines)), made.text, ...lines.slice(headOf(lines))].join('\n'))
  return {...made, state: 'added'}
}

const PRE_COMMIT = 'File generated by pre-commit'
const GENERATED = new RegExp(`${PRE_COMMIT}|LEFTHOOK`)

/** Its first line, and those by which older versions of husky come to be. */
function headOf(lines: readonly string[]): number {
  const husky = lines.findIndex((text) => text.includes('_/husky.sh'))
  if (husky >= 0) return husky + 1
  return lines[0]!.startsWith('#!') ? 1 : 0
}

/** Of a worktree: what git keeps for it is elsewhere, and the repository's own. */
async function isInside(path: string, root: string): Promise<boolean> {
  const common = await askGit(root, 'rev-parse', '--git-common-dir')
  const real = async (one: string) => realpath(one).catch(() => one)
  const [hooks, ...homes] = await Promise.all([dirname(path), root, resolve(root, common ?? '.git')].map(real))
  return homes.some((home) => `${hooks}${sep}`.startsWith(`${home}${sep}`))
}

const LEFTHOOK = ['lefthook', '.lefthook'].flatMap((name) => ['yml', 'yaml', 'toml', 'json'].map((end) => `${name}.${end}`))

/** Its YAML is read by nobody here: a part of its own goes to the end, and where there is one for this hook it stays as it is. */
async function withLefthook(path: string, place: Place, root: string): Promise<Hooked> {
  const text = `pre-commit:\n  commands:\n    pgext-check:\n      run: ${inYaml(line(place))}\n`
  const made = {by: 'lefthook' as const, file: relative(root, path), text}
  const there = await readFile(path, 'utf8')
  if (isThere(there, place)) return {...made, state: 'there'}
  if (!/\.ya?ml$/.test(path) || /^(["']?pre-commit["']?\s*:|\{|---|\.\.\.)/m.test(there)) return {...made, state: 'left'}
  await write(path, `${there}${there === '' || there.endsWith('\n') ? '' : '\n'}${there.trim() ? '\n' : ''}${text}`)
  return {...made, state: 'added'}
}

async function withConfig(path: string, place: Place, root: string): Promise<Hooked> {
  const text = `- repo: local
  hooks:
    - id: pgext-check
      name: pgext check
      language: system
      pass_filenames: false
      entry: ${inYaml(`sh -c ${quoted(`PATH="${bins(place)}:$PATH" ${check(place)} --staged`)}`)}
      files: (\\.sql|(^|/)pgext\\.(json|sum))$
`
  const there = await readFile(path, 'utf8')
  const isIn = isThere(there, place) || there.includes('pgext-check')
  return {by: 'pre-commit', file: relative(root, path), text, state: isIn ? 'there' : 'left'}
}

const inYaml = (text: string): string => `'${text.replaceAll("'", "''")}'`

async function write(path: string, text: string): Promise<void> {
  try {
    const isNew = !existsSync(path)
    await mkdir(dirname(path), {recursive: true})
    writeWhole(path, text)
    if (isNew) await chmod(path, 0o755)
  } catch (error) {
    throw new PgextError('bad-file', `can't write ${path}: ${(error as Error).message}`, {
      hint: 'is the repository yours to write in?',
      cause: error,
    })
  }
}

/** A line or more for a person. */
export function hookLines({by, file, state, text, next}: Hooked): string[] {
  const last = next ? [`git does not run ${by} here yet: ${next}`] : []
  if (state === 'there') return [`= ${file} runs pgext check already`, ...last]
  if (state === 'left')
    return [
      `${file} is not pgext's to change: add this to it, ${WHERE[by]}`,
      '',
      ...text.trimEnd().split('\n'),
      ...(next ? ['', ...last] : []),
    ]
  return [`+ ${file}: each commit of schema, functions or migrations runs pgext check`, ...last]
}

const WHERE = {
  git: 'before what may end it',
  husky: 'before what may end it',
  lefthook: 'where pre-commit stands',
  'pre-commit': 'under repos',
} as const
