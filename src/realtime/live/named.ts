// The folder `queries/` in, its queries by name out: one SELECT a file, which pages may ask for by the file's name.

export interface Named {
  readonly name: string
  readonly text: string
  readonly file: string
  /** of $1, $2, … */
  readonly names: readonly string[]
  readonly static: boolean
  readonly reads: readonly string[]
}
