// A consumer's name in; what the database keeps for it gone.
import {Args} from '@oclif/core'
import {PgextCommand, urlFlag} from '../../terminal/command.ts'
import {onTarget} from '../../terminal/events.ts'

export default class EventsDropConsumer extends PgextCommand {
  static override description = `forget a named consumer: its replication slot, or its place in the queue

What it has not read yet is kept for it no longer.`
  static override usage = 'events:drop-consumer NAME [--url URL]'
  static override args = {name: Args.string({required: true, description: 'as events:status shows it'})}
  static override flags = {url: urlFlag}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(EventsDropConsumer)
    const project = await this.project(flags)
    const {dropConsumer} = await import('../../events/drop.ts')
    await onTarget(project, (db) => dropConsumer(db, args.name))
    this.log(`${this.paint('green', 'dropped')} consumer ${args.name}`)
    return {consumer: args.name}
  }
}
