// A name in, a new project's files out. What is there already stays.
import {readFile} from 'node:fs/promises'
import {join, relative} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {askChoice, askText, canAsk} from '../terminal/ask.ts'
import {PgextCommand} from '../terminal/command.ts'
import {defaultUrl, type Written, writeProject} from '../terminal/template.ts'

const TEMPLATES = [
  {name: 'todo: a to-do list with row-level security, PostgREST and a page', value: 'todo'},
  {name: 'minimal: an empty schema', value: 'minimal'},
] as const

const ROLES = {todo: ' --role authenticated --role anon', minimal: ''} as const

export default class Init extends PgextCommand {
  static override description = `start a project: schema.sql, functions/, migrations/, .env

Asks for what no flag gives when it runs on a terminal. Never overwrites a file.`
  static override usage = 'init [NAME] [--template todo|minimal] [--url URL] [--yes]'
  static override examples = [
    {description: 'a to-do list in the folder shop', command: '<%= config.bin %> <%= command.id %> shop --yes'},
    {description: 'an empty schema in this folder', command: '<%= config.bin %> <%= command.id %> . --template minimal'},
  ]
  static override args = {name: Args.string({description: 'the folder to make, or . for this one'})}
  static override flags = {
    template: Flags.string({options: ['todo', 'minimal'] as const, helpValue: 'NAME', description: 'todo (default) or minimal'}),
    url: Flags.string({helpValue: 'URL', description: 'the DATABASE_URL to write into .env'}),
    yes: Flags.boolean({char: 'y', description: 'take the defaults, ask nothing'}),
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Init)
    const asks = canAsk() && !flags.yes && !this.jsonEnabled()
    const name = args.name ?? (asks ? await askText('folder', '.') : '.')
    const folder = join(flags.folder ?? '.', name)
    const template = (flags.template ?? (asks ? await askChoice('template', TEMPLATES) : 'todo')) as keyof typeof ROLES
    const databaseUrl = flags.url ?? (asks ? await askText('database', defaultUrl(folder)) : undefined)
    const written = await writeProject(folder, {template, databaseUrl})
    const exposed = await showsSecrets(written)
    if (exposed) this.note('warning: .gitignore was there and does not name .env, which holds secrets: add it')
    if (this.jsonEnabled()) return {...written, template}
    const place = relative('.', written.folder) || '.'
    this.log(`${this.paint('bold', place)}  (template ${template})`)
    for (const file of written.created) this.log(`  ${this.paint('green', '+')} ${file}`)
    for (const file of written.kept) this.log(`  ${this.paint('dim', `= ${file} was there and stays as it is`)}`)
    this.log(`\nnext:`)
    if (place !== '.') this.log(`  cd ${place}`)
    this.log(`  pgext db:create${ROLES[template]}\n  pgext migrate --name first`)
    return undefined
  }
}

async function showsSecrets({folder, kept}: Written): Promise<boolean> {
  if (!kept.includes('.gitignore')) return false
  const lines = (await readFile(join(folder, '.gitignore'), 'utf8')).split(/\r?\n/).map((line) => line.trim())
  return !lines.some((line) => ['.env', '/.env', '.env*', '*.env'].includes(line))
}
