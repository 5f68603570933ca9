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
  /** of what is committed: the parts that are otherwise now, as the file has them */
  readonly edited?: readonly Block[]
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
  const other = row!.blocks.filter(({block, checksum}) => blocks[block - 1]?.checksum !== checksum)
  if (other.length > 0) return [editedHalf(about, row!, other, blocks)]
  const begun = row!.blocks.find(({state}) => state === 'begun')
  const block = begun && blocks[begun.block - 1]
  const half: Ailment = {
    ...about,
    kind: 'unfinished',
    says: 'a run ended in the middle of it: pgext migrate goes on',
    remedies: ['applied'],
  }
  if (!block) return [half]
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

type Parts = NonNullable<MigrationStatus['row']>['blocks']

/** What is committed is told by its place in the file: where that may be another's by now, nobody takes it for that. */
function editedHalf(
  about: Pick<Ailment, 'version' | 'file' | 'migration'>,
  {blocks: committed}: {readonly blocks: Parts},
  other: Parts,
  blocks: readonly Block[],
): Ailment {
  const lines = other.map(({line}) => line).join(', ')
  const says = `a run ended in the middle of it, and what it had done by then was edited since (line ${lines}), so that pgext migrate does not go on`
  const checksums = new Map(committed.map(({block, checksum}) => [checksum, block]))
  const isMoved = blocks.some(({number, checksum}) => (checksums.get(checksum) ?? number) !== number)
  const edited = other.flatMap(({block}) => blocks[block - 1] ?? [])
  const stands = edited.length === other.length && edited.every(({kind}) => kind !== 'setting')
  const isOpen = other.some(({state}) => state === 'begun')
  const ailment = {...about, kind: 'unfinished'} as const
  if (stands && !isMoved && !isOpen) return {...ailment, says, edited, remedies: ['accept', 'applied']}
  const why = isOpen
    ? 'nobody saw how that statement ended: put it back as it was'
    : 'parts were moved, put before it or taken away: bring the file back as it was, and write what is new behind it'
  return {...ailment, says: `${says}; ${why}`, remedies: ['applied']}
}

/** Names mean there what they mean where it runs: under the path of a plain session, and what the file has set before. */
async function comeTo(block: Block, blocks: readonly Block[], migration: Migration, db: Db): Promise<void> {
  await freshen(db, await runnerOf(db))
  const before = blocks.filter(({number}) => number < block.number).flatMap(({statements}) => statements.filter(isSetting))
  await runAll(db, before, migration)
}
