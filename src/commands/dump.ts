// A database in, its schema as the files of a project out.
import {join, relative} from 'node:path'
import {Flags} from '@oclif/core'
import {PgextError} from '../errors.ts'
import {PgextCommand, urlFlag} from '../terminal/command.ts'
import {targetOf} from '../terminal/database.ts'
import {functionsFlag, placedBy, proveDumpFlag, provenLine, rolesFlag, splitFlag, unread, writtenLines} from '../terminal/dump.ts'
import {refuseThere, strangersBeside, writeTexts} from '../terminal/output.ts'
import type {Dumped} from '../walk/model.ts'

const STDOUT = '-'
const SETTING = 'pgext.json must name where these files are: "schema": ["schema"]'

export default class Dump extends PgextCommand {
  static override description = `write a database's schema as schema.sql and functions/

As a person would: each table with what belongs to it, in an order to be read. What it
writes is loaded once, to see that it makes the same schema again.
Overwrites no file without --force. Secrets, passwords and rows are never written.`
  static override usage = 'dump [--from URL] [--out DIR | --out -] [--split none|kind|schema] [--functions files|one|schema]'
  static override examples = [
    {description: 'the schema of DATABASE_URL into this project', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'of another database into a folder, a file for each schema',
      command: '<%= config.bin %> <%= command.id %> --from postgres:///shop --out shop --split schema',
    },
    {
      description: 'into another database, without files',
      command: '<%= config.bin %> <%= command.id %> --out - | psql "$OTHER_URL"',
    },
  ]
  static override flags = {
    from: Flags.string({helpValue: 'URL', description: 'the database, instead of DATABASE_URL'}),
    out: Flags.string({helpValue: 'DIR', description: 'where to, instead of the project; - is stdout, as psql takes it'}),
    split: splitFlag,
    functions: functionsFlag,
    roles: rolesFlag,
    force: Flags.boolean({description: 'overwrite files that are there'}),
    prove: proveDumpFlag,
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Dump)
    const url = flags.from === undefined || flags.from === 'database' ? flags.url : flags.from
    if (url !== undefined && !/^postgres(ql)?:\/\//.test(url)) {
      throw new PgextError('usage', 'only a database can be dumped', {hint: 'give --from a postgres:// URL, or leave it out'})
    }
    const isText = flags.out === STDOUT
    if (isText && flags.split !== 'none') {
      throw new PgextError('usage', 'stdout is one text: --split writes files', {hint: 'name a folder: --out DIR'})
    }
    const functions = flags.functions ?? (isText ? 'schema' : 'files')
    if (isText && functions !== 'schema') {
      throw new PgextError('usage', 'stdout is one text: functions stand in it among the rest', {hint: 'leave --functions out'})
    }
    const project = await this.project({folder: flags.folder, url})
    const target = await targetOf(project)
    const progress = this.progress(isText)
    const {split, roles, prove} = flags
    const dumped = await this.walk(project, progress, (walk) =>
      progress.during('dumping', () => walk.dump({url: target.url, split, functions, roles, prove})),
    )
    for (const note of dumped.notes) this.note(`note: ${note}`)
    if (isText) return this.print(dumped)
    const files = flags.out === undefined ? placedBy(dumped, project.settings) : dumped.files
    if (flags.out === undefined && unread(files, project.settings).length > 0) this.note(`note: ${SETTING}`)
    return this.write({...dumped, files}, flags.out ?? project.folder, flags.force)
  }

  private print(dumped: Dumped): unknown {
    const {files, notes, proven} = dumped
    if (this.jsonEnabled()) return {sql: files.map(({text}) => text).join('\n'), notes, proven}
    for (const {text} of files) process.stdout.write(text)
    return undefined
  }

  private async write(dumped: Dumped, folder: string, force: boolean): Promise<unknown> {
    const {files, notes, proven} = dumped
    if (!force) refuseThere(folder, files, '--force overwrites, --out DIR writes elsewhere')
    await writeTexts(folder, files)
    const strangers = await strangersBeside(folder, files)
    const shown = (path: string) => relative('.', join(folder, path))
    for (const path of strangers) this.note(`note: ${shown(path)} was there, and nothing in the database is in it`)
    for (const line of writtenLines({...dumped, files: files.map((file) => ({...file, path: shown(file.path)}))}, this.paint))
      this.log(line)
    const line = provenLine(dumped, this.paint)
    if (line) this.note(line)
    return {written: files.map(({path}) => path), strangers, notes, proven}
  }
}
