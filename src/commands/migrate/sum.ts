// The migration files in, migrations/pgext.sum written anew out, with what it takes for right that it did not before.
import {join} from 'node:path'
import {PgextError} from '../../errors.ts'
import {PgextCommand} from '../../terminal/command.ts'
import {count} from '../../terminal/difference.ts'
import {readFiles} from '../../terminal/migration.ts'

export default class MigrateSum extends PgextCommand {
  static override description = `take the migration files as they are: write migrations/pgext.sum anew

It says which files that takes for right. After a merge, pgext migrate:rebase is
what puts two branches' migrations in order.`
  static override usage = 'migrate:sum'
  static override examples = [
    {description: 'after writing or editing a migration by hand', command: '<%= config.bin %> <%= command.id %>'},
  ]
  static override flags = {}

  async run(): Promise<unknown> {
    const {flags} = await this.parse(MigrateSum)
    const {SUM, compareSum, readSum, readText, say, sumOf, writeSum} = await import('../../migrations/sum.ts')
    const project = await this.project(flags)
    const {migrationsFolder: folder, settings} = project
    const [files, text] = [await readFiles(project), await readText(folder, settings.migrations)]
    const path = join(settings.migrations, SUM)
    if (text === sumOf(files)) {
      this.log(`${path} fits: ${count(files.length, 'migration')}`)
      return {path, written: false, taken: []}
    }
    if (text === undefined && files.length === 0) {
      this.log('there are no migrations yet: the first one that is written makes it')
      return {path, written: false, taken: []}
    }
    // marks of a merge, or lines of somebody else's: nothing in it can be held against the files
    const sum = await readSum(folder, settings.migrations).catch((error) => {
      if (!(error instanceof PgextError) || error.code !== 'sum') throw error
      this.note(`note: ${path}:${error.where!.line}: ${error.message}; they are taken in the order of their names`)
      return undefined
    })
    const taken = sum ? compareSum(sum, files) : []
    for (const problem of taken) this.log(`${this.paint('yellow', 'took')}  ${say(problem)}`)
    await writeSum(folder, files, settings.migrations)
    this.log(`${this.paint('green', 'wrote')} ${path}: ${count(files.length, 'migration')}`)
    return {path, written: true, taken}
  }
}
