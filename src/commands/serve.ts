// A database in; its changes on websockets, to those who may see the rows, until it is told to end.
import {Flags} from '@oclif/core'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import {isNode} from '../project/serve.ts'
import {PgextCommand, urlFlag} from '../terminal/command.ts'
import {targetOf} from '../terminal/database.ts'
import {describe, errorJson} from '../terminal/error.ts'
import {painter} from '../terminal/paint.ts'
import {onReload} from '../terminal/reload.ts'
import {untilStopped} from '../terminal/serve.ts'

export default class Serve extends PgextCommand {
  static override description = `serve changes of realtime tables over websockets, to those who may see the rows

Who may see what is PostgreSQL's to say: privileges and row-level security of the role that a
client's token (JWT) names. Tokens are signed with PGEXT_JWT_SECRET, or with keys published
under --jwks. pgext.json has the rest under "serve". Ctrl-C, or SIGTERM, sees all clients off.`
  static override usage =
    'serve [--eventserv [--config FILE]] [--port N] [--host ADDRESS] [--anonymous ROLE] [--jwks URL] [--node NAME] [--wait SECONDS] [--watch] [--debug] [--json] [--url URL]'
  static override examples = [
    {
      description: 'with a test page under http://127.0.0.1:3001',
      command: '<%= config.bin %> <%= command.id %> --anonymous web_anon',
    },
    {description: 'for others than this machine', command: '<%= config.bin %> <%= command.id %> --host 0.0.0.0'},
  ]
  static override flags = {
    port: Flags.integer({helpValue: 'N', min: 0, max: 65_535, description: 'the port to listen on [default: 3001]'}),
    host: Flags.string({helpValue: 'ADDRESS', description: 'the address to listen on [default: 127.0.0.1]'}),
    anonymous: Flags.string({
      helpValue: 'ROLE',
      description: 'the role of clients without a token; without it they have to bring one',
    }),
    jwks: Flags.string({helpValue: 'URL', description: 'where the keys of tokens are published'}),
    node: Flags.string({
      helpValue: 'NAME',
      description: 'the name of this server: it goes on in the WAL where it was, when it is started anew',
    }),
    eventserv: Flags.boolean({
      description: 'as pg_eventserv: NOTIFY on ws://…:7700/listen/CHANNEL, open to all, and nothing else',
    }),
    config: Flags.string({helpValue: 'FILE', description: 'its TOML file', dependsOn: ['eventserv']}),
    wait: Flags.integer({
      helpValue: 'SECONDS',
      min: 0,
      default: 0,
      description: 'for the database to answer, instead of failing',
    }),
    watch: Flags.boolean({description: 'read queries again when one of their files is saved, as SIGHUP does'}),
    debug: Flags.boolean({description: 'say more of what happens'}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Serve)
    const project = await this.project(flags)
    if (flags.eventserv) return this.#eventserv(project, flags)
    const {url} = await targetOf(project)
    const {port, host, anonymous, jwks, node, debug, watch: watching} = flags
    const settings = {
      ...project.settings.serve,
      ...(port !== undefined && {port}),
      ...(host !== undefined && {host}),
      ...(anonymous !== undefined && {anonymous}),
      ...(jwks !== undefined && {jwks}),
      ...(project.bus !== undefined && {bus: project.bus}),
      ...nodeGiven(node ?? project.node),
    }
    const [{openServer}, {readPages}, {readQueries}] = await Promise.all([
      import('../realtime/open.ts'),
      import('../realtime/page.ts'),
      import('../realtime/live/named.ts'),
    ])
    const {queriesFolder} = project
    const {named: queries, errors} = await readQueries(queriesFolder, project.settings.queries)
    for (const error of errors.values()) throw error
    if (flags.wait > 0) await (await import('../terminal/wait.ts')).untilReachable(url, flags.wait)
    const isJson = this.jsonEnabled()
    const log = (what: string, details: Readonly<Record<string, unknown>> = {}) => {
      const known = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined))
      if (isJson) process.stderr.write(`${JSON.stringify({time: new Date().toISOString(), message: what, ...known})}\n`)
      else this.note(Object.keys(known).length > 0 && debug ? `${what} ${JSON.stringify(known)}` : what)
    }
    const say = (error: unknown) => {
      const {code, message, hint, where} = errorJson(error)
      if (isJson) log(message, {code, hint, where})
      else this.note(describe(error, painter(process.stderr)))
    }
    const running = await openServer({
      url,
      settings,
      history: project.settings.realtime.history,
      log,
      queries,
      pages: await readPages(),
      ...(project.jwtSecret !== undefined && {secret: project.jwtSecret}),
    })
    for (const error of await running.server.check()) say(error)
    const endReload = await onReload({
      folder: queriesFolder,
      watch: watching,
      failed: say,
      work: async () => {
        const {changed, errors} = await running.server.reload(queriesFolder, project.settings.queries)
        for (const error of errors) say(error)
        log(changed.length > 0 ? `queries renewed: ${changed.join(', ')}` : 'no query was renewed')
      },
    })
    if (project.jwtSecret === undefined && settings.jwks === undefined)
      log('no tokens are accepted: neither PGEXT_JWT_SECRET nor "jwks" is set')
    this.log(
      `${this.paint('green', '●')} serving on ${this.paint('bold', `http://${settings.host}:${running.port}`)}  ${this.paint('dim', 'Ctrl-C ends it')}`,
    )
    if (isJson) process.stdout.write(`${JSON.stringify({host: settings.host, port: running.port})}\n`)
    await untilStopped()
    log('sending clients away')
    await endReload()
    await running.close()
    return undefined
  }

  async #eventserv(project: Project, flags: {port?: number; host?: string; config?: string; debug: boolean}): Promise<void> {
    const [{readEventserv}, {openEventserv}, {connect}] = await Promise.all([
      import('../realtime/eventserv/settings.ts'),
      import('../realtime/eventserv/server.ts'),
      import('../postgres/native.ts'),
    ])
    const {settings: given, unused} = await readEventserv(flags.config)
    const settings = {
      ...given,
      ...(flags.port !== undefined && {httpPort: flags.port}),
      ...(flags.host !== undefined && {httpHost: flags.host}),
      debug: given.debug || flags.debug,
    }
    const url = settings.dbConnection ?? (await targetOf(project)).url
    for (const name of unused) this.note(`${name} means nothing here`)
    this.note('every channel that is open is open to all: there are no tokens and no rules')
    const running = await openEventserv(
      () => connect(url),
      settings,
      (what) => this.note(what),
    )
    this.log(
      `${this.paint('green', '●')} serving channels on ${this.paint('bold', `ws://${settings.httpHost}:${running.port}/listen/`)}  ${this.paint('dim', 'Ctrl-C ends it')}`,
    )
    await untilStopped()
    await running.close()
  }

  /** It was written when it began. */
  protected override logJson(json: unknown): void {
    if (json !== undefined) super.logJson(json)
  }
}

function nodeGiven(node: string | undefined): {readonly node?: string} {
  if (node === undefined) return {}
  if (isNode(node)) return {node}
  throw new PgextError('usage', `${JSON.stringify(node)} is no name of a server`, {
    hint: 'letters, digits, - and _, at most 40 of them',
  })
}
