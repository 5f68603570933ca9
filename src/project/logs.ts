// What pgext.json says of logs that are written elsewhere, "logs": where each is, and how it is written.
import {isObject, object, oneOf, type Table, text, words} from './setting.ts'

/** `db` PostgreSQL · `rest` PostgREST · `events` pg_events_ws · `migrate`, `functions` what pgext did · `frontend` the page's own program · `dev` the stack */
export const SOURCES = ['db', 'rest', 'events', 'migrate', 'functions', 'frontend', 'dev'] as const
export type LogSource = (typeof SOURCES)[number]

/**
 * `jsonlog`, `csvlog`, `stderr` PostgreSQL's own three · `postgrest` PostgREST's · `ndjson` a line of JSON an entry, journald's among them ·
 * `lines` any lines, those that are indented belong to the one above
 */
export const FORMATS = ['ndjson', 'lines', 'jsonlog', 'csvlog', 'stderr', 'postgrest'] as const
export type LogFormat = (typeof FORMATS)[number]

/** A file, or a command whose output it is. */
export interface LogPlace {
  readonly file?: string
  readonly command?: readonly string[]
  /** words that the command takes in addition where it is to go on: `-f` of pgext logs */
  readonly follow?: readonly string[]
  /** undefined: told from the file's name, or from each line */
  readonly format?: LogFormat
  /** log_line_prefix, for `stderr` */
  readonly prefix?: string
}

export type Logs = Readonly<Partial<Record<LogSource, LogPlace>>>

const PLACE: Table = {
  file: text('a file'),
  command: words('or a command, whose output it is: `["journalctl", "-u", "postgrest", "-o", "json"]`'),
  follow: words('words that the command takes in addition for `pgext logs -f`: `["-f"]`'),
  format: oneOf(...FORMATS)('how it is written; without it told from the name, or from each line'),
  prefix: text('`log_line_prefix` of that server, for `stderr`'),
}

const WHAT: Readonly<Record<LogSource, string>> = {
  db: "PostgreSQL's",
  rest: "PostgREST's",
  events: "the websocket server's",
  migrate: 'what `pgext migrate` did',
  functions: 'what `pgext deploy-functions` did',
  frontend: "the page's own program's",
  dev: "the local stack's",
}

const place = object(
  `{"file": "…"} or {"command": ["…", …]}, and beside it, where wanted, "format" (${FORMATS.join(', ')}), "prefix" (log_line_prefix) and "follow" (words for the command)`,
  PLACE,
)

export const LOGS_TABLE: Table = Object.fromEntries(
  SOURCES.map((source) => [
    source,
    place(WHAT[source], {fits: (value) => isObject(value) && 'file' in value !== 'command' in value}),
  ]),
)
