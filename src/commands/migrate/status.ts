// The migration files and the database's journal in, a line for each out.
import {PgextCommand, strictFlag, TO_DO, urlFlag} from '../../terminal/command.ts'
import {targetOf} from '../../terminal/database.ts'
import {type Listed, listMigrations, refuseUncomparedIn, unfitIn} from '../../terminal/migration.ts'
import type {Style} from '../../terminal/paint.ts'

const STYLES: Record<Listed['state'], Style> = {
  applied: 'green',
  pending: 'yellow',
  changed: 'red',
  missing: 'red',
  unfinished: 'red',
  partial: 'red',
}

export default class MigrateStatus extends PgextCommand {
  static override description = `list migrations: applied, pending, changed after they were applied, missing

Exits 0 when all are applied and as they were, 2 when not.`
  static override usage = 'migrate:status [--url URL]'
  static override examples = [
    {description: 'of the database in DATABASE_URL', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'for a program', command: '<%= config.bin %> <%= command.id %> --json'},
  ]
  static override flags = {strict: strictFlag, url: urlFlag}

  async run(): Promise<unknown> {
    const {flags} = await this.parse(MigrateStatus)
    const project = await this.project(flags)
    const target = await targetOf(project)
    if (flags.strict || project.settings.strict) await refuseUncomparedIn(target)
    const listed = await listMigrations(project, target)
    const unfit = await unfitIn(project)
    if (unfit || listed.some(({state}) => state !== 'applied')) process.exitCode = TO_DO
    if (listed.length === 0) this.log('there are no migrations yet')
    const width = Math.max(0, ...listed.map(({state}) => state.length))
    for (const one of listed) {
      this.log(`${this.paint(STYLES[one.state], one.state.padEnd(width))}  ${one.file}${this.paint('dim', detail(one))}`)
    }
    if (unfit) this.note(`note: ${unfit}`)
    return {migrations: listed, ...(unfit && {sum: unfit})}
  }
}

function detail({state, late, appliedAt, appliedBy, replaced}: Listed): string {
  if (state === 'pending') return late ? '  older than one that is applied' : ''
  if (state === 'changed') return '  edited after it was applied'
  if (state === 'missing') return '  applied, and its file is gone'
  if (state === 'partial') return '  came instead of several, of which only some are applied'
  if (state === 'unfinished') return '  half applied: pgext migrate goes on'
  if (replaced) return `  by ${replaced === 1 ? 'the migration' : `the ${replaced} migrations`} that it came instead of`
  return appliedAt ? `  ${appliedAt.slice(0, 16).replace('T', ' ')} by ${appliedBy}` : ''
}
