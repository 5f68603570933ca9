// The command line's configuration in, help as text out: commands in the colon form, in the order one meets them.
import {type Command, CommandHelp, Help, type Interfaces} from '@oclif/core'
import {fold} from './fold.ts'
import {type Paint, painter} from './paint.ts'

const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ['START', ['init', 'dev', 'db:create', 'dump']],
  ['EVERY DAY', ['diff', 'migrate', 'check', 'deploy-functions', 'functions:graph', 'types', 'token', 'logs']],
  ['MIGRATIONS', ['migrate:new', 'migrate:status', 'migrate:show', 'migrate:undo', 'migrate:rebase', 'migrate:sum']],
  ['PRODUCTION', ['deploy', 'deploy:status', 'doctor', 'serve']],
  ['HISTORIES', ['migrate:baseline', 'migrate:adopt', 'migrate:repair', 'migrate:squash', 'migrate:verify']],
  ['DATABASE', ['db:seed', 'db:reset', 'db:drop', 'external']],
  ['REALTIME', ['events:status', 'events:tail', 'events:install', 'events:uninstall', 'events:drop-consumer']],
]

const EXITS = `  0  fine, or nothing differs
  2  something differs, or is left to do
  1  could not look, or failed`

const EXAMPLES: readonly (readonly [string, string])[] = [
  ['pgext init shop && cd shop', 'a new project'],
  ['pgext dev', 'all of it on this machine'],
  ['pgext migrate --name first', 'a migration: written, proven, applied'],
  ['pgext diff --help', 'more on one command'],
]

type Commands = ReadonlyMap<string, Command.Loadable>

class PgextCommandHelp extends CommandHelp {
  /** stands above the usage already */
  override description(): undefined {}

  /** those with a letter first: the others are indented to match */
  override flags(flags: Command.Flag.Any[]): [string, string | undefined][] | undefined {
    return super.flags([...flags].sort((a, b) => Number(a.char === undefined) - Number(b.char === undefined)))
  }

  override examples(examples: Command.Example[] | undefined): string | undefined {
    if (!examples || examples.length === 0) return undefined
    const paint = painter(process.stdout)
    return examples
      .map((example) => (typeof example === 'string' ? {description: '', command: example} : example))
      .map(({description, command}) => `${paint('dim', `# ${description}`)}\n$ ${this.render(command)}`)
      .join('\n\n')
  }
}

export default class PgextHelp extends Help {
  override CommandHelpClass = PgextCommandHelp
  readonly #paint: Paint = painter(process.stdout)

  constructor(config: Interfaces.Config, options: Partial<Interfaces.HelpOptions> = {}) {
    super(config, {...options, flagSortOrder: 'none'})
  }

  override async showRootHelp(): Promise<void> {
    const {version, pjson} = this.config
    const known = this.#known()
    const grouped = new Set(GROUPS.flatMap(([, ids]) => ids))
    const rest = [...known.keys()].filter((id) => !grouped.has(id)).sort()
    const sections = [...GROUPS, ['MORE', rest] as const].map(([title, ids]) => this.#list(title, ids, known))
    this.log(
      [
        `${this.#paint('bold', 'pgext')} ${this.#paint('dim', version)}  ${folded(pjson.description ?? '', 'pgext'.length + version.length + 3)}`,
        this.#titled('USAGE', '  $ pgext COMMAND [--help]'),
        ...sections.filter(Boolean),
        this.#titled('EXAMPLES', this.#examples()),
        `${this.#titled('EXIT CODES', EXITS)}\n`,
      ].join('\n\n'),
    )
  }

  override async showTopicHelp(topic: {name: string}): Promise<void> {
    this.log(`${this.#subcommands('COMMANDS', topic.name)}\n`)
  }

  override async showCommandHelp(command: Command.Loadable): Promise<void> {
    const description = this.render(command.description ?? '').trim()
    const below = this.#subcommands('SEE ALSO', command.id)
    this.log(`${[description, this.formatCommand(command), below].filter(Boolean).join('\n\n')}\n`)
  }

  /** oclif would print `db create`; both are understood, one is shown. */
  override formatCommand(command: Command.Loadable): string {
    return this.getCommandHelpClass(command).generate()
  }

  #known(): Commands {
    return new Map(this.config.commands.filter((command) => !command.hidden).map((command) => [command.id, command]))
  }

  #subcommands(title: string, id: string): string {
    const known = this.#known()
    return this.#list(title, [...known.keys()].filter((other) => other.startsWith(`${id}:`)).sort(), known)
  }

  #list(title: string, ids: readonly string[], known: Commands): string {
    const width = Math.max(...[...known.keys()].map((id) => id.length)) + 3
    const lines = ids
      .filter((id) => known.has(id))
      .map((id) => `  ${this.#paint('cyan', id.padEnd(width))}${folded(firstLine(known.get(id)!), width + 2)}`)
    return lines.length === 0 ? '' : this.#titled(title, lines.join('\n'))
  }

  #examples(): string {
    const width = Math.max(...EXAMPLES.map(([command]) => command.length)) + 3
    return EXAMPLES.map(([command, why]) => `  $ ${command.padEnd(width)}${this.#paint('dim', why)}`).join('\n')
  }

  #titled(title: string, body: string): string {
    return `${this.#paint('bold', title)}\n${body}`
  }
}

const firstLine = ({description = ''}: Command.Loadable): string => description.split('\n')[0]!
const folded = (text: string, indent: number): string => fold(text, process.stdout.columns, indent)
