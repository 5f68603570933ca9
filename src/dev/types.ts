// A project that wants its types in a file in; that file as the schema is out.
import {basename, dirname, relative, resolve} from 'node:path'
import {readText} from '../project/text.ts'
import {writeTexts} from '../terminal/output.ts'
import {MARK} from '../types/text.ts'
import type {Onlooker} from './model.ts'
import type {Opened} from './opened.ts'

export async function writeTypes({project, walk}: Opened, onlooker: Onlooker): Promise<void> {
  const {types} = project.settings
  if (types === undefined) return
  const path = resolve(project.folder, types)
  const before = await readText(path, types).catch(() => undefined)
  if (before !== undefined && !before.startsWith(MARK))
    return onlooker.note(`${types} is not a file that pgext types wrote: it stays`)
  const text = await walk.types({from: 'files', declares: path.endsWith('.d.ts')})
  if (text === before) return
  await writeTexts(dirname(path), [{path: basename(path), text}])
  onlooker.did({what: relative(project.folder, path), lines: ['types are as the schema is'], milliseconds: 0})
}
