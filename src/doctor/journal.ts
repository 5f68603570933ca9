// Migration files and the database's journal in; what is not as it was left, out.
import type {Db} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import type {Finding} from './model.ts'

export async function journalFindings(db: Db, project: Project): Promise<Finding[]> {
  const [{readMigrations}, {readJournal}, {status}] = await Promise.all([
    import('../migrations/file.ts'),
    import('../migrations/journal.ts'),
    import('../migrations/status.ts'),
  ])
  const rows = await readJournal(db)
  const files = await readMigrations(project.migrationsFolder, project.settings.migrations)
  const all = status(files, rows).map(({version, name, standing}) => ({file: `${version}_${name}.sql`, standing}))
  const of = (wanted: string) => all.filter(({standing}) => standing === wanted).map(({file}) => file)
  const told = (id: Finding['id'], level: Finding['level'], names: readonly string[], message: string, hint: string): Finding[] =>
    names.map((object) => ({id, level, object, message, hint, fixes: []}))
  const pending = of('pending')
  return [
    ...told('migration-unfinished', 'error', of('unfinished'), 'a run ended in the middle of it', 'pgext migrate goes on'),
    ...told(
      'migration-changed',
      'error',
      of('changed'),
      'its file is not what was applied: pgext migrate refuses to go on',
      'restore the file as it was applied, and write what is new as a migration of its own',
    ),
    // where no file is, this is somebody else's folder
    ...(files.length === 0 && rows.length > 0
      ? []
      : told(
          'migration-missing',
          'warning',
          of('missing'),
          'applied, and there is no such file',
          'restore the file: it is in git',
        )),
    ...(pending.length === 0 ? [] : [waiting(pending)]),
  ]
}

function waiting(files: readonly string[]): Finding {
  const message = files.length === 1 ? 'is not applied yet' : `and ${files.length - 1} more are not applied yet`
  return {id: 'migration-pending', level: 'info', object: files[0]!, message, hint: 'pgext migrate applies', fixes: []}
}
