// A database that something else has made in; a first migration that would make it, journalled there as applied, out.
import {Args, Flags} from '@oclif/core'
import {PgextError} from '../../errors.ts'
import type {Present} from '../../history/present.ts'
import type {Reached} from '../../history/reach.ts'
import type {Migration} from '../../migrations/file.ts'
import type {Project} from '../../project/model.ts'
import {PgextCommand, urlFlag} from '../../terminal/command.ts'
import {type Target, targetOf} from '../../terminal/database.ts'
import {count} from '../../terminal/difference.ts'
import {placedBy, unread, writtenLines} from '../../terminal/dump.ts'
import {fileOf, journalled, journalOf, leftOver, refuseDiffering} from '../../terminal/journal.ts'
import {checkedFiles, checkName, writeMigration} from '../../terminal/migration.ts'
import {writeTexts} from '../../terminal/output.ts'
import type {Progress} from '../../terminal/progress.ts'

export default class MigrateBaseline extends PgextCommand {
  static override description = `take a database as it is for the first migration, and run nothing there

Writes migrations/<time>_baseline.sql with what makes its schema from nothing, proven by
replaying it, and journals it as applied. Where there is no schema.sql yet, that and
functions/ are written, too. Rows stay where they are.
With a baseline among the files, a second database that is what it makes is journalled.`
  static override usage = ['migrate:baseline [NAME] [--url URL]', 'migrate:baseline [--to VERSION] --url URL']
  static override examples = [
    {description: 'the database in DATABASE_URL becomes version one', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'a second one, which is the same',
      command: '<%= config.bin %> <%= command.id %> --url postgres://me@staging.example.com/shop',
    },
  ]
  static override args = {name: Args.string({description: 'of the migration: baseline, unless you say otherwise'})}
  static override flags = {
    to: Flags.string({
      helpValue: 'VERSION',
      description: 'the database is what the migrations up to this one make (default: the first)',
    }),
    'dry-run': Flags.boolean({description: 'show what would be written and journalled, and do neither'}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(MigrateBaseline)
    if (args.name) await checkName(args.name)
    const project = await this.project(flags)
    const target = await targetOf(project)
    await refuseJournalled(target)
    const files = await checkedFiles(project)
    const dryRun = flags['dry-run']
    if (files.length === 0) {
      if (flags.to) throw new PgextError('usage', 'there are no migrations yet, and --to names one', {hint: 'leave it out'})
      return this.first(project, target, args.name ?? 'baseline', dryRun)
    }
    if (args.name) {
      throw new PgextError('not-allowed', `a baseline is the first migration, and there is ${files[0]!.path}`, {
        hint: 'without a name the database is held against that file, and journalled where it is what the file makes',
      })
    }
    return this.again(project, target, upTo(files, flags.to), dryRun)
  }

  /** No migration is there yet. */
  private async first(project: Project, target: Target, name: string, dryRun: boolean): Promise<unknown> {
    const progress = this.progress()
    const {present, reached} = await this.walk(project, progress, (walk) =>
      progress.during('reading the database', async () => {
        const [{presentOf}, {reach}] = await Promise.all([import('../../history/present.ts'), import('../../history/reach.ts')])
        const place = await walk.workplace([target.url])
        const present = await presentOf(target.url, place)
        const reached = await reach(present, [], name, place)
        refuseNothing(present, reached, target)
        return {present, reached}
      }),
    )
    const {dumped, state} = present
    const {difference} = reached
    for (const note of [...(dumped?.notes ?? []), ...difference.notes]) this.note(`note: ${note}`)
    const texts = dumped ? placedBy(dumped, project.settings) : []
    if (dryRun) {
      this.log(reached.sql.trimEnd())
      return {written: null, journalled: [], files: [], settings: [], sql: reached.sql}
    }
    if (unread(texts, project.settings).length > 0) this.note('note: "schema" in pgext.json does not name all of these files')
    await writeTexts(project.folder, texts)
    for (const line of dumped ? writtenLines({...dumped, files: texts}, this.paint) : []) this.log(line)
    const made = await writeMigration(project, name, difference)
    this.log(
      `${this.paint('green', 'wrote')} ${made.path}${this.paint('dim', `  ${count(difference.plan.steps.length, 'statement')}`)}`,
    )
    if (difference.proof)
      this.note(`${this.paint('green', 'proven')} on PostgreSQL ${difference.proof.major}: it makes what ${target.name} holds`)
    const settings = await this.journal(project, target, [made], progress)
    const carried = new Set(difference.changes.flatMap(({to}) => to?.id ?? []))
    const beside = [...state.loaded!.functions].filter((id) => state.catalog.objects.has(id) && !carried.has(id))
    if (beside.length > 0)
      this.note(`note: deployed beside migrations, by pgext deploy-functions: ${count(beside.length, 'function')}`)
    const differs = dumped ? undefined : await this.compared(project, progress)
    return {
      written: made.path,
      journalled: [fileOf(made)],
      files: texts.map(({path}) => path),
      settings,
      statements: difference.plan.steps.length,
      differs,
    }
  }

  /** The files say what the database has to be. */
  private async again(project: Project, target: Target, migrations: readonly Migration[], dryRun: boolean): Promise<unknown> {
    const progress = this.progress()
    const last = migrations.at(-1)!
    const changes = await this.walk(project, progress, (walk) =>
      progress.during('comparing the database with the migrations', async () => {
        const [{presentOf}, {differing}] = await Promise.all([
          import('../../history/present.ts'),
          import('../../history/match.ts'),
        ])
        const place = await walk.workplace([target.url])
        return differing(await presentOf(target.url, place), migrations, place)
      }),
    )
    const upTo = migrations.length === 1 ? `${last.path} makes` : `the migrations up to ${last.path} make`
    const hint = 'bring it there by hand, or name the migration that it is at: --to VERSION'
    refuseDiffering(changes, target, upTo, hint)
    const settings = dryRun ? [] : await this.journal(project, target, migrations, progress)
    if (dryRun) for (const one of migrations) this.log(`${this.paint('yellow', 'would be journalled')} ${fileOf(one)}`)
    return {written: null, journalled: dryRun ? [] : migrations.map(fileOf), files: [], settings}
  }

  /** Gives back what pgext.json has now besides: hazards of what stands in a journal are settled. */
  private async journal(
    project: Project,
    target: Target,
    migrations: readonly Migration[],
    progress: Progress,
  ): Promise<string[]> {
    await journalled(project, target, migrations, [], progress)
    for (const one of migrations)
      this.log(
        `${this.paint('green', 'journalled')} ${fileOf(one)}${this.paint('dim', `  as applied to ${target.name}; nothing was run`)}`,
      )
    const [{writeSettled}, {settledBy}] = await Promise.all([
      import('../../terminal/adopt.ts'),
      import('../../history/setting.ts'),
    ])
    const lines = await writeSettled(project, settledBy(project.settings, migrations))
    for (const line of lines) this.log(`${this.paint('green', 'added')} to pgext.json: ${line}`)
    return lines
  }

  private async compared(project: Project, progress: Progress): Promise<number> {
    const options = {from: 'database', to: 'files', online: false, prove: false, allow: new Set<string>()}
    const found = await this.walk(project, progress, (walk) => walk.difference(options))
    const over = leftOver(found.changes.length, found.waiting.length)
    if (over) this.note(`note: ${over}`)
    return found.changes.length + found.waiting.length
  }
}

async function refuseJournalled(target: Target): Promise<void> {
  const rows = await journalOf(target)
  if (rows.length === 0) return
  throw new PgextError(
    'not-allowed',
    `${target.name} has a journal already: ${count(rows.length, 'migration')}, the last one ${fileOf(rows.at(-1)!)}`,
    {
      hint: 'pgext migrate:status compares it with your files, pgext migrate:repair mends it',
    },
  )
}

function refuseNothing({files}: Present, {difference}: Reached, target: Target): void {
  if (difference.plan.steps.length > 0) return
  const hasFiles = files.loaded!.written.size + files.loaded!.schemas.size > 0
  throw new PgextError('not-allowed', `${target.name} has nothing of what your files speak of: there is nothing to begin with`, {
    hint: hasFiles
      ? 'pgext migrate --name NAME makes it'
      : 'your schema files are empty: take them away, and they are written from the database; or pgext dump --force',
  })
}

function upTo(files: readonly Migration[], version: string | undefined): readonly Migration[] {
  if (version === undefined) return files.slice(0, 1)
  const at = files.findIndex((one) => one.version === version)
  if (at >= 0) return files.slice(0, at + 1)
  throw new PgextError('usage', `no migration has the version ${version}`, {
    hint: 'it is what their names begin with, such as 20261121T061500',
  })
}
