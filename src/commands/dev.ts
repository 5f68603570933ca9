// A project in; its whole backend on this machine, in step with its files, until somebody ends it.
import {realpath} from 'node:fs/promises'
import {Flags} from '@oclif/core'
import {PgextCommand, urlFlag} from '../terminal/command.ts'

export default class Dev extends PgextCommand {
  static override description = `run the whole backend on this machine, without Docker

PostgreSQL, PostgREST, pg_events_ws and the page, on one origin. What is saved is live:
schema.sql is compared and applied (rows stay; it asks before any go), functions are replaced,
types are written. The database is a PostgreSQL of the project's own, in .pgext/, unless
DATABASE_URL names one. Nothing is left running when it ends.`
  static override usage = 'dev [--engine native|pglite] [--port N] [--open] [--json] [--url URL]'
  static override examples = [
    {description: 'all of it', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'with the page on another port', command: '<%= config.bin %> <%= command.id %> --port 9000'},
  ]
  static override flags = {
    engine: Flags.string({
      options: ['native', 'pglite'],
      helpValue: 'native|pglite',
      description: 'which PostgreSQL [default: native where there is one]',
    }),
    port: Flags.integer({helpValue: 'N', min: 1, max: 65_535, description: 'where the page is [default: 8080]'}),
    memory: Flags.boolean({description: 'PGlite: keep nothing when it ends', helpGroup: 'PGLITE'}),
    debug: Flags.integer({
      min: 0,
      max: 5,
      helpValue: '0-5',
      description: 'PGlite: how much it logs of itself',
      helpGroup: 'PGLITE',
    }),
    open: Flags.boolean({description: 'open the page in a browser'}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Dev)
    // one project has one database, by whatever name somebody came to its folder
    const folder = flags.folder && (await realpath(flags.folder).catch(() => flags.folder))
    const project = await this.project({folder})
    const url = flags.url ?? project.variable('DATABASE_URL')
    const {runDev} = await import('../dev/run.ts')
    process.exitCode = await runDev({
      project,
      paint: this.paint,
      version: this.config.version,
      isJson: this.jsonEnabled(),
      opens: flags.open,
      inMemory: flags.memory,
      ...(flags.debug !== undefined && {debug: flags.debug}),
      write: (text) => process.stdout.write(text),
      ...(url !== undefined && {url}),
      ...(flags.engine !== undefined && {engine: flags.engine as 'native' | 'pglite'}),
      ...(flags.port !== undefined && {port: flags.port}),
    })
    return undefined
  }

  /** It was written as it happened; an error is a line as any. */
  protected override logJson(json: unknown): void {
    if (json !== undefined) process.stdout.write(`${JSON.stringify(json)}\n`)
  }
}
