// A catalog in, the files that make it out: what a person would have written. Pure but for PostgreSQL's parser.
import type {Catalog, Step} from '../diff/model.ts'
import type {SourceFile} from '../shadow/model.ts'
import {arrange} from './arrange.ts'
import {schemaFiles} from './files.ts'
import {functionFiles, splitRoutines} from './functions.ts'
import type {DumpOptions} from './model.ts'
import {Names} from './name.ts'
import {leftOut, ownedBy} from './owned.ts'
import {withPartitions} from './partition.ts'
import {sectionsOf} from './sections.ts'
import {withSerials} from './serial.ts'
import {makingOf} from './start.ts'
import {tidied} from './text.ts'

export interface Dump {
  /** in the order in which they are loaded */
  readonly files: readonly SourceFile[]
  /** what they make */
  readonly catalog: Catalog
  /** what is left out, a sentence each */
  readonly notes: readonly string[]
}

export async function dump(whole: Catalog, options: DumpOptions): Promise<Dump> {
  const catalog = ownedBy(whole, options)
  const names = new Names(catalog)
  const making = makingOf(catalog)
  const {steps: serial, words: serials} = withSerials(making.steps, catalog, names)
  const {steps, places} = withPartitions(serial, making.context, names)
  const sections = sectionsOf(
    steps.map((step) => unchecked(step, options)),
    catalog,
  )
  const apart = options.functions !== 'schema'
  const {routines, rest} = apart ? await splitRoutines(sections) : {routines: [], rest: sections}
  const blocks = tidied(arrange(rest), {context: making.context, names, serials, places})
  const notes = leftOut(whole, options)
  const files = [...schemaFiles(blocks, notes, options), ...functionFiles(routines, options)]
  return {files, catalog, notes}
}

function unchecked(step: Step, options: DumpOptions): Step {
  if (
    options.functions === 'schema' ||
    step.verb !== 'create' ||
    !options.unchecked.has(step.object) ||
    !step.makes.includes(step.object)
  )
    return step
  const why = '-- its body does not stand by itself: it relies on the search_path of its callers, or on what is not there'
  return {...step, sql: `${why}\nSET check_function_bodies = off;\n\n${step.sql};\n\nRESET check_function_bodies`}
}
