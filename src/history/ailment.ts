// How each migration stands and its database in; what of it is not as it should be, and what may be said to mend it, out.

import {type Block, cut, isSetting} from '../migrations/block.ts'
import type {Migration} from '../migrations/file.ts'
import {probeOf} from '../migrations/probe.ts'
import {freshen, runAll, runnerOf} from '../migrations/run.ts'
import type {MigrationStatus} from '../migrations/status.ts'
import type {Db} from '../postgres/db.ts'

export type Remedy = 'accept' | 'forget' | 'applied' | 'done' | 'undone'

export interface Ailment {
  readonly version: string
  readonly file: string
  readonly kind: 'changed' | 'missing' | 'begun' | 'pending' | 'unfinished' | 'partial'
  /** what is wrong, and what is known of it */
  readonly says: string
  readonly remedies: readonly Remedy[]
  readonly migration?: Migration
  /** the statement that was cut off */
  readonly block?: Block
}

/** What is pending ails nobody; it may be there already all the same. */
export async function ailmentsOf(all: readonly MigrationStatus[], db: Db, folder: string): Promise<Ailment[]> {
  const found: Ailment[] = []
  for (const one of all) {
    const {version, name, standing, migration, row} = one
    const about = {version, file: `${version}_${name}.sql`, ...(migration && {migration})}
    if (standing === 'changed')
      found.push({...about, kind: 'changed', says: 'its file was edited after it was applied', remedies: ['accept']})
    if (standing === 'missing') {
      const half = row!.finished ? 'is applied' : 'is half applied'
      const git = `git log --diff-filter=D -- '${folder}/${version}_*.sql' names the commit that took it away`
      found.push({...about, kind: 'missing', says: `it ${half}, and its file is gone; ${git}`, remedies: ['forget']})
    }
    if (standing === 'partial')
      found.push({
        ...about,
        kind: 'partial',
        says: 'it came instead of several, of which only some are applied: apply the rest from before the squash',
        remedies: [],
      })
    if (standing === 'pending') found.push({...about, kind: 'pending', says: 'it is not applied', remedies: ['applied']})
    if (standing === 'unfinished') found.push(...(await unfinished(one, about, db)))
  }
  return found
}

async function unfinished(
  {migration, row}: MigrationStatus,
  about: Pick<Ailment, 'version' | 'file' | 'migration'>,
  db: Db,
): Promise<Ailment[]> {
  const blocks = await cut(migration!, db.server.major)
  const begun = row!.blocks.find(({state}) => state === 'begun')
  const block = begun && blocks[begun.block - 1]
  const half: Ailment = {
    ...about,
    kind: 'unfinished',
    says: 'a run ended in the middle of it: pgext migrate goes on',
    remedies: ['applied'],
  }
  if (!block || block.checksum !== begun!.checksum) return [half]
  const statement = block.statements[0]!
  await comeTo(block, blocks, migration!, db)
  const probe = probeOf(statement)
  const found = await probe?.(db, statement.node)
  const known = !found
    ? 'nothing in the catalogs tells whether it took effect'
    : found.isDone
      ? 'the catalogs say that it took effect'
      : found.cleanup.length > 0 || found.finish
        ? 'the catalogs say that it was left half done, and pgext migrate tidies up'
        : 'the catalogs say that it took no effect'
  const says = `line ${block.line} began outside a transaction, and nobody saw it end; ${known}`
  return [{...about, kind: 'begun', says, block, remedies: ['done', 'undone', 'applied']}]
}

/** Names mean there what they mean where it runs: under the path of a plain session, and what the file has set before. */
async function comeTo(block: Block, blocks: readonly Block[], migration: Migration, db: Db): Promise<void> {
  await freshen(db, await runnerOf(db))
  const before = blocks.filter(({number}) => number < block.number).flatMap(({statements}) => statements.filter(isSetting))
  await runAll(db, before, migration)
}
