// What pgext.json says of places to deploy to, "targets": each with its database, and what runs beside it.
import {isObject, object, setting, type Table, text, texts} from './setting.ts'

export interface Place {
  /** the environment variable (or the line of .env) that holds the database's URL: pgext.json is no place for passwords */
  readonly url: string
  /** where pg_events_ws answers: /health and /ready are asked there */
  readonly events?: string
  /** where PostgREST answers */
  readonly rest?: string
  /** the command that brings the page there */
  readonly frontend?: string
  /** those that PostgREST and pg_events_ws enter; default: what the settings of these name */
  readonly roles?: readonly string[]
}

export type Targets = Readonly<Record<string, Place>>

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/
const isOpen = (value: unknown): boolean =>
  typeof value === 'string' && URL.canParse(value) && /^https?:/.test(value) && new URL(value).password === ''
const address = setting('an address, https://…, without a password', isOpen, {type: 'string', pattern: '^https?://'})

const PLACE: Table = {
  url: setting(
    'the name of an environment variable that holds the URL, such as "PRODUCTION_DATABASE_URL", and not the URL itself',
    (value) => typeof value === 'string' && VARIABLE.test(value),
    {type: 'string', pattern: VARIABLE.source},
  )('the environment variable, or the line of `.env`, that holds the URL of the database', {isSecret: true}),
  events: address('where `pgext serve` answers: `/health` and `/ready` are asked there', {isSecret: true}),
  rest: address('where PostgREST answers', {isSecret: true}),
  frontend: text('the command that brings the page there: `"npm run publish"`'),
  roles: texts('roles that PostgREST and `pgext serve` enter; without it those that their settings name'),
}

const place = object('an object with "url", and "events", "rest", "frontend" and "roles" where wanted', PLACE)(
  'a target, by the name that `pgext deploy NAME` has for it',
  {fits: (value) => isObject(value) && 'url' in value},
)

export const targets = setting('an object: {"production": {"url": "PRODUCTION_DATABASE_URL"}}', isObject, {type: 'object'})(
  'places that [`pgext deploy`](deploy.md) brings the project to, by name',
  {each: place},
)
