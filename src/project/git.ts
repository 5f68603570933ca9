// A folder and words in, what the git program prints for them there out.
import {execFile} from 'node:child_process'
import {relative, sep} from 'node:path'
import type {Project} from './model.ts'

/** A hook is told where its own repository is, as seen from its root; the folder is what is meant. */
const ITS_OWN: ReadonlySet<string> = new Set(['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX'])

/** Rejects with what git said as `stderr`, and with `code` ENOENT where there is no git. */
export function git(folder: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ITS_OWN.has(name)))
  return new Promise((resolve, reject) => {
    execFile('git', args, {cwd: folder, env, maxBuffer: 2 ** 28}, (error, stdout, stderr) =>
      error ? reject(Object.assign(error, {stderr})) : resolve(stdout),
    )
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

/** Migrations of a commit: names of files, each with what git calls its content. */
export async function migrationsIn({folder, migrationsFolder}: Project, commit: string): Promise<Map<string, string>> {
  const inside = relative(folder, migrationsFolder).split(sep).join('/') || '.'
  const listed = await git(folder, 'ls-tree', '-z', commit, `${inside}/`)
  const files = listed.split('\0').flatMap((entry) => {
    const [, blob, path] = /^\d+ blob (\S+)\t(.*)$/s.exec(entry) ?? []
    const name = path?.split('/').at(-1)
    return blob && name && /^\d{8}T\d{6}_.*\.sql$/.test(name) ? [[name, blob] as const] : []
  })
  return new Map(files)
}
