// Files and journal in, how each migration stands out. Pure.
import type {Migration} from './file.ts'
import type {Replaced} from './header.ts'
import type {JournalRow} from './journal.ts'

/**
 * applied     whole, and its file is as it was
 * pending     not applied
 * unfinished  a run ended in the middle of it; applying goes on after what was committed
 * changed     applied, and its file was edited since
 * missing     applied, and there is no file
 * partial     it came instead of several, of which only some are applied
 */
export type Standing = 'applied' | 'pending' | 'unfinished' | 'changed' | 'missing' | 'partial'

export interface MigrationStatus {
  readonly version: string
  readonly name: string
  /** absent when there is no file */
  readonly migration?: Migration
  /** absent when nothing of it was applied, or nothing under this name */
  readonly row?: JournalRow
  /** of the migrations that it came instead of: what is applied of them, where it has no row of its own */
  readonly replaced?: readonly JournalRow[]
  readonly standing: Standing
  /** pending, and what it was written anew for after a merge is applied: it can't run here */
  readonly former?: JournalRow
  /** pending, and older than the newest applied one (a branch merged late): refused unless somebody wants it so */
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
  // what a file came instead of is no file that is missing
  const behind = new Set(migrations.flatMap(({header}) => header.replaces?.map(({version}) => version) ?? []))
  const versions = [...files.keys(), ...[...rows.keys()].filter((version) => !behind.has(version))]
  return [...new Set(versions)].sort().map((version) => {
    const migration = files.get(version)
    const row = rows.get(version)
    const instead = row || !migration ? undefined : insteadOf(migration, rows)
    const former = row || instead ? undefined : migration?.header.former?.flatMap((one) => rows.get(one.version) ?? [])[0]
    return {
      version,
      name: (migration ?? row)!.name,
      migration,
      row,
      ...(instead && {replaced: instead.rows}),
      ...(former && {former}),
      standing: instead ? (instead.isWhole ? 'applied' : 'partial') : standingOf(migration, row),
      late: !row && !instead && version < newest,
    }
  })
}

/** What of those that it came instead of is applied; undefined: nothing. */
function insteadOf({header: {replaces = []}}: Migration, rows: ReadonlyMap<string, JournalRow>) {
  const found = replaces.flatMap(({version}) => rows.get(version) ?? [])
  if (found.length === 0) return undefined
  const isApplied = ({version, checksum}: Replaced): boolean => {
    const row = rows.get(version)
    if (row) return row.finished && row.checksum === checksum
    const parts = replaces.filter(({within}) => within === version)
    return parts.length > 0 && parts.every(isApplied)
  }
  return {rows: found, isWhole: replaces.filter(({within}) => !within).every(isApplied)}
}

function standingOf(migration?: Migration, row?: JournalRow): Standing {
  if (!row) return 'pending'
  if (!migration) return 'missing'
  if (!row.finished) return 'unfinished'
  return row.checksum === migration.checksum ? 'applied' : 'changed'
}
