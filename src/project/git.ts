// A folder and words in, what the git program prints for them there out.
import {execFile} from 'node:child_process'
import {realpath} from 'node:fs/promises'
import {relative, sep} from 'node:path'
import {PgextError} from '../errors.ts'
import type {Project} from './model.ts'

/** A hook is told where its own repository is, as seen from its root; the folder is what is meant. */
const ITS_OWN: ReadonlySet<string> = new Set(['GIT_DIR', 'GIT_COMMON_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX'])

export interface Asked {
  readonly folder: string
  /** another index than the repository's */
  readonly index?: string
  /** what git reads */
  readonly input?: string
}

/** Rejects with what git said as `stderr`, and with `code` ENOENT where there is no git. */
export const git = (folder: string, ...args: string[]): Promise<string> => gitOf({folder}, ...args)

export function gitOf({folder, index, input}: Asked, ...args: string[]): Promise<string> {
  const outer = Object.entries(process.env).filter(([name]) => !ITS_OWN.has(name))
  // what it says is read here, and told among words of ours
  const env = {...Object.fromEntries(outer), LC_ALL: 'C', ...(index !== undefined && {GIT_INDEX_FILE: index})}
  return new Promise((resolve, reject) => {
    const program = execFile('git', args, {cwd: folder, env, maxBuffer: 2 ** 28}, (error, stdout, stderr) =>
      error ? reject(Object.assign(error, {stderr})) : resolve(stdout),
    )
    if (input === undefined) return
    // one that ends without reading says why
    program.stdin?.on('error', () => {}).end(input)
  })
}

/** Without the end of the line; undefined: git said no, or there is none. */
export const askGit = (folder: string, ...args: string[]): Promise<string | undefined> =>
  git(folder, ...args).then(
    (out) => out.trim(),
    () => undefined,
  )

/** The commit that a ref names; undefined: git knows none. One that begins with a dash would be an option. */
export const commitNamed = async (folder: string, ref: string): Promise<string | undefined> =>
  ref.startsWith('-') ? undefined : askGit(folder, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`)

/** Ends with 'usage' where there is no git, no repository, or one that git won't look at: whose it is decides, too. */
export async function needRepository(folder: string, what: string): Promise<void> {
  try {
    await git(folder, 'rev-parse', '--show-toplevel')
  } catch (error) {
    const {code, stderr = ''} = error as {readonly code?: unknown; readonly stderr?: string}
    if (code === 'ENOENT') throw new PgextError('usage', `${what} needs git, and there is none`, {hint: 'install git'})
    const said = stderr.split('\n')[0]!.replace(/^fatal: /, '')
    const [, owned] = /ownership in repository at '(.+)'/.exec(said) ?? []
    throw new PgextError('usage', `${what} needs a git repository, and git finds none in ${folder}${said ? `: ${said}` : ''}`, {
      hint: owned
        ? `git config --global --add safe.directory ${owned} has git trust it`
        : `git init makes one; or do without ${what}`,
    })
  }
}

/** Migrations of a commit: names of files, each with what git calls its content. */
export async function migrationsIn(project: Project, commit: string): Promise<Map<string, string>> {
  const listed = await git(project.folder, 'ls-tree', '-z', commit, `${await insideOf(project)}/`)
  const files = listed.split('\0').flatMap((entry) => {
    const [, blob, path] = /^\d+ blob (\S+)\t(.*)$/s.exec(entry) ?? []
    const name = path?.split('/').at(-1)
    return blob && name && /^\d{8}T\d{6}_.*\.sql$/.test(name) ? [[name, blob] as const] : []
  })
  return new Map(files)
}

/** Where the migrations are, from the folder: git has them where links lead to. */
async function insideOf({folder, migrationsFolder, settings}: Project): Promise<string> {
  const place = await realpath(migrationsFolder).catch(() => undefined)
  const [home, there] = place ? [await realpath(folder), place] : [folder, migrationsFolder]
  const [own, other] = await Promise.all([home, place ?? home].map((one) => askGit(one, 'rev-parse', '--show-toplevel')))
  if (own !== other)
    throw new PgextError('usage', `${settings.migrations} is in another repository than the project, ${other ?? 'or in none'}`, {
      hint: 'git tells nothing of them from here: keep them beside the files that they belong to',
    })
  return relative(home, there).split(sep).join('/') || '.'
}
