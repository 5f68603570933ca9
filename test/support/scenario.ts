// The folders under test/fixtures in, scenarios out: two states, and what case.json says about them.
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {SourceFile} from '../../src/shadow/model.ts'

export interface Scenario {
  /** enum/reorder */
  readonly name: string
  readonly current: readonly SourceFile[]
  readonly desired: readonly SourceFile[]
  readonly settings: Settings
}

/** case.json */
export interface Settings {
  /** the first major it works on */
  readonly minimum?: number
  /** the last major it works on */
  readonly maximum?: number
  readonly engines?: readonly ('native' | 'pglite')[]
  /** why not on all engines, or not before or after that major */
  readonly reason?: string
  /** what is wrong: the walk must still fail, so that a fix is noticed */
  readonly expectedFailure?: string
  /** the walk from current to desired (or back) is refused, with words of the sentence that says so */
  readonly refuses?: {readonly there?: string; readonly back?: string}
  /** renames on the walk from current to desired, and back, as if by --rename: nothing else is left to do, unless `more` says so */
  readonly renames?: {readonly there?: readonly string[]; readonly back?: readonly string[]; readonly more?: string}
  /** what observers other than pgext may see otherwise: words of their lines, and why */
  readonly unseen?: {readonly lines: readonly string[]; readonly reason: string}
  /** why its proof fails although the walk succeeds: it must still fail, so that a fix is noticed */
  readonly unproven?: string
}

const FOLDER = join(import.meta.dirname, '..', 'fixtures')

export function readScenarios(): Scenario[] {
  return folders(FOLDER).flatMap((kind) =>
    folders(join(FOLDER, kind)).map((scenario) => {
      const folder = join(FOLDER, kind, scenario)
      const settings = join(folder, 'case.json')
      return {
        name: `${kind}/${scenario}`,
        current: [source(folder, 'current.sql')],
        desired: [source(folder, 'desired.sql')],
        settings: existsSync(settings) ? JSON.parse(readFileSync(settings, 'utf8')) : {},
      }
    }),
  )
}

/** Why it can't be walked there; undefined: it can. */
export function isLeftOut({settings}: Scenario, engine: 'native' | 'pglite', major: number): string | undefined {
  const {minimum = 0, maximum = Number.POSITIVE_INFINITY, engines, reason} = settings
  if (major < minimum) return reason ?? `PostgreSQL ${minimum} and later`
  if (major > maximum) return reason ?? `PostgreSQL ${maximum} and earlier`
  if (engines && !engines.includes(engine)) return reason ?? `not on ${engine}`
  return undefined
}

function folders(folder: string): string[] {
  return readdirSync(folder, {withFileTypes: true})
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

function source(folder: string, name: string): SourceFile {
  return {path: name, text: readFileSync(join(folder, name), 'utf8'), holdsFunctions: false}
}
