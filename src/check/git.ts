// A project in a repository and a ref in; what of its migrations is new, changed or gone since, out. Asked of the git program.
import {createHash} from 'node:crypto'
import {PgextError} from '../errors.ts'
import {checksumOf, type Migration} from '../migrations/file.ts'
import {askGit, commitNamed, git, migrationsIn, needRepository} from '../project/git.ts'
import type {Project} from '../project/model.ts'
import type {Branch} from './model.ts'

const fileOf = ({version, name}: Migration): string => `${version}_${name}.sql`

export async function branchOf(project: Project, migrations: readonly Migration[], ref: string): Promise<Branch> {
  const {folder} = project
  await needRepository(folder, '--changed-since')
  const tip = await commitNamed(folder, ref)
  if (!tip)
    throw new PgextError('usage', `git knows no ${ref}`, {
      hint: 'name a branch, tag or commit that is here, such as origin/main; fetch it first (git fetch origin main)',
    })
  const base = await askGit(folder, 'merge-base', tip, 'HEAD')
  if (!base)
    throw new PgextError('usage', `git knows no common ancestor of ${ref} and HEAD`, {
      hint: 'a shallow clone has no history: fetch it (git fetch --unshallow; fetch-depth: 0 for actions/checkout)',
    })
  const [before, theirs] = await Promise.all([migrationsIn(project, base), migrationsIn(project, tip)])
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
    const texts = await Promise.all(blobs.map((blob) => git(folder, 'cat-file', 'blob', blob)))
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
    if (taken === undefined || checksumOf(await git(folder, 'cat-file', 'blob', blob)) !== taken) removed.push(file)
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
