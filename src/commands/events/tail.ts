// A database in; its changes on stdout as they are committed.
import {Args, Flags} from '@oclif/core'
import {PgextError} from '../../errors.ts'
import {PgextCommand, urlFlag} from '../../terminal/command.ts'
import {targetOf} from '../../terminal/database.ts'
import {whileRead} from '../../terminal/serve.ts'

export default class EventsTail extends PgextCommand {
  static override description = `show changes of realtime tables as they are committed

All of them, or those of the tables named. With --json each is a line of JSON, with the token
to go on from; messages of pgext.emit are among them. Reads beside all consumers, and leaves
nothing behind. Ctrl-C ends it.`
  static override usage =
    'events:tail [TABLE]... [--filter SQL] [--since TOKEN] [--channel NAME]... [--count N] [--json] [--url URL]'
  static override examples = [
    {description: 'everything', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'of two tables', command: '<%= config.bin %> <%= command.id %> task sales.order'},
    {description: 'some rows of one', command: `<%= config.bin %> <%= command.id %> task --filter "title like 'a%'"`},
  ]
  static override strict = false
  static override args = {table: Args.string({description: 'a table of schema public, or schema.table', required: false})}
  static override flags = {
    since: Flags.string({helpValue: 'TOKEN', description: 'go on after this event, as --json shows it'}),
    channel: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
      description: 'messages of this channel; once for each',
    }),
    filter: Flags.string({helpValue: 'SQL', description: "only changes that meet this, before or after them: status = 'open'"}),
    count: Flags.integer({helpValue: 'N', min: 1, description: 'end after so many'}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {argv, flags} = await this.parse(EventsTail)
    const {url} = await targetOf(await this.project(flags))
    const [{openSource, notRealtime}, {entriesOf}, {withNotices}, {eventLine}] = await Promise.all([
      import('../../events/events.ts'),
      import('../../events/entries.ts'),
      import('../../events/notice.ts'),
      import('../../terminal/event.ts'),
    ])
    const where = flags.filter === undefined ? undefined : await (await import('../../events/where.ts')).Where.read(flags.filter)
    const stop = whileRead()
    const {source, side} = await openSource({url, since: flags.since, signal: stop.signal})
    const tables = argv.length > 0 ? new Set(argv as string[]) : undefined
    const {channel} = flags
    const wanted = {...(tables && {tables}), ...(channel && {channels: new Set(channel)}), ...(where && {where})}
    if (!this.jsonEnabled())
      this.note(this.paint('dim', `reading ${source.engine === 'wal' ? 'the WAL' : 'the queue'}; Ctrl-C ends it`))
    const missing = tables && (await notRealtime(side, tables))
    let left = flags.count ?? Number.POSITIVE_INFINITY
    try {
      if (missing)
        throw new PgextError('usage', `table ${missing} is not realtime`, {
          hint: 'pgext events:status lists those that are; publication pg_events declares them',
        })
      const committed = entriesOf(source, side, wanted, {isTail: true, isDone: () => true, leave: () => {}})
      for await (const entries of channel ? withNotices(committed, side, channel) : committed) {
        for (const {json} of entries) {
          if (left-- <= 0 || stop.signal.aborted) break
          process.stdout.write(this.jsonEnabled() ? `${json}\n` : `${eventLine(JSON.parse(json), this.paint)}\n`)
        }
        if (left <= 0 || stop.signal.aborted) break
      }
    } finally {
      await source.close()
      await side.close()
    }
    return undefined
  }

  /** Lines were written as they came. */
  protected override logJson(json: unknown): void {
    if (json !== undefined) super.logJson(json)
  }
}
