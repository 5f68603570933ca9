// A journal that does not fit the files in; each thing that somebody says of it written there, out.
import {Flags} from '@oclif/core'
import {PgextError} from '../../errors.ts'
import type {Ailment, Remedy} from '../../history/ailment.ts'
import type {Migration} from '../../migrations/file.ts'
import type {JournalRow} from '../../migrations/journal.ts'
import type {Mending} from '../../migrations/mend.ts'
import type {MigrationStatus} from '../../migrations/status.ts'
import type {Project} from '../../project/model.ts'
import {askChoice, canAsk} from '../../terminal/ask.ts'
import {PgextCommand, TO_DO, urlFlag} from '../../terminal/command.ts'
import {type Target, targetOf} from '../../terminal/database.ts'
import {refuseDiffering} from '../../terminal/journal.ts'
import {applying, listMigrations, readFiles, withTarget} from '../../terminal/migration.ts'
import {recorded} from '../../terminal/record.ts'

const versions = (description: string) =>
  Flags.string({multiple: true, multipleNonGreedy: true, delimiter: ',', helpValue: 'VERSION', description})

const REMEDIES: readonly Remedy[] = ['accept', 'forget', 'applied', 'done', 'undone']
const SAYS: Readonly<Record<Remedy, string>> = {
  accept: 'its file is right as it is now: take its checksum',
  forget: 'it is no more: forget that it was applied; what it did stays',
  applied: 'all that it does is there: take it as applied, if the database shows that',
  done: 'the statement took effect',
  undone: 'the statement took no effect: it runs again',
}

