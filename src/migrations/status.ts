// Files and journal in, how each migration stands out. Pure.
import type {Migration} from './file.ts'
import type {JournalRow} from './journal.ts'

/**
 * applied     whole, and its file is as it was
 * pending     not applied
 * unfinished  a run ended in the middle of it; applying goes on after what was committed
 * changed     applied, and its file was edited since
 * missing     applied, and there is no file
 */
export type Standing = 'applied' | 'pending' | 'unfinished' | 'changed' | 'missing'

export interface MigrationStatus {
  readonly version: string
  readonly name: string
  /** absent when there is no file */
  readonly migration?: Migration
  /** absent when nothing of it was applied */
  readonly row?: JournalRow
  readonly standing: Standing
  /** pending, and older than the newest applied one (a branch merged late): it is applied all the same, and this tells so */
  readonly late: boolean
}

/** By version, files and journal together. */
export function status(migrations: readonly Migration[], journal: readonly JournalRow[]): MigrationStatus[] {
  const files = new Map(migrations.map((migration) => [migration.version, migration]))
  const rows = new Map(journal.map((row) => [row.version, row]))
  const newest =
    journal
      .map(({version}) => version)
      .sort()
      .at(-1) ?? ''
  return [...new Set([...files.keys(), ...rows.keys()])].sort().map((version) => {
    const migration = files.get(version)
    const row = rows.get(version)
    return {
      version,
      name: (migration ?? row)!.name,
      migration,
      row,
      standing: standingOf(migration, row),
      late: !row && version < newest,
    }
  })
}

function standingOf(migration?: Migration, row?: JournalRow): Standing {
  if (!row) return 'pending'
  if (!migration) return 'missing'
  if (!row.finished) return 'unfinished'
  return row.checksum === migration.checksum ? 'applied' : 'changed'
}
