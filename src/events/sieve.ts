// Changes in, what publication pg_events lets through of them out: its rows by the filter, of each row its columns.
import {PgextError} from '../errors.ts'
import {type Declared, type DeclaredTable, markOf, readDeclared} from './declared.ts'
import {judge, type Verdict} from './filter.ts'
import type {Asking} from './link.ts'
import type {Change, Row, Shape} from './model.ts'
import type {Types} from './types.ts'

/** What is left of a change. undefined: nothing. An error (`events-gone`): nobody can tell, and who is shown this table reads it anew. */
export type Sifted = Change | undefined | PgextError

interface Image {
  /** of the change */
  readonly n: number
  readonly image: 'row' | 'old'
  readonly values: Row
}

interface Judged {
  row?: Verdict
  old?: Verdict
}

export interface Weighed extends Judged {
  /** undefined: it is not declared, and nobody is shown it */
  readonly table?: DeclaredTable
}

/** Milliseconds for which a declaration is taken to be what it was. */
const PATIENCE = 1000

/**
 * Goes by the declaration as it stands, or stood a moment ago: it is read anew for a shape that was not met before, and when it is another
 * one. The session given is in no transaction.
 */
export class Sieve {
  readonly #types: Types
  readonly #met = new WeakSet<Shape>()
  #declared?: Declared
  #mark?: string
  #looked = Number.NEGATIVE_INFINITY

  constructor(types: Types) {
    this.#types = types
  }

  get declared(): Declared | undefined {
    return this.#declared
  }

  /** As it stands, or stood a moment ago. */
  async declare(db: Asking): Promise<void> {
    if (!this.#declared || (await this.#isOther(db))) await this.refresh(db)
  }

  async refresh(db: Asking): Promise<void> {
    this.#looked = performance.now()
    let mark: string | undefined
    do {
      mark = await markOf(db)
      this.#declared = await readDeclared(db, this.#declared)
      this.#mark = await markOf(db)
    } while (mark !== this.#mark)
  }

  /**
   * One for each change, in their order; undefined when the session was closed meanwhile. One statement for all changes of a table that
   * has a filter.
   */
  async sift(db: Asking, changes: readonly Change[]): Promise<Sifted[] | undefined> {
    const weighed = await this.weigh(db, changes)
    return weighed?.map(({table, ...verdicts}, n) => {
      const change = changes[n]!
      if (!table) return undefined
      const left = table.filter ? sifted(change, verdicts) : change
      return left && !(left instanceof PgextError) && table.excerpt ? table.excerpt.of(left) : left
    })
  }

  /** As `sift`, but only what is declared of each change, and which of its two rows the filter lets through. */
  async weigh(db: Asking, changes: readonly Change[]): Promise<Weighed[] | undefined> {
    const isNew = changes.some(({shape}) => !this.#met.has(shape))
    if (isNew || !this.#declared || (await this.#isOther(db))) await this.refresh(db)
    if (this.#mark === undefined) return undefined
    for (const {shape} of changes) this.#met.add(shape)
    const {tables} = this.#declared!
    const verdicts = await this.#verdicts(db, changes)
    return verdicts && changes.map(({shape}, n) => ({table: tables.get(shape.relid), ...verdicts.get(n)}))
  }

  async #isOther(db: Asking): Promise<boolean> {
    if (performance.now() - this.#looked < PATIENCE) return false
    this.#looked = performance.now()
    return (await markOf(db)) !== this.#mark
  }

  async #verdicts(db: Asking, changes: readonly Change[]): Promise<Map<number, Judged> | undefined> {
    const verdicts = new Map<number, Judged>()
    const filtered = changes.flatMap((change, n) => {
      const table = this.#declared!.tables.get(change.shape.relid)
      return table?.filter && change.operation !== 'TRUNCATE' ? [{n, change, table}] : []
    })
    if (filtered.length === 0) return verdicts
    await this.#types.know(db, new Set(filtered.flatMap(({change}) => change.shape.columns.map(({type}) => type))))
    const shapes = new Map<Shape, {readonly table: DeclaredTable; readonly images: Image[]}>()
    for (const {n, change, table} of filtered) {
      verdicts.set(n, {})
      const images = shapes.get(change.shape)?.images ?? []
      shapes.set(change.shape, {table, images})
      if (change.row) images.push({n, image: 'row', values: change.row})
      if (change.old) images.push({n, image: 'old', values: change.old})
    }
    for (const [shape, {table, images}] of shapes) {
      const rows = images.map(({values}) => values)
      const answers = await judge(db, this.#types, table, shape, rows)
      if (!answers) return undefined
      answers.forEach((answer, at) => {
        verdicts.get(images[at]!.n)![images[at]!.image] = answer
      })
    }
    return verdicts
  }
}

/** As both images are seen through the filter: a row that comes into sight is new, one that leaves it is gone. */
function sifted(change: Change, {row, old = 'unknown'}: Judged): Sifted {
  if (change.operation === 'TRUNCATE') return change
  if (row instanceof PgextError) return row
  if (change.operation === 'DELETE') {
    if (old instanceof PgextError) return old
    return old === false ? undefined : old === true ? change : gone(change, change.old!)
  }
  if (row === 'unknown' || row === undefined) return untold(change)
  if (change.operation === 'INSERT') return row ? change : undefined
  if (old instanceof PgextError) return old
  if (row) return old === false ? appeared(change) : change
  if (old === false) return undefined
  return old === true ? {...without(change), operation: 'DELETE', old: change.old!} : gone(change, change.row!)
}

const appeared = (change: Change): Change => ({kind: 'change', operation: 'INSERT', shape: change.shape, row: change.row!})

const without = ({shape}: Change): Pick<Change, 'kind' | 'shape'> => ({kind: 'change', shape})

/** Whether it was in sight before nobody knows: by its key alone. */
function gone(change: Change, row: Row): Change {
  const key = row.map((value, at) => (change.shape.columns[at]!.key ? value : undefined))
  return {...without(change), operation: 'DELETE', old: key}
}

function untold({shape: {schema, table}}: Change): PgextError {
  return new PgextError(
    'events-gone',
    `a change of table ${schema}.${table} came without a value that its filter in pg_events asks for`,
    {
      hint: 'give the table REPLICA IDENTITY FULL, and read it anew',
    },
  )
}
