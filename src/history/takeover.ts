// Another tool's files, its table's rows and the migrations that are there in; which files come to migrations/, and which are applied already, out. Pure.
import {createHash} from 'node:crypto'
import {PgextError} from '../errors.ts'
import {type Migration, migrationFrom} from '../migrations/file.ts'
import {decode} from '../project/text.ts'
import {namesOf} from './naming.ts'
import type {Foreign, ForeignRow, Tool} from './tool.ts'

export interface Taken {
  readonly foreign: Foreign
  readonly migration: Migration
  readonly isApplied: boolean
  /** migrations/ has it already */
  readonly isThere: boolean
}

export interface Takeover {
  readonly taken: readonly Taken[]
  readonly notes: readonly string[]
}

export interface Given {
  readonly tool: Tool
  readonly files: readonly Foreign[]
  readonly rows: readonly ForeignRow[]
  /** what migrations/ holds */
  readonly there: readonly Migration[]
  /** that folder, as shown */
  readonly shown: string
}

export function takeover({tool, files, rows, there, shown}: Given): Takeover {
  const failed = rows.filter(({state}) => state === 'failed').map(({name}) => name)
  if (failed.length > 0) {
    throw new PgextError('not-allowed', `${tool.table} says that ${failed.join(', ')} began, and not that it ended`, {
      hint: `settle that with ${tool.title} first: prisma migrate resolve --applied ${failed[0]}, or --rolled-back`,
    })
  }
  const byKey = new Map(rows.map((row) => [row.key, row]))
  const gone = rows.filter(({key, state}) => state === 'applied' && !files.some((file) => file.key === key))
  const restored = gone.flatMap((row) => (row.statements ? [fromTable(row, tool)] : []))
  const all = [...files, ...restored].sort((a, b) => (a.name < b.name ? -1 : 1))
  const names = namesOf(all.map(({name}) => name))
  const notes: string[] = []
  for (const {name, statements} of gone) {
    if (!statements) notes.push(`${name} is applied, and its file is gone: it is left out`)
  }
  const taken = all.map((foreign, at): Taken => {
    const {version, name, isMoved} = names[at]!
    const path = `${shown}/${version}_${name}.sql`
    const migration = migrationFrom(path, decode(foreign.bytes, foreign.path))
    const row = byKey.get(foreign.key)
    const other = there.find((one) => one.version === version)
    refuseOther(migration, foreign, other)
    if (foreign.restored && !foreign.why) notes.push(`${foreign.name} has no file: written from what ${tool.table} has of it`)
    if (foreign.why) notes.push(foreign.why)
    if (isMoved) notes.push(`${foreign.path} has no time of its own: it becomes ${path}`)
    if (row?.state === 'rolled-back') notes.push(`${foreign.path} was rolled back: it is pending`)
    if (row?.state === 'applied' && row.checksum && !isSame(foreign.bytes, row.checksum))
      notes.push(`${foreign.path} was edited after it was applied`)
    return {foreign, migration, isApplied: row?.state === 'applied', isThere: other !== undefined}
  })
  const last = taken.findLastIndex(({isApplied}) => isApplied)
  for (const {foreign} of taken.slice(0, Math.max(0, last)).filter(({isApplied}) => !isApplied))
    notes.push(`${foreign.path} is not applied, though later ones are`)
  return {taken, notes}
}

function fromTable({key, name, statements, why}: ForeignRow, tool: Tool): Foreign {
  const text = statements!.map((sql) => `${sql.trim().replace(/;$/, '')};\n`).join('\n')
  return {key, name, path: `${tool.table}: ${name}`, bytes: Buffer.from(text), restored: true, ...(why && {why})}
}

function refuseOther(migration: Migration, {path}: Foreign, other?: Migration): void {
  if (!other || (other.checksum === migration.checksum && other.name === migration.name)) return
  if (other.name !== migration.name) {
    throw new PgextError('migration-name', `${path} would become ${migration.path}, and there is ${other.path}`, {
      hint: 'two migrations can not have one version: the project has migrations of its own already, older than these',
    })
  }
  throw new PgextError('migration-changed', `${other.path} is there, and not what ${path} says`, {
    hint: 'one of the two was edited since it was taken over: put it back as it was',
  })
}

/** A checkout may have other line ends than what was applied. */
function isSame(bytes: Buffer, checksum: string): boolean {
  const text = bytes.toString('utf8')
  const plain = text.replaceAll('\r\n', '\n')
  return [text, plain, plain.replaceAll('\n', '\r\n')].some((one) => createHash('sha256').update(one).digest('hex') === checksum)
}
