// Files, migrations and a database in; a migration written where one is missing, and all that are pending applied.
import {Flags} from '@oclif/core'
import type {Project} from '../../project/model.ts'
import {askText, canAsk} from '../../terminal/ask.ts'
import {capturingText, followingIn, followingNotes} from '../../terminal/capture.ts'
import {carryOut} from '../../terminal/carry.ts'
import {
  allowFlag,
  checkMeasure,
  measureFlag,
  onlineFlag,
  outOfOrderFlag,
  PgextCommand,
  preflightFlag,
  proveFlag,
  strictFlag,
  TO_DO,
  urlFlag,
} from '../../terminal/command.ts'
import {findUncovered, refuseUnallowed} from '../../terminal/cover.ts'
import {reachTarget, targetOf} from '../../terminal/database.ts'
import {capturingJson, count, dangerLines, proofLines, stepsJson, unseenNotes} from '../../terminal/difference.ts'
import {checkedFiles, checkName} from '../../terminal/migration.ts'
import {recorded} from '../../terminal/record.ts'
import {candidateNotes, renameFlags} from '../../terminal/rename.ts'
import {showPlan} from '../../terminal/show.ts'
import type {Difference} from '../../walk/model.ts'

export default class Migrate extends PgextCommand {
  static override description = `bring the database to what your files say

What no migration covers becomes a new file in migrations/: its name is asked for on
a terminal, or given by --name. Then all that are pending are applied, in order.
Without a name nothing is written or applied, and it exits with 2.`
  static override usage = 'migrate [--name NAME] [--dry-run] [--measure] [--allow HAZARD] [--yes] [--url URL]'
  static override examples = [
    {description: 'write and apply', command: '<%= config.bin %> <%= command.id %> --name due_dates'},
    {description: 'show what would be written and applied', command: '<%= config.bin %> <%= command.id %> --dry-run'},
    {
      description: 'what was reviewed, and nothing else',
      command: '<%= config.bin %> <%= command.id %> --plan plan.json --name due_dates',
    },
    {description: 'in production: apply what is pending', command: '<%= config.bin %> <%= command.id %> --yes'},
  ]
  static override flags = {
    name: Flags.string({helpValue: 'NAME', description: 'of a new migration, when one is needed'}),
    'dry-run': Flags.boolean({description: 'show what would be done, and do nothing'}),
    yes: Flags.boolean({char: 'y', description: 'do not ask before applying'}),
    plan: Flags.string({helpValue: 'FILE', description: 'write and apply what pgext diff --out wrote, or nothing'}),
    online: onlineFlag,
    prove: proveFlag,
    measure: measureFlag,
    strict: strictFlag,
    allow: allowFlag,
    preflight: preflightFlag,
    'out-of-order': outOfOrderFlag,
    ...renameFlags,
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Migrate)
    checkMeasure(flags)
    if (flags.name) await checkName(flags.name)
    const project = await this.project(flags)
    await checkedFiles(project)
    const target = await targetOf(project)
    await reachTarget(target)
    const progress = this.progress()
    const dryRun = flags['dry-run']
    const asks = canAsk() && !flags.yes && !this.jsonEnabled()
    const planned = flags.plan ? await this.planned(flags.plan, target.url, project) : undefined
    const options = planned
      ? {...flags, ...planned.options, prove: flags.prove && (flags.measure || !planned.file.proven)}
      : flags
    const carry = () =>
      this.walk(project, progress, async (walk) => {
        const found = await findUncovered(walk, progress, options, asks && !dryRun)
        planned?.check(found)
        const proven = planned?.file.proven
        const uncovered =
          proven && !found.proof ? {...found, proof: {...proven, planted: 0, unplanted: [], dataDependent: []}} : found
        const candidates = candidateNotes(uncovered, dryRun ? 'all' : 'passed')
        for (const note of [...uncovered.notes, ...unseenNotes(uncovered), ...candidates]) this.note(`note: ${note}`)
        const isCovered = uncovered.plan.steps.length === 0
        const sql = isCovered ? '' : await this.show(uncovered, dryRun || flags.measure, project.settings.refuse)
        const looked = flags.measure ? stepsJson(uncovered) : {}
        if (!isCovered && !dryRun) refuseUnallowed(uncovered, flags, project)
        for (const line of [...dangerLines(uncovered, this.paint), ...proofLines(found, this.paint)]) this.note(line)
        const name =
          isCovered || dryRun ? undefined : (flags.name ?? (asks ? await askText('name of the new migration') : undefined))
        if (!isCovered && !dryRun && !name) return this.leave(uncovered, {sql, ...looked})
        if (proven) this.note(`${this.paint('green', 'as planned')} and proven at ${planned!.file.made}`)
        const stage = this.stage({
          project,
          target,
          progress,
          asks,
          dryRun,
          preflight: flags.preflight,
          outOfOrder: flags['out-of-order'],
        })
        const carried = await carryOut(uncovered, name, sql, stage)
        const {applied, pending} = carried
        if (dryRun) {
          const capture = await followingIn(walk, uncovered, pending, progress)
          const follows = capture ? await capturingText(capture, this.paint, 'what follows, in the same transactions') : ''
          if (follows) this.log(`\n${follows}`)
          for (const note of followingNotes(capture)) this.note(`note: ${note}`)
          if (pending.length === 0 && isCovered && !follows) this.log('nothing to do')
          else process.exitCode = TO_DO
          return {...carried, sql, ...looked, ...(capture && {capture: capturingJson(capture)})}
        }
        if (applied.length === 0) this.log(`${target.name} is up to date`)
        if (project.settings.versioned) return {...carried, waiting: 0, sql, ...looked}
        const functions = await progress.during('comparing functions', () => walk.functions({url: target.url, prove: false}))
        const {countEdits} = await import('../../terminal/function.ts')
        const waiting = countEdits([...functions.changes, ...functions.waiting]) + functions.renames.length
        if (waiting > 0) this.log(`${this.paint('yellow', 'waiting')} for pgext deploy-functions: ${count(waiting, 'object')}`)
        return {...carried, waiting, sql, ...looked}
      })
    return dryRun ? carry() : recorded(project, 'migrate', target.url, carry)
  }

  /** What somebody reviewed: it was proven then, and must be what would be planned now. */
  private async planned(path: string, url: string, project: Project) {
    const [{digestOf, readPlan, refuseMoved}, {identify}] = await Promise.all([
      import('../../terminal/plan.ts'),
      import('../../walk/identity.ts'),
    ])
    const file = await readPlan(path)
    const [now, migrations] = [await identify(url), await digestOf(project)]
    const options = {online: file.online, rename: [...file.answers.rename], 'no-rename': [...file.answers['no-rename']]}
    return {file, options, check: (difference: Difference) => refuseMoved(file, now, migrations, difference)}
  }

  /** The summary, or the SQL itself: in a dry run, and where somebody wants to know what each step does. */
  private async show(difference: Difference, whole: boolean, allowed: readonly string[]): Promise<string> {
    const {sql, text} = await showPlan(difference, {whole, allowed, paint: this.paint})
    this.log(text)
    return sql
  }

  private leave(difference: Difference, beside: {readonly sql: string}): unknown {
    process.exitCode = TO_DO
    this.log('no migration covers this yet, and nothing was written or applied: run pgext migrate --name NAME')
    return {written: null, applied: [], changes: difference.changes.length, ...beside}
  }
}
