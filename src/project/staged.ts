// A project's folder in; the project as git's index has it out: what a commit would hold, whatever the folder has meanwhile.
import {cp, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {isAbsolute, join, relative, resolve, sep} from 'node:path'
import {PgextError} from '../errors.ts'
import {git, gitOf, needRepository} from './git.ts'
import type {Project, Settings} from './model.ts'
import {openProject} from './open.ts'
import {DEFAULTS, readSettings} from './settings.ts'

export interface Staged {
  readonly project: Project
  /** files of the project that are otherwise in its folder than in the index, or only there; as seen from it */
  readonly apart: readonly string[]
  /** has what was written for it go */
  leave(): Promise<void>
}

/** Where the two are the same it is the folder itself. What git ignores is taken as it is there: nobody stages it. */
export async function stagedProject(folder = process.cwd()): Promise<Staged> {
  const home = resolve(folder)
  const index = await indexOf(home)
  const text = await index.ask(home, 'cat-file', 'blob', ':./pgext.json').catch(() => undefined)
  const settings = text === undefined ? DEFAULTS : await readSettings(text, 'pgext.json')
  const {listed, loose, ignored} = await filesOf(home, index, settings)
  if (loose.length === 0) return {project: await openProject(home), apart: [], leave: async () => {}}
  const copy = await mkdtemp(join(tmpdir(), 'pgext-staged-'))
  const leave = () => rm(copy, {recursive: true, force: true})
  try {
    await index.write(listed, copy)
    for (const path of ignored) await cp(join(index.root, path), join(copy, path), {recursive: true})
    const project = await openProject(home, {files: join(copy, relative(index.root, home))})
    return {project, apart: loose.map((path) => shown(relative(home, join(index.root, path)))), leave}
  } catch (error) {
    await leave()
    throw error
  }
}

interface Index {
  readonly root: string
  ask(folder: string, ...args: string[]): Promise<string>
  write(paths: readonly string[], folder: string): Promise<unknown>
}

/** `git commit -a`, or of single files, has an index of its own, of which only its hook is told. */
async function indexOf(folder: string): Promise<Index> {
  await needRepository(folder, '--staged')
  const told = await git(folder, 'rev-parse', '--show-toplevel', '--absolute-git-dir')
  const [root, home] = told
    .trim()
    .split('\n')
    .map((path) => resolve(path)) as [string, string]
  const named = process.env.GIT_INDEX_FILE && resolve(root, process.env.GIT_INDEX_FILE)
  const own = named?.startsWith(home + sep) ? {index: named} : {}
  return {
    root,
    ask: (folder, ...args) => gitOf({folder, ...own}, '--literal-pathspecs', '--no-optional-locks', ...args),
    write: async (paths, copy) => {
      const input = paths.map((path) => `${path}\0`).join('')
      const args = ['--ignore-skip-worktree-bits', `--prefix=${copy}/`, '-z', '--stdin']
      if (input) await gitOf({folder: root, ...own, input}, 'checkout-index', ...args)
    },
  }
}

/** Paths from the root. */
interface Files {
  readonly listed: readonly string[]
  readonly loose: readonly string[]
  readonly ignored: readonly string[]
}

async function filesOf(home: string, {root, ask}: Index, settings: Settings): Promise<Files> {
  const paths = [...settings.schema, settings.functions, settings.migrations, 'pgext.json', 'external.sql']
    .filter((path) => !isAbsolute(path))
    .map((path) => shown(relative(root, resolve(home, path))) || '.')
  const outside = paths.find((path) => path.startsWith('../'))
  if (outside)
    throw new PgextError('not-supported', `--staged: ${outside} is outside of the repository, where git has no index of it`, {
      hint: 'leave --staged out',
    })
  const list = (...of: string[]) => ask(root, 'ls-files', '--stage', '-z', '--', ...of)
  const found = await list(...paths)
  // what a link leads to may be anywhere
  const isLinked = /(^|\0)120000 /.test(found)
  const all = isLinked ? ['.'] : paths
  const [entries, states] = await Promise.all([
    isLinked ? list('.') : found,
    ask(root, 'status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all', '--ignored', '--', ...all),
  ])
  const marked = states.split('\0').map((entry) => ({mark: entry.slice(0, 2), path: entry.slice(3)}))
  const those = (is: (mark: string) => boolean) => marked.filter(({mark}) => mark && is(mark)).map(({path}) => path)
  // git add --intent-to-add: a name, and no commit has it
  const named = new Set(those((mark) => mark === ' A'))
  return {
    listed: [...entries.matchAll(/(?:^|\0)\d+ \S+ 0\t([^\0]+)/g)].map(([, path]) => path!).filter((path) => !named.has(path)),
    loose: those((mark) => mark !== '!!' && mark[1] !== ' '),
    ignored: isLinked ? [] : those((mark) => mark === '!!'),
  }
}

const shown = (path: string): string => path.split(sep).join('/')
