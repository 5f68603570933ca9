// The words of this room: what a source of changes hands over, whichever of the two engines it is, and nobody else's types.

/**
 * A *change* is one row that was inserted, updated or deleted, or a table that was emptied. A *message* was sent by SQL
 * (`pgext.emit`). A *batch* holds some of them, all of one transaction. A *token* says how far one has read; a *source* reads
 * from a token on. An *event* is a change as users see it: a table's name, its operation, rows as objects.
 */

/** A column of a table as it was when a change was written. */
export interface Column {
  readonly name: string
  /** Oid of its type, at that time. */
  readonly type: number
  /** Part of what tells one row from another: the index that REPLICA IDENTITY names, else the primary key. */
  readonly key: boolean
}

/**
 * A table as it was when a change was written. Of a partition it is the root's name and oid, and the columns stand in the root's
 * order, whatever the partition's own is.
 */
export interface Shape {
  readonly relid: number
  readonly schema: string
  readonly table: string
  readonly columns: readonly Column[]
}

/**
 * The values of a row, in the order of its shape's columns: each as PostgreSQL writes it under this room's session (`session.ts`), null
 * for NULL, undefined where nobody sent it (a value that stood unchanged outside the row, or a column that is no part of the key).
 */
export type Row = readonly (string | null | undefined)[]

export type Operation = 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE'

/** One row that changed. An UPDATE that changes the key never comes: it is a DELETE of the old row and an INSERT of the new one. */
export interface Change {
  readonly kind: 'change'
  readonly operation: Operation
  readonly shape: Shape
  /** The row after it: of INSERT and UPDATE. */
  readonly row?: Row
  /** The row before it: of DELETE (at least its key) and, where the engine has it, of UPDATE. */
  readonly old?: Row
  /** Of TRUNCATE: the one partition that was emptied, if it was not the whole table. */
  readonly partition?: {readonly schema: string; readonly table: string}
}

/** What SQL sent with `pgext.emit(channel, payload)`: JSON text, as it was written. */
export interface Message {
  readonly kind: 'message'
  readonly channel: string
  readonly payload: string
}

/** A part of one transaction, in order. Large transactions come in several; the last of them says so. */
export interface Batch {
  /** The transaction's 64-bit id where the engine knows it, else its 32 bits. */
  readonly xid: string
  /** When it was committed (WAL, or `track_commit_timestamp`), else when the change was written: as PostgreSQL writes a timestamptz in UTC. */
  readonly time: string
  readonly entries: readonly (Change | Message)[]
  /**
   * What to go on from when none of them is, so that the same entries come again in the same order: with `+n` behind it
   * (`token.ts`) the first n of them do not.
   */
  readonly before: string
  /** What to go on from when all entries of this batch are handed over. */
  readonly token: string
  /** The transaction ends with this batch. */
  readonly last: boolean
}

/** Reads changes from where a token (or a consumer's last acknowledgement) stands. One reader a source; it is read once. */
export interface Source {
  readonly engine: 'wal' | 'queue'
  /** What to go on from when nothing is handed over yet. */
  readonly start: string
  /**
   * Batches as they are committed, until the source is closed. A batch is asked for only when the one before is done with.
   * @throws PgextError `events-gone` where the token is older than what is kept, of another incarnation, or its slot is lost:
   * read the tables anew
   */
  read(): AsyncIterable<Batch>
  /**
   * What came before the start and is kept, up to it (which stands when it has come): asked for before anything is read, if at all. Of a source
   * that has it, what is not acknowledged is kept for who comes after.
   */
  past?(): AsyncIterable<Batch>
  /** Everything up to the batch with this token, or the first entries of one (`+n`), is done with: it never comes again to this consumer. */
  acknowledge(token: string): Promise<void>
  close(): Promise<void>
}

/** Who reads. A *tail* (no name) leaves nothing behind; a named consumer is remembered by the database until it is dropped. */
export interface Reader {
  readonly name?: string
  /** Where to begin; without it, where the consumer acknowledged last, and for a tail: now. */
  readonly since?: string
  readonly signal?: AbortSignal
}
