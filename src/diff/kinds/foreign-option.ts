// OPTIONS of foreign data as the catalogs hold them (name=value) in, SQL out. Secrets are never read.
import {quoteName, quoteText} from '../../postgres/quote.ts'
import type {Hazard} from '../model.ts'

/** A list of options, in an order of its own and without those that may be a secret; null where there are none. */
export function foreignOptions(options: string): string {
  return `(select jsonb_agg(o order by o collate "C") from unnest(${options}) o where split_part(o, '=', 1) !~* '${SECRET}')`
}

/** Whether any of them may be a secret. */
export function hasSecret(options: string): string {
  return `exists (select from unnest(${options}) o where split_part(o, '=', 1) ~* '${SECRET}')`
}

/** Names of those among them that may be a secret; null where there are none. */
export function secretOptions(options: string): string {
  return `(select jsonb_agg(split_part(o, '=', 1) order by o) from unnest(${options}) o where split_part(o, '=', 1) ~* '${SECRET}')`
}

/** What a new object lacks, and a dropped one takes along. */
export function secretHazards(verb: 'make' | 'drop', what: string, names: readonly string[] | undefined): Hazard[] {
  if (!names || names.length === 0) return []
  const list = names.join(', ')
  return verb === 'make'
    ? [{name: 'incomplete', why: `${what} is made without ${list}: pgext never writes what may be a secret, so set it by hand`}]
    : [{name: 'irreversible', why: `${what} goes with its ${list}, which pgext never reads and can’t put back`}]
}

/** Names of what may be a secret, as PostgreSQL's regular expressions read it. */
export const SECRET = 'passw|pwd|secret|token|credential|api_?key|access_?key|private_?key'

/** ` OPTIONS (host 'a', port '5432')`, empty where there are none. */
export function optionsClause(options: readonly string[] = []): string {
  return options.length > 0 ? ` OPTIONS (${options.map(sqlOf).join(', ')})` : ''
}

/** The same for ALTER: `OPTIONS (DROP host, SET port '5433', ADD dbname 'b')` */
export function changeForeignOptions(from: readonly string[] = [], to: readonly string[] = []): string {
  const had = new Map(from.map((option) => [nameOf(option), option]))
  const has = new Map(to.map((option) => [nameOf(option), option]))
  const changes = [
    ...[...had.keys()].filter((name) => !has.has(name)).map((name) => `DROP ${quoteName(name)}`),
    ...to
      .filter((option) => had.get(nameOf(option)) !== option)
      .map((option) => `${had.has(nameOf(option)) ? 'SET' : 'ADD'} ${sqlOf(option)}`),
  ]
  return changes.length > 0 ? ` OPTIONS (${changes.join(', ')})` : ''
}

function nameOf(option: string): string {
  return option.slice(0, option.indexOf('='))
}

function sqlOf(option: string): string {
  return `${quoteName(nameOf(option))} ${quoteText(option.slice(option.indexOf('=') + 1))}`
}
