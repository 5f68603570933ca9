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
  async ask(given: Given, walk): Promise<Answer> {
    const {project, migrations} = given
    const options = {from: 'migrations', to: 'files', online: true, prove: false, allow: new Set(project.settings.allow)}
    const found = await (await walk()).difference(options).catch((error) => {
      throw twice(error, migrations)
    })
    refuseUnseen(found)
    if (project.settings.strict) refuseUncompared(found)
    return {findings: await uncovered(found, given), notes: notesOf(found)}
  },
}

async function uncovered(found: Difference, given: Given): Promise<Finding[]> {
  const {plan, changes, renames} = found
  if (plan.steps.length === 0) return []
  const {migrations} = given
  const {placesIn} = await import('./place.ts')
  const placeOf = await placesIn(found, given)
  const all = [
    ...renames.map(({sql, object}) => ({what: `→ ${onOneLine(sql)}`, id: object})),
    ...changed(changes).map((change) => ({
      what: `${MARKS[change.verb]} ${onOneLine(objectOf(change).id)}`,
      id: objectOf(change).id,
    })),
  ]
  const listed = all.slice(0, MOST).map(({what, id}) => {
    const where = placeOf(id)
    return {what, ...(where && {where})}
  })
  const rest = all.length > MOST ? [{what: `and ${all.length - MOST} more`}] : []
  const objects = all.length > 0 ? [...listed, ...rest] : [{what: `${plan.steps.length} statements`}]
  const who = migrations.length === 0 ? 'there is no migration yet for what the files say' : 'no migration covers this yet'
  const first = listed.find(({where}) => where)?.where
  return [
    {
      level: 'error',
      code: 'uncovered',
      message: `${who}:\n${objects.map(({what}) => `  ${what}`).join('\n')}`,
      ...(first && {where: first}),
      hint: hintOf('pgext migrate:new NAME writes it', migrations),
      objects,
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
function changed(changes: readonly Change[]): Change[] {
  const wholes = new Set(changes.filter(({verb}) => verb !== 'alter').map((change) => `${change.verb} ${objectOf(change).id}`))
  return changes.filter((change) => {
    const {parent} = objectOf(change)
    return !(parent && wholes.has(`${change.verb} ${parent}`))
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
