// The door to PostgreSQL as the rest of pgext sees it: one session, two implementations.

import type {Asked, Column, Described} from './describe.ts'
import type {Landed} from './flight.ts'

export interface Server {
  /** 18 */
  readonly major: number
  /** 180004 */
  readonly versionNumber: number
  readonly database: string
  /** the role that runs statements (current_user) */
  readonly user: string
  readonly superuser: boolean
  readonly engine: 'postgres' | 'pglite'
  /** the search_path that a plain session of this role begins with here */
  readonly path?: string
  /** what goes there and back is under TLS */
  readonly encrypted?: true
}

export type Row = Record<string, any>

/** Rows of which nothing was parsed: each value as PostgreSQL wrote it. */
export interface Texts {
  readonly columns: readonly Omit<Column, 'modifier'>[]
  readonly rows: readonly (readonly (string | null)[])[]
}

/** One session. When its backend is gone every later call fails with `connection-lost`: it never reconnects by itself. */
export interface Db {
  readonly server: Server
  /**
   * One statement; values travel as parameters. `isKept`: for what is asked again and again; the session keeps it as planned, and from the second
   * time on it takes one round trip, not two. What throws away what a session has prepared must not run on it.
   */
  query<R extends Row = Row>(sql: string, parameters?: readonly unknown[], isKept?: boolean): Promise<R[]>
  /**
   * One statement, whose columns may bear any names.
   * @param most bytes of an answer; where there are more, reading is broken off, and the session with it
   * @throws PgextError `too-large`
   */
  read(sql: string, parameters?: readonly unknown[], most?: number): Promise<Texts>
  /**
   * Several statements in one round trip (simple protocol); a list of rows for each statement.
   * `seen` is given each as it arrives, while the server is busy with the next.
   */
  script(sql: string, seen?: (rows: Row[]) => void): Promise<Row[][]>
  /**
   * What PostgreSQL says of each statement, which is not run: its columns and parameters, or an error. One round trip for all of them.
   * `after` runs after each: in a transaction, where the first error would end everything, a rollback to a savepoint.
   */
  describe(asked: readonly Asked[], after?: string): Promise<Described[]>
  /** Several scripts in one round trip: of each the rows of its last statement, as texts, or its error. Those behind an error run all the same. */
  flight(scripts: readonly string[]): Promise<Landed[]>
  /** `COPY … FROM stdin`, with rows in the format that it names. Absent: this session knows no COPY. */
  copyIn?(sql: string, rows: string): Promise<void>
  /** BEGIN, work, COMMIT; ROLLBACK when work throws. */
  transaction<T>(work: (db: Db) => Promise<T>, begin?: string): Promise<T>
  /** Cancels what is running now, from another connection. */
  cancel(): Promise<void>
  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>>
  /** Where the session is somebody else's too: nobody else's statements come between those of `work`, which may begin transactions and end them. */
  hold?<T>(work: (db: Db) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/**
 * The settings under which pgext loads, reads, proves and applies alike: printed text changes with each of them.
 * pgext's own text must never depend on a role's or database's defaults. Nor must it be cut off by their limits, which hosts keep short.
 */
export const SESSION = `
  set search_path = '';
  set timezone = 'UTC';
  set datestyle = 'ISO, YMD';
  set intervalstyle = 'postgres';
  set extra_float_digits = 1;
  set bytea_output = 'hex';
  set lc_monetary = 'C';
  set quote_all_identifiers = off;
  set xmloption = content;
  set standard_conforming_strings = on;
  set escape_string_warning = off;
  set client_min_messages = warning;
  set check_function_bodies = off;
  set client_encoding = 'UTF8';
  set statement_timeout = 0;
  set idle_in_transaction_session_timeout = 0;
  set idle_session_timeout = 0;
`

export const SERVER_QUERY = `
  select pg_catalog.pg_backend_pid() as pid, current_setting('server_version_num')::int as version, current_database() as database, current_user as "user",
    current_setting('is_superuser') = 'on' as superuser,
    (select reset_val from pg_catalog.pg_settings where name = 'search_path') as path`
