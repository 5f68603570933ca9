// The comment at the head of a written migration in, what it says out; and the other way round. Pure.
import {PgextError} from '../errors.ts'

/** A migration written by hand has none of it. */
export interface Header {
  readonly format?: number
  /** fingerprints of the state before and after */
  readonly from?: string
  readonly to?: string
  /** version of the model that the fingerprints hash */
  readonly model?: number
  /** the migrations that it stands for, where it came instead of several */
  readonly replaces?: readonly Replaced[]
  /** what it was written anew for after a merge: whoever has applied that can't run this */
  readonly former?: readonly Replaced[]
}

export interface Replaced {
  readonly version: string
  readonly checksum: string
  /** the version of the one that had come instead of it before */
  readonly within?: string
}

const FORMAT = 1

export function headerOf({from, to, model, replaces = [], former = []}: Omit<Header, 'format'>): string {
  const facts = {from, to, model}
  const lines = Object.entries(facts).flatMap(([key, value]) => (value === undefined ? [] : [`-- ${key}: ${value}\n`]))
  const line = (key: string) => (one: Replaced) =>
    `-- ${key}: ${one.version} ${one.checksum}${one.within ? ` within ${one.within}` : ''}\n`
  const replaced = [...replaces.map(line('replaces')), ...former.map(line('instead-of'))]
  return `-- pgext migration, format ${FORMAT}\n${lines.join('')}${replaced.join('')}`
}

export function readHeader(text: string, path: string): Header {
  const lines = text.split('\n', MOST_LINES)
  const format = /^-- pgext migration, format (\d+)$/.exec(lines[0] ?? '')?.[1]
  if (format === undefined) return {}
  if (Number(format) > FORMAT) {
    throw new PgextError('bad-file', `${path} has format ${format}, and this pgext knows ${FORMAT}`, {hint: 'use a newer pgext'})
  }
  const end = lines.findIndex((line) => !line.startsWith('--'))
  const comments = lines.slice(1, end === -1 ? undefined : end)
  const value = (key: string) =>
    comments
      .find((line) => line.startsWith(`-- ${key}: `))
      ?.slice(key.length + 5)
      .trim()
  const model = value('model')
  const others = (key: string) =>
    comments.flatMap((line): Replaced[] => {
      const [, said, version, checksum, within] = OTHER.exec(line) ?? []
      return said === key && version && checksum ? [{version, checksum, ...(within && {within})}] : []
    })
  const [replaces, former] = [others('replaces'), others('instead-of')]
  return {
    format: Number(format),
    from: value('from'),
    to: value('to'),
    model: model === undefined ? undefined : Number(model),
    ...(replaces.length > 0 && {replaces}),
    ...(former.length > 0 && {former}),
  }
}

const OTHER = /^-- (replaces|instead-of): (\d{8}T\d{6}) ([0-9a-f]{64})(?: within (\d{8}T\d{6}))?$/
/** of a header: a line for each migration that was replaced, too */
const MOST_LINES = 10_000
