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
}

export async function check(given: Given, {remembers, walk}: CheckOptions): Promise<Checked> {
  const findings: Finding[] = []
  const notes: string[] = []
  const unasked: string[] = []
  let unchanged = true
  const digests = await digestsOf(given)
  for (const question of QUESTIONS) {
    const key = question.parts && keyFor(question, given, digests)
    const known = key && remembers ? await recallFound<Answer>(key, SHELF) : undefined
    if (key && !known) unchanged = false
    const answer = known ?? (await ask(question, given, walk, unasked))
    if (!answer) continue
    if (key && !known) await keepFound(key, answer, SHELF)
    findings.push(...answer.findings)
    notes.push(...answer.notes)
  }
  if (unasked.length > 0) notes.push(`not looked at, until that is mended: ${unasked.join(', ')}`)
  return {findings: once(findings), notes: [...new Set(notes)], unchanged}
}

/** undefined: what is wrong with the files, which is said, leaves it open. */
async function ask(question: Question, given: Given, walk: () => Promise<Walk>, unasked: string[]): Promise<Answer | undefined> {
  if (unasked.length > 0 && question.parts) {
    unasked.push(question.about)
    return undefined
  }
  try {
    return await question.ask(given, walk)
  } catch (error) {
    if (!isFault(error) && error !== given.unread) throw error
    unasked.push(question.about)
    return {findings: [findingOf(error as PgextError)], notes: []}
  }
}

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

function findingOf({code, message, where, hint}: PgextError): Finding {
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
