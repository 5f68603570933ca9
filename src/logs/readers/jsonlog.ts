// PostgreSQL's jsonlog in, entries out: an entry is a line.
import {Lines} from '../lines.ts'
import type {LogEntry, Reader, ReaderOptions} from '../model.ts'
import {Clock} from '../time.ts'
import {entryOf} from './statement.ts'

export function jsonlog({source, tell, zone, isCut}: ReaderOptions): Reader {
  const lines = new Lines(tell)
  const clock = new Clock(zone)
  let mayBeCut = isCut === true
  const entries = (all: readonly string[]): LogEntry[] => all.flatMap((line) => (line === '' ? [] : (entryIn(line) ?? [])))
  const entryIn = (line: string): LogEntry | undefined => {
    const wasCut = mayBeCut
    mayBeCut = false
    const fields = objectIn(line)
    const time = clock.read(String(fields?.timestamp ?? ''))
    if (!fields || time === undefined) {
      if (!wasCut) tell('a line that is none of jsonlog was skipped')
      return undefined
    }
    return entryOf(source, {
      time,
      severity: String(fields.error_severity ?? ''),
      message: String(fields.message ?? ''),
      code: fields.state_code,
      detail: fields.detail,
      hint: fields.hint,
      inside: fields.internal_query,
      context: fields.context,
      statement: fields.statement,
      database: fields.dbname,
      role: fields.user,
      process: fields.pid,
      application: fields.application_name,
    })
  }
  return {
    read: (bytes) => entries(lines.read(bytes)),
    rest: (isOver) => (isOver ? entries([lines.rest() ?? '']) : []),
  }
}

export function objectIn(line: string): Record<string, any> | undefined {
  try {
    const value = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
