// The migrations of another tool and the database that it has brought to its state in; the same history as pgext's own out, with nothing run.
import {resolve} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {PgextError} from '../../errors.ts'
import type {Adoption, History} from '../../history/adopt.ts'
import type {Takeover} from '../../history/takeover.ts'
import type {Theirs, Tool, ToolName} from '../../history/tool.ts'
import {timeOf, versionOf} from '../../migrations/file.ts'
import type {JournalRow} from '../../migrations/journal.ts'
import type {Project} from '../../project/model.ts'
import {PgextCommand, TO_DO, urlFlag} from '../../terminal/command.ts'
import {type Target, targetOf} from '../../terminal/database.ts'
import {count} from '../../terminal/difference.ts'
import {placedBy, unread, writtenLines} from '../../terminal/dump.ts'
import {differingLines, fileOf, journalled, journalOf, refuseDiffering} from '../../terminal/journal.ts'
import {readFiles, withTarget} from '../../terminal/migration.ts'
import {writeTexts} from '../../terminal/output.ts'

export default class MigrateAdopt extends PgextCommand {
  static override description = `take over the migrations of Supabase or Prisma, and run nothing

Their files are copied into migrations/, under pgext's names; those that the tool's table
says are applied are journalled as applied. The replay of them must be what the database is;
what it has besides becomes one more migration, journalled as well. schema.sql and
functions/ are written where there are none. The tool's own files and tables stay as they are.
Without a name it says what it finds. With --url it journals in a second database.`
  static override usage = 'migrate:adopt [supabase|prisma] [--from DIR] [--dry-run] [--url URL]'
  static override examples = [
    {description: 'what is there to be taken over', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'prisma/migrations, as applied to DATABASE_URL', command: '<%= config.bin %> <%= command.id %> prisma'},
    {
      description: 'the same history in production',
      command: '<%= config.bin %> <%= command.id %> supabase --url postgres://me@db.example.com/shop',
    },
  ]
  static override args = {
    tool: Args.string({options: ['supabase', 'prisma'], description: 'whose migrations; without it: what is found'}),
  }
  static override flags = {
    from: Flags.string({
      helpValue: 'DIR',
      description: 'the folder of its migrations, instead of supabase/migrations or prisma/migrations',
    }),
    'dry-run': Flags.boolean({description: 'show what would be written and journalled, and do neither'}),
    allow: Flags.string({
      options: ['drift'],
      helpValue: 'drift',
      description: 'journal a second database though it is otherwise than the migrations make it',
    }),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(MigrateAdopt)
    const {TOOLS} = await import('../../history/tools.ts')
    const project = await this.project(flags)
    const target = await targetOf(project)
    if (!args.tool) return this.find(project, target)
    const tool = TOOLS[args.tool as ToolName]
    const rows = await journalOf(target)
    const {taken, theirs, history, notes} = await this.read(tool, project, target, rows, flags.from)
    const known = new Set(rows.map(({version}) => version))
    if (history.applied.every(({version}) => known.has(version)) && rows.length > 0) return this.leave(target, history)
    const adopting = await this.look(project, target, history, theirs)
    for (const note of [...notes, ...(adopting.dumped?.notes ?? [])]) this.note(`note: ${note}`)
    if (!adopting.found && flags.allow !== 'drift')
      refuseDiffering(adopting.drift, target, `the migrations that ${tool.table} has as applied make`, HINT)
    const sum = `${tool.title}: ${count(taken.length, 'migration')}, ${taken.filter(({isApplied}) => isApplied).length} applied to ${target.name}`
    this.log(sum)
    const {drift, found} = adopting
    if (drift.length > 0) {
      const what = found ? 'becomes one more migration' : 'is left as it is'
      this.note(`note: what ${target.name} has otherwise than these make ${what}: + it has, - it lacks\n${differingLines(drift)}`)
    }
    if (flags['dry-run']) return this.tell(taken, adopting, found?.sql)
    return this.write(project, target, {taken, theirs, history, adopting, rows})
  }

