// A database in; pg_events in it, capturing what the declaration says, out.
import {Flags} from '@oclif/core'
import {PgextCommand, urlFlag} from '../../terminal/command.ts'
import {onTarget} from '../../terminal/events.ts'

export default class EventsInstall extends PgextCommand {
  static override description = `capture changes of the tables that publication pg_events names

pgext migrate does this where schema.sql declares pg_events. What is there already is left;
what capture lacks is made. By WAL where the server has wal_level = logical and your role may
replicate, else by a queue that triggers write to.`
  static override usage = 'events:install [--capture auto|wal|queue] [--url URL]'
  static override examples = [{description: 'into this project’s database', command: '<%= config.bin %> <%= command.id %>'}]
  static override flags = {
    capture: Flags.string({
      options: ['auto', 'wal', 'queue'],
      description: 'by which engine, instead of "realtime" in pgext.json',
    }),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(EventsInstall)
    const project = await this.project(flags)
    const {install} = await import('../../events/install.ts')
    const {capture, history} = project.settings.realtime
    const wanted = {capture: (flags.capture as typeof capture | undefined) ?? capture, history}
    const {installed, statements} = await onTarget(project, (db) => install(db, wanted))
    const {engine, version} = installed
    this.log(`${this.paint('green', 'installed')} pg_events ${version}, engine ${engine}`)
    for (const statement of statements) this.log(this.paint('dim', `  ${statement.split('\n')[0]}`))
    return {engine, version, statements}
  }
}
