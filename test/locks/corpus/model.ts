// The words of the corpus: statements that plans are made of, by what they are about.

export interface Section {
  readonly title: string
  /** the table that its statements are about, as SQL would have it, unless one says another */
  readonly table: string
  readonly statements: readonly (string | Entry)[]
}

export interface Entry {
  readonly sql: string
  readonly table?: string
  /** what is there already, in words */
  readonly where?: string
  /** the statements that make it so */
  readonly given?: string
  /** why pgext says that more is read than is: nobody but PostgreSQL can know */
  readonly more?: string
  /** the first major that knows the statement */
  readonly minimum?: number
}
