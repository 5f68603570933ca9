// A project's files in; what is to be mended before they are committed or merged out. No database is asked, unless it is to be.
import {resolve} from 'node:path'
import {Flags} from '@oclif/core'
import type {Checked, Given} from '../check/model.ts'
import type {Project} from '../project/model.ts'
import type {Staged} from '../project/staged.ts'
import {PgextCommand, TO_DO} from '../terminal/command.ts'

export default class Check extends PgextCommand {
  static override description = `check the files before they are committed or merged: no database is needed

The schema and the functions load, bodies are sound, the migrations give what the files say,
are whole and in order, and their hazards are allowed. Where nothing has changed since the
last check, its answer is given again.
Exits 0 when all is well, 2 when something is to be mended, 1 when it could not look.`
  static override usage =
    'check [--changed-since REF | --staged] [--database [--url URL]] [--format github | --json] [--no-cache]'
  static override examples = [
    {description: 'all of it', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'a branch, in CI: what it adds, and what it must not change',
      command: '<%= config.bin %> <%= command.id %> --changed-since origin/main --format github',
    },
  ]
  static override flags = {
    database: Flags.boolean({description: 'look at the database, too: is it what its applied migrations made?'}),
    'changed-since': Flags.string({
      helpValue: 'REF',
      description:
        "what a branch adds to git's REF: older migrations are as they were, new ones behind them, and only their hazards are judged",
    }),
    staged: Flags.boolean({
      description: "what is to be committed: the files as git's index has them, as hooks need it",
      exclusive: ['changed-since', 'database'],
    }),
    format: Flags.string({
      options: ['text', 'github'],
      default: 'text',
      description: 'github: annotations at the lines of a pull request',
      exclusive: ['json'],
    }),
    cache: Flags.boolean({
      allowNo: true,
      default: true,
      helpLabel: '    --no-cache',
      description: 'look at everything anew, whatever is known from before',
    }),
    url: Flags.string({
      helpValue: 'URL',
      description: 'the database, instead of DATABASE_URL',
      helpGroup: 'GLOBAL',
      dependsOn: ['database'],
    }),
  }

  async run(): Promise<unknown> {
    const began = performance.now()
    const {flags} = await this.parse(Check)
    const [staged, {givenOf}, {check}] = await Promise.all([
      flags.staged ? import('../project/staged.ts').then(({stagedProject}) => stagedProject(flags.folder)) : undefined,
      import('../check/given.ts'),
      import('../check/check.ts'),
    ])
    try {
      const project = staged?.project ?? (await this.project(flags))
      const left = staged ? leftLines(staged) : []
      for (const line of left) this.note(`note: ${line}`)
      const major = flags.database ? await majorOf(project) : undefined
      const given = await givenOf(project, flags['changed-since'], major)
      const files = await this.during(given, flags.cache, check)
      const found = flags.database ? await this.withDrift(files, given, project) : files
      return await this.show(found, {given, began, left, ...flags})
    } finally {
      await staged?.leave()
    }
  }

  private async show(found: Checked, {given, began, left, ...flags}: Shown): Promise<unknown> {
    const {annotations, closingLine, errorsIn, findingJson, findingLines} = await import('../terminal/check.ts')
    if (errorsIn(found).length > 0) process.exitCode = TO_DO
    if (this.jsonEnabled())
      return {
        fine: errorsIn(found).length === 0,
        findings: found.findings.map(findingJson),
        notes: [...left, ...found.notes],
        unchanged: found.unchanged,
      }
    for (const note of found.notes) this.note(`note: ${note}`)
    for (const finding of found.findings)
      if (flags.format === 'github') for (const line of annotations(finding, resolve(flags.folder ?? '.'))) this.log(line)
      else for (const line of findingLines(finding, this.paint)) this.log(line)
    this.log(closingLine(found, lookedAt(given, flags.database), performance.now() - began, this.paint))
    return undefined
  }

  /** PostgreSQL is started when something has to be asked of it, and stopped again. */
  private async during(given: Given, remembers: boolean, check: typeof import('../check/check.ts').check): Promise<Checked> {
    const progress = this.progress()
    let opened: ReturnType<typeof import('../walk/open.ts').openWalk> | undefined
    const walk = async () => {
      const {openWalk} = await import('../walk/open.ts')
      opened ??= openWalk(given.project, {tell: progress.tell, ...(given.major !== undefined && {major: given.major})})
      return opened
    }
    const again = async () => (await import('../check/given.ts')).givenOf(given.project)
    try {
      return await progress.during('checking', () => check(given, {remembers, walk, again}))
    } finally {
      await (await opened)?.close()
    }
  }

  /** A database is asked each time. */
  private async withDrift(found: Checked, given: Given, project: Project): Promise<Checked> {
    const [{drift}, {targetOf}] = await Promise.all([import('../check/drift.ts'), import('../terminal/database.ts')])
    const {url} = await targetOf(project)
    const progress = this.progress()
    const more = await this.walk(project, progress, (walk) =>
      progress.during('looking at the database', () => drift(given, url, walk)),
    )
    return {
      findings: [...found.findings, ...more.findings],
      notes: [...new Set([...found.notes, ...more.notes])],
      unchanged: false,
    }
  }
}

/** What is said of the files is tried on the version that the database is of. */
async function majorOf(project: Project): Promise<number> {
  const [{targetOf}, {withTarget}] = await Promise.all([import('../terminal/database.ts'), import('../terminal/migration.ts')])
  return withTarget(await targetOf(project), async ({server}) => server.major)
}

interface Shown {
  readonly given: Given
  readonly began: number
  /** of what is staged: what was not looked at */
  readonly left: readonly string[]
  readonly database: boolean
  readonly format: string
  readonly folder?: string | undefined
}

const FEW = 3

function leftLines({apart}: Staged): string[] {
  if (apart.length === 0) return []
  const more = apart.length > FEW ? ` and ${apart.length - FEW} more` : ''
  return [`looked at as staged: what is not staged of ${apart.slice(0, FEW).join(', ')}${more} was left out`]
}

function lookedAt({sources, migrations, branch}: Given, database: boolean): string {
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`
  const fresh = branch
    ? `, of which ${branch.added.length} new since ${/^[0-9a-f]{40,}$/.test(branch.ref) ? branch.ref.slice(0, 7) : branch.ref}`
    : ''
  const all = [count(sources.length, 'file'), count(migrations.length, 'migration'), ...(database ? ['the database'] : [])]
  return `${all.slice(0, -1).join(', ')} and ${all.at(-1)}${fresh}`
}
