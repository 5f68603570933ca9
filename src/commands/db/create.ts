// The project's database URL in, an empty database out.
import {Flags} from '@oclif/core'
import {PgextCommand, urlFlag} from '../../terminal/command.ts'
import {createRoles, createTarget, targetOf} from '../../terminal/database.ts'

export default class DbCreate extends PgextCommand {
  static override description = `make the database that DATABASE_URL names

Does nothing when it is there already. A role belongs to the whole server, so no
migration makes one: --role makes those that your policies and grants speak of.`
  static override usage = 'db:create [--role NAME]... [--url URL]'
  static override examples = [
    {description: 'the database of this project', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'and the roles its policies name',
      command: '<%= config.bin %> <%= command.id %> --role authenticated --role anon',
    },
  ]
  static override flags = {
    role: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      helpValue: 'NAME',
      description: 'make this role too when it is missing, with nologin',
    }),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(DbCreate)
    const target = await targetOf(await this.project(flags))
    const created = await createTarget(target)
    const roles = await createRoles(target, flags.role ?? [])
    this.log(created ? `${this.paint('green', 'created')} database ${target.name}` : `database ${target.name} is there already`)
    for (const role of roles) this.log(`${this.paint('green', 'created')} role ${role}`)
    return {database: target.name, created, roles}
  }
}
