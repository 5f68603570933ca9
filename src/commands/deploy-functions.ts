// functions/ in, the same functions in the database out: one transaction, in the order in which they need each other.
import {Args, Flags} from '@oclif/core'
import type {Finding} from '../bodies/model.ts'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import {allowFlag, PgextCommand, proveFlag, strictFlag, TO_DO, urlFlag} from '../terminal/command.ts'
import {targetOf} from '../terminal/database.ts'
import {type CarryOptions, callerLines, deployFunctions, isSettled} from '../terminal/deploy.ts'
import type {Placed} from '../terminal/finding.ts'
import type {Deployment, DeployRequest, Walk} from '../walk/model.ts'

const isRoutine = (kind: string): boolean => ['function', 'procedure', 'aggregate'].includes(kind)
const SETTLED = 'every function is as functions/ says'

interface Shown {
  readonly 'dry-run': boolean
  readonly check: boolean
  readonly prune: boolean
  readonly strict: boolean
  readonly allow?: string[]
}

export default class DeployFunctions extends PgextCommand {
  static override description = `bring the functions of functions/ to the database

What differs is replaced, or dropped and made anew where the signature changed, in
one transaction and in dependency order. Bodies are checked before they are live.`
  static override usage = 'deploy-functions [NAME…] [--dry-run | --check | --watch] [--keep-old] [--prune] [--url URL]'
  static override strict = false
  static override args = {name: Args.string({description: 'a function, with its schema or without; all by default'})}
  static override examples = [
    {description: 'bring them there', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'one, and what it needs', command: '<%= config.bin %> <%= command.id %> app.place_order'},
    {
      description: 'only show what would be done; exits 2 when there is something',
      command: '<%= config.bin %> <%= command.id %> --dry-run',
    },
  ]
  static override flags = {
    'dry-run': Flags.boolean({description: 'show what would be done, and do nothing', exclusive: ['check']}),
    check: Flags.boolean({description: 'only say whether the database is behind; exits 2 when it is', exclusive: ['watch']}),
    watch: Flags.boolean({
      char: 'w',
      description: 'deploy what is saved, as it is saved, until ctrl-C',
      exclusive: ['dry-run', 'json'],
    }),
    'keep-old': Flags.boolean({
      description: 'leave a function whose arguments change beside the new one, for those who still call it',
    }),
    prune: Flags.boolean({description: 'drop what pgext deployed and no file has any more, and what was kept'}),
    'check-bodies': Flags.boolean({
      allowNo: true,
      default: true,
      helpLabel: '    --no-check-bodies',
      description: 'deploy bodies that would fail, too',
    }),
    allow: allowFlag,
    prove: proveFlag,
    strict: strictFlag,
    url: urlFlag,
  }

  private shown = ''

  async run(): Promise<unknown> {
    const {flags, argv} = await this.parse(DeployFunctions)
    const project = await this.project(flags)
    if (project.settings.versioned)
      throw new PgextError('not-allowed', 'pgext.json says that functions are versioned, so nothing is left to deploy', {
        hint: 'pgext migrate writes what differs into a migration, and applies it',
      })
    const target = await targetOf(project)
    const progress = this.progress()
    const request = {
      url: target.url,
      prove: flags.prove && !flags.check,
      ...(argv.length > 0 && {names: argv as string[]}),
      keepOld: flags['keep-old'],
      prune: flags.prune,
      rehearse: flags['dry-run'] && flags.prove,
      unchecked: !flags['check-bodies'],
      // what is not compared is seen by a look at everything
      whole: flags.strict || project.settings.strict,
    }
    const agree = (deployment: Deployment) => this.show(deployment, project, flags)
    return this.walk(project, progress, async (walk) => {
      if (flags['dry-run'] || flags.check) {
        const deployment = await progress.during('comparing functions', () => walk.functions(request))
        await agree(deployment)
        const found = await this.tell(deployment.findings ?? [], deployment, project)
        if (isSettled(deployment)) this.log(SETTLED)
        else process.exitCode = TO_DO
        return this.json(deployment, found, false)
      }
      const options = {project, progress, agree, unchecked: !flags['check-bodies']}
      if (flags.watch) return this.follow(walk, request, options, flags.allow ?? [])
      const {deployment, findings, done} = await deployFunctions(walk, request, options)
      const found = await this.tell(findings, deployment, project)
      if (isSettled(deployment) && done) {
        this.log(SETTLED)
        return this.json(deployment, found, false)
      }
      const {count} = await import('../terminal/difference.ts')
      if (!done) {
        const faults = findings.filter(({level}) => level === 'error')
        const rules = [...new Set(faults.map(({rule}) => rule))].sort().join(', ')
        throw new PgextError('bad-sql', `${count(faults.length, 'fault')} in function bodies: nothing was deployed`, {
          hint: `mend what is said above, or run pgext migrate first where schema.sql has what is missing; a comment in a body, on that line or the one above, lets it through: -- pgext:ignore ${rules}; --no-check-bodies lets all through`,
        })
      }
      const {countEdits} = await import('../terminal/function.ts')
      const edits = countEdits(deployment.waiting) + deployment.renames.length
      this.log(`${this.paint('green', 'deployed')} ${count(edits, 'object')} to ${target.name}`)
      return this.json(deployment, found, true)
    })
  }