  private async find(project: Project, target: Target): Promise<unknown> {
    const {findTools} = await import('../../history/tools.ts')
    const found = await withTarget(target, (db) => findTools(project, db))
    for (const {tool, title, folder, files, table, applied} of found) {
      const there = applied === undefined ? `${target.name} has no ${table}` : `${table} of ${target.name}: ${applied} applied`
      this.log(`${title}: ${count(files, 'migration')} in ${folder}; ${there}; pgext migrate:adopt ${tool}`)
    }
    if (found.length > 0) process.exitCode = TO_DO
    else
      this.log(
        `neither ${target.name} nor this folder has migrations of Supabase or Prisma; pgext migrate:baseline takes any database as it is`,
      )
    return {found}
  }

  private leave({name}: Target, {pending}: History): unknown {
    this.log(`${name} has all of it in its journal already`)
    for (const one of pending) this.log(`${this.paint('yellow', 'pending')} ${fileOf(one)}`)
    return {written: [], journalled: [], pending: pending.map(fileOf), files: [], settings: []}
  }

  private async read(tool: Tool, project: Project, target: Target, rows: readonly JournalRow[], from?: string) {
    const [{takeover}, {cut}, {AS_FOUND}, {extensionsIn}] = await Promise.all([
      import('../../history/takeover.ts'),
      import('../../migrations/block.ts'),
      import('../../history/adopt.ts'),
      import('../../shadow/load.ts'),
    ])
    const folder = from ?? tool.folder
    const {files, notes} = await tool.read(from ? resolve(from) : resolve(project.folder, folder), folder)
    const there = await readFiles(project)
    return withTarget(target, async (db) => {
      const told = await tool.rows(db)
      if (!told) throw absent(tool, target)
      const took = takeover({tool, files, rows: told, there, shown: project.settings.migrations})
      if (took.taken.length === 0) throw empty(tool, folder)
      for (const {migration} of took.taken) await cut(migration, db.server.major)
      const migrations = took.taken.map(({migration}) => ({...migration, holdsFunctions: false}))
      const theirs = await tool.theirs(db, new Set(await extensionsIn(migrations)))
      // those of its own that pgext has applied since
      const own = there.filter(({version}) => rows.some((row) => row.version === version))
      const applied = [...took.taken.filter(({isApplied}) => isApplied).map(({migration}) => migration), ...own]
      const known = new Map(applied.map((one) => [one.version, one]))
      const asFound = there.find(({name, version}) => name === AS_FOUND && !known.has(version))
      const history: History = {
        applied: [...known.values()].sort((a, b) => (a.version < b.version ? -1 : 1)),
        pending: took.taken.map(({migration}) => migration).filter(({version}) => !known.has(version)),
        ...(asFound && {asFound}),
      }
      return {taken: took.taken, notes: [...notes, ...took.notes], theirs, history}
    })
  }

  private async look(project: Project, target: Target, history: History, theirs: Theirs): Promise<Adoption> {
    const [{adoption}, {missingIn, withTheirs}] = await Promise.all([
      import('../../history/adopt.ts'),
      import('../../history/setting.ts'),
    ])
    const progress = this.progress()
    return this.walk(withTheirs(project, missingIn(project.settings, theirs)), progress, (walk) =>
      progress.during('comparing the database with the migrations', async () =>
        adoption(target.url, history, await walk.workplace([target.url])),
      ),
    )
  }

  private tell(taken: Takeover['taken'], {journal, dumped}: Adoption, sql?: string): unknown {
    const written = taken.filter(({isThere}) => !isThere).map(({migration}) => migration.path)
    for (const path of written) this.log(`${this.paint('yellow', 'would be written')} ${path}`)
    for (const one of journal) this.log(`${this.paint('yellow', 'would be journalled')} ${fileOf(one)}`)
    if (sql) this.log(`\n${sql.trimEnd()}`)
    return {written, journalled: journal.map(fileOf), files: dumped?.files.map(({path}) => path) ?? [], ...(sql && {sql})}
  }

