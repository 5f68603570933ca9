// A database in; what is captured in it, who reads, and how far behind, out.
import {PgextError} from '../../errors.ts'
import {PgextCommand, TO_DO, urlFlag} from '../../terminal/command.ts'
import {onTarget} from '../../terminal/events.ts'

export default class EventsStatus extends PgextCommand {
  static override description = `show which tables are realtime, how they are captured, who reads and how far behind

Exit code 2 where capture is not what the declaration says, or a consumer lost something.`
  static override usage = 'events:status [--json] [--url URL]'
  static override flags = {url: urlFlag}

  async run(): Promise<unknown> {
    const {flags} = await this.parse(EventsStatus)
    const project = await this.project(flags)
    const [{readStatus}, {statusLines}] = await Promise.all([
      import('../../events/status.ts'),
      import('../../terminal/events.ts'),
    ])
    const status = await onTarget(project, readStatus)
    if (!status.installed)
      throw new PgextError('events-missing', 'pg_events is not installed in this database', {hint: 'pgext events:install'})
    if (status.pending.length > 0 || status.consumers.some(({isLost}) => isLost)) process.exitCode = TO_DO
    this.log(statusLines(status, this.paint).join('\n'))
    return status
  }
}
