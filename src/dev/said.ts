// Lines that a program says in, entries of its log out.
import type {LogSource} from '../logs/model.ts'
import {hear, readerOf} from '../logs/reader.ts'
import {LOG_PREFIX} from './cluster.ts'
import type {Log} from './model.ts'

/** PostgreSQL's have several lines; those of others may be JSON. */
export function heardFrom(source: LogSource, log: Log, isPostgres = false): (line: string) => void {
  const tell = (message: string) => log(source, {message, level: 'notice'})
  const options = {source, tell, isLive: true, ...(isPostgres && {prefix: LOG_PREFIX, zone: 'UTC'})}
  return hear(readerOf(isPostgres ? 'stderr' : undefined, options), (entry) => log(source, entry))
}
