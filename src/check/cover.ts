// Files and migrations in; what the files say that no migration does out.
import {couldNotLook} from '../diff/denied.ts'
import type {Change} from '../diff/model.ts'
import {PgextError} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import type {Difference} from '../walk/model.ts'
import type {Answer, Finding, Given, Question} from './model.ts'

export const cover: Question = {
  name: 'cover',
  about: 'whether the migrations give what the files say',
  parts: ({migrations}) => migrations.map(({path, checksum}) => [path, checksum]),
  async ask({project, migrations}: Given, walk): Promise<Answer> {
    const options = {from: 'migrations', to: 'files', online: true, prove: false, allow: new Set(project.settings.allow)}
    const found = await (await walk()).difference(options).catch((error) => {
      throw twice(error, migrations)
    })
    refuseUnseen(found)
    if (project.settings.strict) refuseUncompared(found)
    return {findings: uncovered(found, migrations), notes: notesOf(found)}
  },
}

function uncovered({plan, changes, renames}: Difference, migrations: readonly Migration[]): Finding[] {
  if (plan.steps.length === 0) return []
  const lines = [...renames.map(({sql}) => `→ ${onOneLine(sql)}`), ...linesOf(changes)]
  const shown = lines.length > MOST ? [...lines.slice(0, MOST), `and ${lines.length - MOST} more`] : lines
  const who = migrations.length === 0 ? 'there is no migration yet for what the files say' : 'no migration covers this yet'
  return [
    {
      level: 'error',
      code: 'uncovered',
      message: `${who}:\n${(shown.length > 0 ? shown : [`${plan.steps.length} statements`]).map((line) => `  ${line}`).join('\n')}`,
      hint: hintOf('pgext migrate:new NAME writes it', migrations),
    },
  ]
}

/** What fails may do so because two branches have both moved on. */
function twice(error: unknown, migrations: readonly Migration[]): unknown {
  if (!(error instanceof PgextError) || !migrations.some(({path}) => path === error.where?.file)) return error
  const {code, message, where, sqlstate, cause} = error
  return new PgextError(code, message, {where, sqlstate, cause, hint: hintOf(error.hint ?? 'mend this statement', migrations)})
}

/** Written for one and the same state, as two branches do. */
function hintOf(hint: string, migrations: readonly Migration[]): string {
  const byState = new Map<string, string>()
  for (const {path, header} of migrations) {
    const other = header.from && byState.get(header.from)
    if (other)
      return `${hint}; ${other} and ${path} were written for the same state, as on two branches: see pgext migrate:rebase`
    if (header.from) byState.set(header.from, path)
  }
  return hint
}

const MOST = 12
const MARKS: Record<Change['verb'], string> = {create: '+', alter: '~', drop: '-'}

/** Parts of what comes or goes as a whole go without saying. */
function linesOf(changes: readonly Change[]): string[] {
  const wholes = new Set(changes.filter(({verb}) => verb !== 'alter').map((change) => `${change.verb} ${objectOf(change).id}`))
  return changes.flatMap((change) => {
    const {id, parent} = objectOf(change)
    return parent && wholes.has(`${change.verb} ${parent}`) ? [] : [`${MARKS[change.verb]} ${onOneLine(id)}`]
  })
}

const objectOf = (change: Change) => (change.verb === 'drop' ? change.from : change.to)
const onOneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ')

const notesOf = ({notes, unseen}: Difference): string[] => [
  ...notes,
  ...unseen.filter(({decides}) => !decides).map((one) => couldNotLook(one)),
]

/** Nobody can say that nothing is missing in what could not be looked at. */
function refuseUnseen({unseen}: Difference): void {
  const deciding = unseen.filter(({decides}) => decides)
  if (deciding.length === 0) return
  const list = deciding.map((one) => `  ${couldNotLook(one, one.declared)}`).join('\n')
  throw new PgextError('not-allowed', `the role may not see what has to be compared:\n${list}`, {
    hint: 'let the role of SHADOW_DATABASE_URL read it, or leave SHADOW_DATABASE_URL out: pgext brings its own PostgreSQL',
  })
}

function refuseUncompared({notes, current, desired}: Difference): void {
  if (current.catalog.unmodelled.length + desired.catalog.unmodelled.length === 0) return
  throw new PgextError(
    'not-supported',
    `there are objects that pgext does not compare:\n${notes.map((note) => `  ${note}`).join('\n')}`,
    {
      hint: 'compare them by hand; without "strict" in pgext.json they are named, and the rest is compared',
    },
  )
}
