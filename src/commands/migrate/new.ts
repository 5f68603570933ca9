// A name in, a migration file with what no migration covers yet, or with nothing yet, out; nothing is applied.
import {join} from 'node:path'
import {Args, Flags} from '@oclif/core'
import type {Migration} from '../../migrations/file.ts'
import type {Project} from '../../project/model.ts'
import {canAsk} from '../../terminal/ask.ts'
import {allowFlag, onlineFlag, PgextCommand, proveFlag, strictFlag, TO_DO} from '../../terminal/command.ts'
import {findUncovered, refuseUnallowed} from '../../terminal/cover.ts'
import {checkedFiles, checkName, keepSum, readFiles, writeEmpty, writeMigration} from '../../terminal/migration.ts'
import {candidateNotes, renameFlags} from '../../terminal/rename.ts'
import {renameLines, summaryLines} from '../../terminal/summary.ts'

export default class MigrateNew extends PgextCommand {
  static override description = `write what no migration covers as a new file, and apply nothing

Needs no database: it compares the replay of migrations/ with your files.
--empty writes a file for statements of your own, --edit opens what was written.
Edited by you, it is replayed, and you are told whether migrations lead where your files say.`
  static override usage = 'migrate:new NAME [--empty] [--edit] [--allow HAZARD]'
  static override examples = [
    {description: 'writes migrations/<time>_due_dates.sql', command: '<%= config.bin %> <%= command.id %> due_dates'},
    {description: 'one that drops a column', command: '<%= config.bin %> <%= command.id %> drop_notes --allow data-loss'},
    {description: 'one written by hand', command: '<%= config.bin %> <%= command.id %> fill_due_dates --empty --edit'},
  ]
  static override args = {name: Args.string({required: true, description: 'what it is for: lower case, digits, underscores'})}
  static override flags = {
    empty: Flags.boolean({description: 'compare nothing: a file that you fill'}),
    edit: Flags.boolean({description: 'open it in $VISUAL or $EDITOR, and replay what you made of it'}),
    online: onlineFlag,
    prove: proveFlag,
    strict: strictFlag,
    allow: allowFlag,
    ...renameFlags,
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(MigrateNew)
    await checkName(args.name)
    const project = await this.project(flags)
    const editor = flags.edit ? (await import('../../terminal/editor.ts')).editorOf() : undefined
    if (flags.empty) {
      const made = await writeEmpty(project, args.name)
      this.log(`${this.paint('green', 'wrote')} ${made.path}`)
      if (!editor) this.note('hint: once you have filled it, take it as it is: pgext migrate:sum')
      return {written: made.path, ...(editor && (await this.edited(project, made, editor)))}
    }
    await checkedFiles(project)
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
    const made = await writeMigration(project, args.name, difference)
    this.log([...renameLines(difference, this.paint), ...summaryLines(difference.changes, this.paint)].join('\n'))
    for (const line of [...dangerLines(difference, this.paint), ...proofLines(difference, this.paint)]) this.note(line)
    this.log(`${this.paint('green', 'wrote')} ${made.path}`)
    const json = {...differenceJson(difference, renderSql(difference.plan, {transactions: true})), written: made.path}
    return {...json, ...(editor && (await this.edited(project, made, editor)))}
  }

  /** What a person made of it is proven by nobody: it is replayed, and held against the files. */
  private async edited(project: Project, {path, checksum, version}: Migration, editor: string): Promise<object> {
    const {edit} = await import('../../terminal/editor.ts')
    const file = join(project.migrationsFolder, path.split(/[\\/]/).at(-1)!)
    const failed = await edit(editor, file, path, this.jsonEnabled()).catch((error) => error)
    const files = await readFiles(project)
    await keepSum(project, files)
    if (failed) throw failed
    const now = files.find((one) => one.version === version)
    if (!now) {
      this.log(`${path} is gone: no migration was written`)
      return {written: null, edited: true}
    }
    if (now.checksum === checksum) return {edited: false}
    const progress = this.progress()
    const left = await this.walk(project, progress, (walk) => findUncovered(walk, progress, {online: false, prove: false}))
    const leads = left.plan.steps.length === 0
    if (leads) this.log(`${this.paint('green', 'replayed')}: migrations lead where your files say`)
    else {
      process.exitCode = TO_DO
      this.log(`${this.paint('yellow', 'replayed')}: migrations do not lead where your files say; what is left is`)
      this.log(summaryLines(left.changes, this.paint).join('\n'))
      this.note(`hint: edit ${path} again, or write the rest: pgext migrate:new NAME`)
    }
    const {changeJson} = await import('../../terminal/difference.ts')
    return {edited: true, leads, left: left.changes.map(changeJson)}
  }
}
