// A schema's SQL in, a project's folder with that schema and its one migration out: files and migrations are equal.
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'

export async function makeProject(folder, sql) {
  const project = join(folder, 'project')
  const migrations = join(project, 'migrations')
  await mkdir(migrations, {recursive: true})
  await writeFile(join(project, 'pgext.json'), '{}\n')
  await writeFile(join(project, 'schema.sql'), sql)
  await writeFile(join(migrations, '20260101T000000_all.sql'), `set search_path = public;\n\n${sql}`)
  return project
}
