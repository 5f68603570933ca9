// Migrations in; whether they are those that pgext.sum names, in its order, out.
import {PgextError} from '../errors.ts'
import {checkSum, compareSum, readSum, SUM, type SumProblem, say} from '../migrations/sum.ts'
import {type Answer, FINE, type Finding, type Given, type Question} from './model.ts'

export const order: Question = {
  name: 'order',
  about: 'the order of the migrations',
  async ask({project, migrations, unread}: Given): Promise<Answer> {
    if (unread) throw unread
    const shown = project.settings.migrations
    try {
      const sum = await readSum(project.migrationsFolder, shown)
      if (!sum) return migrations.length > 0 ? {findings: [lacking(shown)], notes: []} : FINE
      const problems = compareSum(sum, migrations)
      if (problems.length === 0) return FINE
      const hint = await checkSum(project.migrationsFolder, migrations, shown).then(
        () => undefined,
        (error) => (error as PgextError).hint,
      )
      const first = (file: string) => migrations.find(({path}) => path.endsWith(file))?.text.split('\n', 1)[0]
      return {findings: problems.map((one) => findingOf(one, sum.path, shown, hint, first)), notes: []}
    } catch (error) {
      if (!(error instanceof PgextError) || error.code !== 'sum') throw error
      const {code, message, hint, where} = error
      return {findings: [{level: 'error', code, message, ...(where && {where}), ...(hint && {hint})}], notes: []}
    }
  },
}

const lacking = (folder: string): Finding => ({
  level: 'warning',
  code: 'sum-lacking',
  message: `there is no ${folder}/${SUM}: branches that both add a migration would meet in production, not in git`,
  hint: 'pgext migrate:sum writes it',
})

function findingOf(
  problem: SumProblem,
  path: string,
  folder: string,
  hint: string | undefined,
  first: (file: string) => string | undefined,
): Finding {
  const {kind, file, line} = problem
  const text = first(file)
  // of a file that is not there only its line is
  const where = text === undefined ? line && {file: path, line, column: 1} : {file: `${folder}/${file}`, line: 1, column: 1, text}
  return {level: 'error', code: `sum-${kind}`, message: `${SUM}: ${say(problem)}`, ...(where && {where}), ...(hint && {hint})}
}
