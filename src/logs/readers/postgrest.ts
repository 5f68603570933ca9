// What PostgREST writes (messages to stderr, requests to stdout) in, entries out.
import type {LogEntry} from '../model.ts'
import {isoOf, readWebTime} from '../time.ts'
import {objectIn} from './jsonlog.ts'

const MESSAGE = /^(\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}): (.*)$/s
/** `127.0.0.1 - anon [22/Nov/2026:09:48:45 +0000] "GET /t HTTP/1.1" 200 - "" "curl/7.88.1"` */
const REQUEST = /^\S+ - (\S+) \[([^\]]+)\] "(\S+) (.*?) HTTP\/[\d.]+" (\d{3}) /

export type Line = Omit<LogEntry, 'source'>

export function postgrestLine(line: string): Line | undefined {
  const [, at, text] = MESSAGE.exec(line) ?? []
  if (at !== undefined) return messageOf(readWebTime(at) ?? 0, text!)
  const [, role, time, method, path, status] = REQUEST.exec(line) ?? []
  if (time === undefined) return undefined
  const level = Number(status) >= 500 ? 'error' : Number(status) >= 400 ? 'warning' : 'info'
  return {time: isoOf(readWebTime(time) ?? 0), level, message: `${status} ${method} ${path}`, ...(role !== '-' && {role})}
}

/** Errors are JSON, as clients get them. */
function messageOf(time: number, text: string): Line {
  const error = text.startsWith('{') ? objectIn(text) : undefined
  if (!error || typeof error.message !== 'string')
    return {time: isoOf(time), level: isTrouble(text) ? 'warning' : 'info', message: text}
  const {code, message, details, hint} = error
  return {
    time: isoOf(time),
    level: 'error',
    message,
    ...(code && {code: String(code)}),
    ...(details && {detail: typeof details === 'string' ? details.trim() : JSON.stringify(details)}),
    ...(hint && {hint: String(hint)}),
  }
}

const isTrouble = (text: string): boolean => /\b(retrying|reconnect|fail(ed|ure)|error|lost|could not|cannot)\b/i.test(text)
