// The words of a dump: a catalog in, the files that make it out.
//
//   section   an object that stands on its own (a table, a type) and all that belongs to it (indexes, comments, grants)
//   head      the steps of a section that make its object; nothing else in the section can run before
//   block     a section, or what of it had to wait, at its place in a file
import type {Pattern} from '../diff/ignore.ts'
import type {CatalogObject, ObjectId, Step} from '../diff/model.ts'
import type {Group} from './group.ts'

export interface DumpOptions {
  /** all in schema.sql; a file for each kind of object in schema/; a file for each schema in schema/ */
  readonly split: 'none' | 'kind' | 'schema'
  /** a file for each name in functions/; all in functions/functions.sql; among the rest, in an order that psql takes */
  readonly functions: 'files' | 'one' | 'schema'
  readonly ownership: 'lenient' | 'strict'
  readonly external: {readonly schemas: readonly string[]; readonly extensions: readonly string[]}
  readonly ignore: readonly Pattern[]
  /** those that the dump makes */
  readonly roles: ReadonlySet<string>
  /** functions whose bodies are not to be checked when they are made */
  readonly unchecked: ReadonlySet<ObjectId>
}

export interface Section {
  readonly id: ObjectId
  readonly object: CatalogObject
  readonly group: Group
  /** '' for what is in no schema */
  readonly schema: string
  /** in an order in which they can run */
  readonly steps: readonly Step[]
}

export interface Block {
  readonly section: Section
  readonly steps: readonly Step[]
  /** what the section left behind until something after it was there */
  readonly late: boolean
}
