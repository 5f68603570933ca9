// A project in a repository in; what stays where it is when branches are put in order (files of a commit), and what they have in common, out.
import {existsSync} from 'node:fs'
import {resolve} from 'node:path'
import {PgextError} from '../errors.ts'
import {askGit, commitNamed, migrationsIn, needRepository} from '../project/git.ts'
import type {Project} from '../project/model.ts'

export interface Onto {
  /** as git knows it: 'main', 'MERGE_HEAD' */
  readonly ref: string
  /** why it was chosen, for whoever reads it */
  readonly why: string
  /** names of its migration files: they stay */
  readonly files: ReadonlySet<string>
  /** of these, what the other side began with */
  readonly base: ReadonlySet<string>
}

type Git = (...args: string[]) => Promise<string | undefined>

/** @param asked a ref that somebody named; undefined, and in no repository: nothing is known */
export async function ontoOf(project: Project, asked?: string): Promise<Onto | undefined> {
  const {folder} = project
  const git: Git = (...args) => askGit(folder, ...args)
  if (!(await git('rev-parse', '--git-dir'))) {
    if (asked === undefined) return undefined
    await needRepository(folder, '--onto')
  }
  const chosen = asked === undefined ? await choose(folder, git) : {ref: asked, other: 'HEAD', why: 'as --onto says'}
  if (!chosen) return undefined
  const tip = await commitNamed(folder, chosen.ref)
  if (!tip)
    throw new PgextError('usage', `git knows no ${chosen.ref}`, {
      hint: 'name a branch, tag or commit that is here, such as main or origin/main',
    })
  const base = await git('merge-base', tip, await otherThan(tip, chosen.other, git))
  if (!base && (await git('rev-parse', '--is-shallow-repository')) === 'true')
    throw new PgextError('usage', `git knows no common ancestor of ${chosen.ref} and ${chosen.other}`, {
      hint: 'a shallow clone has no history: git fetch --unshallow brings it',
    })
  return {
    ref: chosen.ref,
    why: chosen.why,
    files: await filesOf(project, tip),
    base: base ? await filesOf(project, base) : new Set(),
  }
}

interface Chosen {
  readonly ref: string
  /** what is put behind it */
  readonly other: string
  readonly why: string
}

async function choose(folder: string, git: Git): Promise<Chosen | undefined> {
  const is = async (ref: string) => (await git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`)) !== undefined
  // git leaves REBASE_HEAD behind when a rebase is over
  const picked = [...((await isRebasing(folder, git)) ? ['REBASE_HEAD'] : []), 'CHERRY_PICK_HEAD']
  for (const other of picked) if (await is(other)) return {ref: 'HEAD', other, why: 'the branch that commits are being put on'}
  const [branch, trunk] = [await git('symbolic-ref', '--short', '-q', 'HEAD'), await trunkOf(git, is)]
  const onTrunk = branch !== undefined && trunk?.split('/').at(-1) === branch
  if (await is('MERGE_HEAD'))
    return onTrunk
      ? {ref: 'HEAD', other: 'MERGE_HEAD', why: `${branch}, into which a branch is being merged`}
      : {ref: 'MERGE_HEAD', other: 'HEAD', why: 'the branch that is being merged in'}
  if (trunk && !onTrunk) return {ref: trunk, other: 'HEAD', why: 'the branch that others work on'}
  if (await is('@{upstream}')) return {ref: '@{upstream}', other: 'HEAD', why: 'what others have of this branch'}
  return (await is('HEAD^2')) ? {ref: 'HEAD^1', other: 'HEAD^2', why: 'this branch before its last merge'} : undefined
}

async function isRebasing(folder: string, git: Git): Promise<boolean> {
  const places = await git('rev-parse', '--git-path', 'rebase-merge', '--git-path', 'rebase-apply')
  return places?.split('\n').some((place) => existsSync(resolve(folder, place))) ?? false
}

/** The branch that all others come from and go to. */
async function trunkOf(git: Git, is: (ref: string) => Promise<boolean>): Promise<string | undefined> {
  const named = await git('symbolic-ref', '--short', '-q', 'refs/remotes/origin/HEAD')
  for (const ref of [...(named ? [named] : []), 'origin/main', 'origin/master', 'main', 'master']) if (await is(ref)) return ref
  return undefined
}

/** A merge that is committed has the tip behind it: what it was put together with is its other parent. */
async function otherThan(tip: string, other: string, git: Git): Promise<string> {
  const isBehind = (await git('merge-base', '--is-ancestor', tip, other)) !== undefined
  if (!isBehind) return other
  const merge = (await git('rev-list', '--merges', '--ancestry-path', '--reverse', `${tip}..${other}`))?.split('\n')[0]
  if (!merge) return other
  const parents = (await git('rev-parse', `${merge}^@`))?.split('\n') ?? []
  for (const parent of parents) if ((await git('merge-base', '--is-ancestor', tip, parent)) === undefined) return parent
  return other
}

const filesOf = async (project: Project, commit: string): Promise<Set<string>> =>
  new Set((await migrationsIn(project, commit)).keys())
