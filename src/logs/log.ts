// A folder and a source in, what writes its entries there out: one line an entry, by one write, so that several processes may.
import {closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, statSync, writeSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {PgextError} from '../errors.ts'
import type {LogEntry, LogSource} from './model.ts'
import {FULL, fileOf, rotate} from './rotation.ts'
import {withinBounds, withoutSecrets} from './secret.ts'

/** An entry as whoever writes it knows it; by itself it is of this moment, and `info`. */
export type Written = Pick<LogEntry, 'message'> & Partial<Omit<LogEntry, 'source'>>

export interface LogOptions {
  /** bytes after which a file is put aside */
  readonly full?: number
  /** told once: no program ends because its log can't be written */
  readonly failed?: (error: PgextError) => void
}

/** Where a project has them. */
export const logFolder = (project: string): string => join(project, '.pgext', 'logs')

/** `folder`: that of the logs, made where it is missing; nobody else may read it. */
export function openLog(folder: string, source: LogSource, options: LogOptions = {}): Log {
  return new Log(folder, source, options)
}

export class Log {
  readonly source: LogSource
  readonly #folder: string
  readonly #options: LogOptions
  #file?: {readonly fd: number; readonly inode: number}
  /** what stands there last is a line without its end */
  #isTorn = false
  #hasFailed = false

  constructor(folder: string, source: LogSource, options: LogOptions) {
    this.#folder = folder
    this.source = source
    this.#options = options
  }

  write(...entries: readonly Written[]): void {
    if (entries.length === 0) return
    try {
      this.#append(entries.map((entry) => `${JSON.stringify(this.#complete(entry))}\n`).join(''))
    } catch (error) {
      this.close()
      if (this.#hasFailed) return
      this.#hasFailed = true
      const {message} = error as Error
      this.#options.failed?.(
        new PgextError('bad-file', `the log ${fileOf(this.#folder, this.source)} can't be written: ${message}`),
      )
    }
  }

  close(): void {
    if (this.#file) closeSync(this.#file.fd)
    this.#file = undefined
  }

  #complete(entry: Written): LogEntry {
    return withinBounds(withoutSecrets({time: new Date().toISOString(), level: 'info', ...entry, source: this.source}))
  }

  #append(text: string): void {
    const {fd} = this.#current()
    const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text)
    // a full disk takes a part of it
    if (writeSync(fd, bytes) < bytes.length) throw new Error('the disk is full')
    this.#isTorn = false
    if (fstatSync(fd).size >= (this.#options.full ?? FULL) && rotate(this.#folder, this.source, this.#options.full ?? FULL))
      this.close()
  }

  /** The one that bears the name now: another process may have put ours aside. */
  #current(): {readonly fd: number} {
    const path = fileOf(this.#folder, this.source)
    if (this.#file && statSync(path, {throwIfNoEntry: false})?.ino === this.#file.inode) return this.#file
    this.close()
    makeFolder(this.#folder)
    const fd = openSync(path, 'a+', 0o600)
    this.#file = {fd, inode: fstatSync(fd).ino}
    this.#isTorn = endsTorn(fd)
    return this.#file
  }
}

/** What stands above it keeps its own mode: a cluster in it may run as another user. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  mkdirSync(dirname(folder), {recursive: true})
  mkdirSync(folder, {recursive: true, mode: 0o700})
}

/** Whoever wrote last was cut off. */
function endsTorn(fd: number): boolean {
  const {size} = fstatSync(fd)
  const last = Buffer.alloc(1)
  return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a
}
