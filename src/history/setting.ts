// The text of pgext.json and what is others' in a database in; the same text with what it did not name yet out. Pure.
import {parseJson} from '../project/json.ts'
import type {Project, Settings} from '../project/model.ts'
import type {Theirs} from './tool.ts'

/** What the settings do not name yet. */
export function missingIn({ignore, external}: Settings, theirs: Theirs): Theirs {
  const but = (wanted: readonly string[], named: readonly string[]) => wanted.filter((one) => !named.includes(one))
  return {
    ignore: but(theirs.ignore, ignore),
    schemas: but(theirs.schemas, external.schemas),
    extensions: but(theirs.extensions, external.extensions),
  }
}

export function withTheirs(project: Project, more: Theirs): Project {
  const {ignore, external} = project.settings
  const schemas = [...external.schemas, ...more.schemas]
  const extensions = [...external.extensions, ...more.extensions]
  return {...project, settings: {...project.settings, ignore: [...ignore, ...more.ignore], external: {schemas, extensions}}}
}

/** @param source undefined: there is no file yet */
export function writtenInto(source: string | undefined, more: Theirs): string {
  const settings = (source === undefined ? {} : parseJson(source, 'pgext.json')) as Record<string, any>
  const add = (named: unknown, wanted: readonly string[]) => [...((named as string[] | undefined) ?? []), ...wanted]
  if (more.ignore.length > 0) settings.ignore = add(settings.ignore, more.ignore)
  if (more.schemas.length + more.extensions.length > 0) {
    settings.external = {
      ...settings.external,
      ...(more.schemas.length > 0 && {schemas: add(settings.external?.schemas, more.schemas)}),
      ...(more.extensions.length > 0 && {extensions: add(settings.external?.extensions, more.extensions)}),
    }
  }
  return `${JSON.stringify(settings, null, 2)}\n`
}
