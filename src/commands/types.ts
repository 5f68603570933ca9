// A side in, the TypeScript types of what it holds out: printed, written to a file, or held against it.
import {basename, dirname, relative, resolve} from 'node:path'
import {Flags} from '@oclif/core'
import {PgextError} from '../errors.ts'
import {readText} from '../project/text.ts'
import {PgextCommand, TO_DO, urlFlag} from '../terminal/command.ts'
import {writeTexts} from '../terminal/output.ts'
import {patchLines} from '../terminal/patch.ts'
import {MARK} from '../types/text.ts'

const STDOUT = '-'
/** So much of what differs is shown. */
const MOST = 40

export default class Types extends PgextCommand {
  static override description = `write TypeScript types of tables, views, functions and enums

As postgrest-js and supabase-js take them: createClient<Database>(…). They are those of
your files, with no database at all; --from database reads one. What is written is the same
wherever it is written, so --check can hold it in CI.`
  static override usage = 'types [--out FILE] [--check] [--from SIDE] [--schema NAME]'
  static override examples = [
    {description: 'to a file', command: '<%= config.bin %> <%= command.id %> --out src/database.ts'},
    {description: 'of a database, to stdout', command: '<%= config.bin %> <%= command.id %> --from postgres:///shop --out -'},
    {description: 'in CI: is the file as the schema is?', command: '<%= config.bin %> <%= command.id %> --check'},
  ]
  static override flags = {
    out: Flags.string({helpValue: 'FILE', description: 'where to, instead of "types" in pgext.json; - is stdout'}),
    from: Flags.string({default: 'files', helpValue: 'SIDE', description: 'files, database, a postgres:// URL'}),
    schema: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      helpValue: 'NAME',
      description: 'only this one; once for each',
    }),
    check: Flags.boolean({description: 'write nothing; exit 2 where the file is not as it would be written'}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Types)
    const project = await this.project(flags)
    const {types} = project.settings
    const named = flags.out ?? (types === undefined ? undefined : resolve(project.folder, types))
    const path = named === undefined || named === STDOUT ? undefined : resolve(named)
    if (flags.check && !path) {
      throw new PgextError('usage', '--check needs the file that is to be looked at', {
        hint: 'name it with --out FILE, or as "types" in pgext.json',
      })
    }
    const progress = this.progress(path === undefined)
    const text = await this.walk(project, progress, (walk) =>
      progress.during('reading the schema', () =>
        walk.types({from: flags.from, schemas: flags.schema, declares: path?.endsWith('.d.ts') ?? false}),
      ),
    )
    if (!path) return this.print(text)
    const shown = relative('.', path) || path
    const before = await readText(path, shown).catch(absent)
    if (flags.check) return this.check(shown, before, text)
    if (before === text) {
      this.log(`${shown} is as the schema is`)
      return {file: shown, written: false}
    }
    if (before !== undefined && !before.startsWith(MARK)) {
      throw new PgextError('not-allowed', `${shown} is not a file that pgext types wrote: nothing was written`, {
        hint: 'move it away, or name another file with --out',
      })
    }
    await writeTexts(dirname(path), [{path: basename(path), text}])
    this.log(`${this.paint('green', 'wrote')} ${shown}`)
    return {file: shown, written: true}
  }

  private print(text: string): unknown {
    if (this.jsonEnabled()) return {types: text}
    process.stdout.write(text)
    return undefined
  }

  private check(file: string, before: string | undefined, text: string): unknown {
    if (before === text) {
      this.log(`${file} is as the schema is`)
      return {file, equal: true}
    }
    process.exitCode = TO_DO
    if (this.jsonEnabled()) return {file, equal: false, types: text}
    this.log(before === undefined ? `there is no ${file}` : `${file} is not as the schema is`)
    const lines = before === undefined ? [] : patchLines(before, text, this.paint)
    for (const line of lines.slice(0, MOST)) this.log(line)
    if (lines.length > MOST) this.log(this.paint('dim', `… and ${lines.length - MOST} more lines`))
    this.note('note: pgext types writes it anew')
    return undefined
  }
}

function absent(error: Error): undefined {
  const {code} = (error.cause ?? {}) as NodeJS.ErrnoException
  if (code !== 'ENOENT') throw error
}
