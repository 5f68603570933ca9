// What the doctor found in; lines for a person, or JSON for a program, out.
import type {Json} from '../diff/model.ts'
import {type FindingId, IDS, pageOf} from '../doctor/ids.ts'
import {type Finding, type Fix, LEVELS, type Level} from '../doctor/model.ts'
import type {Fact} from '../doctor/project.ts'
import {count} from './difference.ts'
import {placeLines} from './error.ts'
import type {Paint, Style} from './paint.ts'
import {hidePasswords} from './url.ts'

/** Of one sort, and of statements for one finding, before a person is sent to all of them. */
const MOST = 8
const MOST_FIXES = 3
/** characters of a name that make a column */
const WIDE = 44

const STYLES: Record<Level, Style> = {error: 'red', warning: 'yellow', info: 'cyan'}

export interface ShowDoctor {
  readonly paint: Paint
  /** all of them, however many */
  readonly isWhole: boolean
}

/** Sorts by their worst, each under a line of its own. */
export function doctorLines(findings: readonly Finding[], options: ShowDoctor): string[] {
  const sorts = grouped(findings)
  return [...sorts].flatMap(([id, all]) => ['', ...sortLines(id, all, options)]).slice(1)
}

function grouped(findings: readonly Finding[]): Map<FindingId, Finding[]> {
  const sorts = new Map<FindingId, Finding[]>()
  for (const finding of findings) sorts.set(finding.id, [...(sorts.get(finding.id) ?? []), finding])
  return sorts
}

function sortLines(id: FindingId, all: readonly Finding[], {paint, isWhole}: ShowDoctor): string[] {
  const [{level}] = all as [Finding]
  const shown = isWhole ? all : all.slice(0, MOST)
  const width = Math.min(WIDE, Math.max(...shown.map(({object}) => object?.length ?? 0)))
  const many = all.length > 1 ? ` (${all.length})` : ''
  return [
    `${paint(STYLES[level], level)}  ${paint('bold', `${IDS[id].title}${many}`)}  ${paint('dim', pageOf(id))}`,
    ...shown.flatMap((finding) => findingLines(finding, width, paint)),
    ...(all.length > shown.length ? [paint('dim', `  … and ${all.length - shown.length} more: pgext doctor --only ${id}`)] : []),
  ]
}

function findingLines({object = '', message, hint, fixes, where}: Finding, width: number, paint: Paint): string[] {
  const name = oneLine(object)
  const head = width === 0 ? '' : name.length > width ? `${name}\n  ${' '.repeat(width)}  ` : `${name.padEnd(width)}  `
  const indent = ' '.repeat(width === 0 ? 4 : width + 4)
  const more = fixes.length > MOST_FIXES ? [`… and ${count(fixes.length - MOST_FIXES, 'statement')} more: --sql`] : []
  return [
    `  ${head}${oneLine(hidePasswords(message))}`,
    ...(where ? placeLines(where, paint) : []),
    ...(hint ? [`${indent}${paint('cyan', 'hint:')} ${hint}`] : []),
    ...[...fixes.slice(0, MOST_FIXES).map(fixLine), ...more].map((line) => `${indent}${paint('dim', line)}`),
  ]
}

const fixLine = ({sql, decide}: Fix): string => `${oneLine(sql)};${decide ? `  -- ${decide}` : ''}`
const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ')

/** `2 errors, 1 warning; …`, or that there is nothing. */
export function sumLines(findings: readonly Finding[], what: string, paint: Paint): string[] {
  const counts = LEVELS.map((level) => ({level, of: findings.filter((finding) => finding.level === level).length}))
  const some = counts.filter(({of}) => of > 0)
  if (some.length === 0) return [`${paint('green', 'fine')}  ${what}`]
  const words = some.map(({level, of}) => (level === 'info' ? `${of} to know` : count(of, level)))
  const isFixed = findings.some(({fixes}) => fixes.length > 0)
  const inFiles = findings.some(({id, fixes}) => IDS[id].inFiles && fixes.length > 0)
  return [
    '',
    `${words.join(', ')}  ${paint('dim', what)}`,
    ...(isFixed ? [paint('dim', 'pgext doctor --sql prints what mends them, with what it locks; pgext runs none of it')] : []),
    ...(inFiles ? [paint('dim', 'what your files say is mended there: change them, then pgext migrate')] : []),
  ]
}

export function factLines(facts: readonly Fact[], paint: Paint): string[] {
  const width = Math.max(...facts.map(({name}) => name.length))
  return facts.map(({name, value}) => `${paint('dim', name.padEnd(width))}  ${value}`)
}

export function doctorJson({id, level, object, message, hint, fixes, where}: Finding): Json {
  return {
    id,
    level,
    group: IDS[id].group,
    object: object ?? null,
    message: hidePasswords(message),
    hint: hint ?? null,
    sql: fixes.map(({sql, locks, decide}) => ({sql, locks, decide: decide ?? null})),
    where: where ? {file: where.file, line: where.line, column: where.column} : null,
    page: pageOf(id),
  }
}
