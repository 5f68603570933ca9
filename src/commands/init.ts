// A name in, a new project's files out: a template's, or what a database holds. What is there already stays.
import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import {join, relative, resolve} from 'node:path'
import {Args, Flags} from '@oclif/core'
import {askChoice, askText, canAsk} from '../terminal/ask.ts'
import {PgextCommand, TO_DO} from '../terminal/command.ts'
import {targetOf} from '../terminal/database.ts'
import {count} from '../terminal/difference.ts'
import {functionsFlag, proveDumpFlag, provenLine, rolesFlag, splitFlag} from '../terminal/dump.ts'
import type {Hooked} from '../terminal/hook.ts'
import {refuseThere} from '../terminal/output.ts'
import {type Written, writeProject} from '../terminal/template.ts'
import type {DumpRequest} from '../walk/model.ts'

const TEMPLATES = [
  {name: 'todo: a to-do list with row-level security, PostgREST and a page', value: 'todo'},
  {name: 'minimal: an empty schema', value: 'minimal'},
] as const

const ROLES = {todo: ' --role authenticated --role anon', minimal: ''} as const

export default class Init extends PgextCommand {
  static override description = `start a project: schema.sql, functions/, migrations/, .env

Asks for what no flag gives when it runs on a terminal. Never overwrites a file.
--from makes a project of a database that is there: its schema as files, so that
\`pgext diff\` finds nothing. --hooks has each commit run \`pgext check\`: by husky, lefthook
or git itself, whichever is there; in a project that is there it does only that.`
  static override usage = [
    'init [NAME] [--template todo|minimal] [--url URL] [--yes]',
    'init [NAME] --from URL [--split none|kind|schema]',
    'init [NAME] --hooks',
  ]
  static override examples = [
    {description: 'a to-do list in the folder shop', command: '<%= config.bin %> <%= command.id %> shop --yes'},
    {
      description: 'a database that exists',
      command: '<%= config.bin %> <%= command.id %> shop --from postgres://me@db.example.com/shop',
    },
    {description: 'an empty schema in this folder', command: '<%= config.bin %> <%= command.id %> . --template minimal'},
    {description: 'a hook for this project', command: '<%= config.bin %> <%= command.id %> --hooks'},
  ]
  static override args = {name: Args.string({description: 'the folder to make, or . for this one'})}
  static override flags = {
    template: Flags.string({options: ['todo', 'minimal'] as const, helpValue: 'NAME', description: 'todo (default) or minimal'}),
    url: Flags.string({helpValue: 'URL', description: 'the DATABASE_URL to write into .env'}),
    yes: Flags.boolean({char: 'y', description: 'take the defaults, ask nothing'}),
    hooks: Flags.boolean({description: 'a hook of git that runs pgext check before each commit'}),
    from: Flags.string({
      helpValue: 'URL',
      description: 'a database whose schema becomes the project',
      exclusive: ['template', 'url'],
    }),
    split: splitFlag,
    functions: functionsFlag,
    roles: rolesFlag,
    prove: proveDumpFlag,
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(Init)
    const asks = canAsk() && !flags.yes && !this.jsonEnabled()
    const here = resolve(flags.folder ?? '.', args.name ?? '.')
    if (flags.hooks && isProject(here) && !flags.from && !flags.template) return this.hook(here)
    const name = args.name ?? (asks ? await askText('folder', '.') : '.')
    const folder = resolve(flags.folder ?? '.', name)
    if (flags.from !== undefined)
      return {...(await this.adopt(folder, flags.from, flags)), ...(flags.hooks && (await this.hook(folder)))}
    const template = (flags.template ?? (asks ? await askChoice('template', TEMPLATES) : 'todo')) as keyof typeof ROLES
    const databaseUrl =
      flags.url ?? (asks ? (await askText('database (none: one of its own, by pgext dev)')) || undefined : undefined)
    const written = await writeProject(folder, {template, databaseUrl})
    await this.warnOf(written)
    this.show(written, `template ${template}`)
    this.log(databaseUrl ? `  pgext db:create${ROLES[template]}\n  pgext migrate --name first` : '  pgext dev')
    return {...written, template, ...(flags.hooks && (await this.hook(folder)))}
  }

  /** Before each commit: by whatever runs hooks in its repository. */
  private async hook(folder: string): Promise<{readonly hook: Hooked}> {
    const [{hookLines, hookProject}, {openProject}] = await Promise.all([
      import('../terminal/hook.ts'),
      import('../project/open.ts'),
    ])
    const hook = await hookProject(await openProject(folder))
    if (hook.state === 'left' || hook.next) process.exitCode = TO_DO
    this.log(hookLines(hook).join('\n'))
    return {hook}
  }

  /** A database's schema becomes the project. */
  private async adopt(folder: string, url: string, {split, functions, roles, prove}: Adoption): Promise<object> {
    const {newProject} = await import('../project/open.ts')
    const progress = this.progress()
    const target = await targetOf(newProject(folder, url))
    const dumped = await this.walk(newProject(folder, url), progress, (walk) =>
      progress.during('dumping', () => walk.dump({url, split, functions: functions ?? 'files', roles, prove})),
    )
    refuseThere(folder, dumped.files, 'start in a folder of its own: pgext init NAME --from URL')
    const written = await writeProject(folder, {template: 'minimal', databaseUrl: url, files: dumped.files})
    for (const note of dumped.notes) this.note(`note: ${note}`)
    if (written.kept.includes('pgext.json')) this.note('warning: pgext.json was there: does it name these files?')
    await this.warnOf(written)
    const {notes, proven} = dumped
    this.show(written, `from ${target.shown}`)
    this.log('  pgext diff                    # nothing differs: the files say what the database holds')
    this.log('  git init && git add .         # .env stays yours alone')
    this.log('  pgext migrate:baseline        # what is there becomes the first migration; nothing is run')
    this.log(`\nwhen you change the files, bring it there with\n  pgext migrate --name NAME`)
    const line = provenLine(dumped, this.paint)
    if (line) this.note(line)
    return {...written, from: target.shown, notes, proven}
  }

  private async warnOf(written: Written): Promise<void> {
    const exposed = await showsSecrets(written)
    if (exposed) this.note('warning: .gitignore was there and does not name .env, which holds secrets: add it')
  }

  private show(written: Written, where: string): void {
    const place = relative('.', written.folder) || '.'
    const few = written.created.filter((file) => !file.startsWith('functions/') || written.created.length <= MOST)
    this.log(`${this.paint('bold', place)}  (${where})`)
    for (const file of few) this.log(`  ${this.paint('green', '+')} ${file}`)
    const rest = written.created.length - few.length
    if (rest > 0) this.log(`  ${this.paint('green', '+')} functions/  ${this.paint('dim', count(rest, 'file'))}`)
    for (const file of written.kept) this.log(`  ${this.paint('dim', `= ${file} was there and stays as it is`)}`)
    this.log(`\nnext:`)
    if (place !== '.') this.log(`  cd ${place}`)
  }
}

/** So many files are named one by one. */
const MOST = 30

type Adoption = Omit<DumpRequest, 'url' | 'functions'> & {readonly functions?: DumpRequest['functions']}

const isProject = (folder: string): boolean => ['pgext.json', 'schema.sql'].some((name) => existsSync(join(folder, name)))

async function showsSecrets({folder, kept}: Written): Promise<boolean> {
  if (!kept.includes('.gitignore')) return false
  const lines = (await readFile(join(folder, '.gitignore'), 'utf8')).split(/\r?\n/).map((line) => line.trim())
  return !lines.some((line) => ['.env', '/.env', '.env*', '*.env'].includes(line))
}
