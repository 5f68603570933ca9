// Migrations in; what those do that are new, with what they lock and what may come of it, out. No database is needed.
import {Flags} from '@oclif/core'
import type {Given} from '../../check/model.ts'
import type {Migration} from '../../migrations/file.ts'
import {PgextCommand} from '../../terminal/command.ts'
import type {Shown} from '../../terminal/markdown.ts'
import type {Walk} from '../../walk/model.ts'

export default class MigrateShow extends PgextCommand {
  static override description = `show what new migrations do: their statements, locks and hazards

The newest one, or all that a branch adds. They are replayed on a PostgreSQL of pgext's own;
sizes of tables are not known then: DATABASE_URL is not looked at.`
  static override usage = 'migrate:show [--changed-since REF] [--format text|markdown | --json]'
  static override examples = [
    {description: 'what the newest migration does', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'a comment for a pull request',
      command: '<%= config.bin %> <%= command.id %> --changed-since origin/main --format markdown',
    },
  ]
  static override flags = {
    'changed-since': Flags.string({helpValue: 'REF', description: "all that git's REF does not have"}),
    format: Flags.string({
      options: ['text', 'markdown'],
      default: 'text',
      description: 'markdown: for a comment on a pull request',
      exclusive: ['json'],
    }),
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(MigrateShow)
    const since = flags['changed-since']
    const {givenOf} = await import('../../check/given.ts')
    const given = await givenOf(await this.project(flags), since)
    const names = new Set(given.branch?.added)
    const migrations = since === undefined ? given.migrations.slice(-1) : given.migrations.filter((one) => names.has(fileOf(one)))
    const shown = {...(await this.look(given, migrations)), ...(since !== undefined && {since})}
    if (this.jsonEnabled()) return shownJson(shown)
    if (flags.format === 'markdown') {
      const {markdown} = await import('../../terminal/markdown.ts')
      process.stdout.write(markdown(shown))
      return undefined
    }
    if (migrations.length === 0)
      this.log(since === undefined ? 'there are no migrations yet' : `no migration is new since ${since}`)
    for (const line of await textLines(shown, this.paint)) this.log(line)
    for (const note of shown.notes) this.note(`note: ${note}`)
    return undefined
  }

  private async look({project, migrations: all}: Given, migrations: readonly Migration[]): Promise<Shown> {
    const nothing = {migrations, steps: [], hazards: [], changes: [], notes: []}
    if (migrations.length === 0) return nothing
    const fresh = new Set(migrations.map(({version}) => version))
    const old = all.filter(({version}) => !fresh.has(version))
    const progress = this.progress()
    return this.walk(project, progress, (walk) =>
      progress.during('replaying migrations', async () => {
        const {steps} = await walk.added({migrations: all, fresh})
        const last = old.at(-1)?.version ?? 'none'
        if (last !== 'none' && migrations.some(({version}) => version < last))
          return {...nothing, steps, notes: [`there are older ones than ${last}, which is there already: pgext migrate:rebase`]}
        return {...nothing, steps, ...(await this.outcome(walk, last, steps))}
      }),
    )
  }

  /** What the state is in the end, and what comes of that, whatever way leads there. */
  private async outcome(walk: Walk, last: string, steps: Shown['steps']) {
    const {summaryLines} = await import('../../terminal/summary.ts')
    const difference = await walk.difference({
      ...{from: `migrations:${last}`, to: 'migrations', online: false, prove: false, allow: new Set<string>()},
      renames: {yes: [], no: 'all'},
    })
    const {dangers, reasonOf} = await import('../../terminal/difference.ts')
    const known = new Set(['rewrite', 'blocking-reads', 'blocking-writes', 'long-scan'])
    if (steps.some(({step}) => step.hazards.some(({name}) => name === 'data-loss'))) known.add('data-loss')
    const hazards = dangers(difference).flatMap((danger) =>
      known.has(danger.hazard.name) ? [] : [{name: danger.hazard.name, why: reasonOf(danger)}],
    )
    return {hazards, changes: summaryLines(difference.changes, (_, text) => text), notes: []}
  }
}

const fileOf = ({version, name}: Migration): string => `${version}_${name}.sql`

async function textLines({migrations, steps, hazards, changes}: Shown, paint: PgextCommand['paint']): Promise<string[]> {
  const [{costLines}, {colourSql}] = await Promise.all([import('../../terminal/cost.ts'), import('../../terminal/sql.ts')])
  const lines = changes.length > 0 ? [...changes, ''] : []
  for (const {path} of migrations) {
    lines.push(paint('bold', path))
    for (const {line, step} of steps.filter(({file}) => file === path)) {
      for (const cost of costLines(step, new Map())) lines.push(paint('dim', `  -- ${cost}`))
      for (const {name, why} of step.hazards)
        lines.push(`  ${paint(name === 'data-loss' ? 'red' : 'yellow', name)} ${why} (line ${line})`)
      lines.push(
        ...colourSql(`${step.sql};`, paint)
          .split('\n')
          .map((text) => `  ${text}`),
        '',
      )
    }
  }
  return [...lines, ...hazards.map(({name, why}) => `${paint('yellow', name)} ${why}`)]
}

const shownJson = ({migrations, steps, hazards, changes, notes, since}: Shown) => ({
  since: since ?? null,
  migrations: migrations.map(({path}) => ({
    file: path,
    statements: steps
      .filter(({file}) => file === path)
      .map(({line, step}) => ({
        line,
        sql: step.sql,
        locks: [...(step.cost?.locks ?? [])].map(([relation, mode]) => ({
          relation,
          mode,
          rewrites: step.cost!.rewrites.has(relation),
          scans: step.cost!.scans.has(relation),
        })),
        unknown: step.cost?.unknown ?? false,
        hazards: step.hazards,
      })),
  })),
  hazards,
  changes,
  notes,
})
