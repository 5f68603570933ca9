// A project and a target in; all of it looked at, shown once, and brought there, step by step.
import {join} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {HAZARDS} from '../../diff/model.ts'
import type {Project} from '../../project/model.ts'
import type {Destination} from '../../release/destination.ts'
import type {Planned, PlanOptions} from '../../release/plan.ts'
import {askYes, canAsk} from '../../terminal/ask.ts'
import {outOfOrderFlag, PgextCommand, preflightFlag, TO_DO, urlFlag} from '../../terminal/command.ts'
import type {Progress} from '../../terminal/progress.ts'
import type {Walk} from '../../walk/model.ts'

export default class Deploy extends PgextCommand {
  static override description = `bring migrations, functions, realtime and the page to a target

Everything is looked at, and tried on a copy, before anything is done; then it is shown
and asked for once. A deployment that was cut off or failed is gone on with by the next.
Targets stand in pgext.json; without any it is DATABASE_URL.`
  static override usage = 'deploy [TARGET] [--dry-run] [--yes] [--allow HAZARD] [--out DIR] [--url URL]'
  static override args = {target: Args.string({description: 'as "targets" in pgext.json call it'})}
  static override examples = [
    {description: 'show, ask, deploy', command: '<%= config.bin %> <%= command.id %> production'},
    {
      description: 'only show what would be done; exits 2 when there is something',
      command: '<%= config.bin %> <%= command.id %> production --dry-run',
    },
    {description: 'from a pipeline', command: '<%= config.bin %> <%= command.id %> production --yes'},
  ]
  static override flags = {
    'dry-run': Flags.boolean({description: 'show what would be done, and do nothing'}),
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    allow: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      options: [...HAZARDS, 'other-major', 'between', 'drift'],
      helpValue: 'HAZARD',
      description: 'a hazard to accept, such as between or drift; once for each',
    }),
    wait: Flags.integer({
      helpValue: 'SECONDS',
      min: 0,
      default: 0,
      description: 'for another deployment to end, instead of failing',
    }),
    out: Flags.string({
      helpValue: 'DIR',
      description: 'deploy nothing: write what an image, docker compose and systemd run it from',
      exclusive: ['dry-run', 'yes'],
    }),
    preflight: preflightFlag,
    'out-of-order': outOfOrderFlag,
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags, args} = await this.parse(Deploy)
    const project = await this.project({folder: flags.folder})
    if (flags.out) return this.write(project, flags.out)
    const {destinationOf} = await import('../../release/destination.ts')
    const destination = destinationOf(project, args.target, flags.url)
    const progress = this.progress()
    const {connect} = await import('../../postgres/native.ts')
    const db = await connect(destination.url)
    try {
      const {alone, carryOut} = await import('../../release/carry.ts')
      if (!flags['dry-run']) await alone(db, flags.wait, progress.tell)
      return await this.walk(destination.project, progress, async (walk) => {
        const planned = await this.plan(destination, walk, progress, {
          preflight: flags.preflight,
          outOfOrder: flags['out-of-order'],
        })
        const {isIdle} = await import('../../release/plan.ts')
        const {planJson} = await import('../../release/show.ts')
        const json = planJson(planned)
        if (isIdle(planned) && planned.rehearsal.drift.length === 0) {
          this.log(`${destination.label} is as your files say`)
          return {...json, deployed: false, deployment: null}
        }
        await this.show(planned)
        if (flags['dry-run']) {
          process.exitCode = TO_DO
          return {...json, deployed: false, deployment: null}
        }
        const {refuse} = await import('../../release/gate.ts')
        await refuse(planned, flags.allow ?? [])
        if (!flags.yes && (this.jsonEnabled() || !canAsk())) {
          process.exitCode = TO_DO
          this.log('nothing was done: add --yes to deploy without being asked')
          return {...json, deployed: false, deployment: null}
        }
        if (!flags.yes && !(await askYes(`deploy this to ${destination.label} (${destination.shown})?`))) {
          process.exitCode = TO_DO
          this.log('nothing was done')
          return {...json, deployed: false, deployment: null}
        }
        const {id, steps} = await carryOut(planned, {
          walk,
          progress,
          db,
          allow: flags.allow ?? [],
          version: this.config.version,
          paint: this.paint,
          log: (text) => this.log(text),
          note: (text) => this.note(text),
        })
        this.log(`${this.paint('green', 'deployed')} ${destination.label}: deployment ${id}`)
        return {...json, deployed: true, deployment: {id, steps: [...steps]}}
      })
    } finally {
      await db.close()
    }
  }

  private async write(project: Project, folder: string): Promise<unknown> {
    const [{runCommand}, {writeArtefacts}] = await Promise.all([
      import('../../release/command.ts'),
      import('../../release/artefacts.ts'),
    ])
    const {build} = project.settings.frontend
    const progress = this.progress()
    if (build)
      await progress.during(build, () =>
        runCommand(build, 'the build of the page', {project, label: 'out', place: {}}, progress.report),
      )
    const {written, notes} = await writeArtefacts(project, folder, this.config.version)
    for (const name of written) this.log(`${this.paint('green', 'wrote')} ${join(folder, name)}`)
    for (const note of notes) this.note(`note: ${note}`)
    return {folder, written, notes}
  }

  private async plan(destination: Destination, walk: Walk, progress: Progress, options: PlanOptions): Promise<Planned> {
    const {planOf} = await import('../../release/plan.ts')
    return planOf(destination, walk, progress, options)
  }

  private async show(planned: Planned): Promise<void> {
    const {tell} = await import('../../release/show.ts')
    const {lines, notes} = await tell(planned, this.paint)
    for (const line of lines) this.log(line)
    for (const line of notes) this.note(line)
  }
}
