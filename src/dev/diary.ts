// A folder of logs in; a file for each source, once it says something, out; and an onlooker whose news are noted there, too.
import {stripVTControlCharacters} from 'node:util'
import {type Log as LogFile, openLog} from '../logs/log.ts'
import type {LogSource} from '../logs/model.ts'
import {errorJson} from '../terminal/error.ts'
import {hidePasswords} from '../terminal/url.ts'
import type {Log, Onlooker} from './model.ts'

export function openLogs(folder: string, failed: (error: Error) => void): {readonly log: Log; close(): void} {
  const files = new Map<LogSource, LogFile>()
  return {
    log(source, entry) {
      const file = files.get(source) ?? openLog(folder, source, {failed})
      files.set(source, file)
      file.write(entry)
    },
    close() {
      for (const file of files.values()) file.close()
    },
  }
}

/** What starts, stops and dies, what was done after a save, and what was not: source `dev`. */
export function noting(onlooker: Onlooker, log: Log): Onlooker {
  return {
    ...onlooker,
    service(service) {
      const {name, state, url, note} = service
      const where = url && state === 'ready' ? ` at ${hidePasswords(url)}` : ''
      const level = state === 'back' ? 'warning' : 'info'
      log('dev', {level, message: `${name} ${WORDS[state]}${where}${note ? ` (${note})` : ''}`})
      onlooker.service(service)
    },
    did(deed) {
      const {what, lines, milliseconds} = deed
      const detail = stripVTControlCharacters(lines.join('\n'))
      log('dev', {message: what, detail, ...(milliseconds > 0 && {duration: Math.round(milliseconds)})})
      onlooker.did(deed)
    },
    note(text) {
      log('dev', {message: text})
      onlooker.note(text)
    },
    failed(what, error) {
      const {code, message, hint, where} = errorJson(error)
      log('dev', {
        level: 'error',
        message: `${what}: ${message}`,
        code,
        ...(hint !== undefined && {hint}),
        ...(where?.file && {where: `${where.file}:${where.line}`}),
      })
      onlooker.failed(what, error)
    },
  }
}

const WORDS = {
  starting: 'starts',
  ready: 'is ready',
  back: 'died, and is started again',
  absent: 'is not there',
  ended: 'ended',
} as const
