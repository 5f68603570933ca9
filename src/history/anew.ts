// What stays, what is kept and what is written anew in; the files that this makes of them, and then the folder so, out. New ones come before old ones go.
import {rm} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {PgextError} from '../errors.ts'
import {insertMigration, type Migration, migrationFrom, refuseEdited, timeOf, versionOf} from '../migrations/file.ts'
import {headerOf} from '../migrations/header.ts'
import {fileOf, writeSum} from '../migrations/sum.ts'

/** Fingerprints of the states before and after a migration; undefined: nobody could tell. */
export interface Ends {
  readonly from?: string
  readonly to?: string
}

export interface Moved {
  readonly old: Migration
  readonly now: Migration
}

/** The first second behind all of these, and not before now. */
export function versionBehind(versions: readonly string[], at: Date): string {
  const newest = [...versions].sort().at(-1)
  return versionOf(new Date(Math.max(at.getTime(), newest ? timeOf(newest) + 1000 : 0)))
}

/** Those that stand behind the others already keep their names; a head says what a file was called, so that nobody applies it twice. */
export function movedBehind(fixed: readonly Migration[], kept: readonly Migration[], ends: readonly Ends[], at: Date): Moved[] {
  const versions = fixed.map(({version}) => version)
  return kept.map((old, index) => {
    const isBehind = versions.every((version) => version < old.version)
    const version = isBehind ? old.version : versionBehind(versions, at)
    versions.push(version)
    return {old, now: headed(old, version, ends[index]!)}
  })
}

/** Its head says what it was called, as that of a squash does: where that is applied, so is this. */
function headed(old: Migration, version: string, {from, to}: Ends): Migration {
  if (version === old.version) return old
  const {header, text} = old
  const isWritten = header.format !== undefined && header.to !== undefined
  const replaces = [
    ...(header.replaces ?? []).map((one) => ({...one, within: one.within ?? old.version})),
    {version: old.version, checksum: old.checksum},
  ]
  const facts = isWritten ? {...header, from, to, replaces} : {...header, replaces}
  return migrationFrom(join(dirname(old.path), `${version}_${old.name}.sql`), `${headerOf(facts)}${bodyOf(old, text)}`)
}

const OURS = /^-- (pgext migration, format|from:|to:|model:|replaces:|instead-of:) ?/

/** Without its head, whose lines are ours; a file written by hand has none. */
function bodyOf({header}: Migration, text: string): string {
  if (header.format === undefined) return `\n${text}`
  const lines = text.split('\n')
  const end = lines.findIndex((line) => !OURS.test(line))
  return lines.slice(end === -1 ? lines.length : end).join('\n')
}

/**
 * A run that is cut off leaves both: the old file, and the one that says it stands in its place; the next one goes on.
 * @param gone files that nothing is left of
 */
export async function rewrite(
  folder: string,
  shown: string,
  {
    fixed,
    moved,
    made,
    gone,
  }: {fixed: readonly Migration[]; moved: readonly Moved[]; made?: Migration; gone: readonly Migration[]},
): Promise<void> {
  const fresh = [...moved.filter(({old, now}) => old !== now).map(({now}) => now), ...(made ? [made] : [])]
  const kept = new Set([...fixed, ...moved.map(({now}) => now), ...(made ? [made] : [])].map(fileOf))
  const old = [...gone, ...moved.map(({old}) => old)].filter((one) => !kept.has(fileOf(one)))
  await refuseEdited(folder, old)
  for (const one of fresh) await insertMigration(folder, one, shown)
  for (const file of old.map(fileOf))
    await rm(join(folder, file), {force: true}).catch((error) => refuse(join(shown, file), error))
  await writeSum(folder, [...fixed, ...moved.map(({now}) => now), ...(made ? [made] : [])], shown)
}

function refuse(path: string, error: Error): never {
  throw new PgextError('bad-file', `can't remove ${path}: ${error.message}`, {
    hint: 'the file that stands in its place is written: remove this one, or run pgext migrate:rebase again',
    cause: error,
  })
}
