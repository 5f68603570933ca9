// The text of pgext.json and what a history brings along in; the same text with what it did not name yet out. Pure.
import type {Migration} from '../migrations/file.ts'
import {parseJson} from '../project/json.ts'
import {withMember} from '../project/member.ts'
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
  const settings = (source?.trim() ? parseJson(source, 'pgext.json') : {}) as Record<string, any>
  const add = (named: unknown, wanted: readonly string[]) => [...((named as string[] | undefined) ?? []), ...wanted]
  let text = source
  if (more.ignore.length > 0) text = withMember(text, 'ignore', add(settings.ignore, more.ignore))
  if (more.schemas.length + more.extensions.length > 0) {
    text = withMember(text, 'external', {
      ...settings.external,
      ...(more.schemas.length > 0 && {schemas: add(settings.external?.schemas, more.schemas)}),
      ...(more.extensions.length > 0 && {extensions: add(settings.external?.extensions, more.extensions)}),
    })
  }
  return text ?? '{}\n'
}

/**
 * The version up to which hazards are settled once these are applied somewhere, where the settings do not say so yet:
 * nobody edits them any more. What is still pending is judged, and all behind it.
 */
export function settledBy(
  {judgeAfter = ''}: Settings,
  applied: readonly Pick<Migration, 'version'>[],
  pending: readonly Pick<Migration, 'version'>[] = [],
): string | undefined {
  const first = pending.map(({version}) => version).sort()[0]
  const settled = applied.map(({version}) => version).filter((version) => first === undefined || version < first)
  const last = settled.sort().at(-1)
  return last !== undefined && last > judgeAfter ? last : undefined
}
