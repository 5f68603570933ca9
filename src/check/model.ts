// The words of `pgext check`: questions about a project's files, and what was found.

import type {PgextError, Where} from '../errors.ts'
import type {Migration} from '../migrations/file.ts'
import type {Project} from '../project/model.ts'
import type {SourceFile} from '../shadow/model.ts'
import type {Walk} from '../walk/model.ts'

export interface Finding {
  readonly level: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly where?: Where
  readonly hint?: string
  /** what it is about, one by one, as the message lists it: '+ table public.orders', and where the files speak of it */
  readonly objects?: readonly {readonly what: string; readonly where?: Where}[]
  /** of a drift: statements that bring the database back to what its journal says, and those with which a migration would keep it */
  readonly sql?: {readonly back: readonly string[]; readonly keep: readonly string[]}
}

/** What a branch adds to another, as git has it. */
export interface Branch {
  readonly ref: string
  /** files that neither the common ancestor nor the other has */
  readonly added: readonly string[]
  /** those that stand in the place of older ones */
  readonly squashes: readonly string[]
  /** of the other's migrations */
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** the newest version that the other has */
  readonly newest?: string
}

/** All that questions are asked about, read once. */
export interface Given {
  /** without its database: nothing here looks at one */
  readonly project: Project
  readonly sources: readonly SourceFile[]
  readonly external: readonly SourceFile[]
  readonly migrations: readonly Migration[]
  /** why there are none: what is wrong with their names or texts */
  readonly unread?: PgextError
  /** the version that its databases are of: that of one that was asked, else what pgext.json says; undefined: nobody has said */
  readonly major?: number
  /** where somebody asked what a branch adds */
  readonly branch?: Branch
}

export interface Answer {
  readonly findings: readonly Finding[]
  /** worth knowing, a sentence each */
  readonly notes: readonly string[]
}

export const FINE: Answer = {findings: [], notes: []}

export interface Question {
  readonly name: string
  /** what is not said when it could not be asked */
  readonly about: string
  /** all that decides its answer, beside settings and versions; absent: asking costs nothing */
  parts?(given: Given): readonly unknown[]
  ask(given: Given, walk: () => Promise<Walk>): Promise<Answer>
}

export interface Checked extends Answer {
  /** every answer was known: nothing was loaded or replayed */
  readonly unchanged: boolean
}
