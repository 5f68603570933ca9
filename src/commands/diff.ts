// Two sides in, what differs out: as SQL, as a summary, or as JSON.
import {Flags} from '@oclif/core'
import type {Project} from '../project/model.ts'
import {
  allowFlag,
  checkMeasure,
  measureFlag,
  onlineFlag,
  PgextCommand,
  proveFlag,
  strictFlag,
  TO_DO,
  urlFlag,
} from '../terminal/command.ts'
import {answersIn, candidateNotes, type RenameFlags, renameFlags} from '../terminal/rename.ts'
import {hidePasswords} from '../terminal/url.ts'
import type {Difference} from '../walk/model.ts'

/** What the plan does to realtime tables, capture follows. */
const FOLLOW = 'SELECT pgext.sync_events();\n'

export default class Diff extends PgextCommand {
  static override description = `show what differs between the database and your files

Prints the SQL that brings one side to the other, proven on a throwaway copy.
A SIDE is database, files, migrations, migrations:VERSION (as after that one), a file,
a folder or a postgres:// URL.
Exits 0 when nothing differs, 2 when something does, 1 when it could not look.`
  static override usage = 'diff [--from SIDE] [--to SIDE] [--summary | --sql | --json] [--out FILE]'
  static override examples = [
    {description: 'what would change in the database', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'what the migrations do not cover yet',
      command: '<%= config.bin %> <%= command.id %> --from migrations --summary',
    },
    {
      description: 'the SQL from one database to another, for psql',
      command: '<%= config.bin %> <%= command.id %> --from postgres:///old --to postgres:///new --sql',
    },
  ]
  static override flags = {
    from: Flags.string({default: 'database', helpValue: 'SIDE', description: 'the side to start from'}),
    to: Flags.string({default: 'files', helpValue: 'SIDE', description: 'the side to arrive at'}),
    summary: Flags.boolean({description: 'one line an object', exclusive: ['sql']}),
    sql: Flags.boolean({description: 'nothing but SQL that psql runs as it is'}),
    out: Flags.string({helpValue: 'FILE', description: 'write the plan to a file too, for pgext migrate --plan'}),
    online: onlineFlag,
    prove: proveFlag,
    measure: measureFlag,
    strict: strictFlag,
    allow: allowFlag,
    ...renameFlags,
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Diff)
    checkMeasure(flags)
    const {from, to, online, prove, measure} = flags
    const project = await this.project(flags)
    const allow = new Set([...project.settings.allow, ...(flags.allow ?? [])])
    const progress = this.progress(flags.sql)
    const renames = await answersIn(flags)
    const difference = await this.walk(project, progress, (walk) =>
      progress.during('comparing', () =>
        walk.difference({from, to, online, prove, measure, allow, renames, anywhere: flags.out !== undefined}),
      ),
    )
    const {refuseUncompared} = await import('../terminal/difference.ts')
    refuseUncompared([difference.current, difference.desired], flags.strict || project.settings.strict)
    if (flags.out) await this.write(flags.out, difference, project, flags)
    return this.show(difference, flags)
  }

  private async write(
    path: string,
    difference: Difference,
    project: Project,
    flags: RenameFlags & {online: boolean},
  ): Promise<void> {
    const [{digestOf, writePlan}, {identify}, {renderSql}] = await Promise.all([
      import('../terminal/plan.ts'),
      import('../walk/identity.ts'),
      import('../diff/render.ts'),
    ])
    const sql = renderSql(difference.plan, {transactions: true})
    const answers = {rename: flags.rename ?? [], 'no-rename': flags['no-rename'] ?? []}
    const target = project.databaseUrl ? await identify(project.databaseUrl) : null
    const migrations = await digestOf(project)
    await writePlan(path, difference, {sql, online: flags.online, target, answers, migrations})
    this.note(`wrote the plan to ${path}`)
  }

  private async show(difference: Difference, flags: {sql: boolean; summary: boolean}): Promise<unknown> {
    const {renderSql} = await import('../diff/render.ts')
    const {dangerLines, differenceJson, isEqual, proofLines, refuseUnseen, unseenNotes} = await import(
      '../terminal/difference.ts'
    )
    const {captureSummary, renameLines, summaryLines, waitingSummary} = await import('../terminal/summary.ts')
    const {colourSql} = await import('../terminal/sql.ts')
    const equal = isEqual(difference)
    const sql = renderSql(difference.plan, {transactions: true})
    const {costLines} = await import('../terminal/cost.ts')
    const shown = renderSql(difference.plan, {transactions: true, beside: (step) => costLines(step, difference.sizes)})
    if (!equal) process.exitCode = TO_DO
    if (difference.unseen.some(({decides}) => decides)) process.exitCode = 1
    if (this.jsonEnabled()) return differenceJson(difference, sql)
    for (const note of [...difference.notes, ...unseenNotes(difference), ...candidateNotes(difference)])
      this.note(`note: ${note}`)
    if (flags.sql) {
      if (difference.waiting.length > 0)
        this.note(`note: functions that wait for pgext deploy-functions: ${difference.waiting.length}`)
      if (sql) process.stdout.write(sql.endsWith('\n') ? sql : `${sql}\n`)
      if (difference.capture?.engine && !equal) process.stdout.write(FOLLOW)
      refuseUnseen(difference)
      return undefined
    }
    if (equal)
      this.log(`nothing differs between ${hidePasswords(difference.current.side)} and ${hidePasswords(difference.desired.side)}`)
    else if (flags.summary)
      this.log(
        [
          ...renameLines(difference, this.paint),
          ...summaryLines(difference.changes, this.paint),
          ...waitingSummary(difference.waiting, this.paint),
          ...captureSummary(difference.capture, this.paint),
        ].join('\n'),
      )
    else
      this.log(
        [
          colourSql(shown.trimEnd(), this.paint),
          (await this.functions(difference.waiting)).join('\n'),
          await this.capture(difference.capture),
        ]
          .filter(Boolean)
          .join('\n\n'),
      )
    const last = [...dangerLines(difference, this.paint), ...proofLines(difference, this.paint)]
    if (last.length > 0 && !flags.summary) this.note('')
    for (const line of last) this.note(line)
    refuseUnseen(difference)
    return undefined
  }

  private async capture(capture: Difference['capture']): Promise<string> {
    if (!capture) return ''
    const {capturingText} = await import('../terminal/capture.ts')
    return capturingText(capture, this.paint, 'pgext migrate mends what is missing')
  }

  private async functions(waiting: Difference['waiting']): Promise<string[]> {
    if (waiting.length === 0) return []
    const {waitingLines} = await import('../terminal/function.ts')
    return waitingLines(waiting, this.paint)
  }
}