export default class MigrateRepair extends PgextCommand {
  static override description = `mend a journal that does not fit the files, one thing at a time

Lists what is wrong: files edited after they were applied, files that are gone, statements that
were cut off. On a terminal each is asked about; elsewhere each is named by a flag. Nothing of a
migration is run, and no file is changed: only what the journal says. All of it is written in one
transaction, or nothing.`
  static override usage = 'migrate:repair [--accept VERSION] [--forget VERSION] [--applied VERSION] [--dry-run] [--url URL]'
  static override examples = [
    {description: 'what is wrong', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'a comment was changed in an old file',
      command: '<%= config.bin %> <%= command.id %> --accept 20261121T061500',
    },
  ]
  static override flags = {
    accept: versions(`edited after it was applied, wholly or half, and ${SAYS.accept}`),
    forget: versions(`gone, and ${SAYS.forget}`),
    applied: versions('pending, and its effect is there already: proven by comparing'),
    done: versions('cut off in a statement outside a transaction, which took effect'),
    undone: versions('cut off in such a statement, which took no effect'),
    'dry-run': Flags.boolean({description: 'show what would be written, and write nothing'}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(MigrateRepair)
    const project = await this.project(flags)
    const target = await targetOf(project)
    const files = await readFiles(project)
    const {ailments, all, rows} = await this.look(project, target, files)
    const named = REMEDIES.flatMap((verb) => (flags[verb] ?? []).map((version) => ({verb, version})))
    refuseTwice(named.map(({version}) => version))
    const mendings = named.length > 0 ? named.map((one) => meant(one, ailments)) : await this.ask(ailments)
    const found = ailments.filter(({kind}) => kind !== 'pending')
    if (mendings.length === 0) return this.list(found, target)
    await this.prove(project, target, all, mendings)
    const lines = mendings.map(({verb, version}) => sentence(ailments.find((one) => one.version === version)!, verb))
    if (flags['dry-run']) {
      for (const line of lines) this.log(`${this.paint('yellow', 'would be written')} ${line}`)
      return {mended: [], would: mendings.map(({verb, version}) => ({verb, version}))}
    }
    await this.write(project, target, mendings, rows)
    for (const line of lines) this.log(`${this.paint('green', 'mended')} ${line}`)
    const listed = await listMigrations(project, target)
    for (const {file, state} of listed) this.log(`  ${state.padEnd('unfinished'.length)}  ${file}`)
    if (listed.some(({state}) => state !== 'applied' && state !== 'pending')) process.exitCode = TO_DO
    return {mended: mendings.map(({verb, version}) => ({verb, version})), migrations: listed}
  }

  private look(project: Project, target: Target, files: readonly Migration[]) {
    return withTarget(target, async (db) => {
      const [{readJournal}, {status}, {ailmentsOf}] = await Promise.all([
        import('../../migrations/journal.ts'),
        import('../../migrations/status.ts'),
        import('../../history/ailment.ts'),
      ])
      const rows = await readJournal(db)
      const all = status(files, rows)
      return {rows, all, ailments: await ailmentsOf(all, db, project.settings.migrations)}
    })
  }

  /** Where somebody is there: about each by itself. */
  private async ask(ailments: readonly Ailment[]): Promise<Mending[]> {
    if (!canAsk() || this.jsonEnabled()) return []
    const mendings: Mending[] = []
    for (const one of ailments.filter(({kind, remedies}) => kind !== 'pending' && remedies.length > 0)) {
      const choices = [
        {name: 'leave it as it is', value: ''},
        ...one.remedies.map((verb) => ({name: saysOf(one, verb), value: verb})),
      ]
      const verb = await askChoice(`${one.file}: ${one.says}`, choices)
      if (verb) mendings.push(meant({verb: verb as Remedy, version: one.version}, ailments))
    }
    return mendings
  }

  private list(found: readonly Ailment[], {name}: Target): unknown {
    if (found.length > 0) process.exitCode = TO_DO
    else this.log(`the journal of ${name} fits the files: nothing is to be mended`)
    for (const one of found) {
      const {file, kind, says, remedies, version} = one
      this.log(`${this.paint('red', kind)} ${file}: ${says}`)
      for (const verb of remedies) this.log(`  ${this.paint('dim', `--${verb} ${version}`)}  ${saysOf(one, verb)}`)
    }
    return {mended: [], found: found.map(({version, file, kind, says, remedies}) => ({version, file, kind, says, remedies}))}
  }

  /** "It is there" is not believed: the database must be what the applied ones make with those. */
  private async prove(
    project: Project,
    target: Target,
    all: readonly MigrationStatus[],
    mendings: readonly Mending[],
  ): Promise<void> {
    const claimed = new Set(mendings.flatMap(({verb, version}) => (verb === 'applied' ? [version] : [])))
    if (claimed.size === 0) return
    const whole = all.flatMap(({migration, standing, version}) => {
      const isThere = standing === 'applied' || standing === 'changed' || claimed.has(version)
      return migration && isThere ? [migration] : []
    })
    const progress = this.progress()
    const changes = await this.walk(project, progress, (walk) =>
      progress.during('comparing the database with the migrations', async () => {
        const [{presentOf}, {differing}] = await Promise.all([
          import('../../history/present.ts'),
          import('../../history/match.ts'),
        ])
        const place = await walk.workplace([target.url])
        return differing(await presentOf(target.url, place), whole, place)
      }),
    )
    const hint = 'bring the database there, or let pgext migrate apply it'
    refuseDiffering(changes, target, `the applied migrations make with ${[...claimed].join(', ')}`, hint)
  }

  private async write(
    project: Project,
    target: Target,
    mendings: readonly Mending[],
    rows: readonly JournalRow[],
  ): Promise<void> {
    const [{mendJournal}, options] = await Promise.all([
      import('../../migrations/mend.ts'),
      applying(project.settings, target.url, this.progress()),
    ])
    await recorded(project, 'migrate', target.url, async (did) => {
      await withTarget(target, (db) => mendJournal(db, mendings, rows, options))
      for (const {verb, version} of mendings) did({message: `mended the journal: ${verb} ${version}`})
    })
  }
}

const saysOf = ({edited}: Ailment, verb: Remedy): string =>
  edited && verb === 'accept' ? 'what is done of it is right as the file has it now: go on behind that' : SAYS[verb]

const sentence = (one: Ailment, verb: Remedy): string => `${one.file}: ${saysOf(one, verb)}`

function refuseTwice(versions: readonly string[]): void {
  const twice = versions.find((version, at) => versions.indexOf(version) !== at)
  if (twice) throw new PgextError('usage', `${twice} is named twice`, {hint: 'say one thing of each migration'})
}

/** Only what is so can be said of it. */
function meant({verb, version}: {readonly verb: Remedy; readonly version: string}, ailments: readonly Ailment[]): Mending {
  const found = ailments.find((one) => one.version === version)
  if (!found?.remedies.includes(verb)) {
    const why = !found
      ? 'nothing is wrong with it, or there is no such migration'
      : `it is ${found.kind}${found.remedies.length > 0 ? `, which --${found.remedies.join(', --')} would mend` : ''}`
    throw new PgextError('usage', `--${verb} ${version} mends nothing: ${why}`, {
      hint: 'pgext migrate:repair without flags lists what is wrong, and what mends it',
    })
  }
  const {migration, block, edited} = found
  if (verb === 'forget') return {verb, version}
  if (verb === 'accept') return {verb, version, migration: migration!, ...(edited && {edited})}
  if (verb === 'applied') return {verb, version, migration: migration!}
  return {verb, version, migration: migration!, block: block!}
}
