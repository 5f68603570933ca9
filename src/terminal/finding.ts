// What is wrong in function bodies in, and the files that they stand in; lines for a person, or JSON for a program, out.
import type {Finding} from '../bodies/model.ts'
import type {Json, ObjectId} from '../diff/model.ts'
import type {Where} from '../errors.ts'
import type {SourceFile, Written} from '../shadow/model.ts'
import {placeLines} from './error.ts'
import type {Paint, Style} from './paint.ts'

export interface Placed extends Finding {
  readonly where?: Where
}

/** In the order of files and lines; of functions that no file makes last. */
export async function placeFindings(
  findings: readonly Finding[],
  written: ReadonlyMap<ObjectId, Written>,
  sources: () => Promise<readonly SourceFile[]>,
): Promise<Placed[]> {
  if (findings.length === 0) return []
  const [{placeOfBody}, files] = await Promise.all([import('../shadow/written.ts'), sources()])
  const placed = await Promise.all(
    findings.map(async (finding): Promise<Placed> => {
      const place = written.get(finding.routine)
      const where = place && (await placeOfBody(files, place, finding.at))
      return {...finding, ...(where && {where})}
    }),
  )
  return placed.sort((a, b) => compare(a.where, b.where))
}

function compare(a: Where | undefined, b: Where | undefined): number {
  if (!a || !b) return Number(a === undefined) - Number(b === undefined)
  return a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column
}

const STYLES: Record<Finding['level'], Style> = {error: 'red', warning: 'yellow', note: 'dim'}

export function findingLines({level, message, hint, rule, routine, where}: Placed, paint: Paint): string[] {
  const named = level === 'error' ? '' : ` (${rule})`
  if (level === 'note')
    return [paint('dim', `note: ${where ? `${where.file}:${where.line}: ` : ''}${routine}: ${message}${named}`)]
  return [
    `${paint(STYLES[level], `${level}:`)} ${where ? '' : `${routine}: `}${message}${named}`,
    ...(where ? placeLines(where, paint) : []),
    ...(hint ? [`${paint('cyan', 'hint:')} ${hint}`] : []),
  ]
}

export function findingJson({routine, level, rule, message, hint, sqlstate, where}: Placed): Json {
  const place = where && {file: where.file, line: where.line, column: where.column}
  return {routine, level, rule, message, hint: hint ?? null, sqlstate: sqlstate ?? null, where: place ?? null}
}