  private async write(project: Project, target: Target, given: Given): Promise<unknown> {
    const {taken, theirs, history, adopting} = given
    const [{writeTaken, writeSettings, writeSettled}, {existsSync}] = await Promise.all([
      import('../../terminal/adopt.ts'),
      import('node:fs'),
    ])
    const done = (what: string, path: string) => this.log(`${this.paint('green', what)} ${path}`)
    const {dumped, found} = adopting
    const plan = found?.difference.plan
    const more = plan && {version: behind(history), name: 'as_found', sql: found.sql, from: plan.from, to: plan.to}
    const written = await writeTaken(project, taken, more)
    for (const path of written) done('wrote', path)
    const texts = dumped ? placedBy(dumped, project.settings) : []
    if (unread(texts, project.settings).length > 0) this.note('note: "schema" in pgext.json does not name all of these files')
    await writeTexts(project.folder, texts)
    for (const line of dumped ? writtenLines({...dumped, files: texts}, this.paint) : []) this.log(line)
    const made = more && (await readFiles(project)).find(({version}) => version === more.version)
    const settings = await writeSettings(project, theirs)
    for (const line of settings) done('added', `to pgext.json: ${line}`)
    const {withTheirs, missingIn, settledBy} = await import('../../history/setting.ts')
    const changed = withTheirs(project, missingIn(project.settings, theirs))
    const {external} = changed.settings
    if (external.schemas.length + external.extensions.length > 0 && !existsSync(`${project.folder}/external.sql`)) {
      const {writeExternal} = await import('../../terminal/external.ts')
      done('wrote', (await writeExternal(changed, target.url)).file)
    }
    const journal = [...adopting.journal, ...(made ? [made] : [])].filter(
      ({version}) => !given.rows.some((row) => row.version === version),
    )
    await journalled(project, target, journal, given.rows, this.progress())
    for (const one of journal) this.log(`${this.paint('green', 'journalled')} ${fileOf(one)}`)
    this.log(`nothing was run on ${target.name}`)
    const after = written.length > 0 ? settledBy(project.settings, journal, history.pending) : undefined
    for (const line of await writeSettled(project, after)) {
      settings.push(line)
      done('added', `to pgext.json: ${line}`)
    }
    const pending = history.pending.map(fileOf)
    for (const file of pending) this.log(`${this.paint('yellow', 'pending')} ${file}`)
    const files = texts.map(({path}) => path)
    return {written, journalled: journal.map(fileOf), pending, files, settings}
  }
}

interface Given {
  readonly taken: Takeover['taken']
  readonly theirs: Theirs
  readonly history: History
  readonly adopting: Adoption
  /** what the journal has */
  readonly rows: readonly JournalRow[]
}

const HINT =
  'bring it to that state (pgext diff --url shows the way), or add --allow drift: it is journalled as it is, and pgext diff goes on to say what differs'

/** Behind what is applied, and before what is pending, as it is in this database. */
function behind({applied, pending}: History): string {
  const last = applied.at(-1)
  const after = last ? timeOf(last.version) + 1000 : 0
  const version = versionOf(new Date(pending.length > 0 ? after : Math.max(Date.now(), after)))
  const next = pending.find((one) => one.version === version)
  if (!next) return version
  throw new PgextError(
    'not-supported',
    `there is no second left between ${last?.path} and ${next.path}, for what the database has besides`,
    {
      hint: 'apply what is pending with the tool that wrote it, and run this again',
    },
  )
}

function absent({title, table, folder}: Tool, {name}: Target): PgextError {
  return new PgextError('not-allowed', `${name} has no ${table}: ${title} has applied nothing there`, {
    hint: `is it the right database? A new one is brought up by pgext migrate, once ${folder} is taken over from one that has them`,
  })
}

function empty({title, table}: Tool, folder: string): PgextError {
  return new PgextError('bad-file', `there are no migrations of ${title} in ${folder}`, {
    hint: `--from DIR names another folder; without its files, pgext migrate:baseline takes the database of ${table} as it is`,
  })
}
