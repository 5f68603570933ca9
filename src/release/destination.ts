// A project and the name of a target in; where that is, and what runs there, out.
import {anonymousRole, shownSchemas} from '../dev/rest.ts'
import {PgextError} from '../errors.ts'
import {readUrl, showUrl} from '../postgres/url.ts'
import type {Project} from '../project/model.ts'
import {nearest} from '../project/nearest.ts'
import {noDatabase} from '../project/running.ts'
import type {Place} from '../project/targets.ts'
import type {Target} from '../terminal/database.ts'

export interface Destination extends Target {
  /** the target's, as pgext.json calls it; of DATABASE_URL the database's */
  readonly label: string
  readonly place: Omit<Place, 'url'>
  /** that PostgREST and pg_events_ws enter */
  readonly roles: readonly string[]
  /** that PostgREST shows */
  readonly schemas: readonly string[]
  /** the project, with that database for its own */
  readonly project: Project
}

/** @param url instead of what the target names */
export function destinationOf(project: Project, name: string | undefined, url?: string): Destination {
  const {targets} = project.settings
  const place = placeFor(targets, name, url)
  const address = url ?? (place ? urlOf(project, name!, place) : project.databaseUrl)
  if (!address && project.hasLostStack) throw noDatabase(project)
  if (!address)
    throw new PgextError('bad-config', 'no database is named', {
      hint: 'say which target: "targets": {"production": {"url": "PRODUCTION_DATABASE_URL"}} in pgext.json; or set DATABASE_URL',
    })
  const {database} = readUrl(address)
  return {
    url: address,
    name: database,
    shown: showUrl(address),
    label: name ?? database,
    place: place ?? {},
    roles: place?.roles ?? rolesOf(project),
    schemas: shownSchemas(project),
    project: {...project, databaseUrl: address},
  }
}

/** The URL of a target's database, by the name that pgext.json has for it. */
export function targetUrl(project: Project, name: string): string {
  return urlOf(project, name, placeFor(project.settings.targets, name)!)
}

function placeFor(targets: Project['settings']['targets'], name: string | undefined, url?: string): Place | undefined {
  const names = Object.keys(targets)
  if (name === undefined) {
    if (names.length === 0 || url !== undefined) return undefined
    throw new PgextError('usage', 'pgext.json has targets, and none was named', {hint: `one of: ${names.join(', ')}`})
  }
  if (Object.hasOwn(targets, name)) return targets[name]
  const near = nearest(name, names)
  throw new PgextError('usage', `pgext.json has no target ${name}`, {
    hint: near
      ? `did you mean ${near}?`
      : names.length > 0
        ? `it has: ${names.join(', ')}`
        : `add it: "targets": {"${name}": {"url": "${name.toUpperCase().replace(/\W/g, '_')}_DATABASE_URL"}}`,
  })
}

function urlOf(project: Project, name: string, {url}: Place): string {
  const found = project.variable(url)
  if (found) return found
  throw new PgextError('bad-config', `target ${name} has its URL in ${url}, which is not set`, {
    hint: `set ${url} in the environment, or in .env`,
  })
}

function rolesOf(project: Project): string[] {
  const {roles = [], anonymous} = project.settings.serve
  const anon = anonymousRole(project)
  return [...new Set([...roles, ...(anonymous ? [anonymous] : []), ...(anon ? [anon] : [])])]
}
