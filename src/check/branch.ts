// What a branch adds, as git has it, in; what it changes of the other's migrations, and what it would put before them, out.
import type {Answer, Finding, Given, Question} from './model.ts'

export const branch: Question = {
  name: 'branch',
  about: 'what the branch adds',
  async ask({branch: found, project, migrations}: Given): Promise<Answer> {
    if (!found) return {findings: [], notes: []}
    const shown = (file: string) => `${project.settings.migrations}/${file}`
    const at = (file: string) => ({where: {file: shown(file), line: 1, column: 1, ...textOf(file)}})
    const textOf = (file: string) => {
      const text = migrations.find(({version, name}) => `${version}_${name}.sql` === file)?.text.split('\n', 1)[0]
      return text === undefined ? {} : {text}
    }
    const {ref, changed, removed, added, squashes, newest = ''} = found
    const findings: Finding[] = [
      ...changed.map(
        (file): Finding => ({
          level: 'error',
          code: 'changed',
          message: `${shown(file)} is not as ${ref} has it, and may be applied somewhere`,
          ...at(file),
          hint: `put it back (git checkout ${ref} -- ${shown(file)}), and write what is to change into a new migration`,
        }),
      ),
      ...removed.map(
        (file): Finding => ({
          level: 'error',
          code: 'removed',
          message: `${shown(file)} is in ${ref}, and not here`,
          hint: `put it back (git checkout ${ref} -- ${shown(file)}); pgext migrate:squash takes old ones together`,
        }),
      ),
      ...added
        .filter((file) => file.slice(0, 15) < newest && !squashes.includes(file))
        .map(
          (file): Finding => ({
            level: 'error',
            code: 'out-of-order',
            message: `${shown(file)} is new, and older than what ${ref} has (${newest}): databases that have that would not take it`,
            ...at(file),
            hint: 'pgext migrate:rebase puts it behind them',
          }),
        ),
    ]
    return {findings, notes: []}
  },
}
