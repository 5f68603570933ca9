// The words of taking over another tool's history: its files, and what its table in a database says of them.
import type {Db} from '../postgres/db.ts'

export type ToolName = 'supabase' | 'prisma'

/** A migration as the tool has it. */
export interface Foreign {
  /** what the tool's table calls it */
  readonly key: string
  /** '20240101000000_add_users': in their order */
  readonly name: string
  /** as shown to the user */
  readonly path: string
  readonly bytes: Buffer
  /** its file is gone: this is what the tool's table has of it */
  readonly restored?: boolean
  readonly why?: string
}

export interface ForeignRow {
  readonly key: string
  readonly name: string
  /** failed: it began, and nobody has said how it ended */
  readonly state: 'applied' | 'rolled-back' | 'failed'
  /** sha256 of the file as it was applied, where the tool keeps that */
  readonly checksum?: string
  readonly statements?: readonly string[]
  /** why it has no file, where that is nobody's doing */
  readonly why?: string
}

export interface Theirs {
  /** patterns for "ignore" */
  readonly ignore: readonly string[]
  /** for "external" */
  readonly schemas: readonly string[]
  readonly extensions: readonly string[]
}

export interface Tool {
  readonly name: ToolName
  readonly title: string
  /** relative to the project */
  readonly folder: string
  /** the table's name, for messages */
  readonly table: string
  /** a missing folder holds none */
  read(folder: string, shown: string): Promise<{readonly files: readonly Foreign[]; readonly notes: readonly string[]}>
  /** undefined: the tool has never been at work there */
  rows(db: Db): Promise<readonly ForeignRow[] | undefined>
  /** what of the database is not the project's; `made`: extensions that the migrations make */
  theirs(db: Db, made: ReadonlySet<string>): Promise<Theirs>
}
