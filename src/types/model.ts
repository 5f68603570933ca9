// The words of the types: what a schema looks like to somebody who speaks to it in JSON.
//
// Glossary
//   relation      a table, view, materialized or foreign table: all that has rows to be asked for
//   field         a key of an object type: a column, an argument, an attribute
//   code          TypeScript, as it stands in the text
import type {CatalogObject} from '../diff/model.ts'

export interface Field {
  readonly name: string
  /** without null */
  readonly code: string
  readonly nullable: boolean
  /** the key may be left out */
  readonly optional?: boolean
}

export interface Relationship {
  readonly foreignKeyName: string
  readonly columns: readonly string[]
  /** no two rows refer to the same one */
  readonly isOneToOne: boolean
  readonly referencedRelation: string
  readonly referencedColumns: readonly string[]
}

export interface Relation {
  readonly o: CatalogObject
  readonly row: readonly Field[]
  /** absent: nothing can be written through it */
  readonly insert?: readonly Field[]
  readonly update?: readonly Field[]
}

/** One function of a name; several are its overloads. */
export interface Signature {
  readonly args: readonly Field[]
  readonly returns: string
  /** rows of a relation of the same schema */
  readonly rows?: {readonly of: string; readonly set: boolean}
}

export interface Routine {
  readonly name: string
  readonly signatures: readonly Signature[]
}

export interface Schema {
  readonly name: string
  readonly tables: readonly Shown[]
  readonly views: readonly Shown[]
  readonly functions: readonly Routine[]
  /** functions of which nobody can name the arguments, as SQL */
  readonly nameless: readonly string[]
  readonly enums: readonly {readonly name: string; readonly labels: readonly string[]}[]
  readonly composites: readonly {readonly name: string; readonly fields: readonly Field[]}[]
}

export interface Shown extends Relation {
  readonly name: string
  readonly relationships: readonly Relationship[]
}
