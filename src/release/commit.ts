// A folder in, the commit that is checked out there out; undefined where git is not, or it is no repository.
import {execFile} from 'node:child_process'

export async function commitOf(folder: string): Promise<string | undefined> {
  const commit = await git(folder, 'rev-parse', 'HEAD')
  if (!commit) return undefined
  const changed = await git(folder, 'status', '--porcelain', '--untracked-files=no', '--', '.')
  return changed ? `${commit} with changes` : commit
}

function git(folder: string, ...args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('git', ['-C', folder, ...args], {timeout: 10_000}, (error, out) => resolve(error ? undefined : out.trim()))
  })
}
