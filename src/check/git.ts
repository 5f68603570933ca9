// A project in a repository and a ref in; what of its migrations is new, changed or gone since, out. Asked of the git program.
import {execFile} from 'node:child_process'
import {createHash} from 'node:crypto'
import {relative, sep} from 'node:path'
import {PgextError} from '../errors.ts'
import {checksumOf, type Migration} from '../migrations/file.ts'
import type {Project} from '../project/model.ts'
import type {Branch} from './model.ts'

const fileOf = ({version, name}: Migration): string => `${version}_${name}.sql`

export async function branchOf(
  {folder, migrationsFolder}: Project,
  migrations: readonly Migration[],
  ref: string,
): Promise<Branch> {
  const git = (...args: string[]) => run(folder, args)
  await git('rev-parse', '--git-dir').catch((error) => {
    throw isMissing(error) ? noGit() : noRepository(folder, error)
  })
  const tip = await commitOf(ref, git)
  const base = (await git('merge-base', tip, 'HEAD').catch(() => '')).trim()
  if (!base)
    throw new PgextError('usage', `git knows no common ancestor of ${ref} and HEAD`, {
      hint: 'a shallow clone has no history: fetch it (git fetch --unshallow; fetch-depth: 0 for actions/checkout)',
    })
  const inside = relative(folder, migrationsFolder).split(sep).join('/') || '.'
  const [before, theirs] = await Promise.all([treeOf(base, inside, git), treeOf(tip, inside, git)])
  const mine = new Map(migrations.map((one) => [fileOf(one), one]))
  const replaced = new Map(
    migrations.flatMap(({header}) => (header.replaces ?? []).map(({version, checksum}) => [version, checksum] as const)),
  )
  const known = new Set([...before.keys(), ...theirs.keys()])
  const changed: string[] = []
  for (const file of known) {
    const here = mine.get(file)
    if (!here) continue
    const blobs = [before.get(file), theirs.get(file)].filter((blob) => blob !== undefined)
    // a process for each file would take its time
    if (blobs.some((blob) => blob === blobOf(here.text, blob.length))) continue
    const texts = await Promise.all(blobs.map((blob) => git('cat-file', 'blob', blob)))
    if (!texts.some((text) => checksumOf(text) === here.checksum)) changed.push(file)
  }
  const newest = [...theirs.keys()]
    .map((file) => file.slice(0, 15))
    .sort()
    .at(-1)
  const removed: string[] = []
  // what the other has taken away itself is gone for good reason, and what a squash was made of stands in it
  for (const [file, blob] of before) {
    if (mine.has(file) || !theirs.has(file)) continue
    const taken = replaced.get(file.slice(0, 15))
    if (taken === undefined || checksumOf(await git('cat-file', 'blob', blob)) !== taken) removed.push(file)
  }
  const added = [...mine.keys()].filter((file) => !known.has(file))
  return {
    ref,
    added,
    squashes: added.filter((file) => (mine.get(file)!.header.replaces ?? []).length > 0),
    changed,
    removed,
    ...(newest !== undefined && {newest}),
  }
}

/** As git names a file of that text; one that has CRLF, or that it keeps otherwise than it checks out, is looked into. */
function blobOf(text: string, length: number): string {
  const bytes = Buffer.from(text)
  return createHash(length > 40 ? 'sha256' : 'sha1')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex')
}

type Git = (...args: string[]) => Promise<string>

async function commitOf(ref: string, git: Git): Promise<string> {
  // one that begins with a dash would be an option
  const found = ref.startsWith('-')
    ? ''
    : (await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`).catch(() => '')).trim()
  if (found) return found
  throw new PgextError('usage', `git knows no ${ref}`, {
    hint: 'name a branch, tag or commit that is here, such as origin/main; fetch it first (git fetch origin main)',
  })
}

/** Migrations of a commit: names of files, each with what git calls its content. */
async function treeOf(commit: string, folder: string, git: Git): Promise<Map<string, string>> {
  const listed = await git('ls-tree', '-z', commit, `${folder}/`)
  const files = listed.split('\0').flatMap((entry) => {
    const [, blob, path] = /^\d+ blob (\S+)\t(.*)$/s.exec(entry) ?? []
    const name = path?.split('/').at(-1)
    return blob && name && /^\d{8}T\d{6}_.*\.sql$/.test(name) ? [[name, blob] as const] : []
  })
  return new Map(files)
}

const noGit = (): PgextError =>
  new PgextError('usage', '--changed-since needs git, and there is none', {hint: 'install git, or leave --changed-since out'})

/** None, or one that git won't look at: whose it is decides, too. */
function noRepository(folder: string, error: {readonly stderr?: string}): PgextError {
  const said = error.stderr?.split('\n')[0]?.replace(/^fatal: /, '')
  return new PgextError(
    'usage',
    `--changed-since needs a git repository, and git finds none in ${folder}${said ? `: ${said}` : ''}`,
    {
      hint: said?.includes('ownership')
        ? `git config --global --add safe.directory ${folder} has git trust it`
        : 'leave --changed-since out',
    },
  )
}

/** A hook is told where its own repository is, as seen from its root. */
const ITS_OWN = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX']

function run(cwd: string, args: readonly string[]): Promise<string> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ITS_OWN.includes(name)))
  return new Promise((resolve, reject) => {
    execFile('git', args, {cwd, env, maxBuffer: 2 ** 28}, (error, stdout, stderr) =>
      error ? reject(Object.assign(error, {stderr})) : resolve(stdout),
    )
  })
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'
