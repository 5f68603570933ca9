// The migration that was applied last in; one that leads back written and applied.
import {Flags} from '@oclif/core'
import {canAsk} from '../../terminal/ask.ts'
import {carryOut} from '../../terminal/carry.ts'
import {allowFlag, onlineFlag, PgextCommand, preflightFlag, proveFlag, TO_DO, urlFlag} from '../../terminal/command.ts'
import {refuseUnallowed} from '../../terminal/cover.ts'
import {reachTarget, targetOf} from '../../terminal/database.ts'
import {dangerLines, proofLines} from '../../terminal/difference.ts'
import {answersIn, candidateNotes, renameFlags} from '../../terminal/rename.ts'
import {showPlan} from '../../terminal/show.ts'
import {lastApplied, refuseConverted} from '../../terminal/undo.ts'

export default class MigrateUndo extends PgextCommand {
  static override description = `go back to the state before the last migration

Plans the way from what the migrations make to what they make without the last one,
proves it, and writes and applies it as a new migration: what was applied stays on record.
Rows that the last migration took away do not come back. Your files are not touched:
bring them back too, or the next pgext migrate makes the change again.`
  static override usage = 'migrate:undo [--dry-run] [--allow HAZARD] [--yes] [--url URL]'
  static override examples = [
    {description: 'what would be done', command: '<%= config.bin %> <%= command.id %> --dry-run'},
    {description: 'take a table away again', command: '<%= config.bin %> <%= command.id %> --allow data-loss'},
  ]
  static override flags = {
    'dry-run': Flags.boolean({description: 'show what would be done, and do nothing'}),
    yes: Flags.boolean({char: 'y', description: 'do not ask before applying'}),
    online: onlineFlag,
    prove: proveFlag,
    allow: allowFlag,
    preflight: preflightFlag,
    ...renameFlags,
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(MigrateUndo)
    const project = await this.project(flags)
    const target = await targetOf(project)
    await reachTarget(target)
    const undo = await lastApplied(project, target)
    const {migration, before, renames} = undo
    const allow = new Set([...project.settings.allow, ...(flags.allow ?? [])])
    const progress = this.progress()
    const answers = await answersIn(flags)
    const asks = canAsk() && !flags.yes && !this.jsonEnabled()
    return this.walk(project, progress, async (walk) => {
      const way = await progress.during(`planning the way back from ${migration.path}`, () =>
        walk.difference({
          from: 'migrations',
          to: before,
          online: flags.online,
          prove: flags.prove,
          allow,
          renames: {...answers, where: renames},
        }),
      )
      for (const note of [...way.notes, ...candidateNotes(way, 'passed')]) this.note(`note: ${note}`)
      if (way.plan.steps.length === 0) {
        this.log(`${migration.path} made no difference that pgext compares: nothing to undo`)
        return {undoes: migration.path, written: null, applied: [], sql: ''}
      }
      const dryRun = flags['dry-run']
      const {sql, text} = await showPlan(way, {whole: dryRun, allowed: project.settings.refuse, paint: this.paint})
      this.log(text)
      if (!dryRun) refuseConverted(undo, allow)
      if (!dryRun) refuseUnallowed(way, flags, project)
      for (const line of [...dangerLines(way, this.paint), ...proofLines(way, this.paint)]) this.note(line)
      const stage = this.stage({project, target, progress, asks, dryRun, preflight: flags.preflight, outOfOrder: false})
      const carried = await carryOut(way, dryRun ? undefined : `undo_${migration.name}`, sql, stage)
      if (dryRun) process.exitCode = TO_DO
      else this.note('note: your files still say otherwise: bring them back too, or the next pgext migrate makes it again')
      return {undoes: migration.path, ...carried, sql}
    })
  }
}
