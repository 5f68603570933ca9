// The project's database URL in, the database gone: asked first, and never one that pgext.json guards.
import {Flags} from '@oclif/core'
import {PgextCommand, urlFlag} from '../../terminal/command.ts'
import {agreeToDrop, dropTarget, targetOf} from '../../terminal/database.ts'

export default class DbDrop extends PgextCommand {
  static override description = `drop the database that DATABASE_URL names, with everything in it

Asks for its name first. Refuses a database that "guarded" in pgext.json names.`
  static override usage = 'db:drop [--yes] [--force] [--url URL]'
  static override examples = [
    {description: 'asks, then drops', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'in a script, whoever is connected', command: '<%= config.bin %> <%= command.id %> --force'},
  ]
  static override flags = {
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    force: Flags.boolean({description: "do not ask, and end other people's sessions and replication"}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DbDrop)
    const project = await this.project(flags)
    const target = await targetOf(project)
    await agreeToDrop(project, target, flags.yes || flags.force)
    const dropped = await dropTarget(target, flags.force)
    this.log(dropped ? `${this.paint('red', 'dropped')} database ${target.name}` : `there is no database ${target.name}`)
    return {database: target.name, dropped}
  }
}
