// What a check found in; lines for a person, annotations for GitHub, or JSON out.
import {existsSync} from 'node:fs'
import {dirname, join, relative, resolve, sep} from 'node:path'
import type {Checked, Finding} from '../check/model.ts'
import type {Json} from '../diff/model.ts'
import type {Where} from '../errors.ts'
import {placeLines} from './error.ts'
import type {Paint} from './paint.ts'

const STYLES = {error: 'red', warning: 'yellow'} as const

export function findingLines({level, code, message, where, hint, sql, objects = []}: Finding, paint: Paint): string[] {
  const named = level === 'error' ? '' : ` (${code})`
  // several things have a place each, on their own line
  const isList = objects.length > 1
  const said = isList ? message.split('\n', 1)[0] : message
  return [
    `${paint(STYLES[level], `${level}:`)} ${said}${named}`,
    ...(isList ? objects.map((one) => `  ${one.what}${one.where ? paint('dim', `  ${shown(one.where)}`) : ''}`) : []),
    ...(where && !isList ? placeLines(where, paint) : []),
    ...(sql
      ? [...wayLines('back to what its journal says', sql.back, paint), ...wayLines('kept, in a migration', sql.keep, paint)]
      : []),
    ...(hint ? [`${paint('cyan', 'hint:')} ${hint}`] : []),
  ]
}

const shown = ({file, line, column}: Where): string => `${file}:${line}:${column}`

function wayLines(way: string, sql: readonly string[], paint: Paint): string[] {
  if (sql.length === 0) return []
  return [`  ${paint('dim', `-- ${way}`)}`, ...sql.flatMap((one) => one.split('\n').map((line) => `  ${line}`))]
}

/** One for each line that it is about. */
export function annotations(finding: Finding, folder: string): string[] {
  const {objects = [], where, message, ...rest} = finding
  const lines = new Map<string, {where?: Where; whats: string[]}>()
  for (const {what, where} of objects) {
    const key = where ? `${where.file}:${where.line}` : ''
    const known = lines.get(key) ?? {...(where && {where}), whats: []}
    lines.set(key, {...known, whats: [...known.whats, what]})
  }
  if (lines.size === 0) return [annotation(finding, folder)]
  const head = message.split('\n', 1)[0]
  return [...lines.values()].map(({where, whats}) =>
    annotation({...rest, message: `${head}\n${whats.map((what) => `  ${what}`).join('\n')}`, ...(where && {where})}, folder),
  )
}

/** `::error file=schema.sql,line=3,col=5,title=…::message`; paths from the root of the repository. */
function annotation({level, code, message, where, hint}: Finding, folder: string): string {
  const place = where
    ? {file: fromRoot(resolve(folder, where.file)), line: String(where.line), col: String(where.column)}
    : undefined
  const properties = Object.entries({...place, title: `pgext: ${code}`}).map(([key, value]) => `${key}=${escapeProperty(value)}`)
  return `::${level} ${properties.join(',')}::${escapeText(hint ? `${message}\n${hint}` : message)}`
}

function fromRoot(path: string): string {
  const root = rootOf(dirname(path)) ?? process.env.GITHUB_WORKSPACE
  return root === undefined ? path : relative(root, path).split(sep).join('/')
}

/** A worktree's .git is a file. */
function rootOf(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder
  const up = dirname(folder)
  return up === folder ? undefined : rootOf(up)
}

const escapeText = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const escapeProperty = (text: string): string => escapeText(text).replaceAll(':', '%3A').replaceAll(',', '%2C')

const placeJson = ({file, line, column}: Where) => ({file, line, column})

export function findingJson({level, code, message, where, hint, sql, objects}: Finding): Json {
  return {
    level,
    code,
    message,
    ...(where && {where: placeJson(where)}),
    ...(hint && {hint}),
    ...(objects && {objects: objects.map(({what, where}) => ({what, ...(where && {where: placeJson(where)})}))}),
    ...(sql && {sql: {back: [...sql.back], keep: [...sql.keep]}}),
  }
}

export const errorsIn = ({findings}: Pick<Checked, 'findings'>): Finding[] => findings.filter(({level}) => level === 'error')

/** @param looked what was looked at: '3 files and 200 migrations' */
export function closingLine(found: Checked, looked: string, milliseconds: number, paint: Paint): string {
  const time = paint('dim', `(${seconds(milliseconds)}${found.unchanged ? ', nothing had changed' : ''})`)
  const [errors, warnings] = [errorsIn(found).length, found.findings.length - errorsIn(found).length]
  const warned = warnings > 0 ? count(warnings, 'warning') : ''
  if (errors === 0) return `${paint('green', 'fine:')} ${looked}${warned ? `, ${warned}` : ''} ${time}`
  const said = [count(errors, 'error'), warned].filter(Boolean).join(' and ')
  return `${paint('red', said)} in ${looked}: mend ${errors === 1 ? 'it' : 'them'} as said above, and run the same again ${time}`
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`

export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
