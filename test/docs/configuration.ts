// The table of settings in, the tables of docs/configuration.md out.
import type {Setting, Table} from '../../src/project/setting.ts'
import {DEFAULTS, SETTINGS} from '../../src/project/settings.ts'

export function settingsPage(): string {
  return [tableOf(SETTINGS, DEFAULTS, []), ...sections(SETTINGS, DEFAULTS, [])].join('\n\n')
}

function sections(table: Table, defaults: unknown, path: readonly string[]): string[] {
  return Object.entries(table).flatMap(([key, setting]) => {
    const here = [...path, key]
    const keys = setting.keys ?? setting.each?.keys
    if (!keys) return []
    const below = (defaults as Record<string, unknown> | undefined)?.[key]
    const title = `### ${nameOf(here, setting)}\n\n${capital(setting.meaning)}.`
    // what is alike everywhere is shown once
    if (isAlike(keys))
      return [`${title}\n\n${listOf(keys)}`, `### ${here.join('.')}.…\n\n${tableOf(first(keys).keys!, undefined, here)}`]
    return [`${title}\n\n${tableOf(keys, below, here)}`, ...sections(keys, below, here)]
  })
}

const first = (table: Table): Setting => Object.values(table)[0]!
const isAlike = (table: Table): boolean =>
  Object.values(table).length > 2 && Object.values(table).every(({keys}) => keys !== undefined && keys === first(table).keys)
const nameOf = (path: readonly string[], {each}: Setting): string => `${path.join('.')}${each ? '.NAME' : ''}`
const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

function listOf(table: Table): string {
  const rows = Object.entries(table).map(([key, {meaning}]) => `| \`${key}\` | ${cell(meaning)} |`)
  return ['| key | |', '| --- | --- |', ...rows].join('\n')
}

function tableOf(table: Table, defaults: unknown, path: readonly string[]): string {
  const rows = Object.entries(table).map(([key, setting]) => {
    const value = (defaults as Record<string, unknown> | undefined)?.[key]
    const keys = setting.keys ?? setting.each?.keys
    const more = keys ? `; [its settings](#${anchor(nameOf([...path, key], setting))})` : ''
    return `| \`${key}\` | ${defaultOf(value, setting)} | ${cell(setting.meaning)}${more} |`
  })
  return ['| key | default | |', '| --- | --- | --- |', ...rows].join('\n')
}

function defaultOf(value: unknown, {shown, keys}: Setting): string {
  if (shown !== undefined) return `\`"${shown}"\``
  if (value === undefined || (keys && typeof value === 'object')) return ''
  return `\`${JSON.stringify(value)}\``
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
/** as GitHub makes them */
const anchor = (title: string): string => title.toLowerCase().replace(/[^a-z0-9 -]/g, '')