  /** A line for each thing that is deployed; what is wrong is said, and waits for the next change. */
  private async follow(walk: Walk, request: DeployRequest, {project, unchecked}: CarryOptions, allow: string[]): Promise<void> {
    const [{watchFiles}, {headlines}, {describe}, {openProgress}] = await Promise.all([
      import('../terminal/watch.ts'),
      import('../terminal/function.ts'),
      import('../terminal/error.ts'),
      import('../terminal/progress.ts'),
    ])
    const watching = await walk.watch(request.url)
    const progress = openProgress(true)
    const {refuseUnallowed} = await import('../terminal/deploy.ts')
    const agree = (deployment: Deployment) => refuseUnallowed(deployment, allow, project)
    this.log(`watching ${project.settings.functions}/: what is saved is live; ctrl-C ends`)
    const work = async () => {
      const began = performance.now()
      const options = {project, progress, agree, unchecked}
      const {deployment, findings, done} = await deployFunctions(
        {functions: (asked) => watching.deployment(asked), session: () => watching.session()},
        request,
        options,
      )
      await this.tell(findings, deployment, project)
      const time = this.paint('dim', `${Math.round(performance.now() - began)} ms`)
      if (done) for (const line of headlines(deployment.waiting, this.paint)) this.log(`${line}  ${time}`)
      else this.log(`${this.paint('red', 'not deployed')}  ${time}`)
    }
    const failed = (error: unknown) => this.note(describe(error, this.paint))
    await watchFiles({project, work, failed}).finally(() => watching.close())
  }

  /** What is to be done; what nobody has allowed ends here. */
  private async show(deployment: Deployment, project: Project, flags: Shown): Promise<void> {
    for (const note of deployment.notes) this.note(`note: ${note}`)
    const isStrict = flags.strict || project.settings.strict
    if (isStrict || deployment.unseen.length > 0) {
      const {refuseUncompared, refuseUnseen, unseenNotes} = await import('../terminal/difference.ts')
      for (const note of unseenNotes(deployment)) this.note(`note: ${note}`)
      refuseUncompared([deployment.current, deployment.desired], isStrict)
      refuseUnseen(deployment, isRoutine)
    }
    if (deployment.stale.length > 0 && !flags.prune)
      this.note(`note: pgext deployed what no file has any more, and --prune drops: ${deployment.stale.join(', ')}`)
    if (isSettled(deployment)) return
    const [{dangerLines, proofLines}, {besideLines, functionLines, headlines}, {renameLines}] = await Promise.all([
      import('../terminal/difference.ts'),
      import('../terminal/function.ts'),
      import('../terminal/summary.ts'),
    ])
    const edits = flags.check ? headlines(deployment.waiting, this.paint) : functionLines(deployment.waiting, this.paint)
    const told = [...renameLines(deployment, this.paint), ...edits].join('\n')
    // what can't be done in place is looked at once more
    if (told !== this.shown) this.log(told)
    this.shown = told
    if (flags.check) return
    for (const line of besideLines(deployment.plan.steps, deployment.waiting, this.paint)) this.log(line)
    for (const line of [
      ...callerLines(deployment),
      ...dangerLines(deployment, this.paint),
      ...proofLines(deployment, this.paint),
    ])
      this.note(line)
    if (flags['dry-run']) return
    const {refuseUnallowed} = await import('../terminal/deploy.ts')
    await refuseUnallowed(deployment, flags.allow ?? [], project)
  }

  /** What is wrong in bodies, where it stands in the files. */
  private async tell(findings: readonly Finding[], {written}: Deployment, project: Project): Promise<Placed[]> {
    if (findings.length === 0) return []
    const {findingLines, placeFindings} = await import('../terminal/finding.ts')
    const placed = await placeFindings(findings, written, () => project.sources())
    for (const finding of placed) for (const line of findingLines(finding, this.paint)) this.note(line)
    return placed
  }

  private async json(deployment: Deployment, findings: readonly Placed[], deployed: boolean): Promise<unknown> {
    if (!this.jsonEnabled()) return undefined
    const [{differenceJson}, {findingJson}, {renderSql}] = await Promise.all([
      import('../terminal/difference.ts'),
      import('../terminal/finding.ts'),
      import('../diff/render.ts'),
    ])
    const sql = deployment.plan.steps.length === 0 ? '' : renderSql(deployment.plan, {transactions: true})
    const {stale, callers} = deployment
    return {
      ...differenceJson(deployment, sql),
      findings: findings.map(findingJson),
      stale,
      callers: Object.fromEntries(callers),
      deployed,
    }
  }
}
