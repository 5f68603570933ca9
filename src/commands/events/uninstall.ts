// A database in; pg_events gone from it, with its consumers.
import {Flags} from '@oclif/core'
import {PgextError} from '../../errors.ts'
import {askText, canAsk} from '../../terminal/ask.ts'
import {PgextCommand, urlFlag} from '../../terminal/command.ts'
import {onTarget} from '../../terminal/events.ts'

export default class EventsUninstall extends PgextCommand {
  static override description = `take pg_events away: its triggers, its publication, its consumers, its queue

Publication pg_events, which declares the tables, is yours and stays; so does the journal of
migrations. A REPLICA IDENTITY that pg_events set goes back to what it was.`
  static override usage = 'events:uninstall [--yes] [--url URL]'
  static override flags = {
    yes: Flags.boolean({description: 'do not ask'}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(EventsUninstall)
    const project = await this.project(flags)
    const [{readInstalled, uninstall}, {dropConsumers}] = await Promise.all([
      import('../../events/install.ts'),
      import('../../events/drop.ts'),
    ])
    const done = await onTarget(project, async (db) => {
      if (!(await readInstalled(db))) return false
      if (!flags.yes && !(await agrees(db.server.database))) return undefined
      await dropConsumers(db)
      await uninstall(db)
      return true
    })
    if (done === undefined)
      throw new PgextError('not-allowed', 'nothing was taken away', {hint: 'answer with the database’s name, or add --yes'})
    this.log(done ? `${this.paint('green', 'uninstalled')} pg_events` : 'pg_events is not installed')
    return {uninstalled: done}
  }
}

async function agrees(database: string): Promise<boolean> {
  if (!canAsk()) return false
  return (await askText(`what consumers have not read is lost; type ${database} to go on`)) === database
}
