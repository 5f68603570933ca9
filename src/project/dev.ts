// The settings of the local stack, "dev", and of the page, "frontend": each with its default, what it may be and what it means.
import {count, object, oneOf, setting, type Table, text, url} from './setting.ts'

export interface Dev {
  /** absent: native where there is one for this machine, else PGlite */
  readonly engine?: 'native' | 'pglite'
  /** of the embedded PostgreSQL; absent: nobody asked for one, and it is MAJOR */
  readonly major?: number
  /** where each service listens on this machine; the next free port where that is taken */
  readonly ports: Ports
}

export interface Ports {
  readonly page: number
  readonly database: number
  readonly rest: number
  readonly events: number
}

export interface Frontend {
  /** the page's files, served as they are: default 'frontend' */
  readonly folder: string
  /** its own program instead, as 'npm run dev' */
  readonly dev?: string
  /** where that program listens */
  readonly url?: string
  /** what makes the files that go to production, as 'npm run build' */
  readonly build?: string
  /** where that leaves them: default the folder itself */
  readonly out?: string
}

/** Of the PostgreSQL that pgext brings along. */
export const MAJOR = 18

export const DEV: Dev = {ports: {page: 8080, database: 54_320, rest: 3000, events: 3001}}
export const FRONTEND: Frontend = {folder: 'frontend'}

const PORTS: Table = {
  page: count(65_535)('the page, and behind it `/rest` and `/events`'),
  database: count(65_535)('PostgreSQL'),
  rest: count(65_535)('PostgREST'),
  events: count(65_535)('the websocket server'),
}

export const DEV_TABLE: Table = {
  engine: oneOf('native', 'pglite')('which PostgreSQL; without it a native one where there is one for this machine'),
  major: setting('a major version of PostgreSQL, from 14', (value) => Number.isInteger(value) && (value as number) >= 14, {
    type: 'integer',
    minimum: 14,
  })(
    `of the PostgreSQL that pgext starts, for pgext dev and wherever no database is asked, as in pgext check; without it ${MAJOR}, and PGlite where there is none for this machine`,
  ),
  ports: object(
    'an object with "page", "database", "rest" and "events"',
    PORTS,
  )('where each part listens on this machine; the next free port where that is taken'),
}

export const FRONTEND_TABLE: Table = {
  folder: text("the page's files, served as they are"),
  dev: text('its own program instead, as `npm run dev`'),
  url: url('an address as "http://127.0.0.1:5173"')('where that program listens'),
  build: text('what makes the files that go to production, as `npm run build`'),
  out: text('where that leaves them; without it in the folder itself'),
}
