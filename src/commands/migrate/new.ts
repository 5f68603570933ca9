// A name in, a migration file with what no migration covers yet out; nothing is applied.
import {Args} from '@oclif/core'
import {canAsk} from '../../terminal/ask.ts'
import {allowFlag, onlineFlag, PgextCommand, proveFlag, strictFlag} from '../../terminal/command.ts'
import {findUncovered, refuseUnallowed} from '../../terminal/cover.ts'
import {checkName, writeMigration} from '../../terminal/migration.ts'
import {candidateNotes, renameFlags} from '../../terminal/rename.ts'
import {renameLines, summaryLines} from '../../terminal/summary.ts'

export default class MigrateNew extends PgextCommand {
  static override description = `write what no migration covers as a new file, and apply nothing

Needs no database: it compares the replay of migrations/ with your files.`
  static override usage = 'migrate:new NAME [--allow HAZARD]'
  static override examples = [
    {description: 'writes migrations/<time>_due_dates.sql', command: '<%= config.bin %> <%= command.id %> due_dates'},
    {description: 'one that drops a column', command: '<%= config.bin %> <%= command.id %> drop_notes --allow data-loss'},
  ]
  static override args = {name: Args.string({required: true, description: 'what it is for: lower case, digits, underscores'})}
  static override flags = {online: onlineFlag, prove: proveFlag, strict: strictFlag, allow: allowFlag, ...renameFlags}

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(MigrateNew)
    await checkName(args.name)
    const project = await this.project(flags)
    const progress = this.progress()
    const difference = await this.walk(project, progress, (walk) =>
      findUncovered(walk, progress, flags, canAsk() && !this.jsonEnabled()),
    )
    const {dangerLines, differenceJson, proofLines} = await import('../../terminal/difference.ts')
    const {renderSql} = await import('../../diff/render.ts')
    for (const note of [...difference.notes, ...candidateNotes(difference, 'passed')]) this.note(`note: ${note}`)
    if (difference.plan.steps.length === 0) {
      this.log('the migrations cover everything in your files')
      return {...differenceJson(difference, ''), written: null}
    }
    refuseUnallowed(difference, flags, project)
    const {path: written} = await writeMigration(project, args.name, difference)
    this.log([...renameLines(difference, this.paint), ...summaryLines(difference.changes, this.paint)].join('\n'))
    for (const line of [...dangerLines(difference, this.paint), ...proofLines(difference, this.paint)]) this.note(line)
    this.log(`${this.paint('green', 'wrote')} ${written}`)
    return {...differenceJson(difference, renderSql(difference.plan, {transactions: true})), written}
  }
}
