// All that there is to check in, what was found out: answers are known by what decides them, and only what has changed is asked anew.
import {createHash} from 'node:crypto'
import {PgextError} from '../errors.ts'
import {keepFound, keyOf, recallFound, type Shelf} from '../walk/cache.ts'
import type {Walk} from '../walk/model.ts'
import {BUILT, VERSION} from '../walk/version.ts'
import {QUESTIONS} from './list.ts'
import type {Answer, Checked, Finding, Given, Question} from './model.ts'

/** A few kilobytes each: of many projects, with the branches they have. */
const SHELF: Shelf = {name: 'checked', most: 400}

export interface CheckOptions {
  /** false: everything is asked anew */
  readonly remembers: boolean
  /** opened when something has to be asked of PostgreSQL */
  readonly walk: () => Promise<Walk>
  /** the files as they are by then */
  readonly again: () => Promise<Given>
}

interface Told extends Answer {
  /** what is wrong with the files leaves all that comes behind it open */
  readonly isFault?: true
}

export async function check(given: Given, {remembers, walk, again}: CheckOptions): Promise<Checked> {
  const findings: Finding[] = []
  const notes: string[] = []
  const unasked: string[] = []
  const fresh = new Map<string, Told>()
  let unchanged = true
  const digests = await digestsOf(given)
  for (const question of QUESTIONS) {
    if (unasked.length > 0 && question.parts) {
      unasked.push(question.about)
      continue
    }
    const key = question.parts && keyFor(question, given, digests)
    const known = key && remembers ? await recallFound<Told>(key, SHELF) : undefined
    if (key && !known) unchanged = false
    const told = known ?? (await ask(question, given, walk))
    if (told.isFault) unasked.push(question.about)
    // what somebody's server lacked may be there by the next time
    if (key && !known && !(told.isFault && given.project.shadowUrl)) fresh.set(key, told)
    findings.push(...told.findings)
    notes.push(...told.notes)
  }
  if (unasked.length > 0) notes.push(`not looked at, until that is mended: ${unasked.join(', ')}`)
  if (!unchanged && (await isMoved(given, again))) notes.push('files were changed while they were looked at: run this again')
  else for (const [key, told] of fresh) await keepFound(key, told, SHELF)
  return {findings: once(findings), notes: [...new Set(notes)], unchanged}
}

async function ask(question: Question, given: Given, walk: () => Promise<Walk>): Promise<Told> {
  try {
    return await question.ask(given, walk)
  } catch (error) {
    if (!isFault(error) && error !== given.unread) throw error
    return {findings: [findingOf(error as PgextError, given)], notes: [], isFault: true}
  }
}

/** Some are read again where they are loaded: what is found then is not true of what they were. */
async function isMoved(given: Given, again: () => Promise<Given>): Promise<boolean> {
  const now = await again().catch(() => undefined)
  return now === undefined || textsOf(now) !== textsOf(given)
}

const textsOf = ({sources, external, migrations}: Given): string =>
  JSON.stringify([[...sources, ...external].map(({path, text}) => [path, text]), migrations.map(({path, text}) => [path, text])])

const ABOUT_FILES: ReadonlySet<string> = new Set(['bad-sql', 'bad-file', 'sql', 'cycle', 'role-missing'])
/** Of the server's own: no room, no more sessions, an operator, a fault inside. */
const OF_SERVERS = /^(08|53|57|58|XX)/

/** Something in the project's own files: said where it stands, and no reason not to have looked. */
function isFault(error: unknown): error is PgextError {
  return (
    error instanceof PgextError &&
    error.where?.file !== undefined &&
    ABOUT_FILES.has(error.code) &&
    !OF_SERVERS.test(error.sqlstate ?? '')
  )
}

function findingOf({code, message, where, sqlstate, hint: said}: PgextError, {project, external}: Given): Finding {
  const {schemas, extensions} = project.settings.external
  const isLacking =
    external.length === 0 && schemas.length + extensions.length > 0 && /^(3F000|42P01|42883|42704)$/.test(sqlstate ?? '')
  const hint = isLacking
    ? 'what "external" in pgext.json names is known here by external.sql alone: pgext external writes it'
    : said
  return {level: 'error', code, message, ...(where && {where}), ...(hint && {hint})}
}

async function digestsOf({sources, external, major}: Given): Promise<readonly unknown[]> {
  const files = [...sources, ...external].map(({path, text, holdsFunctions, versioned}) => [
    path,
    createHash('sha256').update(text).digest('base64'),
    holdsFunctions,
    versioned,
  ])
  if (major === undefined) return files
  const {markOf} = await import('../shadow/binaries.ts')
  return [...files, major, markOf(major)]
}

function keyFor({name, parts}: Question, given: Given, digests: readonly unknown[]): string {
  const {settings, shadowUrl} = given.project
  return keyOf(['check', name, VERSION, BUILT, settings, shadowUrl, digests, parts!(given)])
}

/** Two questions may meet the same fault. */
function once(findings: readonly Finding[]): Finding[] {
  const known = new Map(findings.map((one) => [JSON.stringify([one.code, one.message, one.where]), one]))
  return [...known.values()]
}
