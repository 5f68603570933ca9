// The words of function bodies: what is wrong in them, and what they use.
//
// Glossary
//   routine   a function or procedure, by its id: `function public.f(integer)`
//   body      its text as PostgreSQL keeps it (pg_proc.prosrc); of BEGIN ATOMIC, what was parsed when it was made
//   finding   something to say about one: an error (it would fail, or not compile), a warning (it will likely do what nobody meant), a note
//   use       a table, column, type or routine that one speaks of
import type {ObjectId} from '../diff/model.ts'

export type Level = 'error' | 'warning' | 'note'

export interface Finding {
  readonly routine: ObjectId
  readonly level: Level
  /** 'statement' (PostgreSQL refuses a statement of it), 'compile', or a lint's own: 'definer-path', 'unused-variable', … */
  readonly rule: string
  /** lower case, as PostgreSQL says it */
  readonly message: string
  readonly hint?: string
  readonly sqlstate?: string
  /** characters (UTF-16) into the body, from 0; absent: it is about the routine as a whole */
  readonly at?: number
}

/** What a body does with what it uses. */
export type Manner = 'reads' | 'writes' | 'calls' | 'names'

export interface Use {
  readonly routine: ObjectId
  /** 'column public.orders.note', 'table public.orders', 'function public.f(integer)' … */
  readonly on: ObjectId
  readonly manner: Manner
  /** characters into the body, from 0, where that is known */
  readonly at?: number
  /** by its place among others and not by its name: another name would change nothing */
  readonly placed?: true
  /** found by its name alone, in what PostgreSQL can't be asked about */
  readonly guessed?: true
}
