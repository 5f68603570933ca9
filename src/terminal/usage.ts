// What oclif says of a flag or an argument that does not fit in; the same in fewer words, with what was probably meant, out.
import {stripVTControlCharacters} from 'node:util'
import {nearest} from '../project/nearest.ts'

/** oclif's errors, as far as they are looked at */
interface Unfit extends Error {
  /** that there are none of, with their dashes */
  readonly flags?: readonly string[]
  /** that are missing */
  readonly args?: readonly {readonly name: string; readonly description?: string}[]
  readonly parse?: {readonly input?: {readonly flags?: Readonly<Record<string, {readonly allowNo?: boolean}>>}}
}

/** oclif's own errors: a flag or an argument that does not fit. */
export function isUsage(error: unknown): error is Unfit {
  return error instanceof Error && 'oclif' in error
}

export function usage(error: Unfit): {message: string; hint: string} {
  const {message, near} = said(error)
  const help = 'add --help to see what the command takes'
  return {message: message.charAt(0).toLowerCase() + message.slice(1), hint: near ? `did you mean ${near}? ${help}` : help}
}

function said(error: Unfit): {message: string; near?: string} {
  const {flags, args, parse} = error
  const message = stripVTControlCharacters(error.message)
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .trim()
  const missing = message.startsWith('Missing') && args?.map(({name, description}) => `${name}, ${description ?? 'an argument'}`)
  if (missing) return {message: `missing: ${missing.join('; ')}`}
  const [, flag, value, options] = /^Expected --(\S+?)=(.*) to be one of: (.*)$/.exec(message) ?? []
  if (options !== undefined) return {message, near: near(value!, options.split(', '), `--${flag} `)}
  if (flags?.length !== 1) return {message}
  const known = Object.entries(parse?.input?.flags ?? {}).flatMap(([name, {allowNo}]) =>
    allowNo ? [name, `no-${name}`] : [name],
  )
  return {message, near: near(flags[0]!.replace(/^-+/, ''), known, '--')}
}

function near(word: string, known: readonly string[], before: string): string | undefined {
  const found = word.length > 1 ? nearest(word, known) : undefined
  return found && `${before}${found}`
}
