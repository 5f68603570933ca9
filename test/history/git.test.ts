// Real repositories in the states that git leaves them in; what pgext takes from them out. No database.
import {execFileSync} from 'node:child_process'
import {mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest'
import {branchOf} from '../../src/check/git.ts'
import {ontoOf} from '../../src/history/git.ts'
import {readMigrations} from '../../src/migrations/file.ts'
import {openProject} from '../../src/project/open.ts'

const IDENTITY = ['-c', 'user.name=t', '-c', 'user.email=t@localhost', '-c', 'commit.gpgsign=false', '-c', 'core.editor=true']
const [FIRST, MINE, THEIRS] = ['20260101T000000_first.sql', '20260102T000000_mine.sql', '20260103T000000_theirs.sql']

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pgext-git-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(root, {recursive: true, force: true})
})

function git(folder: string, ...args: string[]): boolean {
  try {
    execFileSync('git', [...IDENTITY, ...args], {cwd: folder, stdio: 'pipe'})
    return true
  } catch {
    return false
  }
}

/** Writes files, and commits all there is. */
async function commit(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), {recursive: true})
    await writeFile(join(folder, path), text)
  }
  git(folder, 'add', '-A')
  expect(git(folder, 'commit', '-qm', 'one')).toBe(true)
}

/** Branch mine and branch main, each with a migration, and a file that they have otherwise. */
async function forked(): Promise<string> {
  const folder = join(root, 'one')
  await mkdir(folder)
  git(folder, 'init', '-q', '-b', 'main')
  await commit(folder, {[`migrations/${FIRST}`]: 'select 1;\n', note: 'a'})
  git(folder, 'switch', '-qc', 'mine')
  await commit(folder, {[`migrations/${MINE}`]: 'select 2;\n', note: 'b'})
  git(folder, 'switch', '-q', 'main')
  await commit(folder, {[`migrations/${THEIRS}`]: 'select 3;\n', note: 'c'})
  git(folder, 'switch', '-q', 'mine')
  return folder
}

describe('what stays, when branches are put in one line', () => {
  test('is what is merged in, whatever an older rebase has left behind', async () => {
    const folder = await forked()
    expect(git(folder, 'rebase', 'main')).toBe(false)
    const during = await ontoOf(await openProject(folder))
    expect(during).toMatchObject({ref: 'HEAD', files: new Set([FIRST, THEIRS])})
    await writeFile(join(folder, 'note'), 'bc')
    git(folder, 'add', '-A')
    expect(git(folder, 'rebase', '--continue')).toBe(true)
    // git keeps it
    expect(git(folder, 'rev-parse', 'REBASE_HEAD')).toBe(true)
    git(folder, 'switch', '-q', 'main')
    await commit(folder, {'migrations/20260104T000000_later.sql': 'select 4;\n', note: 'd'})
    git(folder, 'switch', '-q', 'mine')
    expect(git(folder, 'merge', 'main')).toBe(false)
    expect(await ontoOf(await openProject(folder))).toMatchObject({ref: 'MERGE_HEAD'})
  })

  test('is not told by a clone that has no history', async () => {
    const folder = await forked()
    const clone = join(root, 'clone')
    git(root, 'clone', '-q', '--depth', '1', '--no-single-branch', `file://${folder}`, clone)
    await expect(ontoOf(await openProject(clone), 'origin/main')).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('--unshallow'),
    })
    git(clone, 'fetch', '-q', '--unshallow')
    expect(await ontoOf(await openProject(clone), 'origin/main')).toMatchObject({base: new Set([FIRST])})
  })
})

describe('what a branch adds', () => {
  const since = async (folder: string, ref: string) => {
    const project = await openProject(folder)
    return branchOf(project, await readMigrations(project.migrationsFolder), ref)
  }

  test('is told where migrations/ leads elsewhere in the repository', async () => {
    const folder = await forked()
    await mkdir(join(folder, 'app'))
    await symlink('../migrations', join(folder, 'app/migrations'))
    await commit(folder, {'app/schema.sql': '', [`migrations/${FIRST}`]: 'select 0;\n'})
    await symlink(join(folder, 'app'), join(root, 'link'))
    for (const place of [join(folder, 'app'), join(root, 'link')])
      expect(await since(place, 'main')).toMatchObject({added: [MINE], changed: [FIRST], newest: THEIRS.slice(0, 15)})
  })

  test('is not told of migrations that are in another repository', async () => {
    const [folder, app] = [await forked(), join(root, 'app')]
    await mkdir(app)
    git(app, 'init', '-q', '-b', 'main')
    await commit(app, {'schema.sql': ''})
    await symlink(join(folder, 'migrations'), join(app, 'migrations'))
    await expect(since(app, 'main')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('another repository'),
    })
  })

  test('is not told where git does not trust the repository, and what has it trust that is said', async () => {
    const folder = await forked()
    await commit(folder, {'app/schema.sql': '', [`app/migrations/${FIRST}`]: 'select 1;\n'})
    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', 'true')
    await expect(since(join(folder, 'app'), 'main')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('ownership'),
      hint: `git config --global --add safe.directory ${folder} has git trust it`,
    })
  })
})
