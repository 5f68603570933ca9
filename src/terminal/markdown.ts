// What new migrations do in, a comment on a pull request out: Markdown, in which nothing that users named can be anything but text.
import {sep} from 'node:path'
import {HAZARDS, type Hazard} from '../diff/model.ts'
import type {Migration} from '../migrations/file.ts'
import type {Priced} from '../walk/priced.ts'
import {count} from './difference.ts'

export interface Shown {
  readonly migrations: readonly Migration[]
  readonly steps: Priced['steps']
  /** what comes of them beside what their statements say themselves */
  readonly hazards: readonly Hazard[]
  /** a line an object, as a summary has them */
  readonly changes: readonly string[]
  readonly notes: readonly string[]
  /** what they are new since */
  readonly since?: string
}

/** GitHub takes 65536 characters. */
const MOST = 60_000
/** statements of a file, and lines of changes, that are shown */
const ROWS = 60

export function markdown(shown: Shown): string {
  const {migrations, steps, hazards, changes, notes, since} = shown
  const than = since === undefined ? '' : ` since ${code(/^[0-9a-f]{40,}$/.test(since) ? since.slice(0, 7) : since)}`
  if (migrations.length === 0) return `### pgext: no new migration${than}\n`
  const dangers = [
    ...steps.flatMap(({file, line, step}) => step.hazards.map((hazard) => ({hazard, at: `${slashed(file)}:${line}`}))),
    ...hazards.map((hazard) => ({hazard, at: undefined})),
  ].sort((a, b) => HAZARDS.indexOf(a.hazard.name) - HAZARDS.indexOf(b.hazard.name))
  const lines = dangers.map(({hazard, at}) => `- **${hazard.name}** ${said(hazard.why)}${at ? ` (${code(at)})` : ''}`)
  const parts = [
    `### pgext: ${count(migrations.length, 'new migration')}${than}, ${dangers.length === 0 ? 'no hazards' : count(new Set(lines).size, 'hazard')}`,
    [...new Set(lines)].join('\n'),
    notes.map((note) => `> ${said(note)}`).join('\n>\n'),
    changes.length > 0 ? folded(`What changes: ${count(changes.length, 'object')}`, fenced(few(changes).join('\n'), 'diff')) : '',
  ].filter(Boolean)
  let text = `${parts.join('\n\n')}\n`
  for (const migration of migrations) {
    const table = tableOf(steps.filter(({file}) => file === migration.path))
    const head = `\n#### ${code(slashed(migration.path))}\n\n${table}`
    const sql = `\n${folded(`SQL, ${count(migration.text.trimEnd().split('\n').length, 'line')}`, fenced(migration.text.trimEnd(), 'sql'))}\n`
    if (text.length + head.length > MOST) return `${text}\n… and more: they are too long for one comment.\n`
    text += text.length + head.length + sql.length > MOST ? head : `${head}${sql}`
  }
  return text
}

const slashed = (path: string): string => path.split(sep).join('/')

function tableOf(steps: Priced['steps']): string {
  if (steps.length === 0) return 'Holds no statement.\n'
  const rows = steps.slice(0, ROWS).map(({line, step}) => {
    const locks = [...(step.cost?.locks ?? [])].map(
      ([name, mode]) =>
        `${cell(name)} ${mode}${step.cost!.rewrites.has(name) ? ', writes every row again' : step.cost!.scans.has(name) ? ', reads every row' : ''}`,
    )
    const unknown = step.cost?.unknown ? ['runs code: nobody can tell beforehand'] : []
    return `| ${line} | ${cell(step.sql)} | ${[...locks, ...unknown].join('<br>')} |`
  })
  const rest = steps.length > ROWS ? `\n… and ${count(steps.length - ROWS, 'statement')} more\n` : ''
  return `| line | statement | locks |\n| ---: | --- | --- |\n${rows.join('\n')}\n${rest}`
}

const few = (lines: readonly string[]): readonly string[] =>
  lines.length > ROWS ? [...lines.slice(0, ROWS), `… and ${lines.length - ROWS} more`] : lines

const folded = (title: string, text: string): string => `<details><summary>${title}</summary>\n\n${text}\n\n</details>`

/** A fence is longer than any in what it holds. */
function fenced(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longest(text) + 1))
  return `${fence}${language}\n${text}\n${fence}`
}

const longest = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map(({length}) => length))

/** As code, on one line: in there neither HTML nor Markdown nor a mention is anything. */
export function code(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  const tick = '`'.repeat(longest(line) + 1)
  const space = /^`|`$/.test(line) || line === '' ? ' ' : ''
  return `${tick}${space}${line}${space}${tick}`
}

/** In a table a pipe ends a cell, even in code. */
const cell = (text: string): string => code(text.length > 160 ? `${text.slice(0, 159)}…` : text).replaceAll('|', '\\|')

/** A sentence of pgext's: as it is where no name in it could be taken for more. */
const said = (sentence: string): string =>
  /^[\w .,:;()'%/-]*$/.test(sentence) && !/https?:|www\./.test(sentence) ? sentence.replaceAll('_', '\\_') : code(sentence)
