// A database and the project in; what is wrong there or will be, each with its SQL and its page, out.
import {relative} from 'node:path'
import {Flags} from '@oclif/core'
import type {FindingId} from '../doctor/ids.ts'
import type {Finding, Level} from '../doctor/model.ts'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import {PgextCommand, TO_DO, urlFlag} from '../terminal/command.ts'
import type {ErrorJson} from '../terminal/error.ts'

export default class Doctor extends PgextCommand {
  static override description =
    `look at a database and the project: what is wrong, open or near its end, each with the SQL that mends it

Server, rights, extensions, keys, indexes, sequences, policies, functions, upkeep, migrations, realtime.
Reads the catalogs alone, changes nothing, and runs none of its SQL. Without a database it looks at the project.
Exits 0 when there is nothing to mend, 2 when there are warnings or errors, 1 when it could not look.`
  static override usage = 'doctor [--only ID] [--level LEVEL] [--sql] [--url URL]'
  static override examples = [
    {description: 'of the database in DATABASE_URL', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'one sort of finding, all of them', command: '<%= config.bin %> <%= command.id %> --only fk-index'},
    {description: 'what mends them, to be read and run', command: '<%= config.bin %> <%= command.id %> --sql > mend.sql'},
  ]
  static override flags = {
    only: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      helpValue: 'ID',
      description: 'findings of this sort, such as fk-index; once for each',
    }),
    level: Flags.option({
      options: ['error', 'warning', 'info'] as const,
      default: 'info' as const,
      helpValue: 'LEVEL',
      description: 'the least that is told: error, warning or info',
    })(),
    sql: Flags.boolean({default: false, description: 'print the SQL alone, as a script with what each statement locks'}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Doctor)
    const [{checkId, readQuiet, withoutQuiet}, {factsOf, projectFindings}, {doctorJson}] = await Promise.all([
      import('../doctor/quiet.ts'),
      import('../doctor/project.ts'),
      import('../terminal/doctor.ts'),
    ])
    for (const id of flags.only ?? []) checkId(id, '--only')
    const project = await this.project(flags).catch(asFinding)
    const isOpen = 'settings' in project
    const quiet = readQuiet(isOpen ? project.settings.doctor.ignore : [])
    const about = await projectFindings(isOpen ? project.folder : (flags.folder ?? process.cwd()))
    const looked = isOpen ? await look(project) : undefined
    const found = [...(isOpen ? [] : [project]), ...about, ...(looked?.findings ?? [])]
    const {left, unused} = withoutQuiet(found, quiet)
    const findings = left.filter((finding) => isWanted(finding, flags.level, flags.only))
    const facts = factsOf(isOpen ? project : undefined, await postgrestOf(isOpen ? project : undefined))
    if (looked?.database) for (const text of unused) this.note(`note: "doctor.ignore" in pgext.json means nothing here: ${text}`)
    if (flags.sql) await this.#printScript(findings, looked)
    else await this.#print(findings, {facts, looked, isWhole: flags.only !== undefined})
    if (findings.some(({level}) => level !== 'info')) process.exitCode = TO_DO
    if (!isOpen || looked?.error) process.exitCode = 1
    const error = looked?.error && (await this.#printError(looked.error))
    return {
      database: looked?.database ?? null,
      project: facts,
      findings: findings.map(doctorJson),
      ignored: found.length - left.length,
      ...(error && {error}),
    }
  }

  async #print(findings: readonly Finding[], {facts, looked, isWhole}: Shown): Promise<void> {
    const {doctorLines, factLines, sumLines} = await import('../terminal/doctor.ts')
    const {paint} = this
    const database = looked?.database
    if (!database && !looked?.error) for (const line of factLines(facts, paint)) this.log(line)
    if (!database && !looked?.error && findings.length > 0) this.log()
    for (const line of doctorLines(findings, {paint, isWhole})) this.log(line)
    if (looked?.error && findings.length === 0) return
    const what = database ? `${database.shown}, PostgreSQL ${database.version}` : 'the project; no database was looked at'
    for (const line of sumLines(findings, what, paint)) this.log(line)
    const {root} = this.config
    const near = relative('.', root)
    if (findings.length > 0) this.log(paint('dim', `docs/ is in ${near.startsWith('..') ? root : near || '.'}`))
  }

  async #printScript(findings: readonly Finding[], looked?: Looked): Promise<void> {
    // nobody is to take that for a database that is fine
    if (looked?.error) return
    const {scriptOf} = await import('../doctor/script.ts')
    const text = scriptOf(findings, looked?.database?.shown ?? 'the project')
    this.log(text === '' ? '-- nothing that SQL mends' : text.trimEnd())
  }

  async #printError(error: Error): Promise<ErrorJson> {
    const [{describe, errorJson}, {painter}] = await Promise.all([import('../terminal/error.ts'), import('../terminal/paint.ts')])
    this.note(describe(error, painter(process.stderr)))
    return errorJson(error)
  }
}

interface Database {
  readonly shown: string
  readonly version: string
  /** of a round trip */
  readonly milliseconds: number
}

interface Shown {
  readonly facts: Parameters<typeof import('../terminal/doctor.ts').factLines>[0]
  readonly looked: Looked | undefined
  /** all findings of a sort */
  readonly isWhole: boolean
}

interface Looked {
  readonly findings: readonly Finding[]
  readonly database?: Database
  readonly error?: Error
}

/** What the project itself lacks is told also where the database can't be reached. */
async function look(project: Project): Promise<Looked> {
  const url = project.databaseUrl
  if (!url) return {findings: []}
  try {
    const [{connect}, {showUrl}, {examine}] = await Promise.all([
      import('../postgres/native.ts'),
      import('../postgres/url.ts'),
      import('../doctor/doctor.ts'),
    ])
    const db = await connect(url)
    try {
      const {findings, version, trip} = await examine(db, project, url)
      return {findings, database: {shown: showUrl(url), version, milliseconds: Math.round(trip * 100) / 100}}
    } finally {
      await db.close()
    }
  } catch (error) {
    if (!(error instanceof PgextError)) throw error
    return {findings: [], error}
  }
}

function asFinding(error: unknown): Finding {
  if (!(error instanceof PgextError) || error.code !== 'bad-config' || !error.where) throw error
  const {message, hint, where} = error
  return {id: 'settings', level: 'error', message, fixes: [], where, ...(hint && {hint})}
}

function isWanted({id, level}: Finding, least: Level, only?: readonly string[]): boolean {
  const levels: readonly Level[] = ['error', 'warning', 'info']
  return levels.indexOf(level) <= levels.indexOf(least) && (only === undefined || only.includes(id satisfies FindingId))
}

async function postgrestOf(project?: Project): Promise<string | undefined> {
  if (!project) return undefined
  const {findPostgrest} = await import('../dev/rest.ts')
  try {
    return findPostgrest(project)
  } catch (error) {
    return (error as Error).message
  }
}
