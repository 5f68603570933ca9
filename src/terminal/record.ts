// What pgext does to a database in; it noted in .pgext/logs, where the project has such a folder, out.
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {type Log, logFolder, openLog, type Written} from '../logs/log.ts'
import type {LogSource} from '../logs/model.ts'
import {readUrl} from '../postgres/url.ts'
import type {Project} from '../project/model.ts'
import {errorJson} from './error.ts'

export type Did = (entry: Written) => void

/** an error passes several who note it */
const noted = new WeakSet<Error>()

/** undefined: the project keeps no logs. */
export function logOf(folder: string, source: LogSource): Log | undefined {
  if (!existsSync(join(folder, '.pgext'))) return undefined
  return openLog(logFolder(folder), source, {failed: ({message}) => process.stderr.write(`note: ${message}\n`)})
}

/** What `work` says it did, and how it failed. No row's values: what PostgreSQL says of them stands in hints. */
export async function recorded<T>(
  {folder}: Pick<Project, 'folder'>,
  source: LogSource,
  url: string,
  work: (did: Did) => Promise<T>,
): Promise<T> {
  const log = logOf(folder, source)
  if (!log) return work(() => {})
  const {database} = readUrl(url)
  const began = performance.now()
  try {
    return await work((entry) => log.write({database, process: process.pid, ...entry}))
  } catch (error) {
    const {code, message, hint, where} = errorJson(error)
    const {sqlstate} = error as {sqlstate?: string}
    const isNew = !(error instanceof Error) || !noted.has(error)
    if (error instanceof Error) noted.add(error)
    if (isNew && code !== 'cancelled')
      log.write({
        ...{database, process: process.pid, level: code === 'stopped' ? 'warning' : 'error', message},
        code: sqlstate ?? code,
        ...(hint !== undefined && sqlstate === undefined && {hint}),
        ...(where?.file && {where: `${where.file}:${where.line}`}),
        duration: Math.round(performance.now() - began),
      })
    throw error
  } finally {
    log.close()
  }
}
