// Files of rows and the project's database in; those that have not run there run, each once, out.
import {Args, Flags} from '@oclif/core'
import type {SeedStatus} from '../../migrations/seed.ts'
import {PgextCommand, TO_DO, urlFlag} from '../../terminal/command.ts'
import {agreeToFill, agreeToSeed, targetOf} from '../../terminal/database.ts'
import {recorded} from '../../terminal/record.ts'
import {filledBefore, pickSeeds, runSeeds, seedStanding} from '../../terminal/seed.ts'

export default class DbSeed extends PgextCommand {
  static override description = `run seed.sql and seeds/*.sql, each file once

Which have run stands in the database, by content. Each runs in a transaction of its own.
A file that has changed since it ran is named and not run again, unless --force says so.
Where none is known to have run, and tables that they fill have rows, it asks; --ran writes
down that they have, and runs nothing.
Exits 2 when such files are left, or with --dry-run when there is anything to do.`
  static override usage = 'db:seed [FILE]... [--force] [--ran] [--dry-run] [--yes] [--url URL]'
  static override examples = [
    {description: 'what has not run yet', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'and what has changed since, once more', command: '<%= config.bin %> <%= command.id %> --force'},
    {description: 'one file, whether it has run or not', command: '<%= config.bin %> <%= command.id %> seeds/tags.sql --force'},
  ]
  static override strict = false
  static override args = {file: Args.string({description: 'only these files; absent: all that "seed" in pgext.json names'})}
  static override flags = {
    force: Flags.boolean({description: 'run again what has changed since it ran; files that are named in any case'}),
    'dry-run': Flags.boolean({description: 'show what would be run, and run nothing'}),
    ran: Flags.boolean({description: 'run nothing: write down that they have run here', exclusive: ['dry-run']}),
    yes: Flags.boolean({char: 'y', description: 'do not ask, where the database is a guarded one, or rows are there'}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags, argv} = await this.parse(DbSeed)
    const project = await this.project(flags)
    const target = await targetOf(project)
    const named = argv as string[]
    const own = await pickSeeds(project, named)
    const again = ({standing}: SeedStatus) =>
      (flags.ran && standing === 'changed') || (flags.force && (standing === 'changed' || named.length > 0))
    const there = (await project.seeds()).map(({path}) => path)
    const found = await seedStanding(own, target.url, there)
    const due = found.filter((one) => one.standing === 'new' || again(one))
    const left = found.filter((one) => one.standing === 'changed' && !again(one))
    if (found.length === 0) this.log(`there are no seeds: ${project.settings.seed.join(', ')}`)
    const dryRun = flags['dry-run']
    if (!dryRun && due.length > 0) {
      await agreeToSeed(project, target, flags.yes)
      if (!flags.yes && !flags.ran) await agreeToFill(await filledBefore(own, target.url), target)
      const progress = this.progress()
      await recorded(project, 'migrate', target.url, (did) =>
        progress.during('seeding', () =>
          runSeeds(own, target.url, {
            again,
            there,
            marks: flags.ran,
            tell: progress.tell,
            did: ({path}, milliseconds) => {
              did({message: flags.ran ? `marked ${path} as run` : `ran ${path}`, duration: Math.round(milliseconds)})
              this.log(
                `${this.paint('green', flags.ran ? 'taken as run' : 'ran')} ${path}${this.paint('dim', `  ${Math.round(milliseconds)} ms`)}`,
              )
            },
          }),
        ),
      )
    }
    for (const {file} of dryRun ? due : []) this.log(`${this.paint('yellow', 'waiting')} ${file.path}`)
    for (const one of left) this.log(`${this.paint('yellow', 'changed')} ${one.file.path}${this.paint('dim', ranLine(one))}`)
    if (left.length > 0) this.note('hint: --force runs again what has changed; pgext db:reset makes all of it anew')
    if (found.length > 0 && due.length + left.length === 0) this.log('every seed has run')
    if (left.length > 0 || (dryRun && due.length > 0)) process.exitCode = TO_DO
    return {
      seeds: found.map((one) => seedJson(one, due.includes(one) && !dryRun)),
      ran: dryRun || flags.ran ? [] : due.map(({file}) => file.path),
    }
  }
}

const ranLine = ({row}: SeedStatus): string => (row ? `  ran ${row.ran_at.slice(0, 16).replace('T', ' ')} by ${row.ran_by}` : '')

const seedJson = ({file, standing, row}: SeedStatus, ran: boolean) => ({
  file: file.path,
  state: ran ? 'ran' : standing,
  ranAt: ran ? null : (row?.ran_at ?? null),
  ranBy: ran ? null : (row?.ran_by ?? null),
})
