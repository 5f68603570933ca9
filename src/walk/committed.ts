// A project in; what others own, as the text of external.sql, out: the committed one, or what its database holds.
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import type {Project} from '../project/model.ts'
import {readText} from '../project/text.ts'
import type {SourceFile} from '../shadow/model.ts'

export const EXTERNAL = 'external.sql'

export type Named = Project['settings']['external']

export async function externalSource({folder, settings}: Project, targetUrl?: string): Promise<SourceFile[]> {
  const {external} = settings
  const path = join(folder, EXTERNAL)
  if (existsSync(path)) return [{path: EXTERNAL, text: await readText(path, EXTERNAL), holdsFunctions: false}]
  if (external.schemas.length + external.extensions.length === 0 || !targetUrl) return []
  const {externalSql} = await import('./external.ts')
  const {text} = await externalSql(targetUrl, external)
  return [{path: `${EXTERNAL} (from the database)`, text, holdsFunctions: false}]
}
