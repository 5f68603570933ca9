// A proven difference in, a file out that somebody reviews; such a file and the difference of now in, a refusal where the two part out.
import {createHash} from 'node:crypto'
import {readFile, writeFile} from 'node:fs/promises'
import type {Json} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import type {Identity} from '../walk/identity.ts'
import type {Difference} from '../walk/model.ts'
import {VERSION} from '../walk/version.ts'
import {differenceJson} from './difference.ts'
import {hidePasswords} from './url.ts'

const FORMAT = 1

interface End {
  readonly side: string
  readonly fingerprint: string
}

/** What was planned, where, and for which database. */
export interface PlanFile {
  readonly format: number
  readonly pgext: string
  /** ISO 8601, UTC */
  readonly made: string
  readonly from: End
  readonly to: End
  readonly target: Identity | null
  readonly online: boolean
  /** the majors on which it was proven, and of its target; null: it was not */
  readonly proven: {readonly major: number; readonly target: number} | null
  /** digest of the migrations that there were, applied or not */
  readonly migrations: string
  /** what was said of renames */
  readonly answers: {readonly rename: readonly string[]; readonly 'no-rename': readonly string[]}
  /** in order, one each */
  readonly statements: readonly string[]
  /** as `pgext diff --json` has it */
  readonly difference: Json
  /** sha256 of all the rest */
  readonly checksum: string
}

type Unsigned = Omit<PlanFile, 'checksum'>

const SIDES: ReadonlySet<string> = new Set(['database', 'migrations'])

/** Overwrites what is there: a plan is made anew with every change. */
export async function writePlan(
  path: string,
  difference: Difference,
  {sql, ...facts}: {sql: string} & Pick<PlanFile, 'online' | 'target' | 'answers' | 'migrations'>,
): Promise<void> {
  const {plan, current, desired, proof} = difference
  const file: Unsigned = {
    format: FORMAT,
    pgext: VERSION,
    made: new Date().toISOString(),
    from: {side: hidePasswords(current.side), fingerprint: plan.from},
    to: {side: hidePasswords(desired.side), fingerprint: plan.to},
    ...facts,
    proven: proof ? {major: proof.major, target: proof.target} : null,
    statements: plan.steps.map((step) => step.sql),
    difference: differenceJson(difference, sql),
  }
  await writeFile(path, `${JSON.stringify({...file, checksum: checksumOf(file)}, null, 2)}\n`, {mode: 0o600}).catch((error) => {
    throw new PgextError('bad-file', `can't write ${path}: ${error.message}`, {
      hint: 'is there room on the disk, and is the folder yours to write in?',
    })
  })
}

export async function readPlan(path: string): Promise<PlanFile> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw new PgextError('bad-file', `can't read ${path}: ${error.message}`, {hint: 'pgext diff --out FILE writes a plan'})
  })
  const file = parsed(text)
  if (!file) throw new PgextError('bad-file', `${path} is no plan of pgext’s`, {hint: 'pgext diff --out FILE writes one'})
  if (file.format !== FORMAT)
    throw new PgextError('bad-file', `${path} has format ${file.format}, and this pgext knows ${FORMAT}`, {
      hint: 'use the pgext that made it',
    })
  const {checksum, ...rest} = file
  if (checksumOf(rest) !== checksum) {
    throw new PgextError('bad-file', `${path} was edited after it was made: what it says now is proven nowhere`, {
      hint: 'make it anew; what pgext does not plan can be said in a migration written by hand',
    })
  }
  if (!SIDES.has(file.from.side) || file.to.side !== 'files') {
    throw new PgextError('not-allowed', `${path} leads from ${file.from.side} to ${file.to.side}`, {
      hint: 'pgext migrate applies plans from database or migrations to files',
    })
  }
  return file
}

function parsed(text: string): PlanFile | undefined {
  try {
    const file = JSON.parse(text)
    return typeof file === 'object' && file !== null && 'statements' in file && 'checksum' in file && 'format' in file
      ? file
      : undefined
  } catch {
    return undefined
  }
}

/** The same database in the same state, the same files, the same statements: nothing else was reviewed. */
export function refuseMoved(file: PlanFile, now: Identity, migrations: string, {plan}: Difference): void {
  const made = `since the plan was made (${file.made})`
  const {target} = file
  if (!target) throw moved('the plan was made without a database', 'make it with DATABASE_URL set')
  if (target.system !== now.system || target.oid !== now.oid || target.database !== now.database)
    throw moved(`the plan was made for another database, ${target.database}`, 'make one for this database')
  if (target.state !== now.state)
    throw moved(`the database has changed ${made}`, 'see what differs now, with pgext diff, and make it anew')
  if (file.migrations !== migrations) throw moved(`your migrations have changed ${made}`, 'make it anew')
  const statements = plan.steps.map((step) => step.sql)
  if (JSON.stringify(statements) === JSON.stringify(file.statements)) return
  if (file.pgext !== VERSION) throw moved(`pgext ${VERSION} plans otherwise than ${file.pgext}, which made it`, 'make it anew')
  if (file.from.side === 'database')
    throw moved(
      `your files have changed ${made}, or the database is not what its migrations make`,
      'make it anew, with pgext diff --from migrations --out FILE',
    )
  const which = file.from.fingerprint === plan.from ? 'files' : 'migrations'
  throw moved(`your ${which} have changed ${made}`, 'make it anew, or go back to those it was made of')
}

/** Of all files: one that slips in between would be applied, too. */
export async function digestOf({migrationsFolder, settings}: Project): Promise<string> {
  const {readMigrations} = await import('../migrations/file.ts')
  const files = await readMigrations(migrationsFolder, settings.migrations)
  return createHash('sha256')
    .update(JSON.stringify(files.map(({version, name, checksum}) => [version, name, checksum])))
    .digest('hex')
}

const moved = (message: string, hint: string): PgextError =>
  new PgextError('target-moved', `${message}: nothing was written or applied`, {hint})

const checksumOf = (file: Unsigned): string => createHash('sha256').update(JSON.stringify(file)).digest('hex')
