// The project's database in, the same made anew out: dropped, created, migrated, functions deployed, seeded.
import {Flags} from '@oclif/core'
import {keepInStep, keptLines} from '../../terminal/capture.ts'
import {PgextCommand, urlFlag} from '../../terminal/command.ts'
import {agreeToDrop, createTarget, dropTarget, targetOf} from '../../terminal/database.ts'
import {deployFunctions} from '../../terminal/deploy.ts'
import {applyPending, checkedFiles, checkRoles, withTarget} from '../../terminal/migration.ts'
import {refuseBroken} from '../../terminal/reset.ts'
import {runSeeds} from '../../terminal/seed.ts'

export default class DbReset extends PgextCommand {
  static override description = `drop the database and make it anew: migrations, functions, seeds

Asks for its name first. Refuses a database that "guarded" in pgext.json names.`
  static override usage = 'db:reset [--yes] [--force] [--url URL]'
  static override examples = [
    {description: 'asks, then starts over', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'in a script, whoever is connected', command: '<%= config.bin %> <%= command.id %> --force'},
  ]
  static override flags = {
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    force: Flags.boolean({description: "do not ask, and end other people's sessions and replication"}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DbReset)
    const project = await this.project(flags)
    const target = await targetOf(project)
    // before a question that leads to nothing
    await checkedFiles(project)
    await agreeToDrop(project, target, flags.yes || flags.force)
    const progress = this.progress()
    const done = (what: string) => this.log(`${this.paint('green', what.split(' ')[0]!)} ${what.split(' ').slice(1).join(' ')}`)
    const {files, uncovered} = await this.walk(project, progress, (walk) =>
      refuseBroken(project, walk, {progress, isLocal: false}),
    )
    await checkRoles(target, uncovered.desired.loaded)
    if (uncovered.plan.steps.length > 0) this.note('note: no migration covers all of your files: run pgext migrate --name NAME')
    const dropped = await progress.during('dropping', () => dropTarget(target, flags.force))
    await progress.during('creating', () => createTarget(target))
    done(`${dropped ? 'recreated' : 'created'} database ${target.name}`)
    const {applied, kept} = await withTarget(target, async (db) => ({
      applied: await applyPending(project, target, progress, files, db),
      kept: await keepInStep(uncovered, project, target, progress, db),
    }))
    for (const {file} of applied) done(`applied ${file}`)
    for (const line of kept ? keptLines(kept) : []) done(line)
    const functions = await this.walk(project, progress, (walk) =>
      deployFunctions(walk, {url: target.url, prove: false}, {project, progress, unchecked: true}),
    )
    const deployed = functions.deployment.waiting.length
    if (deployed > 0) done(`deployed functions: ${deployed}`)
    const seeded = await progress.during('seeding', () => runSeeds(project, target.url))
    for (const {file} of seeded) done(`ran ${file.path}`)
    return {database: target.name, dropped, applied, deployed, seeded: seeded.length > 0}
  }
}
