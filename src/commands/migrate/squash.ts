// Migrations that are there in; one that comes instead of them, proven to do the same, out.
import {Flags} from '@oclif/core'
import {PgextError} from '../../errors.ts'
import type {Squash} from '../../history/squash.ts'
import type {Migration} from '../../migrations/file.ts'
import type {Project} from '../../project/model.ts'
import {PgextCommand, urlFlag} from '../../terminal/command.ts'
import {targetOf} from '../../terminal/database.ts'
import {count} from '../../terminal/difference.ts'
import {checkedFiles, checkName, readFiles, standings, withTarget} from '../../terminal/migration.ts'
import {exchange, type Range, rangeOf, refuseInTheMiddle, takeAway, unfinishedIn} from '../../terminal/squash.ts'

export default class MigrateSquash extends PgextCommand {
  static override description = `put one migration in the place of several

What they leave on an empty database is what the new one makes there: proven by running
both, schema and rows. Databases that have applied the old ones are recognised by the new
file's header, and run nothing; one that has applied only some is refused.
The old files are taken away once the new one is written: they stay in version control.`
  static override usage = 'migrate:squash [--from VERSION] [--to VERSION] [--name NAME] [--keep]'
  static override examples = [
    {description: 'all of them become one', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'those up to a release', command: '<%= config.bin %> <%= command.id %> --to 20261121T061500 --name release_4'},
  ]
  static override flags = {
    from: Flags.string({helpValue: 'VERSION', description: 'the first to be replaced (default: the first there is)'}),
    to: Flags.string({helpValue: 'VERSION', description: 'the last to be replaced (default: the last there is)'}),
    name: Flags.string({helpValue: 'NAME', default: 'squashed', description: 'of the new one'}),
    keep: Flags.boolean({description: 'take over statements that make rows, as they are', exclusive: ['allow']}),
    allow: Flags.string({
      options: ['data-loss'],
      helpValue: 'data-loss',
      description: 'new databases do without the rows that the old ones made',
    }),
    'dry-run': Flags.boolean({description: 'show the new migration, and change no file'}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(MigrateSquash)
    await checkName(flags.name)
    const project = await this.project(flags)
    const all = await readFiles(project)
    const cut = unfinishedIn(all)
    if (cut && !flags['dry-run']) return this.finish(project, cut.made, cut.old)
    const files = await checkedFiles(project)
    const range = rangeOf(files, flags, project.settings.migrations)
    await this.lookAt(project, files, range)
    const progress = this.progress()
    const found = await this.walk(project, progress, (walk) =>
      progress.during('squashing', async () => {
        const {squash} = await import('../../history/squash.ts')
        const {before, range: wanted, path} = range
        return squash({before, range: wanted, path, keep: flags.keep}, await walk.workplace([]))
      }),
    )
    this.tell(found, flags)
    const {migration, major} = found
    const replaced = range.range.map(({path}) => path)
    if (flags['dry-run']) this.log(migration.text.trimEnd())
    else {
      await exchange(project, found, range)
      this.log(`${this.paint('green', 'wrote')} ${migration.path}`)
      for (const path of replaced) this.log(`${this.paint('red', 'removed')} ${path}`)
      await this.settle(project, migration, range.range)
    }
    this.note(`${this.paint('green', 'proven')} on PostgreSQL ${major}: an empty database becomes the same by either`)
    const left = found.left.map(({file, line, sql}) => ({file, line, sql}))
    return {written: flags['dry-run'] ? null : migration.path, replaced, left, near: found.near, sql: migration.text}
  }

  private async finish(project: Project, made: Migration, old: readonly Migration[]): Promise<unknown> {
    await takeAway(project, old)
    const replaced = old.map(({path}) => path)
    for (const path of replaced) this.log(`${this.paint('red', 'removed')} ${path}`)
    await this.settle(project, made, old)
    this.log(`an earlier run had written ${made.path} instead of them, and was cut off`)
    return {written: made.path, replaced, left: [], near: [], sql: made.text}
  }

  /** What comes instead of settled ones is settled. */
  private async settle(project: Project, made: Migration, old: readonly Migration[]): Promise<void> {
    const {judgeAfter = ''} = project.settings
    if (old.some(({version}) => version > judgeAfter) || made.version <= judgeAfter) return
    const {writeSettled} = await import('../../terminal/adopt.ts')
    for (const line of await writeSettled(project, made.version))
      this.log(`${this.paint('green', 'added')} to pgext.json: ${line}`)
  }

  /** Where a database can be asked, it must not stand in the middle. */
  private async lookAt(project: Project, files: readonly Migration[], range: Range): Promise<void> {
    if (!project.databaseUrl) return
    const target = await targetOf(project)
    try {
      const all = await withTarget(target, (db) => standings(files, db))
      refuseInTheMiddle(all, range, target)
    } catch (error) {
      if (!(error instanceof PgextError) || error.code !== 'connection-failed') throw error
      this.note(`note: ${target.shown} could not be asked what it has applied: ${error.message}`)
    }
  }

  /** What new databases will not have as it was. */
  private tell({lost, near, left}: Squash, {keep, allow}: {readonly keep: boolean; readonly allow?: string}): void {
    const list = left.map(({file, line, sql}) => `  ${file}:${line}: ${shortened(sql)}`).join('\n')
    if (lost.length > 0 || (near.length > 0 && !keep)) {
      const what = [...lost, ...near].join(', ')
      if (keep || allow !== 'data-loss') {
        throw new PgextError(
          'data-loss',
          `a new database would lack rows that these migrations make, in ${what}${list && `:\n${list}`}`,
          {
            hint: keep
              ? 'the kept statements make others than before: write the rows into seed.sql, and add --allow data-loss instead of --keep'
              : '--keep takes these statements over; where seed.sql has the rows, or nobody needs them: --allow data-loss',
          },
        )
      }
      this.note(`${this.paint('red', 'data-loss')} new databases lack what these migrations put into ${what}`)
    } else if (near.length > 0) {
      this.note(`note: the same number of rows, with other values, as these are times or made at random: ${near.join(', ')}`)
    }
    if (left.length > 0)
      this.note(
        `note: left out${lost.length > 0 ? '' : ', since on an empty database they leave nothing'}: ${count(left.length, 'statement')}\n${list}`,
      )
  }
}

function shortened(sql: string): string {
  const line = sql.replaceAll(/\s+/g, ' ')
  return line.length > 70 ? `${line.slice(0, 69)}…` : line
}
