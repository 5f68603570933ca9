// A project and a target in; what was deployed there last, and what a deployment would do now, out.
import {Args} from '@oclif/core'
import {holderOf, readHistory} from '../../deploy/history.ts'
import {PgextCommand, TO_DO, urlFlag} from '../../terminal/command.ts'
import type {Style} from '../../terminal/paint.ts'

const STYLES: Record<string, Style> = {done: 'green', failed: 'red', cut: 'red', running: 'yellow'}

export default class DeployStatus extends PgextCommand {
  static override description = `list the last deployments to a target, and what the next one would do

Exits 0 when the last one came to its end and nothing is left to do, 2 when not.`
  static override usage = 'deploy:status [TARGET] [--url URL]'
  static override args = {target: Args.string({description: 'as "targets" in pgext.json call it'})}
  static override examples = [
    {description: 'of a target', command: '<%= config.bin %> <%= command.id %> production'},
    {description: 'for a program', command: '<%= config.bin %> <%= command.id %> production --json'},
  ]
  static override flags = {url: urlFlag}

  async run(): Promise<unknown> {
    const {flags, args} = await this.parse(DeployStatus)
    const [{destinationOf}, {withTarget}, {outlook}] = await Promise.all([
      import('../../release/destination.ts'),
      import('../../terminal/migration.ts'),
      import('../../release/outlook.ts'),
    ])
    const destination = destinationOf(await this.project({folder: flags.folder}), args.target, flags.url)
    const {history, holder} = await withTarget(destination, async (db) => ({
      history: await readHistory(db),
      holder: await holderOf(db),
    }))
    // one that is said to run, and that nobody holds, was cut off
    const told = history.map((one) => (one.state === 'running' && !holder ? {...one, state: 'cut' as const} : one))
    if (told.length === 0) this.log(`nothing was deployed to ${destination.label} yet`)
    for (const {id, state, began_at, deployed_by, git_commit, steps, error} of told) {
      const at = began_at.slice(0, 16).replace('T', ' ')
      const commit = git_commit ? `  ${git_commit.slice(0, 12)}${git_commit.includes(' ') ? ' with changes' : ''}` : ''
      this.log(`${String(id).padStart(4)}  ${this.paint(STYLES[state]!, state.padEnd(7))}  ${at} by ${deployed_by}${commit}`)
      const where = steps.find((one) => one.state === 'failed' || one.state === 'running')
      if (state !== 'done' && where) this.log(`      at step ${where.step}${error ? `: ${error.split('\n')[0]}` : ''}`)
    }
    const progress = this.progress()
    const next = await this.walk(destination.project, progress, (walk) => outlook(destination, walk, progress))
    for (const line of next.lines) this.log(`${this.paint('yellow', 'next')}  ${line}`)
    const isOver = told.length === 0 || told[0]!.state === 'done'
    if (next.lines.length > 0 || !isOver) process.exitCode = TO_DO
    else if (told.length > 0) this.log('nothing is left to do')
    return {target: destination.label, database: destination.shown, deployments: told, next: next.json}
  }
}
