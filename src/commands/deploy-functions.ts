// functions/ in, the same functions in the database out: one transaction, in the order in which they need each other.
import {Flags} from '@oclif/core'
import {PgextCommand, proveFlag, strictFlag, TO_DO, urlFlag} from '../terminal/command.ts'
import {targetOf} from '../terminal/database.ts'
import {applyFunctions} from '../terminal/deploy.ts'

const isRoutine = (kind: string): boolean => ['function', 'procedure', 'aggregate'].includes(kind)

export default class DeployFunctions extends PgextCommand {
  static override description = `bring the functions of functions/ to the database

What differs is replaced, or dropped and made anew where the signature changed, in
one transaction and in dependency order, proven on a throwaway copy first.`
  static override usage = 'deploy-functions [--dry-run] [--url URL]'
  static override examples = [
    {description: 'bring them there', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'only show what would be done; exits 2 when there is something',
      command: '<%= config.bin %> <%= command.id %> --dry-run',
    },
  ]
  static override flags = {
    'dry-run': Flags.boolean({description: 'show what would be done, and do nothing'}),
    prove: proveFlag,
    strict: strictFlag,
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DeployFunctions)
    const project = await this.project(flags)
    const target = await targetOf(project)
    const progress = this.progress()
    const difference = await this.walk(project, progress, (walk) =>
      progress.during('comparing functions', () => walk.functions({url: target.url, prove: flags.prove})),
    )
    const {count, dangerLines, differenceJson, isEqual, proofLines, refuseUncompared, refuseUnseen, unseenNotes} = await import(
      '../terminal/difference.ts'
    )
    const {countEdits, functionLines} = await import('../terminal/function.ts')
    const {renameLines} = await import('../terminal/summary.ts')
    const {renderSql} = await import('../diff/render.ts')
    for (const note of [...difference.notes, ...unseenNotes(difference)]) this.note(`note: ${note}`)
    refuseUncompared([difference.current, difference.desired], flags.strict || project.settings.strict)
    refuseUnseen(difference, isRoutine)
    const equal = isEqual({...difference, unseen: []})
    const changes = [...difference.changes, ...difference.waiting]
    for (const line of [...renameLines(difference, this.paint), ...functionLines(changes, this.paint)]) this.log(line)
    for (const line of [...dangerLines(difference, this.paint), ...proofLines(difference, this.paint)]) this.note(line)
    const dryRun = flags['dry-run']
    if (!equal && !dryRun) await progress.during('deploying', () => applyFunctions(target.url, difference.plan))
    if (!equal && dryRun) process.exitCode = TO_DO
    if (equal) this.log('every function is as functions/ says')
    else if (!dryRun)
      this.log(
        `${this.paint('green', 'deployed')} ${count(countEdits(changes) + difference.renames.length, 'object')} to ${target.name}`,
      )
    return {
      ...differenceJson(difference, equal ? '' : renderSql(difference.plan, {transactions: true})),
      deployed: !equal && !dryRun,
    }
  }
}
