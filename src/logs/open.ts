// A project and names of sources in; each one's entries out: from files of pgext's own, from places that pgext.json names, through a server.
import {existsSync} from 'node:fs'
import {dirname, resolve} from 'node:path'
import {PgextError} from '../errors.ts'
import type {Project} from '../project/model.ts'
import {openIfThere, piecesOf} from './file.ts'
import {logFolder} from './log.ts'
import {type LogPlace, type LogSource, type ReaderOptions, SOURCES, type Told} from './model.ts'
import {ownPieces} from './own.ts'
import {outputOf} from './program.ts'
import {entriesOf, formatOf, readerOf} from './reader.ts'
import {filesOf} from './rotation.ts'
import {APPLICATION, openServerLog} from './server.ts'
import {startOf} from './start.ts'

export interface LogsOptions {
  readonly project: Pick<Project, 'folder' | 'settings' | 'databaseUrl'>
  /** none: all that there are */
  readonly sources: readonly LogSource[]
  /** of a server whose own log is wanted, whatever stands in .pgext */
  readonly url?: string
  /** how pgext.json calls that server: nothing of this machine is its log */
  readonly target?: string
  readonly follow: boolean
  /** milliseconds; undefined: all of pgext's own, and the last of the rest */
  readonly since?: number
  readonly signal?: AbortSignal
  /** what can't be read, and why */
  readonly tell: (what: string) => void
}

export interface Opened {
  readonly source: LogSource
  readonly entries: AsyncIterable<Told>
}

type Open = (tell: (what: string) => void) => AsyncIterable<Told>

export function openLogs(options: LogsOptions): Opened[] {
  const {sources, tell} = options
  const asked = sources.length > 0 ? [...new Set(sources)] : SOURCES
  const found = asked.flatMap((source) => {
    const open = waysTo(source, options)
    if (!open && sources.length > 0) throw absent(source, options.target)
    return open ? [{source, open}] : []
  })
  if (found.length === 0)
    throw new PgextError('bad-config', 'there are no logs here', {
      hint: 'pgext dev and pgext migrate write them; pgext.json says where others are ("logs"); --url reads those of a server',
    })
  return found.map(({source, open}) => {
    const said = new Set<string>()
    const tellOnce = (what: string) => {
      if (!said.has(what)) tell(`${source}: ${what}`)
      said.add(what)
    }
    const entries = open(tellOnce)
    return {source, entries: found.length > 1 ? spared(entries, tellOnce) : entries}
  })
}

/** One that can't be read leaves the others. */
async function* spared(entries: AsyncIterable<Told>, tell: (what: string) => void): AsyncGenerator<Told> {
  try {
    yield* entries
  } catch (error) {
    if (!(error instanceof PgextError)) throw error
    tell(error.hint ? `${error.message} (${error.hint})` : error.message)
  }
}

function waysTo(source: LogSource, options: LogsOptions): Open | undefined {
  const {project, url, target, follow, sources} = options
  const place = project.settings.logs[source]
  if (place && !(source === 'db' && url !== undefined)) return (tell) => placeEntries(source, place, options, tell)
  if (source === 'db' && url !== undefined) return (tell) => serverEntries(url, options, tell)
  const folder = logFolder(project.folder)
  const isAsked = sources.length > 0
  const isThere = filesOf(folder, source).length > 0
  if (source === 'db' && !isThere && project.databaseUrl !== undefined) {
    const {databaseUrl} = project
    return (tell) => serverEntries(databaseUrl, options, tell)
  }
  // of a server nobody asked for what this machine did
  if (url !== undefined && (!isAsked || target !== undefined)) return undefined
  if (!isThere && !(follow && existsSync(dirname(folder)))) return undefined
  return (tell) => {
    const open = (isCut: boolean) => readerOf('ndjson', {source, tell, isCut})
    return entriesOf(ownPieces(folder, source, options), () => open(false))
  }
}

function absent(source: LogSource, target?: string): PgextError {
  if (target !== undefined)
    return new PgextError('bad-config', `pgext does not know where target ${target} logs ${source}`, {
      hint: `db is read through the server; of others pgext.json says how: {"logs": {"${source}": {"command": ["…"]}}}`,
    })
  const writers = {migrate: 'pgext migrate', functions: 'pgext deploy-functions'} as Partial<Record<LogSource, string>>
  return new PgextError('bad-config', `there is no log of ${source}`, {
    hint: `${writers[source] ?? 'pgext dev'} writes it to .pgext/logs; pgext.json says where it is elsewhere: {"logs": {"${source}": {"file": "…"}}}`,
  })
}

async function* placeEntries(
  source: LogSource,
  place: LogPlace,
  {project, follow, since, signal}: LogsOptions,
  tell: (what: string) => void,
): AsyncGenerator<Told> {
  const format = formatOf(source, place)
  const options: ReaderOptions = {source, tell, ...(place.prefix !== undefined && {prefix: place.prefix})}
  const aborts = signal && {signal}
  if (place.command) {
    const words = [...place.command, ...(follow ? (place.follow ?? []) : [])]
    const pieces = outputOf(words, {follow, folder: project.folder, tell, ...aborts})
    yield* entriesOf(pieces, () => readerOf(format, {...options, isLive: true}))
    return
  }
  const path = resolve(project.folder, place.file!)
  const file = await openIfThere(path)
  if (!file) {
    const hint = 'pgext.json names it under "logs"'
    if (!follow) throw new PgextError('bad-file', `there is no file ${place.file}`, {hint})
    tell(`there is no file ${place.file} yet`)
    yield* entriesOf(piecesOf(path, {follow, ...aborts}), () => readerOf(format, options))
    return
  }
  const {size} = await file.stat()
  const read = async (from: number, length: number) => {
    const {buffer, bytesRead} = await file.read(Buffer.alloc(length), 0, length, from)
    return buffer.subarray(0, bytesRead)
  }
  const from = await startOf({size, read}, since, () => readerOf(format, {...options, isCut: true, tell: () => {}}))
  const pieces = piecesOf(path, {opened: file, from, follow, ...aborts})
  yield* entriesOf(pieces, (isFirst) => readerOf(format, {...options, isCut: isFirst && from > 0}))
}

async function* serverEntries(url: string, options: LogsOptions, tell: (what: string) => void): AsyncGenerator<Told> {
  const {follow, since, signal} = options
  const began = Date.now()
  const {log, pieces} = await openServerLog(url, {
    ...{follow, tell},
    ...(signal && {signal}),
    ...(since !== undefined && {since}),
    open: ({format, zone, prefix}) => readerOf(format, {source: 'db', zone, prefix, isCut: true, tell: () => {}}),
  })
  const {format, zone, prefix, own} = log
  const entries = entriesOf(pieces, () => readerOf(format, {source: 'db', tell, zone, prefix, isCut: true}))
  for await (const entry of entries) {
    // what asks for the log is no news in it
    const isOwn =
      entry !== 'idle' &&
      entry.level === 'info' &&
      (entry.application === APPLICATION || (own.has(entry.process ?? 0) && Date.parse(entry.time) >= began - 5000))
    if (!isOwn) yield entry
  }
}
