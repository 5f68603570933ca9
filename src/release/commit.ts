// A folder in, the commit that is checked out there out; undefined where git is not, or it is no repository.
import {askGit} from '../project/git.ts'

export async function commitOf(folder: string): Promise<string | undefined> {
  const commit = await askGit(folder, 'rev-parse', 'HEAD')
  if (!commit) return undefined
  const changed = await askGit(folder, 'status', '--porcelain', '--untracked-files=no', '--', '.')
  return changed ? `${commit} with changes` : commit
}
