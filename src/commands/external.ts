// The database in; what others own in it, written to external.sql, out.
import {PgextError} from '../errors.ts'
import {PgextCommand, urlFlag} from '../terminal/command.ts'
import {targetOf} from '../terminal/database.ts'
import {count} from '../terminal/difference.ts'
import {writeExternal} from '../terminal/external.ts'

export default class External extends PgextCommand {
  static override description = `copy the structure of what others own to external.sql

Schemas and extensions that "external" in pgext.json names (an auth service's, PostGIS) are
loaded before your files, and never compared or changed. Without external.sql their
structure is read from the database each time; with it no database is needed.`
  static override usage = 'external [--url URL]'
  static override examples = [
    {description: 'writes external.sql, to be committed', command: '<%= config.bin %> <%= command.id %>'},
  ]
  static override flags = {url: urlFlag}

  async run(): Promise<unknown> {
    const {flags} = await this.parse(External)
    const project = await this.project(flags)
    const {schemas, extensions} = project.settings.external
    if (schemas.length + extensions.length === 0) {
      throw new PgextError('bad-config', 'pgext.json names nothing that others own', {
        hint: 'name it there: "external": {"schemas": ["auth"], "extensions": ["postgis"]}',
      })
    }
    const target = await targetOf(project)
    const {file, objects, absent, left} = await writeExternal(project, target.url)
    for (const name of absent) this.note(`note: ${target.name} has no ${name}`)
    for (const id of left) this.note(`note: left out, since it needs what is yours: ${id}`)
    this.log(`${this.paint('green', 'wrote')} ${file}  ${this.paint('dim', count(objects, 'object'))}`)
    return {written: file, objects, absent, left}
  }
}
