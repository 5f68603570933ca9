// A project and its database in, external.sql written out.
import {join} from 'node:path'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import type {External} from '../walk/external.ts'
import {writeWhole} from '../whole.ts'

export async function writeExternal(project: Project, url: string): Promise<Omit<External, 'text'> & {readonly file: string}> {
  const [{EXTERNAL}, {externalSql}] = await Promise.all([import('../walk/committed.ts'), import('../walk/external.ts')])
  const {text, ...rest} = await externalSql(url, project.settings.external)
  try {
    writeWhole(join(project.folder, EXTERNAL), text)
  } catch (error) {
    throw new PgextError('bad-file', `can't write ${EXTERNAL}: ${(error as Error).message}`, {
      hint: 'is there room on the disk, and is the folder yours to write in?',
      cause: error,
    })
  }
  return {...rest, file: EXTERNAL}
}
