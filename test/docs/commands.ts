// oclif's manifest in, docs/commands.md out: each command as its --help says it.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'

interface Flag {
  readonly name: string
  readonly char?: string
  readonly description?: string
  readonly helpGroup?: string
  readonly helpLabel?: string
  readonly helpValue?: string
  readonly type: 'boolean' | 'option'
  readonly multiple?: boolean
  readonly required?: boolean
  readonly hidden?: boolean
  readonly default?: unknown
}

interface Command {
  readonly id: string
  readonly description?: string
  readonly usage?: string | readonly string[]
  readonly examples?: readonly (string | {readonly description: string; readonly command: string})[]
  readonly args: Readonly<Record<string, {readonly name: string; readonly description?: string}>>
  readonly flags: Readonly<Record<string, Flag>>
  readonly hidden?: boolean
}

const MANIFEST = join(import.meta.dirname, '../../oclif.manifest.json')
const GLOBAL: readonly string[] = ['json', 'folder', 'url']

export function commandsPage(): string {
  const commands = Object.values(JSON.parse(readFileSync(MANIFEST, 'utf8')).commands as Record<string, Command>)
    .filter(({hidden}) => !hidden)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  return `${[tableOf(commands), ...commands.map(section)].join('\n\n')}\n`
}

function tableOf(commands: readonly Command[]): string {
  const rows = commands.map(({id, description = ''}) => {
    const [first] = description.split('\n')
    return `| [\`pgext ${id}\`](#${anchor(`pgext ${id}`)}) | ${cell(first!)} |`
  })
  return ['| command | |', '| --- | --- |', ...rows].join('\n')
}

function section(command: Command): string {
  const {id, description = '', usage = [], examples = [], args, flags} = command
  const [first, ...rest] = description.split('\n')
  const lines = [usage].flat().map((line) => `pgext ${line}`)
  const more = rest.join('\n').trim()
  const own = [...argumentRows(args), ...Object.values(flags).filter(isOwn).map(flagRow)]
  return [
    `## pgext ${id}`,
    `${first!.slice(0, 1).toUpperCase()}${first!.slice(1)}.`,
    `\`\`\`text\n${lines.join('\n')}\n\`\`\``,
    ...(more ? [more] : []),
    ...(own.length > 0 ? [['| | |', '| --- | --- |', ...own].join('\n')] : []),
    ...(flags.url ? ['Takes `--url`.'] : []),
    ...(examples.length > 0 ? [`\`\`\`text\n${examples.map((one) => exampleOf(one, id)).join('\n')}\n\`\`\``] : []),
  ].join('\n\n')
}

const isOwn = ({name, hidden}: Flag): boolean => !GLOBAL.includes(name) && !hidden

function argumentRows(args: Command['args']): string[] {
  return Object.values(args).map(({name, description = ''}) => `| \`${name.toUpperCase()}\` | ${cell(description)} |`)
}

function flagRow({name, char, helpLabel, helpValue, description = '', multiple, required}: Flag): string {
  const shown = helpLabel?.trim() ?? `--${name}${helpValue ? ` ${helpValue}` : ''}`
  const label = `${char ? `\`-${char}\`, ` : ''}\`${cell(shown)}\``
  const notes = [required && 'needed', multiple && !/once/.test(description) && 'may be given several times'].filter(Boolean)
  return `| ${label} | ${cell([description, ...notes].join('; '))} |`
}

function exampleOf(example: string | {readonly description: string; readonly command: string}, id: string): string {
  const filled = (text: string) => text.replaceAll('<%= config.bin %>', 'pgext').replaceAll('<%= command.id %>', id)
  return typeof example === 'string' ? `$ ${filled(example)}` : `$ ${filled(example.command)}   # ${example.description}`
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
/** as GitHub makes them */
const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
